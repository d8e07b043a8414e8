//! The thread that speaks one text after another with one voice. Here it may wait; the connections never do.
//!
//! It must not know where the texts come from or where the sound goes.

use std::{
    sync::{Arc, mpsc},
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use pocket_tts_core::{TtsModel, Voice};
use tokio::sync::mpsc as async_mpsc;

use super::{plan::Plan, splitter::has_words};
use crate::{admission::Permit, api_error::ApiError, app::App};

/// Frames that may wait for a reader: two and a half seconds of sound, a quarter of a megabyte. The stream of a
/// sentence holds about as much again.
const WAITING_EVENTS: usize = 32;

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
    /// A piece of the text that is its turn.
    Frame(Vec<f32>),
    /// That text is over, and the next one's turn comes.
    Said,
    /// That text can't be spoken, and the next one's turn comes.
    Refused(ApiError),
    /// The speaker can't go on.
    Failed(ApiError),
}

/// A thread that speaks. Dropping it ends its work within a frame and gives its slot back.
#[derive(Debug)]
pub(super) struct Speaker {
    texts: mpsc::Sender<String>,
    told: async_mpsc::Receiver<Told>,
}

/// What the thread works with.
struct Desk {
    app: Arc<App>,
    permit: Permit,
    plan: Plan,
    texts: mpsc::Receiver<String>,
    tell: async_mpsc::Sender<Told>,
    /// The id of the request, for the log.
    id: String,
}

/// Why a speaker ends before its texts do.
enum Stop {
    Failed(ApiError),
    /// Nobody listens any more.
    Left,
}

/// What came of it so far.
#[derive(Debug, Default)]
struct Progress {
    samples: usize,
    sample_rate_hz: u32,
    worked: Duration,
}

impl Speaker {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the system has no thread left.
    pub(super) fn start(app: &Arc<App>, permit: Permit, plan: &Plan, id: &str) -> Result<Self, ApiError> {
        let (texts, texts_out) = mpsc::channel();
        let (tell, told) = async_mpsc::channel(WAITING_EVENTS);
        let (app, plan, id) = (Arc::clone(app), plan.clone(), id.to_owned());
        let desk = Desk { app, permit, plan, texts: texts_out, tell, id };
        let thread = thread::Builder::new().name("tts-talk".to_owned());
        thread.spawn(move || desk.work()).map_err(|error| {
            tracing::error!(%error, "cannot start the thread of a conversation");
            ApiError::unavailable("the server has no thread left for this conversation", 5)
        })?;
        Ok(Self { texts, told })
    }

    /// Has a text spoken after those before it.
    pub(super) fn say(&self, text: String) {
        // A thread that has ended has told why.
        drop(self.texts.send(text));
    }

    /// What comes next.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Told> {
        self.told.poll_recv(context).map(|told| {
            let silent = || Told::Failed(ApiError::internal("the thread of a conversation panicked"));
            told.unwrap_or_else(silent)
        })
    }
}

impl Desk {
    fn work(self) {
        let mut progress = Progress::default();
        let watch = self.app.metrics.stream_begins();
        let outcome = self.speak(&mut progress);
        let audio_s = progress.samples as f64 / f64::from(progress.sample_rate_hz.max(1));
        let (id, model) = (&self.id, &self.plan.model);
        // The stream is gone by now, so its slot is free before the client hears of the end.
        drop(self.permit);
        match outcome {
            Ok(()) => {
                watch.completed(audio_s, progress.worked.as_secs_f64());
                tracing::info!(id, model, audio_s, "spoken");
            }
            Err(Stop::Left) => {
                watch.cancelled();
                tracing::info!(id, model, audio_s, "stopped or left");
            }
            Err(Stop::Failed(error)) => {
                watch.failed();
                let (status, detail) = (error.status(), error.detail());
                tracing::warn!(id, model, status, detail, audio_s, "not spoken");
                // Whoever left needs no reason.
                drop(self.tell.blocking_send(Told::Failed(error)));
            }
        }
    }

    fn speak(&self, progress: &mut Progress) -> Result<(), Stop> {
        let deadline = Instant::now() + self.app.settings.limits.request_timeout;
        let lease = self.app.models.acquire(&self.plan.model).map_err(|error| Stop::Failed(error.into()))?;
        let model = lease.get().model();
        let voice = self.app.voices.voice(&self.plan.voice, &self.plan.model, lease.get());
        let voice = voice.map_err(Stop::Failed)?;
        progress.sample_rate_hz = model.sample_rate_hz();
        self.tell(Told::Ready(Sound {
            sample_rate_hz: model.sample_rate_hz(),
            samples_per_frame: model.samples_per_frame(),
        }))?;
        while let Ok(text) = self.texts.recv() {
            let begin = Instant::now();
            let outcome = if has_words(&text) {
                self.say(&text, (model, &voice), deadline, progress)?
            } else {
                // Dashes, smileys: there is nothing to say, and nothing wrong.
                Told::Said
            };
            progress.worked += begin.elapsed();
            self.tell(outcome)?;
        }
        Ok(())
    }

    fn say(
        &self,
        text: &str,
        (model, voice): (&TtsModel, &Voice),
        deadline: Instant,
        progress: &mut Progress,
    ) -> Result<Told, Stop> {
        let mut stream = match model.stream(text, voice, &self.plan.options) {
            Ok(stream) => stream,
            Err(error) => {
                let error = ApiError::from(error);
                return if error.status() == 400 {
                    Ok(Told::Refused(error))
                } else {
                    Err(Stop::Failed(error))
                };
            }
        };
        for index in 0.. {
            if let Some(hook) = &self.app.hooks.before_frame {
                hook(text, index);
            }
            let Some(chunk) = stream.next() else { break };
            let samples = chunk.map_err(|error| Stop::Failed(error.into()))?.samples;
            if Instant::now() >= deadline {
                return Err(Stop::Failed(ApiError::too_slow("the speech took longer than it may")));
            }
            progress.samples += samples.len();
            self.tell(Told::Frame(samples))?;
        }
        self.app.metrics.unfinished_sentences.inc_by(stream.unfinished_sentences() as u64);
        Ok(Told::Said)
    }

    fn tell(&self, told: Told) -> Result<(), Stop> {
        self.tell.blocking_send(told).map_err(|_| Stop::Left)
    }
}
