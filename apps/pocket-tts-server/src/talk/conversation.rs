//! A conversation, whatever protocol carries it: text goes in as it is written, sound and marks come out in order.
//!
//! It must not know connections or the form of messages.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use serde_json::Value;

use super::{
    plan::Plan,
    speaker::{Sound, Told},
    splitter::SentenceSplitter,
    turn::Turns,
};
use crate::{api_error::ApiError, app::App, guard::rates::Client};

/// A conversation with one voice.
pub(super) struct Conversation<M> {
    app: Arc<App>,
    turns: Turns,
    splitter: SentenceSplitter,
    /// What isn't done yet, in order.
    agenda: VecDeque<Item<M>>,
    /// Characters of the texts in it.
    characters: usize,
    /// What is to be told before anything else.
    told: VecDeque<Event<M>>,
    sound: Option<Sound>,
    /// Samples that came out.
    samples: u64,
    /// The sentence that is its turn, counted from 0.
    sentence: usize,
    /// Where it began, in samples, once it has.
    begin: Option<u64>,
    /// What is doubtful about that sentence's text.
    warnings: Vec<Value>,
    /// Since when a client has been waiting for its first sound.
    waiting_since: Option<Instant>,
}

enum Item<M> {
    /// Model and voice have to be got.
    Prepare,
    Text(String),
    /// A mark of the protocol, told when all before it is.
    Mark(M),
}

/// What comes out.
#[derive(Debug)]
pub(super) enum Event<M> {
    Ready(Sound),
    /// The sound of a text begins, and this is what is doubtful about the text.
    Begin(Spoken, Vec<Value>),
    /// A piece of sound, and where it begins.
    Audio {
        samples: Vec<f32>,
        start_s: f64,
        stop_s: f64,
    },
    /// The sound of a text is over.
    End(Spoken),
    /// A text can't be spoken.
    Refused(Spoken, ApiError),
    Mark(M),
    /// What had been asked for is dropped; the sound ends here.
    Cancelled {
        stop_s: f64,
    },
}

/// A text that is spoken in one go, and where it lies in the sound.
#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) index: usize,
    pub(super) text: String,
    pub(super) start_s: f64,
    pub(super) stop_s: f64,
}

impl<M> Conversation<M> {
    /// Begins by getting model and voice, for which it takes a turn.
    pub(super) fn new(app: &Arc<App>, plan: Plan, client: Client, id: String) -> Self {
        Self {
            app: Arc::clone(app),
            turns: Turns::new(Arc::clone(app), plan, client, id),
            splitter: SentenceSplitter::default(),
            agenda: VecDeque::from([Item::Prepare]),
            characters: 0,
            told: VecDeque::new(),
            sound: None,
            samples: 0,
            sentence: 0,
            begin: None,
            warnings: Vec::new(),
            waiting_since: None,
        }
    }

    /// Takes more of the text; its sentences are spoken as soon as they are complete.
    ///
    /// # Errors
    ///
    /// If more would wait than may; then nothing of it was taken.
    pub(super) fn write(&mut self, text: &str) -> Result<(), ApiError> {
        let waiting = self.characters + self.splitter.pending_characters();
        let limit = self.app.settings.limits.max_text_characters;
        let characters = text.chars().count();
        if waiting + characters > limit {
            let message = format!(
                "{waiting} characters wait to be spoken, and {characters} more would be beyond {limit}; nothing of \
                 this text was taken: send it when more has been spoken"
            );
            return Err(ApiError::refused(413, message).param("text").code("text_queue_full"));
        }
        for sentence in self.splitter.push(text) {
            self.say(sentence);
        }
        Ok(())
    }

    /// Has a whole text spoken in one go, as a request over HTTP would.
    pub(super) fn say(&mut self, text: String) {
        self.waiting_since.get_or_insert_with(Instant::now);
        self.characters += text.chars().count();
        self.turns.say(&text);
        self.agenda.push_back(Item::Text(text));
    }

    /// Has the rest of the text spoken, complete or not, and tells the mark after it.
    pub(super) fn flush(&mut self, mark: M) {
        if let Some(rest) = self.splitter.finish() {
            self.say(rest);
        }
        self.agenda.push_back(Item::Mark(mark));
    }

    /// Ends the sound and drops all that had been asked for, but for the marks that `keeps` names.
    pub(super) fn cancel(&mut self, keeps: impl Fn(&M) -> bool) {
        self.turns.end();
        self.splitter = SentenceSplitter::default();
        self.characters = 0;
        self.waiting_since = None;
        let stays = |item: &Item<M>| match item {
            Item::Prepare => true,
            Item::Text(_) => false,
            Item::Mark(mark) => keeps(mark),
        };
        let texts = self.agenda.iter().filter(|item| matches!(item, Item::Text(_))).count();
        self.agenda.retain(stays);
        self.sentence += texts;
        self.begin = None;
        self.told.retain(|event| matches!(event, Event::Ready(_) | Event::Cancelled { .. }));
        let stop_s = self.seconds(self.samples);
        self.told.push_back(Event::Cancelled { stop_s });
    }

    /// Whether anything is to be done or told still.
    pub(super) fn is_busy(&self) -> bool {
        !(self.agenda.is_empty() && self.told.is_empty())
    }

    /// What comes out next.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Event<M>, ApiError>> {
        loop {
            if let Some(event) = self.told.pop_front() {
                return Poll::Ready(Ok(event));
            }
            if let Some(Item::Mark(_)) = self.agenda.front()
                && let Some(Item::Mark(mark)) = self.agenda.pop_front()
            {
                return Poll::Ready(Ok(Event::Mark(mark)));
            }
            let told = ready!(self.turns.poll(context, !self.agenda.is_empty()))?;
            self.hear(told);
        }
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Ready(sound) => {
                self.sound = Some(sound);
                if matches!(self.agenda.front(), Some(Item::Prepare)) {
                    self.agenda.pop_front();
                    self.told.push_back(Event::Ready(sound));
                }
            }
            Told::Begin(warnings) => self.warnings = warnings,
            Told::Frame(samples) => {
                if let Some(since) = self.waiting_since.take() {
                    self.app.metrics.first_audio(since.elapsed().as_secs_f64());
                }
                if self.begin.is_none() {
                    self.begin = Some(self.samples);
                    let text = self.current_text().to_owned();
                    let warnings = std::mem::take(&mut self.warnings);
                    self.told.push_back(Event::Begin(self.spoken(text), warnings));
                }
                let start_s = self.seconds(self.samples);
                self.samples += samples.len() as u64;
                self.told.push_back(Event::Audio { samples, start_s, stop_s: self.seconds(self.samples) });
            }
            Told::Said => {
                let spoken = self.take_text();
                self.told.push_back(Event::End(spoken));
            }
            Told::Refused(error) => {
                let spoken = self.take_text();
                self.told.push_back(Event::Refused(spoken, error));
            }
        }
        if self.agenda.is_empty() {
            self.waiting_since = None;
        }
    }

    fn current_text(&self) -> &str {
        match self.agenda.front() {
            Some(Item::Text(text)) => text,
            _ => "",
        }
    }

    /// Takes the text that is over off the agenda.
    fn take_text(&mut self) -> Spoken {
        let text = match self.agenda.pop_front() {
            Some(Item::Text(text)) => text,
            _ => String::new(),
        };
        self.characters -= text.chars().count();
        let spoken = self.spoken(text);
        self.begin = None;
        self.sentence += 1;
        spoken
    }

    fn spoken(&self, text: String) -> Spoken {
        let start_s = self.seconds(self.begin.unwrap_or(self.samples));
        Spoken { index: self.sentence, text, start_s, stop_s: self.seconds(self.samples) }
    }

    fn seconds(&self, samples: u64) -> f64 {
        let rate = self.sound.map_or(1, |sound| sound.sample_rate_hz);
        samples as f64 / f64::from(rate)
    }
}
