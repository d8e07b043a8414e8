//! A conversation, independent of the protocol: text goes in as it is written, audio and marks come out in order.
//!
//! It must not know connections or the form of messages.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use pocket_tts_core::SentenceSplitter;
use serde_json::Value;

use super::{
    places::Places,
    plan::ConversationPlan,
    turn_queue::TurnQueue,
    turn_speech::{AudioInfo, TurnEvent},
};
use crate::{
    api_error::ApiError,
    app::App,
    guard::client::Client,
    speech::timing::{Place, Timing},
};

/// A conversation with one voice.
pub(super) struct Conversation<M> {
    app: Arc<App>,
    turns: TurnQueue,
    splitter: SentenceSplitter,
    places: Places,
    /// Open items, in order.
    agenda: VecDeque<AgendaItem<M>>,
    /// Characters of the open texts.
    characters: usize,
    /// Events to return before anything else.
    events: VecDeque<ConversationEvent<M>>,
    audio: Option<AudioInfo>,
    /// The number of samples so far.
    samples: u64,
    /// The index of the current sentence.
    sentence: usize,
    /// The sample at which it began, once it has.
    begin: Option<u64>,
    /// Warnings about its text.
    warnings: Vec<Value>,
    /// When the client began to wait for its first audio.
    waiting_since: Option<Instant>,
}

enum AgendaItem<M> {
    /// Load the model and the voice.
    Prepare,
    /// A text, and where it begins in all that was written.
    Text(String, Place),
    /// A mark of the protocol, returned after everything before it.
    Mark(M),
}

/// What a conversation returns.
#[derive(Debug)]
pub(super) enum ConversationEvent<M> {
    Ready(AudioInfo),
    /// A text begins, with warnings about the text.
    Begin(SpokenText, Vec<Value>),
    /// A piece of audio.
    Audio {
        samples: Vec<f32>,
        start_s: f64,
        stop_s: f64,
    },
    /// Sentences and words begin or end. Times and places count from the start of the conversation.
    Times(Vec<Timing>),
    /// A text is complete, with warnings about its speech; without words it has no audio.
    End(SpokenText, Vec<Value>),
    /// A text cannot be spoken.
    Refused(SpokenText, ApiError),
    Mark(M),
    /// The open texts are dropped, and the audio ends here.
    Cancelled {
        stop_s: f64,
    },
}

/// A text that is spoken in one piece, and its position in the audio.
#[derive(Debug)]
pub(super) struct SpokenText {
    pub(super) index: usize,
    pub(super) text: String,
    pub(super) start_s: f64,
    pub(super) stop_s: f64,
}

impl<M> Conversation<M> {
    /// Starts a conversation, whose first turn loads the model and the voice.
    pub(super) fn new(app: &Arc<App>, plan: ConversationPlan, client: Client, id: String) -> Self {
        Self {
            app: Arc::clone(app),
            turns: TurnQueue::new(Arc::clone(app), plan, client, id),
            splitter: SentenceSplitter::default(),
            places: Places::default(),
            agenda: VecDeque::from([AgendaItem::Prepare]),
            characters: 0,
            events: VecDeque::new(),
            audio: None,
            samples: 0,
            sentence: 0,
            begin: None,
            warnings: Vec::new(),
            waiting_since: None,
        }
    }

    /// Adds text. Its sentences are spoken as soon as they are complete.
    ///
    /// # Errors
    ///
    /// If too much text would wait. Then nothing of it is added.
    pub(super) fn write(&mut self, text: &str) -> Result<(), ApiError> {
        let waiting = self.characters + self.splitter.pending_characters();
        let limit = self.app.settings.limits.max_text_characters;
        let characters = text.chars().count();
        if waiting + characters > limit {
            let message = format!(
                "{waiting} characters wait to be spoken, and {characters} more would exceed the limit of {limit}; \
                 this text was not added, so send it again when more has been spoken"
            );
            return Err(ApiError::refused(413, message).param("text").code("text_queue_full"));
        }
        self.places.write(text);
        for sentence in self.splitter.push(text) {
            self.add(sentence);
        }
        Ok(())
    }

    /// Adds a text to be spoken in one piece, as in an HTTP request.
    pub(super) fn say(&mut self, text: String) {
        self.places.write(&text);
        self.add(text);
    }

    fn add(&mut self, text: String) {
        self.waiting_since.get_or_insert_with(Instant::now);
        self.characters += text.chars().count();
        self.turns.say(&text);
        let start = self.places.complete(&text);
        self.agenda.push_back(AgendaItem::Text(text, start));
    }

    /// Adds the rest of the text, complete or not, and the mark after it.
    pub(super) fn flush(&mut self, mark: M) {
        if let Some(rest) = self.splitter.finish() {
            self.add(rest);
        }
        self.places.skip_rest();
        self.agenda.push_back(AgendaItem::Mark(mark));
    }

    /// Stops the audio and drops all open items except the marks that `keeps` selects.
    pub(super) fn cancel(&mut self, keeps: impl Fn(&M) -> bool) {
        self.turns.end();
        self.splitter = SentenceSplitter::default();
        self.places.skip_rest();
        self.places.end_text();
        self.characters = 0;
        self.waiting_since = None;
        let stays = |item: &AgendaItem<M>| match item {
            AgendaItem::Prepare => true,
            AgendaItem::Text(..) => false,
            AgendaItem::Mark(mark) => keeps(mark),
        };
        let texts = self.agenda.iter().filter(|item| matches!(item, AgendaItem::Text(..))).count();
        self.agenda.retain(stays);
        self.sentence += texts;
        self.begin = None;
        self.events.retain(|event| {
            matches!(event, ConversationEvent::Ready(_) | ConversationEvent::Cancelled { .. })
        });
        let stop_s = self.seconds(self.samples);
        self.events.push_back(ConversationEvent::Cancelled { stop_s });
    }

    /// Whether there are open items or events.
    pub(super) fn is_busy(&self) -> bool {
        !(self.agenda.is_empty() && self.events.is_empty())
    }

    /// The next event.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<ConversationEvent<M>, ApiError>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(Ok(event));
            }
            if let Some(AgendaItem::Mark(_)) = self.agenda.front()
                && let Some(AgendaItem::Mark(mark)) = self.agenda.pop_front()
            {
                return Poll::Ready(Ok(ConversationEvent::Mark(mark)));
            }
            let event = ready!(self.turns.poll(context, !self.agenda.is_empty()))?;
            self.handle(event);
        }
    }

    fn handle(&mut self, event: TurnEvent) {
        match event {
            TurnEvent::Ready(audio) => {
                self.audio = Some(audio);
                if matches!(self.agenda.front(), Some(AgendaItem::Prepare)) {
                    self.agenda.pop_front();
                    self.events.push_back(ConversationEvent::Ready(audio));
                }
            }
            TurnEvent::Begin(warnings) => self.warnings = warnings,
            TurnEvent::Frame(samples) => {
                if let Some(since) = self.waiting_since.take() {
                    self.app.metrics.first_audio(since.elapsed().as_secs_f64());
                }
                self.begin_text();
                let start_s = self.seconds(self.samples);
                self.samples += samples.len() as u64;
                self.events.push_back(ConversationEvent::Audio {
                    samples,
                    start_s,
                    stop_s: self.seconds(self.samples),
                });
            }
            TurnEvent::Times(timings) => {
                self.begin_text();
                let begin_s = self.seconds(self.begin.unwrap_or(self.samples));
                let timings = self.places.shift(timings, begin_s, self.current_start());
                self.events.push_back(ConversationEvent::Times(timings));
            }
            TurnEvent::Said(warnings) => {
                // A text without words has no audio, but an end, which always follows a beginning.
                self.begin_text();
                let spoken = self.take_text();
                self.events.push_back(ConversationEvent::End(spoken, warnings));
            }
            TurnEvent::Refused(error) => {
                let spoken = self.take_text();
                self.events.push_back(ConversationEvent::Refused(spoken, error));
            }
        }
        if self.agenda.is_empty() {
            self.waiting_since = None;
        }
    }

    /// Reports the beginning of the current text, once.
    fn begin_text(&mut self) {
        if self.begin.is_none() {
            self.begin = Some(self.samples);
            let text = self.current_text().to_owned();
            let warnings = std::mem::take(&mut self.warnings);
            self.events.push_back(ConversationEvent::Begin(self.spoken(text), warnings));
        }
    }

    fn current_text(&self) -> &str {
        match self.agenda.front() {
            Some(AgendaItem::Text(text, _)) => text,
            _ => "",
        }
    }

    /// Where the current text begins in all that was written.
    fn current_start(&self) -> Place {
        match self.agenda.front() {
            Some(AgendaItem::Text(_, start)) => *start,
            _ => Place::default(),
        }
    }

    /// Removes the finished text from the agenda.
    fn take_text(&mut self) -> SpokenText {
        let text = match self.agenda.pop_front() {
            Some(AgendaItem::Text(text, _)) => text,
            _ => String::new(),
        };
        self.characters -= text.chars().count();
        let spoken = self.spoken(text);
        self.begin = None;
        self.sentence += 1;
        self.places.end_text();
        spoken
    }

    fn spoken(&self, text: String) -> SpokenText {
        let start_s = self.seconds(self.begin.unwrap_or(self.samples));
        SpokenText { index: self.sentence, text, start_s, stop_s: self.seconds(self.samples) }
    }

    fn seconds(&self, samples: u64) -> f64 {
        let rate = self.audio.map_or(1, |audio| audio.sample_rate_hz);
        samples as f64 / f64::from(rate)
    }
}
