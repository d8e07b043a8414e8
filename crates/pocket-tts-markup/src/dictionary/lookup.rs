//! Finds the words of a dictionary in a text.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::fold::{Folded, folded};
use super::{Entry, Language};

/// Finds words, all in one pass.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    /// Of the folded words. `None` without words.
    finder: Option<AhoCorasick>,
    /// For each of the folded words, its entries.
    entries: Vec<Vec<usize>>,
}

impl Lookup {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
        let mut words = Vec::new();
        let mut by_word: Vec<Vec<usize>> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let word = folded(&entry.word);
            let place = *places.entry(word).or_insert_with_key(|word| {
                words.push(word.clone());
                by_word.push(Vec::new());
                by_word.len() - 1
            });
            by_word[place].push(at);
        }
        // The number and the length of words are bounded far below the size at which this fails.
        let finder = (!words.is_empty()).then(|| AhoCorasick::new(&words).ok()).flatten();
        Self { finder, entries: by_word }
    }

    /// The places of words in a text and their entries, in order and without overlap: from left to right the longest
    /// word that fits.
    pub(super) fn find(
        &self,
        text: &str,
        entries: &[Entry],
        language: Option<&Language>,
    ) -> Vec<(Range<usize>, usize)> {
        let Some(finder) = &self.finder else { return Vec::new() };
        let folded = Folded::new(text);
        // The longest word that begins at each byte of the folded text, with its entry.
        let mut longest: HashMap<usize, (Range<usize>, usize)> = HashMap::new();
        for found in finder.find_overlapping_iter(&folded.text) {
            let Some((start, end)) = folded.place(found.start()).zip(folded.place(found.end())) else {
                continue;
            };
            let best = self.entries[found.pattern().as_usize()]
                .iter()
                .copied()
                .filter(|entry| fits(&entries[*entry], text, start..end, language))
                .max_by_key(|entry| (entries[*entry].rank(), *entry));
            if let Some(entry) = best {
                // Ends ascend, so that a later one is longer.
                longest.insert(start, (start..end, entry));
            }
        }
        let mut found: Vec<_> = longest.into_values().collect();
        found.sort_unstable_by_key(|(range, _)| range.start);
        let mut done = 0;
        found.retain(|(range, _)| {
            let is_free = range.start >= done;
            if is_free {
                done = range.end;
            }
            is_free
        });
        found
    }
}

impl Entry {
    /// What makes an entry count more than others of the word: its dictionary, then how exactly it says where it holds.
    fn rank(&self) -> (usize, bool, bool, bool) {
        let has_region = self.languages.iter().any(|language| language.region.is_some());
        (self.layer, !self.languages.is_empty(), has_region, self.has_case)
    }
}

/// Whether an entry holds for a range of a text.
fn fits(entry: &Entry, text: &str, range: Range<usize>, language: Option<&Language>) -> bool {
    let is_language = entry.languages.is_empty()
        || language.is_some_and(|spoken| entry.languages.iter().any(|known| known.includes(spoken)));
    let is_case = !entry.has_case || has_same_case(&text[range.clone()], &entry.word);
    is_language && is_case && (!entry.is_whole_word || is_whole_word(text, &range))
}

/// Whether texts that are equal when folded have the same case. They may differ in white space and apostrophes.
fn has_same_case(left: &str, right: &str) -> bool {
    let cased = |character: &char| !character.is_whitespace() && !matches!(character, '\'' | '’' | 'ʼ');
    left.chars().filter(cased).eq(right.chars().filter(cased))
}

/// Whether a word does not go on at either end.
fn is_whole_word(text: &str, range: &Range<usize>) -> bool {
    let word = &text[range.clone()];
    let before = text[..range.start].chars().next_back().is_some_and(is_of_word);
    let after = text[range.end..].chars().next();
    let begins = word.chars().next().is_some_and(is_of_word);
    let ends = word.chars().next_back().is_some_and(is_of_word);
    let goes_on = after.is_some_and(|after| is_accent(after) || (ends && is_of_word(after)));
    !(goes_on || begins && before)
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || is_accent(character)
}

/// Whether a character changes the one before it.
fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}')
}
