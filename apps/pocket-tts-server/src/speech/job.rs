//! The thread of one request: model, voice, frames, bytes. Here it may wait; the connections never do.
//!
//! It must not know HTTP.

use std::{
    sync::{Arc, Weak},
    thread,
    time::Instant,
};

use actix_web::web::Bytes;
use pocket_tts_audio::{AudioFormat, EncodeError, Encoder, SpeedChanger};
use pocket_tts_core::{GenerateOptions, SpeechStream};

use crate::{
    admission::Permit,
    api_error::ApiError,
    app::App,
    connection::Connection,
    speech::{
        channel::{ChunkSender, SendError},
        events::Framing,
    },
    voices::{VoiceChoice, voice_warnings},
};

/// The status of a request whose client stopped to read.
const STALLED: u16 = 408;

/// What to say, and how. All that can be checked without a model has been.
#[derive(Debug)]
pub(crate) struct Job {
    /// The model, one of those that the server has.
    pub(crate) model: String,
    pub(crate) voice: VoiceChoice,
    pub(crate) text: String,
    pub(crate) options: GenerateOptions,
    pub(crate) format: AudioFormat,
    /// How many times as fast as the model speaks.
    pub(crate) speed: f64,
    pub(crate) framing: Framing,
}

/// What a job works with and whom it works for.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) app: Arc<App>,
    pub(crate) permit: Permit,
    pub(crate) sender: ChunkSender,
    /// The client's connection, as long as there is one.
    pub(crate) connection: Weak<Connection>,
    pub(crate) deadline: Instant,
    /// The request's id, for the log.
    pub(crate) id: String,
}

/// Why a job ended before its end.
#[derive(Debug)]
enum Stop {
    Failed(ApiError),
    /// Nobody listens any more.
    Left,
}

/// What came of the sound so far.
#[derive(Debug, Default)]
struct Progress {
    frames: usize,
    samples: usize,
    sent: bool,
    sample_rate_hz: u32,
}

impl Job {
    /// Starts the thread.
    pub(crate) fn start(self, desk: Desk) -> Result<(), ApiError> {
        let thread = thread::Builder::new().name("tts-request".to_owned());
        thread.spawn(move || self.run(desk)).map(drop).map_err(|error| {
            let busy = ApiError::unavailable("the server has no thread left for this request", 5);
            tracing::error!(%error, "cannot start the thread of a request");
            busy
        })
    }

    fn run(self, desk: Desk) {
        let Desk { app, permit, sender, connection, deadline, id } = desk;
        let start = Instant::now();
        let mut progress = Progress::default();
        let watch = app.metrics.stream_begins();
        let outcome = self.speak(&app, &sender, deadline, &mut progress);
        let took_s = start.elapsed().as_secs_f64();
        let audio_s = progress.samples as f64 / f64::from(progress.sample_rate_hz.max(1));
        // The stream is gone by now, so its slot is free before the client hears of the end.
        drop(permit);
        match outcome {
            Ok(()) => {
                watch.completed(audio_s, took_s);
                tracing::info!(id, model = self.model, audio_s, took_s, frames = progress.frames, "spoken");
                sender.finish();
            }
            Err(Stop::Left) => {
                watch.cancelled();
                let what = if app.phase.draining_for() >= Some(app.settings.limits.drain_timeout) {
                    "cut off, as the drain time-out is over"
                } else {
                    "the client left"
                };
                tracing::info!(id, model = self.model, audio_s, took_s, "{what}");
            }
            Err(Stop::Failed(error)) => {
                watch.failed();
                let status = error.status();
                // Before there is sound the error is the answer, which has a line of its own.
                if progress.sent {
                    let detail = error.detail();
                    tracing::warn!(id, model = self.model, status, detail, %error, audio_s, "broken off");
                }
                if status == STALLED {
                    // The connection waits for its client and looks at nothing else.
                    connection.upgrade().iter().for_each(|connection| connection.close());
                } else if let Some(event) = self.framing.failure(&error).filter(|_| progress.sent) {
                    // The break that follows says the same to whoever can't read events.
                    let _ = sender.send(event);
                }
                sender.fail(error);
            }
        }
    }

    fn speak(
        &self,
        app: &App,
        sender: &ChunkSender,
        deadline: Instant,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let lease = app.models.acquire(&self.model).map_err(|error| Stop::Failed(error.into()))?;
        let model = lease.get().model();
        if sender.is_abandoned() {
            return Err(Stop::Left);
        }
        let voice = app.voices.voice(&self.voice, &self.model, lease.get()).map_err(Stop::Failed)?;
        if self.voice.is_of_the_client() {
            voice_warnings(&voice).for_each(|warning| sender.note(warning));
        }
        let mut stream = model.stream(&self.text, &voice, &self.options)?;
        progress.sample_rate_hz = model.sample_rate_hz();
        let mut encoder = Encoder::new(self.format, model.sample_rate_hz())?;
        let speed = SpeedChanger::new(self.speed, model.sample_rate_hz());
        let mut speed =
            speed.map_err(|error| Stop::Failed(ApiError::bad_request(error.to_string()).param("speed")))?;
        let first_samples =
            app.settings.limits.first_chunk_length.as_secs_f64() * f64::from(model.sample_rate_hz());
        let held = (first_samples >= 1.0).then(Vec::new);
        let mut line = Line { framing: self.framing, sender, held, first_samples: first_samples as usize };
        while let Some(samples) = self.next_frame(app, &mut stream, progress.frames)? {
            if Instant::now() >= deadline {
                return Err(Stop::Failed(ApiError::too_slow("the request took longer than it may")));
            }
            progress.frames += 1;
            line.send(&mut encoder, &speed.push(&samples), progress)?;
        }
        line.send(&mut encoder, &speed.finish(), progress)?;
        if stream.unfinished_sentences() > 0 {
            app.metrics.unfinished_sentences.inc_by(stream.unfinished_sentences() as u64);
        }
        let last = encoder.finish()?;
        line.release(progress)?;
        line.send_bytes((!last.is_empty()).then(|| self.framing.piece(last)))?;
        let input_tokens = if self.framing == Framing::Events { model.token_count(&self.text)? } else { 0 };
        line.send_bytes(self.framing.end(input_tokens, progress.frames))
    }

    fn next_frame(
        &self,
        app: &App,
        stream: &mut SpeechStream,
        index: usize,
    ) -> Result<Option<Vec<f32>>, Stop> {
        if let Some(hook) = &app.hooks.before_frame {
            hook(&self.text, index);
        }
        Ok(stream.next().transpose()?.map(|chunk| chunk.samples))
    }
}

/// The way of encoded sound to the client.
struct Line<'a> {
    framing: Framing,
    sender: &'a ChunkSender,
    /// What waits until there are so many samples; none once there have been.
    held: Option<Vec<u8>>,
    first_samples: usize,
}

impl Line<'_> {
    fn send(&mut self, encoder: &mut Encoder, samples: &[f32], progress: &mut Progress) -> Result<(), Stop> {
        let sound = encoder.push(samples)?;
        progress.samples += samples.len();
        if self.sender.is_abandoned() {
            return Err(Stop::Left);
        }
        if let Some(held) = &mut self.held {
            held.extend(sound);
            return if progress.samples < self.first_samples { Ok(()) } else { self.release(progress) };
        }
        self.pass(sound, progress)
    }

    /// Sends what was held back, and from now on everything at once.
    fn release(&mut self, progress: &mut Progress) -> Result<(), Stop> {
        let held = self.held.take().unwrap_or_default();
        self.pass(held, progress)
    }

    fn pass(&self, sound: Vec<u8>, progress: &mut Progress) -> Result<(), Stop> {
        if !sound.is_empty() {
            self.send_bytes(Some(self.framing.piece(sound)))?;
            progress.sent = true;
        }
        Ok(())
    }

    fn send_bytes(&self, bytes: Option<Bytes>) -> Result<(), Stop> {
        match bytes.map_or(Ok(()), |bytes| self.sender.send(bytes)) {
            Ok(()) => Ok(()),
            Err(SendError::Gone) => Err(Stop::Left),
            Err(SendError::Stalled) => Err(Stop::Failed(ApiError::refused(
                STALLED,
                "the client took none of the sound for too long",
            ))),
        }
    }
}

impl From<EncodeError> for Stop {
    fn from(error: EncodeError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<pocket_tts_core::Error> for Stop {
    fn from(error: pocket_tts_core::Error) -> Self {
        Self::Failed(error.into())
    }
}
