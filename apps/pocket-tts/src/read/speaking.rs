//! Speaks the passages that have not been spoken yet, and stores each as soon as it is complete.

use std::collections::HashSet;
use std::time::Duration;

use pocket_tts_core::{SpeechPart, SpeechStream, TextReport, TtsModel};

use super::cast::Cast;
use super::part::Part;
use super::parts::{Parts, Stored};
use super::passages::{BookPlan, Passage};
use super::progress::BookProgress;
use super::timeline::SentenceCollector;
use crate::checked_speech::CheckedSpeech;
use crate::console::Console;
use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::settings::Settings;

/// What speaks.
pub(super) struct Reading<'a> {
    pub(super) model: &'a TtsModel,
    pub(super) cast: &'a Cast,
    pub(super) settings: &'a Settings,
    pub(super) console: &'a Console,
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
    /// Speaks the passages that are missing, in order.
    pub(super) fn speak_missing(
        &self,
        plan: &BookPlan,
        parts: &Parts,
        stored: &mut Stored,
        interruption: &Interruption,
    ) -> Result<NewSpeech, Failure> {
        interruption.only_records();
        let total = plan.passages().count();
        let mut seen = HashSet::new();
        let is_missing = |(_, passage): &(usize, &Passage)| {
            seen.insert(passage.digest) && !stored.contains_key(&passage.digest)
        };
        let missing: Vec<(usize, &Passage)> = plan.passages().filter(is_missing).collect();
        let characters = missing.iter().map(|(_, passage)| passage.characters).sum();
        let mut progress = BookProgress::new(self.console, plan.chapters.len(), characters);
        let mut spoken = NewSpeech::default();
        let mut next: Option<Started> = None;
        for (index, (chapter, passage)) in missing.iter().enumerate() {
            let stopped =
                |signal| Failure::StoppedReading { done: total - missing.len() + index, total, signal };
            let current = match next.take() {
                Some(started) => started,
                None => self.start(passage, &mut spoken.report)?,
            };
            // The next one begins before this one ends, so that no processor waits.
            next = match missing.get(index + 1) {
                Some((_, passage)) => Some(self.start(passage, &mut spoken.report)?),
                None => None,
            };
            if let Some(stream) = &current.0 {
                interruption.cancels(stream.cancel_handle());
            }
            if let Some(signal) = interruption.seen() {
                return Err(stopped(signal));
            }
            let (part, samples) = self.collect(current, *chapter, &mut progress, &mut spoken.checked)?;
            interruption.only_records();
            if let Some(signal) = interruption.seen() {
                return Err(stopped(signal));
            }
            let part = parts.store(passage.digest, part, &samples)?;
            progress.add(passage.characters, part.samples as f64 / f64::from(part.sample_rate_hz));
            stored.insert(passage.digest, part);
            spoken.passages += 1;
        }
        Ok(NewSpeech { speech_s: progress.speech_s, took: progress.took(), ..spoken })
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
        progress: &mut BookProgress<'_>,
        checked: &mut CheckedSpeech,
    ) -> Result<(Part, Vec<f32>), Failure> {
        let sample_rate_hz = self.model.sample_rate_hz();
        let Some(mut stream) = started.0 else {
            return Ok((Part { sample_rate_hz, ..Part::default() }, Vec::new()));
        };
        let (mut samples, mut sentences) = (Vec::new(), SentenceCollector::default());
        while let Some(chunk) = stream.next() {
            samples.extend(chunk?.samples);
            stream.take_timings().into_iter().for_each(|event| sentences.push(event));
            progress.show(chapter, samples.len() as f64 / f64::from(sample_rate_hz));
        }
        stream.take_timings().into_iter().for_each(|event| sentences.push(event));
        checked.add(stream.checked_sentences());
        let part = Part {
            sample_rate_hz,
            pause: (stream.pause_after().as_secs_f64() * f64::from(sample_rate_hz)).round() as u64,
            unfinished_sentences: stream.unfinished_sentences(),
            sentences: sentences.finish(),
            ..Part::default()
        };
        Ok((part, samples))
    }
}
