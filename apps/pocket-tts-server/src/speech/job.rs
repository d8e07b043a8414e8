//! The speech of one HTTP request: encoded, framed, and passed to its connection.
//!
//! It must not know HTTP.

use std::{
    sync::{Arc, Weak},
    time::Instant,
};

use actix_web::web::Bytes;
use pocket_tts_audio::{AudioFormat, EncodeError, Encoder};
use pocket_tts_core::{TextReport, TtsModel, Voice};

use crate::{
    admission::Permit,
    api_error::ApiError,
    app::App,
    connection::Connection,
    connections::Close,
    names::{TEXT_WARNING, VOICE_WARNING},
    speech::{
        channel::{Note, SendError, Sender},
        framing::{Framer, Framing},
        run::{READ_TIMEOUT, Run, Said, Sink, SpeechPlan, Stop},
        timing::Timing,
        warnings,
    },
    voices::choice::voice_warnings,
};

/// A checked request: what to say, and how. Only the model can show further errors.
#[derive(Debug)]
pub(crate) struct SpeechJob {
    pub(crate) plan: SpeechPlan,
    pub(crate) text: String,
    pub(crate) format: AudioFormat,
    pub(crate) framing: Framing,
}

/// The client of a job.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) sender: Sender<Bytes>,
    /// The client's connection, as long as it is open.
    pub(crate) connection: Weak<Connection>,
    pub(crate) deadline: Instant,
    /// The request's id, for the log.
    pub(crate) id: String,
}

/// The sink of a job.
struct Delivery {
    text: Option<String>,
    format: AudioFormat,
    framer: Box<dyn Framer>,
    /// Whether the client gets warnings about the voice.
    warns_of_voice: bool,
    /// How much audio is buffered before any is sent, in seconds.
    first_chunk_s: f64,
    sender: Sender<Bytes>,
    connection: Weak<Connection>,
    encoder: Option<HoldingEncoder>,
    has_sent: bool,
}

/// An encoder that holds its bytes back until there is enough audio.
struct HoldingEncoder {
    encoder: Encoder,
    /// The bytes held back; `None` once there has been enough audio.
    held: Option<Vec<u8>>,
    samples: usize,
    first_samples: usize,
}

impl SpeechJob {
    /// Starts the job's thread.
    ///
    /// # Errors
    ///
    /// If the operating system cannot start another thread.
    pub(crate) fn start(self, app: &Arc<App>, permit: Permit, listener: Listener) -> Result<(), ApiError> {
        let Self { plan, text, format, framing } = self;
        let Listener { sender, connection, deadline, id } = listener;
        let delivery = Delivery {
            text: Some(text),
            format,
            framer: framing.framer(format),
            warns_of_voice: plan.voice.is_of_the_client(),
            first_chunk_s: app.settings.limits.first_chunk_length.as_secs_f64(),
            sender,
            connection,
            encoder: None,
            has_sent: false,
        };
        Run { app: Arc::clone(app), permit, plan, id, deadline }.start("tts-request", delivery)
    }
}

impl Sink for Delivery {
    fn begin(&mut self, model: &TtsModel, voice: &Voice) -> Result<(), Stop> {
        if self.warns_of_voice {
            voice_warnings(voice).for_each(|text| self.sender.note(Note { topic: VOICE_WARNING, text }));
        }
        self.framer.begin(model.has_word_times());
        let rate = model.sample_rate_hz();
        let encoder = Encoder::new(self.format, rate)?;
        let first_samples = (self.first_chunk_s * f64::from(rate)) as usize;
        let held = (first_samples > 0).then(Vec::new);
        self.encoder = Some(HoldingEncoder { encoder, held, samples: 0, first_samples });
        Ok(())
    }

    fn next_text(&mut self) -> Result<Option<String>, Stop> {
        Ok(self.text.take())
    }

    fn begin_text(&mut self, report: &TextReport) -> Result<(), Stop> {
        self.framer.warn(warnings::to_json(report));
        if let Some(text) = warnings::to_header(report) {
            self.sender.note(Note { topic: TEXT_WARNING, text });
        }
        Ok(())
    }

    fn times(&mut self, timings: Vec<Timing>) -> Result<(), Stop> {
        let piece = self.framer.times(timings);
        self.send(piece)
    }

    fn push(&mut self, samples: Vec<f32>) -> Result<(), Stop> {
        if self.sender.is_abandoned() {
            return Err(Stop::Left);
        }
        let sound = self.encoder.as_mut().ok_or_else(no_encoder)?.push(&samples)?;
        self.send_sound(sound)
    }

    fn end_text(&mut self, outcome: Result<Said, ApiError>) -> Result<(), Stop> {
        let said = outcome.map_err(Stop::Failed)?;
        let mut encoder = self.encoder.take().ok_or_else(no_encoder)?;
        self.send_sound(encoder.held.take())?;
        self.send_sound(Some(encoder.encoder.finish()?))?;
        let end = self.framer.end(said);
        self.send(end)
    }

    fn is_abandoned(&self) -> bool {
        self.sender.is_abandoned()
    }

    fn has_sent(&self) -> bool {
        self.has_sent
    }

    fn taken_share(&self) -> f64 {
        self.sender.taken_share()
    }

    fn deliver(&mut self, deadline: Instant) -> Result<(), SendError> {
        self.sender.deliver(deadline)
    }

    fn end(mut self, outcome: Result<(), Stop>) {
        match outcome {
            Ok(()) => self.sender.finish(),
            // There is no reader any more.
            Err(Stop::Left) => {}
            Err(Stop::Failed(error)) => {
                if error.status() == READ_TIMEOUT {
                    // The connection waits to write and notices nothing else.
                    self.connection.upgrade().iter().for_each(|connection| connection.close());
                } else if let Some(event) = self.framer.failure(&error).filter(|_| self.has_sent) {
                    // For other clients, the connection is broken afterwards.
                    let _: Result<(), SendError> = self.sender.send(event);
                }
                self.sender.fail(error);
            }
        }
    }
}

impl Delivery {
    fn send_sound(&mut self, sound: Option<Vec<u8>>) -> Result<(), Stop> {
        if let Some(sound) = sound.filter(|sound| !sound.is_empty()) {
            let piece = self.framer.sound(sound);
            self.send(piece)?;
        }
        Ok(())
    }

    fn send(&mut self, piece: Option<Bytes>) -> Result<(), Stop> {
        if let Some(piece) = piece {
            self.sender.send(piece)?;
            self.has_sent = true;
        }
        Ok(())
    }
}

impl HoldingEncoder {
    /// The bytes to send now.
    fn push(&mut self, samples: &[f32]) -> Result<Option<Vec<u8>>, Stop> {
        let sound = self.encoder.push(samples)?;
        let Some(held) = &mut self.held else { return Ok(Some(sound)) };
        held.extend(sound);
        self.samples += samples.len();
        Ok(if self.samples < self.first_samples { None } else { self.held.take() })
    }
}

fn no_encoder() -> Stop {
    Stop::Failed(ApiError::internal("a text was spoken before its run began"))
}

impl From<EncodeError> for Stop {
    fn from(error: EncodeError) -> Self {
        Self::Failed(error.into())
    }
}
