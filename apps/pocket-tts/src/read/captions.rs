//! The captions of a book, collected from its passages. It must not know how they were spoken.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pocket_tts_captions::{CaptionFormat, Captions, TimedSentence, TimedWord};
use pocket_tts_files::{AtomicFile, SaveError};

use super::timeline::{SpokenSentence, SpokenWord};
use crate::exit::Failure;

/// A file of captions.
#[derive(Debug)]
pub(super) struct CaptionFile {
    pub(super) path: PathBuf,
    format: CaptionFormat,
}

/// The captions of the passages so far.
#[derive(Debug)]
pub(super) struct CaptionCollector {
    captions: Captions,
    sample_rate_hz: u32,
}

impl CaptionFile {
    /// The format is the one of the ending.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        let format = CaptionFormat::of_path(path).ok_or_else(|| {
            let endings = CaptionFormat::ALL.map(|format| format!(".{}", format.extension())).join(", ");
            Failure::Usage(format!(
                "cannot write captions to {}; name a file that ends with one of {endings}",
                path.display()
            ))
        })?;
        Ok(Self { path: path.to_owned(), format })
    }

    pub(super) fn write(&self, captions: &CaptionCollector) -> Result<(), Failure> {
        let text = captions.captions.write(self.format);
        let mut file = AtomicFile::create(&self.path)?;
        let written = file.write_all(text.as_bytes());
        written.map_err(|reason| SaveError::Io { path: self.path.clone(), reason })?;
        Ok(file.commit()?)
    }
}

impl CaptionCollector {
    pub(super) fn new(sample_rate_hz: u32) -> Self {
        Self { captions: Captions::default(), sample_rate_hz }
    }

    /// Adds a passage that begins at this sample. The places of its sentences are in `texts`, of which each voice has its
    /// own. If they don't fit, captions show the words as they are spoken.
    pub(super) fn add(&mut self, texts: &[&str], sentences: &[SpokenSentence], start: u64) {
        match divide(texts, sentences) {
            Some(parts) => {
                for (text, sentences) in parts {
                    self.add_written(text, sentences, start);
                }
            }
            None => sentences.iter().for_each(|sentence| self.add_spoken(sentence, start)),
        }
    }

    /// Adds the sentences of a text as they are written.
    fn add_written(&mut self, text: &str, sentences: &[SpokenSentence], start: u64) {
        let base = self.captions.original.len();
        self.captions.original.push_str(text);
        // Two pieces of a long sentence may divide the words of a number, which is shown once.
        let mut done = 0;
        for sentence in sentences {
            let place = sentence.source.start.max(done).min(sentence.source.end)..sentence.source.end;
            let words = sentence.words.iter().filter(|word| word.source.end > done);
            let words = words.map(|word| self.word(word, word.source.clone(), base, start)).collect();
            self.push(sentence, base + place.start..base + place.end, start, words);
            done = done.max(sentence.source.end);
        }
    }

    /// Adds a sentence as it is spoken.
    fn add_spoken(&mut self, sentence: &SpokenSentence, start: u64) {
        let base = self.captions.original.len();
        self.captions.original.extend([sentence.text.as_str(), "\n"]);
        let (mut words, mut done) = (Vec::new(), 0);
        for word in &sentence.words {
            // The first word of a text is spoken with a capital letter.
            let rest = &sentence.text[done..];
            let found = rest.find(&word.text).or_else(|| rest.find(&uncapitalized(&word.text)));
            let Some(found) = found else { continue };
            let place = done + found..done + found + word.text.len();
            done = place.end;
            words.push(self.word(word, place, base, start));
        }
        self.push(sentence, base..base + sentence.text.len(), start, words);
    }

    fn push(&mut self, sentence: &SpokenSentence, source: Range<usize>, start: u64, words: Vec<TimedWord>) {
        let timed = TimedSentence {
            text: sentence.text.clone(),
            source,
            start_s: self.seconds(start.saturating_add(sentence.start)),
            end_s: self.seconds(start.saturating_add(sentence.end)),
            words,
        };
        self.captions.sentences.push(timed);
    }

    fn word(&self, word: &SpokenWord, place: Range<usize>, base: usize, start: u64) -> TimedWord {
        TimedWord {
            text: word.text.clone(),
            source: base + place.start..base + place.end,
            start_s: self.seconds(start.saturating_add(word.start)),
            end_s: self.seconds(start.saturating_add(word.end)),
        }
    }

    fn seconds(&self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.sample_rate_hz)
    }
}

/// The texts that have words, each with its sentences; `None` if the places of these don't fit.
fn divide<'a>(
    texts: &[&'a str],
    sentences: &'a [SpokenSentence],
) -> Option<Vec<(&'a str, &'a [SpokenSentence])>> {
    let texts: Vec<&str> =
        texts.iter().copied().filter(|text| text.contains(char::is_alphanumeric)).collect();
    // Places begin anew with each text.
    let is_same = |before: &SpokenSentence, after: &SpokenSentence| {
        texts.len() == 1 || before.source.start < after.source.start
    };
    let parts: Vec<&[SpokenSentence]> = sentences.chunk_by(is_same).collect();
    let has_all = texts.len() == parts.len();
    let divided: Vec<(&str, &[SpokenSentence])> = texts.into_iter().zip(parts).collect();
    let fits = |(text, sentences): &(&str, &[SpokenSentence])| {
        sentences.iter().all(|sentence| has_places(text, sentence))
    };
    (has_all && divided.iter().all(fits)).then_some(divided)
}

/// The word with a small first letter, if that has as many bytes.
fn uncapitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
    let lower = first + letters.as_str();
    if lower.len() == word.len() { lower } else { word.to_owned() }
}

/// Whether all places of a sentence are in the text.
fn has_places(text: &str, sentence: &SpokenSentence) -> bool {
    let places = sentence.words.iter().map(|word| &word.source);
    places.chain([&sentence.source]).all(|place| text.get(place.clone()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(text: &str, source: Range<usize>) -> SpokenSentence {
        let word = SpokenWord { text: text.to_owned(), source: source.clone(), start: 0, end: 12_000 };
        SpokenSentence { text: text.to_owned(), source, start: 0, end: 24_000, words: vec![word] }
    }

    #[test]
    fn captions_show_the_original_if_its_places_are_known() {
        let mut captions = CaptionCollector::new(24_000);
        captions.add(&["5 km\n\n"], &[sentence("five kilometres", 0..4)], 0);
        captions.add(&[], &[sentence("six", 0..1)], 48_000);
        // A damaged description.
        captions.add(&["7"], &[sentence("seven", 0..99)], 96_000);
        assert_eq!(
            captions.captions.write(CaptionFormat::Srt),
            "1\n00:00:00,000 --> 00:00:00,500\n5 km\n\n2\n00:00:02,000 --> 00:00:02,500\nsix\n\n\
             3\n00:00:04,000 --> 00:00:04,500\nseven\n"
        );
    }

    #[test]
    fn each_voice_has_a_text_of_its_own() {
        let mut captions = CaptionCollector::new(24_000);
        let sentences = [sentence("Five kilometres", 0..4), sentence("He said", 0..7), sentence("No", 9..11)];
        captions.add(&["5 km, ", "\" ", "he said. No.\n\n"], &sentences, 0);
        let text = captions.captions.write(CaptionFormat::Srt);
        for shown in ["5 km,", "he said.", "No."] {
            assert!(text.lines().any(|line| line.contains(shown)), "{shown} in {text}");
        }
    }

    #[test]
    fn a_capital_letter_that_speech_begins_with_loses_no_word() {
        let mut captions = CaptionCollector::new(24_000);
        let words = ["He", "said"];
        let words =
            words.map(|word| SpokenWord { text: word.to_owned(), source: 0..9, start: 0, end: 12_000 });
        let spoken = SpokenSentence { words: words.into(), ..sentence("he said", 0..9) };
        captions.add(&[], &[spoken], 0);
        assert!(captions.captions.write(CaptionFormat::Srt).contains("he said"));
    }
}
