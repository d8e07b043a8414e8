//! Speaks the passages that have not been spoken yet, stores each as soon as it is complete, and plays what is to be heard.

use std::time::Duration;

use pocket_tts_core::{SpeechPart, SpeechStream, TextReport, TtsModel};

use super::cast::Cast;
use super::hearing::Hearing;
use super::part::Part;
use super::parts::Passages;
use super::passages::{BookPlan, Passage};
use super::progress::BookProgress;
use super::steps::{Action, Step};
use super::timeline::SentenceCollector;
use crate::checked_speech::CheckedSpeech;
use crate::console::Console;
use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::leveling::Leveling;
use crate::listening::Listening;
use crate::playing::Playing;
use crate::settings::Settings;
use crate::voice_loudness::voice_gain_db;

/// What speaks.
pub(super) struct Reading<'a> {
    pub(super) model: &'a TtsModel,
    pub(super) cast: &'a Cast,
    pub(super) settings: &'a Settings,
    pub(super) console: &'a Console,
    pub(super) interruption: &'a Interruption,
}

/// What is done, and what follows.
struct RunState<'a> {
    progress: BookProgress<'a>,
    spoken: NewSpeech,
    /// The passage that is spoken next.
    next: Option<Started>,
}

/// What this run has spoken.
#[derive(Default)]
pub(super) struct NewSpeech {
    pub(super) passages: usize,
    pub(super) speech_s: f64,
    pub(super) took: Duration,
    pub(super) report: TextReport,
    pub(super) checked: CheckedSpeech,
}

/// A passage that is being spoken; without words, there is no stream.
struct Started(Option<SpeechStream>);

impl Reading<'_> {
    /// Opens the sound output. `is_written`: whether the book is also written.
    pub(super) fn hear(&self, is_written: bool) -> Result<Hearing<'_>, Failure> {
        let Self { model, cast, settings, console, interruption } = *self;
        let text = pocket_tts_core::default_text(settings.model.language());
        let gain_db = voice_gain_db(settings, model, cast.voice(false), text)?;
        let sample_rate_hz = model.sample_rate_hz();
        let leveling = gain_db.map(|gain_db| Leveling::of_stream(gain_db, sample_rate_hz));
        interruption.only_records();
        // A book that takes hours is not read in silence.
        let playing = Playing::open(console, interruption, sample_rate_hz, settings.speed, leveling)?;
        Ok(Hearing::new(Listening::on(Ok(playing), is_written)?))
    }

    /// Does the steps in order: speaks and plays passages.
    pub(super) fn follow(
        &self,
        steps: &[Step<'_>],
        plan: &BookPlan,
        passages: &mut Passages<'_>,
        hearing: &mut Hearing<'_>,
    ) -> Result<NewSpeech, Failure> {
        self.interruption.only_records();
        let mut state = RunState {
            progress: BookProgress::new(self.console, plan, &passages.stored),
            spoken: NewSpeech::default(),
            next: None,
        };
        for (index, step) in steps.iter().enumerate() {
            let outcome = match step.action {
                Action::Speak => self.speak(&steps[index..], passages, hearing, &mut state),
                Action::Play | Action::PlayEnd => self.play(step, plan, passages, hearing),
            };
            // A signal also ends streams and sound.
            if let Some(signal) = self.interruption.seen() {
                return Err(passages.stopped(plan, signal));
            }
            outcome?;
        }
        let RunState { progress, spoken, .. } = state;
        Ok(NewSpeech { speech_s: progress.speech_s(), took: progress.took(), ..spoken })
    }

    /// Plays stored passages, in order.
    pub(super) fn play_all(
        &self,
        steps: &[Step<'_>],
        plan: &BookPlan,
        passages: &Passages<'_>,
        hearing: &mut Hearing<'_>,
    ) -> Result<(), Failure> {
        steps.iter().try_for_each(|step| self.play(step, plan, passages, hearing))
    }

    fn play(
        &self,
        step: &Step<'_>,
        plan: &BookPlan,
        passages: &Passages<'_>,
        hearing: &mut Hearing<'_>,
    ) -> Result<(), Failure> {
        let chapters = plan.chapters.len();
        self.console.progress(&format!("playing chapter {} of {chapters}", step.chapter + 1));
        hearing.stored(passages, step.passage, step.action == Action::PlayEnd)
    }

    /// Speaks the passage of the first of these steps, and stores it.
    fn speak(
        &self,
        steps: &[Step<'_>],
        passages: &mut Passages<'_>,
        hearing: &mut Hearing<'_>,
        state: &mut RunState<'_>,
    ) -> Result<(), Failure> {
        let Some((Step { passage, chapter, .. }, later)) = steps.split_first() else { return Ok(()) };
        let current = match state.next.take() {
            Some(started) => started,
            None => self.start(passage, &mut state.spoken.report)?,
        };
        // The next one begins before this one ends, so that no processor waits.
        state.next = match later.iter().find(|step| step.action == Action::Speak) {
            Some(step) => Some(self.start(step.passage, &mut state.spoken.report)?),
            None => None,
        };
        if let Some(stream) = &current.0 {
            self.interruption.cancels(stream.cancel_handle());
        }
        // A signal before that has cancelled nothing.
        if self.interruption.seen().is_some() {
            return Ok(());
        }
        let (part, samples) = self.collect(current, *chapter, hearing, state)?;
        self.interruption.only_records();
        hearing.end(passage, &part)?;
        if self.interruption.seen().is_some() {
            return Ok(());
        }
        let part = passages.parts.store(passage.digest, part, &samples)?;
        state.progress.add(passage.characters, part.seconds());
        passages.stored.insert(passage.digest, part);
        state.spoken.passages += 1;
        Ok(())
    }

    fn start(&self, passage: &Passage, report: &mut TextReport) -> Result<Started, Failure> {
        let pieces = passage.pieces.iter().map(|(is_quoted, text)| SpeechPart::Speech {
            text,
            voice: self.cast.voice(*is_quoted),
            rate: 1.0,
            volume_db: 0.0,
        });
        let pieces: Vec<SpeechPart<'_>> = pieces.collect();
        let options = self.settings.options.clone().markup(None).input_format(None);
        // As after a first sentence, so that a short one is joined with the next.
        let options = options.seed(passage.digest.seed()).first_sentence(1).timings(true);
        match self.model.stream_parts(&pieces, &options) {
            Ok(stream) => {
                report.merge(stream.text_report());
                Ok(Started(Some(stream)))
            }
            Err(error) if error.is_nothing_to_say() => {
                report.add_refusal(&error);
                Ok(Started(None))
            }
            Err(error) => Err(self.settings.named(error)),
        }
    }

    /// The sound of a passage, and what is known of it.
    fn collect(
        &self,
        started: Started,
        chapter: usize,
        hearing: &mut Hearing<'_>,
        state: &mut RunState<'_>,
    ) -> Result<(Part, Vec<f32>), Failure> {
        let sample_rate_hz = self.model.sample_rate_hz();
        let Some(mut stream) = started.0 else {
            return Ok((Part { sample_rate_hz, ..Part::default() }, Vec::new()));
        };
        hearing.begin(stream.token_counts());
        let (mut samples, mut sentences) = (Vec::new(), SentenceCollector::default());
        // The sentence that is being collected, and where its samples begin.
        let (mut sentence, mut start) = (0, 0);
        while let Some(chunk) = stream.next() {
            let chunk = chunk?;
            if chunk.sentence != sentence {
                hearing.sentence(&samples[start..])?;
                (sentence, start) = (chunk.sentence, samples.len());
            }
            samples.extend(chunk.samples);
            stream.take_timings().into_iter().for_each(|event| sentences.push(event));
            state.progress.show(chapter, samples.len() as f64 / f64::from(sample_rate_hz));
        }
        // A sentence that a signal has cut is not heard.
        if self.interruption.seen().is_none() {
            hearing.sentence(&samples[start..])?;
        }
        stream.take_timings().into_iter().for_each(|event| sentences.push(event));
        state.spoken.checked.add(stream.checked_sentences());
        let part = Part {
            samples: samples.len() as u64,
            sample_rate_hz,
            pause: (stream.pause_after().as_secs_f64() * f64::from(sample_rate_hz)).round() as u64,
            unfinished_sentences: stream.unfinished_sentences(),
            sentences: sentences.finish(),
            ..Part::default()
        };
        Ok((part, samples))
    }
}
