//! From the parts of a request to its sentences, and to how they are played. It must not generate anything.

use std::{sync::Arc, time::Duration};

use pocket_tts_audio::{MAX_SPEED, MIN_SPEED};
use pocket_tts_spans::MappedText;
use pocket_tts_text::{Ending, ReadText, TextError, read_text};

use crate::{
    Error, GenerateOptions, Result, Script, TextReport, Voice,
    front_end::ScriptPart,
    options::{MAX_PAUSE, Resolved, demand},
    parts::Parts,
    playback::{Playback, SentencePlayback},
    stream::About,
    synthesis::{PlannedSentence, RequestPlan},
    timeline::Timeline,
};

/// The highest volume of a part.
const MAX_VOLUME_DB: f32 = 60.0;
/// Marks that end a sentence.
const SENTENCE_MARKS: [char; 4] = ['.', '!', '?', '…'];

/// A part of a request to [`TtsModel::stream_parts`](crate::TtsModel::stream_parts).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum SpeechPart<'a> {
    /// A text.
    Speech {
        /// The text: any number of sentences, or a part of one.
        text: &'a str,
        /// The voice that speaks it.
        voice: &'a Voice,
        /// How many times as fast as the request it is spoken, at the same pitch: from 0.25 to 4; 1 changes nothing. The
        /// product with [`GenerateOptions::speed`] is bounded likewise.
        rate: f64,
        /// Gain in decibels, at most 60: 0 changes no bit, negative infinity is silence. Loud speech is not clipped.
        volume_db: f32,
    },
    /// Silence of this duration, at most an hour: exactly the duration times the sample rate, rounded, whatever the speed
    /// is. It replaces the pause of the options between the sentences around it.
    Pause(Duration),
}

/// A part whose text is in plain words and knows its places in the original.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ReadPart<'a> {
    Speech { text: &'a MappedText, voice: &'a Voice, rate: f64, volume_db: f32 },
    Pause(Duration),
}

/// Plans a request of these parts.
pub(crate) fn plan(
    parts: &Arc<Parts>,
    model_id: u64,
    speech: &[ReadPart<'_>],
    options: &GenerateOptions,
) -> Result<(RequestPlan, About)> {
    let options = options.resolve(&parts.config)?;
    let mut draft = Draft::new(parts, model_id, options);
    for part in speech {
        draft.add(part)?;
    }
    draft.finish()
}

/// The problems of a script as the model reads it.
pub(crate) fn report(parts: &Parts, script: &Script, options: &GenerateOptions) -> Result<TextReport> {
    let options = options.resolve(&parts.config)?;
    let (mut report, mut refusal, mut has_more) = (TextReport::empty(options.max_tokens), None, false);
    for part in &script.parts {
        match part {
            ScriptPart::Pause(_) => has_more = true,
            ScriptPart::Speech { text, .. } => match read(parts, text, &options, !has_more) {
                Ok(read) => {
                    has_more = true;
                    report.add(&read);
                }
                Err(error) if error.is_nothing_to_say() => {
                    report.add_refusal(&error);
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
            },
        }
    }
    if has_more { Ok(report) } else { Err(refusal.unwrap_or(Error::Text(TextError::Empty))) }
}

/// A text as the model reads it.
fn read(parts: &Parts, text: &MappedText, options: &Resolved, is_first: bool) -> Result<ReadText> {
    let options = options.reading(is_first);
    Ok(read_text(&parts.tokenizer, text, &parts.text_options, options)?)
}

/// A request that is being read.
struct Draft<'a> {
    parts: &'a Arc<Parts>,
    model_id: u64,
    options: Resolved,
    sentences: Vec<PlannedSentence>,
    played: Vec<SentencePlayback>,
    token_counts: Vec<usize>,
    report: TextReport,
    /// Samples of silence before the first sentence.
    lead: u64,
    /// Whether the pause after the last sentence, or before the first, is one of the parts.
    pause_is_given: bool,
    /// The pause of the options after the last sentence.
    last_pause: Duration,
    /// Whether any part is a pause.
    has_pause: bool,
    /// Why the first text without words can't be spoken.
    refusal: Option<Error>,
}

impl<'a> Draft<'a> {
    fn new(parts: &'a Arc<Parts>, model_id: u64, options: Resolved) -> Self {
        let mut draft = Self {
            parts,
            model_id,
            options,
            sentences: Vec::new(),
            played: Vec::new(),
            token_counts: Vec::new(),
            report: TextReport::empty(options.max_tokens),
            lead: 0,
            pause_is_given: false,
            last_pause: Duration::ZERO,
            has_pause: false,
            refusal: None,
        };
        draft.lead = draft.samples(options.pause_before);
        draft
    }

    fn add(&mut self, part: &ReadPart<'_>) -> Result<()> {
        match *part {
            ReadPart::Speech { text, voice, rate, volume_db } => {
                let is_speed = (MIN_SPEED..=MAX_SPEED).contains(&rate);
                demand("rate", rate, is_speed, "from 0.25 (slow) to 4 (fast)")?;
                demand("volume_db", volume_db, volume_db <= MAX_VOLUME_DB, "a number of at most 60")?;
                voice.check_model(self.model_id)?;
                let playback = SentencePlayback {
                    speed: (self.options.speed * rate).clamp(MIN_SPEED, MAX_SPEED),
                    gain: 10.0_f32.powf(volume_db / 20.0),
                    pause_after: 0,
                    ends_part: false,
                };
                self.speak(text, voice, playback)?;
                if let Some(last) = self.played.last_mut() {
                    last.ends_part = true;
                }
                Ok(())
            }
            ReadPart::Pause(duration) => {
                demand("pause", duration.as_secs_f64(), duration <= MAX_PAUSE, "at most 3600 s")?;
                self.pause(self.samples(duration));
                Ok(())
            }
        }
    }

    fn pause(&mut self, samples: u64) {
        self.has_pause = true;
        let pause = self.played.last_mut().map_or(&mut self.lead, |last| &mut last.pause_after);
        // The first of several replaces the pause of the options.
        *pause = if self.pause_is_given { *pause + samples } else { samples };
        self.pause_is_given = true;
    }

    /// Adds the sentences of a text. One without words is left out.
    fn speak(&mut self, text: &MappedText, voice: &Voice, playback: SentencePlayback) -> Result<()> {
        let read = match read(self.parts, text, &self.options, self.is_first()) {
            Ok(read) => read,
            Err(error) if error.is_nothing_to_say() => {
                self.report.add_refusal(&error);
                self.refusal.get_or_insert(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.report.add(&read);
        let last = read.sentences.len() - 1;
        for (index, sentence) in read.sentences.into_iter().enumerate() {
            let is_open = index == last && sentence.ending == Ending::Sentence && is_open(text.text());
            self.last_pause = self.pause_after(if is_open { Ending::Within } else { sentence.ending });
            let pause_after = self.samples(self.last_pause);
            self.played.push(SentencePlayback { pause_after, ..playback });
            let tokens_before = self.token_counts.iter().sum();
            let repeats = self.options.repeats(sentence.token_count, tokens_before)
                && self.parts.timestamp_heads().is_some();
            self.token_counts.push(sentence.token_count);
            self.sentences.push(PlannedSentence { text: sentence.text, voice: voice.clone(), repeats });
            self.pause_is_given = false;
        }
        Ok(())
    }

    /// Whether no sentence has been spoken before, in this request or in the one that it goes on after.
    fn is_first(&self) -> bool {
        self.options.first_sentence == 0 && self.sentences.is_empty()
    }

    /// The pause of the options after a text that ends so.
    fn pause_after(&self, ending: Ending) -> Duration {
        let Resolved { sentence_pause, paragraph_pause, .. } = self.options;
        match ending {
            Ending::Within => Duration::ZERO,
            Ending::Sentence => sentence_pause,
            Ending::Paragraph => paragraph_pause.max(sentence_pause),
        }
    }

    /// The samples of a pause.
    fn samples(&self, duration: Duration) -> u64 {
        const NANOS: u128 = 1_000_000_000;
        let rate = u128::from(self.parts.config.mimi.sample_rate);
        ((duration.as_nanos() * rate + NANOS / 2) / NANOS) as u64
    }

    fn finish(mut self) -> Result<(RequestPlan, About)> {
        if self.played.is_empty() && !self.has_pause {
            return Err(self.refusal.unwrap_or(Error::Text(TextError::Empty)));
        }
        let pause_after = if self.pause_is_given { Duration::ZERO } else { self.last_pause };
        if let Some(last) = self.played.last_mut().filter(|_| !self.pause_is_given) {
            last.pause_after = 0;
        }
        let (seed, rate) = (self.options.seed, self.parts.config.mimi.sample_rate);
        let playback = Playback::new(self.played, self.lead, rate, self.parts.decoder.samples_per_frame());
        let texts = self.sentences.iter().map(|sentence| sentence.text.clone());
        let timeline = self.options.timings.then(|| Timeline::new(texts.collect()));
        let about = About {
            seed,
            report: self.report,
            token_counts: self.token_counts,
            pause_after,
            playback,
            timeline,
        };
        Ok((RequestPlan::new(self.parts, self.sentences, self.options), about))
    }
}

/// Whether a text ends inside a sentence, which the next part may go on with.
fn is_open(text: &str) -> bool {
    let words = text.trim_end_matches(|character: char| !character.is_alphanumeric());
    !text[words.len()..].contains(SENTENCE_MARKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_mark_at_its_end_is_open() {
        for text in ["and then", "and then, ", "3.5", "Why? (He"] {
            assert!(is_open(text), "{text:?}");
        }
        for text in ["Stop.", "(\"Stop!\") \n", "So… "] {
            assert!(!is_open(text), "{text:?}");
        }
    }
}
