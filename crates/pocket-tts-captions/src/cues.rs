//! Divides sentences into captions.

use crate::{
    original::{WrittenWord, written_words},
    timed::{Captions, TimedSentence},
};

/// Characters of a line.
const LINE: usize = 42;
/// A caption longer than this may end at punctuation.
const ENOUGH: usize = 42;

/// A caption.
#[derive(Debug, Clone, PartialEq)]
pub struct Cue {
    /// One or two lines, or more if its sentence has no times of words.
    pub text: String,
    /// When it is shown, in seconds.
    pub start_s: f64,
    /// When it is hidden, in seconds.
    pub end_s: f64,
}

pub(crate) fn cues(captions: &Captions) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    for sentence in &captions.sentences {
        let words = written_words(captions, sentence);
        if words.is_empty() {
            cues.push(whole(sentence));
        } else {
            cues.extend(divided(&words));
        }
    }
    // A caption is not shown before the one before it is hidden.
    for index in 1..cues.len() {
        let start_s = cues[index].start_s;
        let before = &mut cues[index - 1];
        before.end_s = before.end_s.min(start_s).max(before.start_s);
    }
    cues
}

fn whole(sentence: &TimedSentence) -> Cue {
    Cue { text: lines(&sentence.text), start_s: sentence.start_s, end_s: sentence.end_s }
}

/// The captions of a sentence: full ones end at the last punctuation in their second half, or else at a word.
fn divided(words: &[WrittenWord]) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let mut text = String::new();
        let (mut fits, mut at_punctuation) = (0, None);
        for word in rest {
            let separator = if text.is_empty() { "" } else { " " };
            let longer = format!("{text}{separator}{}", word.text);
            if fits > 0 && lines(&longer).lines().count() > 2 {
                break;
            }
            text = longer;
            fits += 1;
            if text.chars().count() >= ENOUGH && text.ends_with([',', ';', ':', '.', '!', '?', '…', '—', '–'])
            {
                at_punctuation = Some((fits, text.clone()));
            }
        }
        if fits < rest.len()
            && let Some(earlier) = at_punctuation
        {
            (fits, text) = earlier;
        }
        let (cue, others) = rest.split_at(fits);
        if let [first, ..] = cue {
            let end_s = cue[cue.len() - 1].end_s;
            cues.push(Cue { text: lines(&text), start_s: first.start_s, end_s });
        }
        rest = others;
    }
    cues
}

/// A text in lines: two of about the same length if that is enough.
fn lines(text: &str) -> String {
    let balanced = wrapped(text, text.chars().count().div_ceil(2));
    if balanced.lines().count() <= 2 { balanced } else { wrapped(text, LINE) }
}

/// A text in lines of at most [`LINE`] characters, unless a word is longer. A line ends once it has `goal` characters.
fn wrapped(text: &str, goal: usize) -> String {
    let fits_one = text.chars().count() <= LINE;
    let mut wrapped = String::with_capacity(text.len());
    let mut line = 0;
    for word in text.split_whitespace() {
        let characters = word.chars().count();
        if line > 0 && !fits_one && (line >= goal || line + 1 + characters > LINE) {
            wrapped.push('\n');
            line = 0;
        }
        if line > 0 {
            wrapped.push(' ');
            line += 1;
        }
        wrapped.push_str(word);
        line += characters;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<WrittenWord> {
        let word = |(index, word): (usize, &str)| WrittenWord {
            text: word.to_owned(),
            start_s: index as f64,
            end_s: index as f64 + 0.9,
        };
        text.split_whitespace().enumerate().map(word).collect()
    }

    #[test]
    fn a_long_sentence_is_divided_at_punctuation() {
        let text = "When the sun had gone down behind the hills, everybody went home, and nobody came back before the \
                    morning of the next day.";
        let cues = divided(&words(text));
        let texts: Vec<&str> = cues.iter().map(|cue| cue.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "When the sun had gone down behind\nthe hills, everybody went home,",
                "and nobody came back before the\nmorning of the next day."
            ]
        );
        assert!((cues[0].end_s - 11.9).abs() < 1e-9 && (cues[1].start_s - 12.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn captions_are_short_and_hold_every_word(lengths in prop::collection::vec(1_usize..20, 1..60)) {
            let text = lengths.iter().map(|length| "x".repeat(*length)).collect::<Vec<_>>().join(" ");
            let cues = divided(&words(&text));
            let joined: Vec<String> = cues.iter().map(|cue| cue.text.replace('\n', " ")).collect();
            prop_assert_eq!(joined.join(" "), text);
            for cue in &cues {
                prop_assert!(cue.text.lines().count() <= 2, "{:?}", cue.text);
                prop_assert!(cue.text.lines().all(|line| line.chars().count() <= LINE), "{:?}", cue.text);
            }
        }
    }
}
