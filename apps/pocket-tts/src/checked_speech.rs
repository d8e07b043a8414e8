//! Tells which sentences were spoken again, and what is still wrong. It must not know how that is found.

use pocket_tts_core::{CheckedSentence, SpeechProblem};

use crate::console::Console;
use crate::exit::counted;

/// What the check of a run found.
#[derive(Default)]
pub(crate) struct CheckedSpeech {
    /// Sentences that were spoken again.
    repeated: usize,
    /// What is wrong with sentences that are heard, for each.
    problems: Vec<String>,
}

impl CheckedSpeech {
    /// Adds the sentences of a stream.
    pub(crate) fn add(&mut self, sentences: &[CheckedSentence]) {
        for CheckedSentence { repeated, problems, .. } in sentences {
            self.repeated += usize::from(!repeated.is_empty());
            // Sentences at their limit have a warning of their own.
            let told = problems.iter().filter(|problem| **problem != SpeechProblem::NeverEnded);
            let told: Vec<String> = told.map(ToString::to_string).collect();
            if !told.is_empty() {
                self.problems.push(told.join(" and "));
            }
        }
    }

    /// The number of sentences that were spoken again.
    pub(crate) fn repeated(&self) -> usize {
        self.repeated
    }

    /// Tells it on the console.
    pub(crate) fn report(&self, console: &Console) {
        const MOST: usize = 5;
        if self.repeated > 0 {
            console.info(&format!(
                "{} again, as words were missing, unclear or said twice",
                spoken(self.repeated)
            ));
        }
        for problem in self.problems.iter().take(MOST) {
            console.warn(&format!("a sentence {problem}; try another --seed, or shorter sentences"));
        }
        if self.problems.len() > MOST {
            console.warn(&format!("{} more like that", counted(self.problems.len() - MOST, "sentence")));
        }
    }
}

fn spoken(count: usize) -> String {
    format!("{} {} spoken", counted(count, "sentence"), if count == 1 { "was" } else { "were" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_counts_once_whatever_is_wrong_with_it() {
        assert_eq!(spoken(1), "1 sentence was spoken");
        assert_eq!(spoken(2), "2 sentences were spoken");
    }
}
