//! One run: a thread that speaks texts with one model and one voice, and passes the audio to a sink.
//!
//! A run has two parts. While it generates speech it holds a permit for one of the server's streams. Then it releases the
//! permit and delivers what its sink still holds, at the speed of the reader. The thread may block; connections never do.
//!
//! It must not know HTTP, or where the texts come from.

use std::{
    collections::BTreeMap,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use pocket_tts_core::{
    CheckedSentence, Error, GenerateOptions, Script, SpeechStream, TextReport, TtsModel, Voice,
};
use serde_json::Value;

use super::{
    channel::SendError,
    timing::{Timing, TimingReader},
};
use crate::{
    admission::Permit, api_error::ApiError, app::App, metrics::StreamWatch, models::loaded::LoadedModel,
    voices::choice::VoiceChoice,
};

/// The status of a request whose client does not read.
pub(crate) const READ_TIMEOUT: u16 = 408;

/// The model, the voice and the options of speech. Only the model can show further errors.
#[derive(Debug, Clone)]
pub(crate) struct SpeechPlan {
    /// A model of this server.
    pub(crate) model: String,
    pub(crate) voice: VoiceChoice,
    pub(crate) options: GenerateOptions,
}

/// The parameters of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) app: Arc<App>,
    pub(crate) permit: Permit,
    pub(crate) plan: SpeechPlan,
    /// The request's id, for the log.
    pub(crate) id: String,
    /// When everything must have been delivered.
    pub(crate) deadline: Instant,
}

/// Why a run ends before its texts do.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(ApiError),
    /// The reader left.
    Left,
}

impl Stop {
    /// Whether the run ends because its reader left or was disconnected for reading too slowly.
    fn is_by_reader(&self) -> bool {
        match self {
            Self::Left => true,
            Self::Failed(error) => error.status() == READ_TIMEOUT,
        }
    }
}

/// A text that was spoken to its end.
#[derive(Debug)]
pub(crate) struct Said {
    /// Tokens that the model read.
    pub(crate) tokens: usize,
    /// Frames that the model generated.
    pub(crate) frames: usize,
    /// Warnings about the speech.
    pub(crate) warnings: Vec<Value>,
}

/// The source of texts and the destination of audio.
pub(crate) trait Sink: Send + 'static {
    /// Called once the model and the voice are loaded.
    fn begin(&mut self, model: &TtsModel, voice: &Voice) -> Result<(), Stop>;

    /// The next text, or `None` at the end. May block.
    fn next_text(&mut self) -> Result<Option<String>, Stop>;

    /// Reads the mark-up of a text, and puts it into words.
    fn read(&mut self, text: &str, model: &TtsModel, options: &GenerateOptions) -> Result<Script, Error> {
        model.script(text, options)
    }

    /// Forgets the last text, which names a voice that doesn't exist.
    fn forget_last(&mut self) {}

    /// Called before a text is spoken, with warnings about it.
    fn begin_text(&mut self, report: &TextReport) -> Result<(), Stop>;

    /// Takes the sentences and words that begin or end in the samples that come next, or that ended with the last ones.
    fn times(&mut self, timings: Vec<Timing>) -> Result<(), Stop>;

    /// Takes the samples of a chunk.
    fn push(&mut self, samples: Vec<f32>) -> Result<(), Stop>;

    /// Called after a text, or if it cannot be spoken.
    fn end_text(&mut self, outcome: Result<Said, ApiError>) -> Result<(), Stop>;

    /// Whether the reader left.
    fn is_abandoned(&self) -> bool;

    /// Whether anything was sent, so that an error can no longer be a status.
    fn has_sent(&self) -> bool;

    /// The share of the sent audio that the reader has taken, from 0 to 1.
    fn taken_share(&self) -> f64;

    /// Waits until the reader has taken everything.
    fn deliver(&mut self, deadline: Instant) -> Result<(), SendError>;

    /// Reports the outcome to the reader.
    fn end(self, outcome: Result<(), Stop>);
}

/// What has been generated so far.
#[derive(Debug, Default)]
struct Made {
    samples: usize,
    sample_rate_hz: u32,
    frames: usize,
    /// Characters that were left out.
    left_out_characters: usize,
    overlong_sentences: usize,
    /// Sentences that were spoken again.
    repeated_sentences: usize,
    /// Sentences whose speech has problems.
    flawed_sentences: usize,
    /// Time spent waiting for texts.
    waited: Duration,
    /// Seconds of work, without that time.
    took_s: f64,
}

impl Made {
    fn audio_s(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate_hz.max(1))
    }
}

impl Run {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the operating system cannot start another thread.
    pub(crate) fn start(self, thread_name: &str, sink: impl Sink) -> Result<(), ApiError> {
        let thread = thread::Builder::new().name(thread_name.to_owned());
        thread.spawn(move || self.work(sink)).map(drop).map_err(|error| {
            tracing::error!(%error, "cannot start the thread of a request");
            ApiError::unavailable("the server cannot start a thread for this request", 5)
        })
    }

    fn work(mut self, mut sink: impl Sink) {
        let app = Arc::clone(&self.app);
        let watch = app.metrics.stream_begins();
        let (start, mut made) = (Instant::now(), Made::default());
        let outcome = self.make(&mut sink, &mut made);
        made.took_s = start.elapsed().saturating_sub(made.waited).as_secs_f64();
        // From here on another request may use the stream, however slowly this client reads.
        self.permit.release(made.audio_s());
        let outcome = match outcome {
            Ok(()) => sink.deliver(self.deadline).map_err(Stop::from),
            // Audio from before a failure is delivered before the connection breaks.
            Err(Stop::Failed(error)) if sink.has_sent() && error.status() != READ_TIMEOUT => {
                sink.deliver(self.deadline).map_err(Stop::from).and(Err(Stop::Failed(error)))
            }
            other => other,
        };
        if outcome.as_ref().is_err_and(Stop::is_by_reader) {
            // What nobody has taken is not charged.
            self.permit.refund(made.audio_s() * (1.0 - sink.taken_share()));
        }
        self.record_outcome(watch, &outcome, &made, sink.has_sent());
        sink.end(outcome);
    }

    /// Speaks all texts. The model is released on return.
    fn make(&self, sink: &mut impl Sink, made: &mut Made) -> Result<(), Stop> {
        let name = &self.plan.model;
        let lease = self.app.models.acquire(name).map_err(|error| Stop::Failed(error.into()))?;
        let model = lease.get().model();
        if sink.is_abandoned() {
            return Err(Stop::Left);
        }
        let voice = self.app.voices.voice(&self.plan.voice, name, lease.get()).map_err(Stop::Failed)?;
        made.sample_rate_hz = model.sample_rate_hz();
        sink.begin(model, &voice)?;
        loop {
            let waiting = Instant::now();
            let text = sink.next_text()?;
            made.waited += waiting.elapsed();
            let Some(text) = text else { return Ok(()) };
            self.say(&text, (lease.get(), &voice), sink, made)?;
        }
    }

    /// The stream of a text, with the voices that its mark-up names.
    fn stream(
        &self,
        text: &str,
        (loaded, voice): (&LoadedModel, &Voice),
        sink: &mut impl Sink,
    ) -> Result<SpeechStream, ApiError> {
        let (model, options) = (loaded.model(), &self.plan.options);
        let script = sink.read(text, model, options)?;
        let voices = self.voices(&script, loaded).inspect_err(|_| sink.forget_last())?;
        let find = |name: &str| Ok(voices.get(name).unwrap_or(voice).clone());
        Ok(model.stream_script(&script, voice, find, options)?)
    }

    /// The voices that the mark-up of a text names.
    fn voices(&self, script: &Script, loaded: &LoadedModel) -> Result<BTreeMap<String, Voice>, ApiError> {
        let (voices, model) = (&self.app.voices, &self.plan.model);
        let find = |name: &str| voices.voice(&voices.by_name(model, name)?, model, loaded);
        let named = script.voice_names().into_iter().map(|name| {
            let voice =
                find(name).map_err(|error| if error.status() == 400 { error.in_markup() } else { error });
            Ok((name.to_owned(), voice?))
        });
        named.collect()
    }

    fn say(
        &self,
        text: &str,
        (loaded, voice): (&LoadedModel, &Voice),
        sink: &mut impl Sink,
        made: &mut Made,
    ) -> Result<(), Stop> {
        let model = loaded.model();
        let mut stream = match self.stream(text, (loaded, voice), sink) {
            Ok(stream) => stream,
            Err(error) => {
                if error.status() != 400 {
                    return Err(Stop::Failed(error));
                }
                return sink.end_text(Err(error));
            }
        };
        let report = stream.text_report();
        made.left_out_characters +=
            report.unknown_characters.iter().map(|unknown| unknown.count).sum::<usize>();
        made.overlong_sentences += report.overlong_sentences.len();
        sink.begin_text(report)?;
        let limit = self.app.settings.limits.max_audio.as_secs_f64() * f64::from(model.sample_rate_hz());
        let (mut delivered, mut frames) = (0, 0);
        let mut times = TimingReader::new(text, model.sample_rate_hz());
        for index in 0.. {
            if let Some(hook) = &self.app.hooks.before_frame {
                hook(text, index);
            }
            let chunk = stream.next();
            let timings = times.read(stream.take_timings());
            if !timings.is_empty() {
                sink.times(timings)?;
            }
            let Some(chunk) = chunk else { break };
            let samples = chunk.map_err(|error| Stop::Failed(error.into()))?.samples;
            if Instant::now() >= self.deadline {
                return Err(Stop::Failed(too_slow()));
            }
            delivered += samples.len();
            made.frames += stream.frames() - frames;
            frames = stream.frames();
            // Fast speech takes more work than its length says, and pauses take less.
            if delivered.max(frames * model.samples_per_frame()) as f64 > limit {
                return Err(Stop::Failed(self.too_long()));
            }
            made.samples += samples.len();
            sink.push(samples)?;
        }
        self.app.metrics.unfinished_sentences.inc_by(stream.unfinished_sentences() as u64);
        self.count(stream.checked_sentences(), made);
        let said = Said {
            tokens: stream.text_report().token_count,
            frames: stream.frames(),
            warnings: times.warnings(stream.checked_sentences()),
        };
        sink.end_text(Ok(said))
    }

    /// Counts the sentences of a text that were spoken again, and those whose speech has problems.
    fn count(&self, checked: &[CheckedSentence], made: &mut Made) {
        let count = |is_so: fn(&CheckedSentence) -> bool| checked.iter().filter(|one| is_so(one)).count();
        let (repeated, flawed) =
            (count(|one| !one.repeated.is_empty()), count(|one| !one.problems.is_empty()));
        made.repeated_sentences += repeated;
        made.flawed_sentences += flawed;
        self.app.metrics.repeated_sentences.inc_by(repeated as u64);
        self.app.metrics.flawed_sentences.inc_by(flawed as u64);
    }

    fn too_long(&self) -> ApiError {
        let limit_s = self.app.settings.limits.max_audio.as_secs_f64();
        let message = format!(
            "the speech is longer than the limit of {limit_s} s; split the text into several requests"
        );
        ApiError::bad_request(message).param("input").code("audio_too_long")
    }

    fn record_outcome(
        &self,
        watch: StreamWatch<'_>,
        outcome: &Result<(), Stop>,
        made: &Made,
        has_sent: bool,
    ) {
        let (id, model, audio_s) = (&self.id, &self.plan.model, made.audio_s());
        let Made { took_s, frames, left_out_characters, overlong_sentences, .. } = *made;
        let Made { repeated_sentences, flawed_sentences, .. } = *made;
        match outcome {
            Ok(()) => {
                watch.completed(audio_s, took_s);
                tracing::info!(
                    id,
                    model,
                    audio_s,
                    took_s,
                    frames,
                    left_out_characters,
                    overlong_sentences,
                    repeated_sentences,
                    flawed_sentences,
                    "spoken"
                );
            }
            Err(Stop::Left) => {
                watch.cancelled();
                let is_over = self.app.phase.draining_for() >= Some(self.app.settings.limits.drain_timeout);
                let what = if is_over { "cut off at the drain time-out" } else { "the client left" };
                tracing::info!(id, model, audio_s, took_s, "{what}");
            }
            Err(Stop::Failed(error)) => {
                let (status, detail) = (error.status(), error.detail());
                watch.ended_with(status);
                // Before any audio the error is the response, which has a log line of its own.
                if has_sent {
                    tracing::warn!(id, model, status, detail, %error, audio_s, "failed after the response began");
                }
            }
        }
    }
}

fn too_slow() -> ApiError {
    ApiError::too_slow("the request exceeded its time limit")
}

impl From<SendError> for Stop {
    fn from(error: SendError) -> Self {
        let failure = match error {
            SendError::Gone => return Self::Left,
            SendError::Late => too_slow(),
            SendError::Disk => ApiError::internal("a temporary file of speech cannot be read"),
            SendError::Stalled => {
                ApiError::refused(READ_TIMEOUT, "the client read none of the audio for too long")
            }
            SendError::Slow => ApiError::refused(
                READ_TIMEOUT,
                "the client read the audio more slowly than the server's --min-read-rate",
            ),
        };
        Self::Failed(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}
