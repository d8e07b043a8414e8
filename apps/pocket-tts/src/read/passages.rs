//! Cuts chapters into passages, each of which is spoken and stored by itself. It must not know how.

use pocket_tts_book::ParagraphKind;
use pocket_tts_core::{SentenceSplitter, has_words};

use super::digest::{PassageDigest, SoundDigest, checksum};
use super::quotes;
use super::selection::Selected;

/// A passage ends with a paragraph after this many characters if the paragraph's hash says so, which one in three does. So
/// after a change in a chapter the passages soon end where they did before.
const LEAST_CHARACTERS: usize = 250;
/// A passage ends before it has more characters: about a minute of speech.
const MOST_CHARACTERS: usize = 800;

/// Everything that is to be spoken.
#[derive(Debug)]
pub(super) struct BookPlan {
    pub(super) chapters: Vec<ChapterPlan>,
}

/// The passages of a chapter; none if it has no words.
#[derive(Debug)]
pub(super) struct ChapterPlan {
    /// Its number in the book, from 1.
    pub(super) number: usize,
    pub(super) title: String,
    pub(super) passages: Vec<Passage>,
}

/// A text that is spoken in one request.
#[derive(Debug)]
pub(super) struct Passage {
    /// The pieces, each with whether it is a quotation. Blank lines end paragraphs.
    pub(super) pieces: Vec<(bool, String)>,
    pub(super) is_heading: bool,
    /// Whether it is the last one of its chapter.
    pub(super) ends_chapter: bool,
    pub(super) digest: PassageDigest,
    pub(super) characters: usize,
}

impl BookPlan {
    /// All passages in order, with the index of their chapter.
    pub(super) fn passages(&self) -> impl Iterator<Item = (usize, &Passage)> {
        let chapters = self.chapters.iter().enumerate();
        chapters.flat_map(|(index, chapter)| chapter.passages.iter().map(move |passage| (index, passage)))
    }
}

impl Passage {
    /// The texts of its pieces, in order.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// Plans the chapters. With `has_quotes`, quotations are pieces of their own.
pub(super) fn plan(chapters: &[Selected<'_>], has_quotes: bool, digest: &SoundDigest) -> BookPlan {
    let planned = |selected: &Selected<'_>| {
        let mut draft = Draft { has_quotes, digest, passages: Vec::new(), pieces: Vec::new(), characters: 0 };
        for paragraph in &selected.chapter.paragraphs {
            if !has_words(&paragraph.text) {
                continue;
            }
            if paragraph.kind == ParagraphKind::Heading {
                draft.end(false);
                draft.add(false, &format!("{}\n\n", paragraph.text));
                draft.end(true);
            } else {
                draft.add_paragraph(&paragraph.text);
            }
        }
        draft.end(false);
        if let Some(last) = draft.passages.last_mut() {
            last.ends_chapter = true;
        }
        ChapterPlan {
            number: selected.number,
            title: selected.chapter.title.clone(),
            passages: draft.passages,
        }
    };
    BookPlan { chapters: chapters.iter().map(planned).collect() }
}

struct Draft<'a> {
    has_quotes: bool,
    digest: &'a SoundDigest,
    passages: Vec<Passage>,
    /// The passage that is being put together.
    pieces: Vec<(bool, String)>,
    characters: usize,
}

impl Draft<'_> {
    /// Adds a paragraph, cut between sentences if it is long.
    fn add_paragraph(&mut self, paragraph: &str) {
        let pieces = if self.has_quotes { quotes::pieces(paragraph) } else { vec![(false, paragraph)] };
        for (is_quoted, piece) in pieces {
            for text in cut(piece) {
                if self.characters > 0 && self.characters + text.chars().count() > MOST_CHARACTERS {
                    self.end(false);
                }
                self.add(is_quoted, &text);
            }
        }
        if let Some((_, last)) = self.pieces.last_mut() {
            last.push_str("\n\n");
        }
        let is_last = checksum(paragraph.as_bytes()).starts_with(['0', '1', '2', '3', '4']);
        if self.characters >= MOST_CHARACTERS || (self.characters >= LEAST_CHARACTERS && is_last) {
            self.end(false);
        }
    }

    fn add(&mut self, is_quoted: bool, text: &str) {
        self.characters += text.chars().count();
        match self.pieces.last_mut() {
            Some((was_quoted, last)) if *was_quoted == is_quoted && last.ends_with(char::is_whitespace) => {
                last.push_str(text);
            }
            _ => self.pieces.push((is_quoted, text.to_owned())),
        }
    }

    /// Ends the passage, if there is one.
    fn end(&mut self, is_heading: bool) {
        let (pieces, characters) = (std::mem::take(&mut self.pieces), std::mem::take(&mut self.characters));
        if !pieces.is_empty() {
            let digest = self.digest.of(&pieces);
            self.passages.push(Passage { pieces, is_heading, ends_chapter: false, digest, characters });
        }
    }
}

/// A paragraph, or its parts of whole sentences if it is long. All parts but the last end with white space.
fn cut(paragraph: &str) -> Vec<String> {
    if paragraph.chars().count() <= MOST_CHARACTERS {
        return vec![paragraph.to_owned()];
    }
    let mut splitter = SentenceSplitter::default();
    let mut sentences = splitter.push(paragraph);
    sentences.extend(splitter.finish());
    let mut parts: Vec<String> = Vec::new();
    for sentence in sentences {
        let length = |text: &str| text.chars().count();
        match parts.last_mut() {
            Some(last) if length(last) + length(&sentence) <= MOST_CHARACTERS => last.push_str(&sentence),
            _ => parts.push(sentence),
        }
    }
    let last = parts.len().saturating_sub(1);
    for part in parts.iter_mut().take(last) {
        if !part.ends_with(char::is_whitespace) {
            part.push(' ');
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use pocket_tts_book::{Chapter, Paragraph};

    use super::*;

    #[test]
    fn long_paragraphs_are_cut_between_sentences_and_keep_their_words() {
        let sentence = "This is a sentence of some length. ";
        let paragraph = sentence.repeat(60);
        let parts = cut(paragraph.trim_end());
        assert!(parts.len() > 2 && parts.iter().all(|part| part.chars().count() <= MOST_CHARACTERS));
        assert!(parts[..parts.len() - 1].iter().all(|part| part.ends_with(". ")));
        assert_eq!(parts.concat(), paragraph.trim_end());
        assert_eq!(cut(&"x".repeat(2_000)).iter().map(|part| part.trim().len()).sum::<usize>(), 2_000);
    }

    fn chapter(texts: &[String]) -> Chapter {
        let text = |text: &String| Paragraph { kind: ParagraphKind::Text, text: text.clone() };
        let heading = Paragraph { kind: ParagraphKind::Heading, text: "One".to_owned() };
        Chapter {
            title: "One".to_owned(),
            paragraphs: std::iter::once(heading).chain(texts.iter().map(text)).collect(),
        }
    }

    fn planned(chapter: &Chapter, has_quotes: bool) -> BookPlan {
        plan(&[Selected { number: 1, chapter }], has_quotes, &SoundDigest::of_nobody())
    }

    #[test]
    fn a_new_paragraph_changes_only_passages_near_it() {
        let mut texts: Vec<String> =
            (0..90).map(|n| format!("Paragraph {n}: {}", "some words. ".repeat(n % 20))).collect();
        let names = |texts: &[String]| -> HashSet<String> {
            let plan = planned(&chapter(texts), false);
            plan.passages().map(|(_, passage)| passage.digest.name()).collect()
        };
        let before = names(&texts);
        texts.insert(40, "A new one.".to_owned());
        let after = names(&texts);
        let changed = after.difference(&before).count();
        assert!(before.len() > 20 && (1..6).contains(&changed), "{changed} of {}", before.len());
    }

    #[test]
    fn passages_hold_all_paragraphs_and_are_short() {
        let texts: Vec<String> =
            (0..40).map(|n| format!("“Yes {n},” she said. {}", "More of it here. ".repeat(3 * n))).collect();
        let chapter = chapter(&texts);
        let letters =
            |text: &str| text.chars().filter(|character| character.is_alphanumeric()).collect::<String>();
        let expected =
            letters(&chapter.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect::<String>());
        for has_quotes in [false, true] {
            let plan = planned(&chapter, has_quotes);
            let pieces: Vec<&(bool, String)> =
                plan.passages().flat_map(|(_, passage)| &passage.pieces).collect();
            let all: String = pieces.iter().map(|(_, text)| text.as_str()).collect();
            assert_eq!(letters(&all), expected);
            assert_eq!(all.matches("\n\n").count(), chapter.paragraphs.len());
            assert_eq!(
                pieces.iter().filter(|(is_quoted, _)| *is_quoted).count(),
                if has_quotes { 40 } else { 0 }
            );
            for (_, passage) in plan.passages() {
                assert!(
                    passage.characters <= MOST_CHARACTERS && passage.is_heading == (passage.characters == 5)
                );
            }
        }
    }
}
