//! The words of a sentence as they were written.

use std::ops::Range;

use crate::punctuation::{Gap, decoded, is_shown};
use crate::timed::{TimedSentence, TimedWord};

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

/// The written words of a sentence. `done` is where the words of the sentences before end in the original; it is moved to
/// the end of these. A word that was shown before, as another part of a number, is not shown again.
pub(crate) fn written_words(original: &str, sentence: &TimedSentence, done: &mut usize) -> Vec<WrittenWord> {
    let words: Vec<&TimedWord> = sentence.words.iter().filter(|word| word.source.end > *done).collect();
    let words = joined(original, &words);
    let gap = |range: Range<usize>| Gap::of(original.get(range).unwrap_or_default());
    let mut opening = match words.first() {
        Some(first) => gap(*done.min(&mut first.source.start.clone())..first.source.start).opening,
        None => String::new(),
    };
    let mut written = Vec::with_capacity(words.len());
    for (index, word) in words.iter().enumerate() {
        let Range { start, end } = word.source;
        let text = original.get(start..end).unwrap_or_default();
        let mut text = decoded(&text.split_whitespace().collect::<Vec<_>>().join(" "));
        text.insert_str(0, &opening);
        let next = words.get(index + 1).map(|next| next.source.start);
        let after =
            gap(end..next.unwrap_or_else(|| end_of_line(original, end, sentence.source.end.max(end))));
        text.push_str(&after.closing);
        if next.is_some() {
            for apart in &after.apart {
                text.extend([" ", apart]);
            }
        }
        opening = after.opening;
        *done = end;
        written.push(WrittenWord { text, start_s: word.start_s, end_s: word.end_s });
    }
    written
}

/// Where the punctuation after the last word of a sentence ends: at white space, or at `end` if that is later.
fn end_of_line(original: &str, word_end: usize, end: usize) -> usize {
    let rest = original.get(word_end..).unwrap_or_default();
    let touching = rest.find(char::is_whitespace).unwrap_or(rest.len());
    end.max(word_end + touching)
}

/// Joins the words of one number, and words with nothing but punctuation between them.
fn joined(original: &str, words: &[&TimedWord]) -> Vec<Written> {
    let mut written: Vec<Written> = Vec::new();
    for TimedWord { source, start_s, end_s, .. } in words {
        if let Some(last) = written.last_mut() {
            let gap = original.get(last.source.end..source.start);
            let is_inside = source.start < last.source.end;
            if is_inside || gap.is_some_and(|gap| gap.chars().all(is_shown)) {
                last.source.end = last.source.end.max(source.end);
                last.end_s = *end_s;
                continue;
            }
        }
        written.push(Written { source: source.clone(), start_s: *start_s, end_s: *end_s });
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence of these words, each found in the original after the one before.
    fn sentence(original: &str, words: &[&str], done: &mut usize) -> TimedSentence {
        let words: Vec<TimedWord> = words
            .iter()
            .map(|word| {
                let start = *done + original[*done..].find(word).unwrap();
                *done = start + word.len();
                TimedWord { source: start..*done, ..TimedWord::default() }
            })
            .collect();
        let source = words[0].source.start..*done;
        TimedSentence { source, words, ..TimedSentence::default() }
    }

    fn written(original: &str, sentences: &[&[&str]]) -> Vec<String> {
        let (mut found, mut done) = (0, 0);
        let written = sentences.iter().map(|words| {
            let sentence = sentence(original, words, &mut found);
            let words = written_words(original, &sentence, &mut done);
            words.into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
        });
        written.collect()
    }

    #[test]
    fn words_keep_their_punctuation() {
        for (original, words) in [
            ("“Who?”, he (Tom) asked: why.", &["Who", "he", "Tom", "asked", "why"][..]),
            ("1999–2001 and/or $5.", &["1999", "2001", "and", "or", "$5"]),
            ("Tom – my friend – said: yes!", &["Tom", "my", "friend", "said", "yes"]),
            ("(A) 50% more…", &["A", "50%", "more"]),
        ] {
            assert_eq!(written(original, &[words]), [original]);
        }
    }

    #[test]
    fn brackets_belong_to_their_sentence() {
        let original = "He left; (really?) “Yes”, she said.";
        let sentences: [&[&str]; 3] = [&["He", "left"], &["really"], &["Yes", "she", "said"]];
        assert_eq!(written(original, &sentences), ["He left;", "(really?)", "“Yes”, she said."]);
    }

    #[test]
    fn mark_up_is_left_out() {
        for (original, words, shown) in [
            ("A **bold** word,[pause:1s] then", &["A", "bold", "word", "then"][..], "A bold word, then"),
            ("<p>Yes.</p> <b>No</b>", &["Yes", "No"], "Yes. No"),
            ("See [a link](https://e.com/x) now.", &["See", "a", "link", "now"], "See a link now."),
            ("An ![alt](p.png) ~~gone~~.", &["An", "alt", "gone"], "An alt gone."),
            ("A &lt;tag&gt; &amp; more", &["A", "tag", "&amp;", "more"], "A tag & more"),
            (
                "Read [it](https://a.b/c) and",
                &["Read", "it", "https://a.b/c", "and"],
                "Read it (https://a.b/c) and",
            ),
        ] {
            assert_eq!(written(original, &[words]), [shown], "{original}");
        }
    }

    #[test]
    fn the_words_of_a_number_are_one_also_in_two_sentences() {
        let word = |start_s| TimedWord { source: 3..9, start_s, end_s: start_s + 1.0, text: String::new() };
        let of = |words| TimedSentence { words, source: 0..10, ..TimedSentence::default() };
        let mut done = 0;
        let first = written_words("It $12.50! Yes", &of(vec![word(1.0), word(2.0)]), &mut done);
        assert_eq!(first, [WrittenWord { text: "$12.50!".to_owned(), start_s: 1.0, end_s: 3.0 }]);
        assert_eq!(written_words("It $12.50! Yes", &of(vec![word(3.0)]), &mut done), []);
    }
}
