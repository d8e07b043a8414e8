//! The speech of one turn of a conversation: texts that arrive over time become events.
//!
//! It must not know protocols.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix_web::web::Bytes;
use pocket_tts_core::{Error, GenerateOptions, Script, ScriptReader, TextReport, TtsModel, Voice, has_words};
use serde_json::Value;

use super::plan::ConversationPlan;
use crate::{
    admission::Permit,
    api_error::ApiError,
    app::App,
    speech::{
        channel::{MEMORY_BYTES, Pace, Piece, Reader, SendError, Sender, channel},
        run::{Run, Said, Sink, Stop},
        timing::Timing,
        warnings,
    },
};

/// How long a turn keeps its stream without text: usually more follows, and should not have to queue again.
const LINGER: Duration = Duration::from_secs(2);
/// The window of the minimum rate, as a multiple of the stall time-out, which the connection enforces first.
const WINDOWS: u32 = 2;
const SAMPLE_BYTES: usize = size_of::<f32>();

/// The properties of the audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AudioInfo {
    pub(super) sample_rate_hz: u32,
    pub(super) samples_per_frame: usize,
    /// Whether the model knows the times of words.
    pub(super) has_word_times: bool,
}

/// The events of a turn, in order.
#[derive(Debug)]
pub(super) enum TurnEvent {
    /// The model and the voice are loaded.
    Ready(AudioInfo),
    /// A text begins, with warnings about it.
    Begin(Vec<Value>),
    /// Sentences and words that begin or end in the audio that comes next, or that ended with the last.
    Times(Vec<Timing>),
    /// A piece of the audio of the current text.
    Frame(Vec<f32>),
    /// The current text is complete, with warnings about its speech.
    Said(Vec<Value>),
    /// The current text cannot be spoken.
    Refused(ApiError),
}

/// One turn. Dropping it stops its thread within a frame and releases its stream.
#[derive(Debug)]
pub(super) struct TurnSpeech {
    texts: Arc<Texts>,
    events: Reader<TurnEvent>,
}

/// The queue of texts for the turn's thread.
#[derive(Debug, Default)]
struct Texts {
    state: Mutex<TextState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct TextState {
    waiting: VecDeque<String>,
    /// Whether the thread accepts no more texts.
    is_closed: bool,
}

/// The reader of a conversation's text, from its first turn on.
pub(super) type SharedReader = Mutex<Option<ScriptReader>>;

/// The sink of a turn.
struct EventSink {
    texts: Arc<Texts>,
    sender: Sender<TurnEvent>,
    has_sent: bool,
    /// Whether the client is told when sentences and words are heard.
    has_times: bool,
    /// The reader of a text that is written piece by piece.
    reader: Option<Arc<SharedReader>>,
    /// Whether the current text only changes the voice.
    is_silent: bool,
}

impl TurnSpeech {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the operating system cannot start another thread.
    pub(super) fn start(
        app: &Arc<App>,
        permit: Permit,
        (plan, id): (&ConversationPlan, &str),
        texts: VecDeque<String>,
        reader: Arc<SharedReader>,
    ) -> Result<Self, ApiError> {
        let limits = &app.settings.limits;
        let pace = Pace {
            stall_limit: None,
            window: limits.stall_timeout * WINDOWS,
            min_bytes_per_s: limits.min_read_bytes_per_s,
        };
        let (sender, events) = channel(MEMORY_BYTES, pace, Arc::clone(&app.spool_space));
        let texts = Arc::new(Texts {
            state: Mutex::new(TextState { waiting: texts, is_closed: false }),
            changed: Condvar::new(),
        });
        let deadline = Instant::now() + limits.request_timeout;
        let run =
            Run { app: Arc::clone(app), permit, plan: plan.speech.clone(), id: id.to_owned(), deadline };
        let reader = plan.is_growing.then_some(reader);
        let (has_sent, has_times, is_silent) = (false, plan.has_times, false);
        let sink = EventSink { texts: Arc::clone(&texts), sender, has_sent, has_times, reader, is_silent };
        run.start("tts-talk", sink)?;
        Ok(Self { texts, events })
    }

    /// Adds a text. Returns it if the turn accepts no more.
    pub(super) fn say(&self, text: String) -> Result<(), String> {
        let mut state = self.texts.lock();
        if state.is_closed {
            return Err(text);
        }
        state.waiting.push_back(text);
        self.texts.changed.notify_one();
        Ok(())
    }

    /// The next event, or `None` at the end of the turn.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<TurnEvent, ApiError>>> {
        self.events.poll(context)
    }
}

impl Drop for TurnSpeech {
    fn drop(&mut self) {
        self.texts.lock().is_closed = true;
        self.texts.changed.notify_one();
    }
}

impl Texts {
    fn lock(&self) -> MutexGuard<'_, TextState> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next text. Closes the queue once none has arrived for `limit`.
    fn next(&self, limit: Duration) -> Option<String> {
        let idle = |state: &mut TextState| state.waiting.is_empty() && !state.is_closed;
        let waited = self.changed.wait_timeout_while(self.lock(), limit, idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let next = state.waiting.pop_front();
        state.is_closed |= next.is_none();
        next
    }
}

impl Sink for EventSink {
    fn begin(&mut self, model: &TtsModel, _voice: &Voice) -> Result<(), Stop> {
        let audio = AudioInfo {
            sample_rate_hz: model.sample_rate_hz(),
            samples_per_frame: model.samples_per_frame(),
            has_word_times: model.has_word_times(),
        };
        self.emit(TurnEvent::Ready(audio))
    }

    fn next_text(&mut self) -> Result<Option<String>, Stop> {
        while let Some(text) = self.texts.next(LINGER) {
            if has_words(&text) {
                return Ok(Some(text));
            }
            // Dashes and emoji have nothing to say, which is not an error.
            self.emit(TurnEvent::Said(Vec::new()))?;
        }
        if self.is_abandoned() { Err(Stop::Left) } else { Ok(None) }
    }

    fn read(&mut self, text: &str, model: &TtsModel, options: &GenerateOptions) -> Result<Script, Error> {
        let Some(reader) = &self.reader else { return model.script(text, options) };
        // No code that can panic leaves a reader that is half changed.
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_silent = false;
        let script = reader.get_or_insert_with(|| model.script_reader(options)).read(text)?;
        self.is_silent = script.is_empty();
        Ok(script)
    }

    fn forget_last(&mut self) {
        let Some(reader) = &self.reader else { return };
        if let Some(reader) = reader.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            reader.forget_last();
        }
    }

    fn begin_text(&mut self, report: &TextReport) -> Result<(), Stop> {
        self.emit(TurnEvent::Begin(warnings::to_json(report)))
    }

    fn times(&mut self, timings: Vec<Timing>) -> Result<(), Stop> {
        if self.has_times { self.emit(TurnEvent::Times(timings)) } else { Ok(()) }
    }

    fn push(&mut self, samples: Vec<f32>) -> Result<(), Stop> {
        self.emit(TurnEvent::Frame(samples))?;
        self.has_sent = true;
        Ok(())
    }

    fn end_text(&mut self, outcome: Result<Said, ApiError>) -> Result<(), Stop> {
        self.emit(match outcome {
            Err(error) if !self.is_silent => TurnEvent::Refused(error.of_text_field()),
            Err(_) => TurnEvent::Said(Vec::new()),
            Ok(said) => TurnEvent::Said(said.warnings),
        })
    }

    fn is_abandoned(&self) -> bool {
        self.sender.is_abandoned()
    }

    fn has_sent(&self) -> bool {
        // A conversation has no status, so every failure is logged.
        true
    }

    fn taken_share(&self) -> f64 {
        self.sender.taken_share()
    }

    fn deliver(&mut self, deadline: Instant) -> Result<(), SendError> {
        self.sender.deliver(deadline)
    }

    fn end(self, outcome: Result<(), Stop>) {
        match outcome {
            Ok(()) => self.sender.finish(),
            Err(Stop::Left) => {}
            Err(Stop::Failed(error)) => self.sender.fail(error),
        }
    }
}

impl EventSink {
    fn emit(&mut self, event: TurnEvent) -> Result<(), Stop> {
        Ok(self.sender.send(event)?)
    }
}

impl Piece for TurnEvent {
    fn size(&self) -> usize {
        match self {
            Self::Frame(samples) => samples.len() * SAMPLE_BYTES,
            Self::Times(timings) => timings.len() * size_of::<Timing>(),
            _ => size_of::<Self>(),
        }
    }

    fn to_bytes(&self) -> Option<Bytes> {
        match self {
            Self::Frame(samples) => {
                Some(samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>().into())
            }
            _ => None,
        }
    }

    fn from_bytes(bytes: Vec<u8>) -> Self {
        let (samples, _) = bytes.as_chunks::<SAMPLE_BYTES>();
        Self::Frame(samples.iter().map(|sample| f32::from_le_bytes(*sample)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_survives_its_bytes_to_the_bit() {
        let samples = vec![0.0, -1.5, f32::MIN_POSITIVE, -0.0];
        let bytes = TurnEvent::Frame(samples.clone()).to_bytes().unwrap();
        let TurnEvent::Frame(restored) = TurnEvent::from_bytes(bytes.to_vec()) else { panic!() };
        let bits = |samples: &[f32]| samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&restored), bits(&samples));
        assert!(TurnEvent::Said(Vec::new()).to_bytes().is_none());
    }

    #[test]
    fn no_text_is_lost_when_a_turn_ends() {
        let texts = Arc::new(Texts::default());
        texts.lock().waiting.push_back("One.".to_owned());
        assert_eq!(texts.next(Duration::ZERO).as_deref(), Some("One."));
        assert_eq!(texts.next(Duration::ZERO), None);
        assert!(texts.lock().is_closed, "later texts must be refused, not lost");
    }
}
