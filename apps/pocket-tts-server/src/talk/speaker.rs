//! The speech of one turn of a conversation: texts that arrive over time, told as frames and marks.
//!
//! It must not know protocols.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix_web::web::Bytes;
use pocket_tts_core::{TextReport, TtsModel, Voice};
use serde_json::Value;

use super::{plan::Plan, splitter::has_words};
use crate::{
    admission::Permit,
    api_error::ApiError,
    app::App,
    speech::{
        channel::{MEMORY_BYTES, Pace, Piece, Reader, SendError, Sender, channel},
        run::{Run, Sink, Stop},
        warnings,
    },
};

/// How long a turn keeps its stream when all is said: the rest of an answer mostly follows, and should not have to
/// queue again.
const REST: Duration = Duration::from_secs(2);
/// The connection's own limit on stalled readers comes first.
const WINDOWS: u32 = 2;
const SAMPLE_BYTES: usize = size_of::<f32>();

/// What the sound is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sound {
    pub(super) sample_rate_hz: u32,
    pub(super) samples_per_frame: usize,
}

/// What a speaker tells, in order.
#[derive(Debug)]
pub(super) enum Told {
    /// Model and voice are there.
    Ready(Sound),
    /// A text begins; this is what is doubtful about it.
    Begin(Vec<Value>),
    /// A piece of the text that is being told.
    Frame(Vec<f32>),
    /// That text is over, and the next one follows.
    Said,
    /// That text can't be spoken, and the next one follows.
    Refused(ApiError),
}

/// One turn. Dropping it ends its work within a frame and gives its stream back.
#[derive(Debug)]
pub(super) struct Speaker {
    texts: Arc<Texts>,
    told: Reader<Told>,
}

/// Texts on their way to the turn's thread.
#[derive(Debug, Default)]
struct Texts {
    state: Mutex<TextState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct TextState {
    waiting: VecDeque<String>,
    /// Whether the thread takes no more.
    is_closed: bool,
}

/// The sink of a turn.
struct Telling {
    texts: Arc<Texts>,
    sender: Sender<Told>,
    has_sent: bool,
}

impl Speaker {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the system can start no more threads.
    pub(super) fn start(
        app: &Arc<App>,
        permit: Permit,
        plan: &Plan,
        id: &str,
        texts: VecDeque<String>,
    ) -> Result<Self, ApiError> {
        let limits = &app.settings.limits;
        let pace = Pace {
            stall_limit: None,
            window: limits.stall_timeout * WINDOWS,
            min_bytes_per_s: limits.min_read_bytes_per_s,
        };
        let (sender, told) = channel(MEMORY_BYTES, pace, Arc::clone(&app.spool_space));
        let texts = Arc::new(Texts {
            state: Mutex::new(TextState { waiting: texts, is_closed: false }),
            changed: Condvar::new(),
        });
        let deadline = Instant::now() + limits.request_timeout;
        let run =
            Run { app: Arc::clone(app), permit, plan: plan.speech.clone(), id: id.to_owned(), deadline };
        run.start("tts-talk", Telling { texts: Arc::clone(&texts), sender, has_sent: false })?;
        Ok(Self { texts, told })
    }

    /// Has a text spoken after those before it; gives it back if the turn takes no more.
    pub(super) fn say(&self, text: String) -> Result<(), String> {
        let mut state = self.texts.lock();
        if state.is_closed {
            return Err(text);
        }
        state.waiting.push_back(text);
        self.texts.changed.notify_one();
        Ok(())
    }

    /// What comes next; `None` at the end of the turn.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Told, ApiError>>> {
        self.told.poll(context)
    }
}

impl Drop for Speaker {
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

    /// The next text. Takes no more once none has come for `limit`.
    fn next(&self, limit: Duration) -> Option<String> {
        let idle = |state: &mut TextState| state.waiting.is_empty() && !state.is_closed;
        let waited = self.changed.wait_timeout_while(self.lock(), limit, idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let next = state.waiting.pop_front();
        state.is_closed |= next.is_none();
        next
    }
}

impl Sink for Telling {
    fn begin(&mut self, model: &TtsModel, _voice: &Voice) -> Result<(), Stop> {
        let sound =
            Sound { sample_rate_hz: model.sample_rate_hz(), samples_per_frame: model.samples_per_frame() };
        self.tell(Told::Ready(sound))
    }

    fn next_text(&mut self) -> Result<Option<String>, Stop> {
        while let Some(text) = self.texts.next(REST) {
            if has_words(&text) {
                return Ok(Some(text));
            }
            // Dashes, smileys: there is nothing to say, and nothing wrong.
            self.tell(Told::Said)?;
        }
        if self.is_abandoned() { Err(Stop::Left) } else { Ok(None) }
    }

    fn begin_text(&mut self, report: &TextReport) -> Result<(), Stop> {
        self.tell(Told::Begin(warnings::to_json(report)))
    }

    fn push(&mut self, samples: Vec<f32>) -> Result<usize, Stop> {
        let count = samples.len();
        self.tell(Told::Frame(samples))?;
        self.has_sent = true;
        Ok(count)
    }

    fn end_text(&mut self, _text: &str, outcome: Result<&TtsModel, ApiError>) -> Result<usize, Stop> {
        self.tell(outcome.map_or_else(Told::Refused, |_| Told::Said))?;
        Ok(0)
    }

    fn is_abandoned(&self) -> bool {
        self.sender.is_abandoned()
    }

    fn has_sent(&self) -> bool {
        // There is no other answer, so that the log tells of every failure.
        true
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

impl Telling {
    fn tell(&mut self, told: Told) -> Result<(), Stop> {
        Ok(self.sender.send(told)?)
    }
}

impl Piece for Told {
    fn size(&self) -> usize {
        match self {
            Self::Frame(samples) => samples.len() * SAMPLE_BYTES,
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
        let bytes = Told::Frame(samples.clone()).to_bytes().unwrap();
        let Told::Frame(restored) = Told::from_bytes(bytes.to_vec()) else { panic!() };
        let bits = |samples: &[f32]| samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&restored), bits(&samples));
        assert!(Told::Said.to_bytes().is_none());
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
