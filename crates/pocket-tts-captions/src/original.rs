//! The words of a sentence as they were written.

use std::ops::Range;

use crate::timed::{Captions, TimedSentence, TimedWord};

/// Punctuation that is shown. Other signs between words are mark-up.
const SHOWN: &str = ".,;:!?…-–—'\"‘’‚“”„«»‹›()¡¿%&/";

/// A word as it was written, with the punctuation that touches it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WrittenWord {
    pub(crate) text: String,
    pub(crate) start_s: f64,
    pub(crate) end_s: f64,
}

/// Spoken words that are one word of the original.
struct Written {
    source: Range<usize>,
    start_s: f64,
    end_s: f64,
}

/// The written words of a sentence.
pub(crate) fn written_words(captions: &Captions, sentence: &TimedSentence) -> Vec<WrittenWord> {
    let original = captions.original.as_str();
    let words = joined(original, &sentence.words);
    let with_punctuation = words.iter().enumerate().map(|(index, word)| {
        let Range { start, end } = word.source;
        let before =
            index.checked_sub(1).map_or(sentence.source.start.min(start), |before| words[before].source.end);
        let after = words.get(index + 1).map_or(sentence.source.end.max(end), |after| after.source.start);
        let opening = original.get(before..start).unwrap_or_default().rsplit(char::is_whitespace).next();
        let closing = original.get(end..after).unwrap_or_default().split(char::is_whitespace).next();
        let punctuation = |text: Option<&str>| shown(text.unwrap_or_default());
        let word_text =
            original.get(start..end).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        WrittenWord {
            text: format!("{}{word_text}{}", punctuation(opening), punctuation(closing)),
            start_s: word.start_s,
            end_s: word.end_s,
        }
    });
    with_punctuation.collect()
}

/// Joins the words of one number, and words with nothing but punctuation between them.
fn joined(original: &str, words: &[TimedWord]) -> Vec<Written> {
    let mut written: Vec<Written> = Vec::new();
    for TimedWord { source, start_s, end_s, .. } in words {
        if let Some(last) = written.last_mut() {
            let gap = original.get(last.source.end..source.start);
            let is_inside = source.start < last.source.end;
            if is_inside || gap.is_some_and(|gap| gap.chars().all(|character| SHOWN.contains(character))) {
                last.source.end = last.source.end.max(source.end);
                last.end_s = *end_s;
                continue;
            }
        }
        written.push(Written { source: source.clone(), start_s: *start_s, end_s: *end_s });
    }
    written
}

fn shown(text: &str) -> String {
    // The inside of a mark such as `[pause:1s]` is no punctuation.
    let outside = text.split(['[', '<']).next().unwrap_or_default();
    let outside = outside.rsplit([']', '>']).next().unwrap_or_default();
    outside.chars().filter(|character| SHOWN.contains(*character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The written words of a text whose words are at these places.
    fn written(original: &str, words: &[&str]) -> Vec<String> {
        let mut done = 0;
        let words = words.iter().map(|word| {
            let start = done + original[done..].find(word).unwrap();
            done = start + word.len();
            TimedWord { source: start..done, ..TimedWord::default() }
        });
        let sentence =
            TimedSentence { words: words.collect(), source: 0..original.len(), ..TimedSentence::default() };
        let captions = Captions { original: original.to_owned(), sentences: Vec::new() };
        written_words(&captions, &sentence).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_keep_their_punctuation() {
        assert_eq!(
            written("“Who?”, he (Tom) asked: why.", &["Who", "he", "Tom", "asked", "why"]),
            ["“Who?”,", "he", "(Tom)", "asked:", "why."]
        );
        assert_eq!(
            written("1999–2001 and/or $5.", &["1999", "2001", "and", "or", "$5"]),
            ["1999–2001", "and/or", "$5."]
        );
    }

    #[test]
    fn mark_up_is_left_out() {
        assert_eq!(
            written("A **bold** word,[pause:1s] then", &["A", "bold", "word", "then"]),
            ["A", "bold", "word,", "then"]
        );
        assert_eq!(written("<p>Yes.</p> <b>No</b>", &["Yes", "No"]), ["Yes.", "No"]);
    }

    #[test]
    fn the_words_of_a_number_are_one() {
        let word = |start_s| TimedWord { source: 3..9, start_s, end_s: start_s + 1.0, text: String::new() };
        let captions = Captions { original: "It $12.50!".to_owned(), sentences: Vec::new() };
        let sentence =
            TimedSentence { words: vec![word(1.0), word(2.0)], source: 0..10, ..TimedSentence::default() };
        let written = written_words(&captions, &sentence);
        assert_eq!(written, [WrittenWord { text: "$12.50!".to_owned(), start_s: 1.0, end_s: 3.0 }]);
    }
}
