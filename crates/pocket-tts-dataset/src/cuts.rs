//! Where utterances are cut into a voice prompt and what is to be said after it, by the times of their words.
//!
//! Source: upstream's training loader, `DataLoader._choose_cut`.

use crate::error::DatasetError;
use crate::manifest::{ManifestEntry, Word};
use crate::reader::hash;

/// Aligners round: a word may end this many seconds behind the utterance.
const TOLERANCE_S: f64 = 0.1;

/// Where cuts may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutRules {
    /// Seconds that are left on both sides of a cut.
    pub least_s: f64,
    /// Seconds that are kept after the last word.
    pub tail_s: f64,
    /// Cuts are behind words that end within this many seconds, if there are such; 0 for any.
    pub longest_prompt_s: f64,
}

impl Default for CutRules {
    /// Upstream's: 1 s on both sides, 0.2 s after the last word, and any prompt.
    fn default() -> Self {
        Self { least_s: 1.0, tail_s: 0.2, longest_prompt_s: 0.0 }
    }
}

/// A place between two words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Seconds from the start of the utterance: the middle between the two words.
    pub at_s: f64,
    /// The number of the first word behind it.
    pub word: usize,
}

impl CutRules {
    /// Checks the values.
    ///
    /// # Errors
    /// [`DatasetError::Option`].
    pub fn check(&self) -> Result<(), DatasetError> {
        for (what, seconds) in [
            ("a rest", self.least_s),
            ("a tail", self.tail_s),
            ("a longest voice prompt", self.longest_prompt_s),
        ] {
            if !(0.0..=86_400.0).contains(&seconds) {
                return Err(DatasetError::Option(format!(
                    "{what} of {seconds} s is not possible; give 0 to 86400 s"
                )));
            }
        }
        Ok(())
    }

    /// Demands that each word of an utterance can be said at its times. Unknown times are allowed.
    ///
    /// # Errors
    /// [`DatasetError::Words`].
    pub fn check_words(entry: &ManifestEntry) -> Result<(), DatasetError> {
        let wrong = |word: &Word, problem: String| DatasetError::Words {
            path: entry.path.clone(),
            word: word.word.clone(),
            problem,
        };
        let mut last_s = 0.0;
        for word in entry.words.as_deref().unwrap_or_default() {
            if let Some(start) = word.start {
                if start < last_s {
                    return Err(wrong(word, format!("begins at {start} s, which is before {last_s} s")));
                }
                if start > entry.duration {
                    return Err(wrong(word, format!("begins at {start} s, which is behind the end")));
                }
                last_s = start;
            }
            if let Some(end) = word.end {
                if end < last_s {
                    return Err(wrong(word, format!("ends at {end} s, which is before {last_s} s")));
                }
                if end > entry.duration + TOLERANCE_S {
                    return Err(wrong(word, format!("ends at {end} s, which is behind the end")));
                }
            }
        }
        Ok(())
    }

    /// All places where an utterance may be cut.
    pub fn cuts(&self, entry: &ManifestEntry) -> Vec<Cut> {
        let words = entry.words.as_deref().unwrap_or_default();
        let between = words.windows(2).enumerate().filter_map(|(index, pair)| {
            let at_s = 0.5 * (pair[0].end? + pair[1].start?);
            let fits = at_s >= self.least_s && entry.duration - at_s >= self.least_s;
            fits.then_some((Cut { at_s, word: index + 1 }, pair[0].end?))
        });
        let all: Vec<(Cut, f64)> = between.collect();
        let window_s = if self.longest_prompt_s > 0.0 { self.longest_prompt_s } else { f64::INFINITY };
        let eligible: Vec<Cut> = all.iter().filter(|(_, end)| *end < window_s).map(|(cut, _)| *cut).collect();
        if eligible.is_empty() { all.into_iter().take(1).map(|(cut, _)| cut).collect() } else { eligible }
    }

    /// One of [`cuts`](Self::cuts), the same for the same seed and number; `None` if there is no place.
    pub fn cut(&self, entry: &ManifestEntry, seed: u64, number: u64) -> Option<Cut> {
        let cuts = self.cuts(entry);
        let count = cuts.len() as u64;
        cuts.get(usize::try_from(hash(seed, number).checked_rem(count)?).ok()?).copied()
    }

    /// Where the speech of an utterance ends: after the last word and the tail, or else at its end. `from_s` is where it
    /// begins.
    pub fn end_s(&self, entry: &ManifestEntry, from_s: f64) -> f64 {
        let words = entry.words.as_deref().unwrap_or_default();
        let last = words.iter().filter_map(|word| word.end).reduce(f64::max);
        match last {
            Some(last) if last > from_s => entry.duration.min(last + self.tail_s),
            _ => entry.duration,
        }
    }

    /// The parts of a cut utterance: the voice prompt, and what follows it. Without a place for a cut the prompt is
    /// `None`, and the other is all of the speech.
    pub fn parts(
        &self,
        entry: &ManifestEntry,
        seed: u64,
        number: u64,
    ) -> (Option<ManifestEntry>, ManifestEntry) {
        let cut = self.cut(entry, seed, number);
        let (at_s, word) = cut.map_or((0.0, 0), |cut| (cut.at_s, cut.word));
        let words = entry.words.as_deref().unwrap_or_default();
        let end_s = self.end_s(entry, at_s);
        let mut target = ManifestEntry {
            start: entry.start + at_s,
            duration: end_s - at_s,
            words: entry.words.as_ref().map(|_| shifted(&words[word..], at_s)),
            latents_file: None,
            ..entry.clone()
        };
        let prompt = cut.map(|_| {
            target.transcript = Some(text(&words[word..]));
            ManifestEntry {
                duration: at_s,
                transcript: Some(text(&words[..word])),
                words: Some(words[..word].to_vec()),
                latents_file: None,
                ..entry.clone()
            }
        });
        (prompt, target)
    }
}

fn shifted(words: &[Word], by_s: f64) -> Vec<Word> {
    // Words may overlap a little, so that one before the cut ends behind the start of the next.
    let shift = |word: &Word| Word {
        start: word.start.map(|at| (at - by_s).max(0.0)),
        end: word.end.map(|at| (at - by_s).max(0.0)),
        ..word.clone()
    };
    words.iter().map(shift).collect()
}

fn text(words: &[Word]) -> String {
    words.iter().map(|word| word.word.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(duration: f64, words: &[(&str, Option<f64>, Option<f64>)]) -> ManifestEntry {
        let words: Vec<_> = words
            .iter()
            .map(|(word, start, end)| serde_json::json!({"word": word, "start": start, "end": end}))
            .collect();
        let line = serde_json::json!({"path": "a", "start": 10.0, "duration": duration, "words": words});
        serde_json::from_value(line).unwrap()
    }

    fn four_words() -> ManifestEntry {
        let at = |start, end| (Some(start), Some(end));
        let words = [at(0.2, 0.6), at(1.4, 1.8), at(2.2, 2.6), at(3.2, 3.5)];
        let words: Vec<_> = ["one", "two", "three", "four"]
            .into_iter()
            .zip(words)
            .map(|(word, (start, end))| (word, start, end))
            .collect();
        entry(5.0, &words)
    }

    #[test]
    fn cuts_lie_in_the_middle_between_words_with_a_second_on_both_sides() {
        let rules = CutRules::default();
        let cuts = rules.cuts(&four_words());
        assert_eq!(cuts.iter().map(|cut| cut.word).collect::<Vec<_>>(), [1, 2, 3]);
        assert!((cuts[0].at_s - 1.0).abs() < 1e-9 && (cuts[1].at_s - 2.0).abs() < 1e-9);
        assert_eq!(rules.cuts(&ManifestEntry { duration: 3.8, ..four_words() }).len(), 2);
        assert!(CutRules { longest_prompt_s: f64::NAN, ..rules }.check().is_err() && rules.check().is_ok());
        let prompts = CutRules { longest_prompt_s: 2.0, ..rules };
        assert_eq!(prompts.cuts(&four_words()).len(), 2);
        // Without a word within the window, the first cut is taken.
        let short = CutRules { longest_prompt_s: 0.1, ..rules };
        assert_eq!(short.cuts(&four_words()), cuts[..1]);
        let unknown = entry(5.0, &[("a", Some(0.0), None), ("b", Some(2.0), Some(2.5))]);
        assert!(rules.cuts(&unknown).is_empty() && rules.cut(&unknown, 1, 1).is_none());
    }

    #[test]
    fn words_at_impossible_times_are_refused() {
        let check = |words: &[(&str, Option<f64>, Option<f64>)]| CutRules::check_words(&entry(2.0, words));
        assert!(CutRules::check_words(&four_words()).is_ok());
        let overlapping = [("a", Some(0.0), Some(1.2)), ("b", Some(1.0), None), ("c", None, Some(2.05))];
        assert!(check(&overlapping).is_ok());
        for (words, part) in [
            ([("a", Some(-0.1), Some(0.5)), ("b", None, None)], "`a` begins at -0.1 s"),
            ([("a", Some(1.0), Some(0.5)), ("b", None, None)], "`a` ends at 0.5 s"),
            ([("a", Some(1.0), Some(1.5)), ("b", Some(0.5), Some(1.6))], "`b` begins at 0.5 s"),
            ([("a", Some(0.1), Some(0.5)), ("b", Some(1.0), Some(2.5))], "`b` ends at 2.5 s"),
            ([("a", Some(0.1), Some(0.5)), ("b", Some(3.0), None)], "`b` begins at 3 s"),
        ] {
            let message = check(&words).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn both_parts_have_their_words_and_the_rest_after_the_last_one_is_short() {
        let rules = CutRules::default();
        let entry = four_words();
        for number in 0..20 {
            let (prompt, target) = rules.parts(&entry, 7, number);
            let prompt = prompt.unwrap();
            assert!((prompt.start, prompt.start + prompt.duration) == (10.0, target.start));
            assert!((target.start + target.duration - 13.7).abs() < 1e-9);
            let together = format!("{} {}", prompt.transcript.unwrap(), target.transcript.unwrap());
            assert_eq!(together, "one two three four");
            let first = &target.words.unwrap()[0];
            assert!((first.start.unwrap() - 0.4).abs() < 0.2, "{first:?}");
        }
        let chosen =
            |seed| (0..20).map(|number| rules.cut(&entry, seed, number).unwrap().word).collect::<Vec<_>>();
        assert_eq!(chosen(1), chosen(1));
        assert_ne!(chosen(1), chosen(2));
        let (prompt, whole) = rules.parts(&ManifestEntry { words: None, ..entry }, 1, 1);
        assert!(prompt.is_none() && (whole.start, whole.duration) == (10.0, 5.0));
    }
}
