//! Finds the words of a dictionary in a text.

use std::collections::HashMap;
use std::ops::Range;

use super::entry::{Entry, Language};
use super::fold::{Case, Folded};
use super::index::Index;

/// Finds words.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    /// The words in any case.
    any_case: Index,
    /// The words whose case counts.
    own_case: Index,
    /// Whether any word may be a part of another one.
    has_parts: bool,
}

impl Lookup {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let index = |has_case: bool, case: Case| {
            let chosen = entries.iter().enumerate().filter(|(_, entry)| entry.has_case == has_case);
            Index::new(chosen.map(|(at, entry)| (Folded::new(&entry.word, case).text, at)))
        };
        Self {
            any_case: index(false, Case::Folded),
            own_case: index(true, Case::Kept),
            has_parts: entries.iter().any(|entry| !entry.is_whole_word),
        }
    }

    /// The places of words in a text and their entries, in order and without overlap: from left to right the longest
    /// word that fits.
    pub(super) fn find(
        &self,
        text: &str,
        entries: &[Entry],
        language: Option<&Language>,
    ) -> Vec<(Range<usize>, usize)> {
        let search = |index, case| Search {
            index,
            text: Folded::new(text, case),
            entries,
            language,
            known: HashMap::new(),
            has_parts: self.has_parts,
        };
        let mut searches = [search(&self.any_case, Case::Folded), search(&self.own_case, Case::Kept)];
        let mut found = Vec::new();
        let mut done = 0;
        // Both texts consist of the same characters of the source.
        for unit in 0..searches[0].text.units() {
            let start = searches[0].text.source_of_unit(unit);
            if start < done {
                continue;
            }
            let words = searches.iter_mut().filter_map(|search| search.longest(text, unit));
            if let Some((end, entry)) = words.max_by_key(|(end, entry)| (*end, entries[*entry].rank())) {
                found.push((start..end, entry));
                done = end;
            }
        }
        found
    }
}

/// A search for the words of one index.
struct Search<'a> {
    index: &'a Index,
    text: Folded,
    entries: &'a [Entry],
    language: Option<&'a Language>,
    /// The entries of the words that were found already.
    known: HashMap<usize, Best>,
    /// Whether any word may be a part of another one.
    has_parts: bool,
}

/// The entries of a word that count most.
#[derive(Clone, Copy, Debug)]
struct Best {
    /// If the word is a whole word of the text.
    whole: Option<usize>,
    /// If it is a part of one.
    part: Option<usize>,
}

impl Search<'_> {
    /// The end in `source` and the entry of the longest word that begins at a character.
    fn longest(&mut self, source: &str, unit: usize) -> Option<(usize, usize)> {
        let start = self.text.source_of_unit(unit);
        let is_inside = is_inside_word(source, start);
        if self.index.is_empty() || (is_inside && !self.has_parts) {
            return None;
        }
        let mut longest = None;
        for (length, word) in self.index.words_at(&self.text.text[self.text.start_of_unit(unit)..]) {
            let Some(end) = self.text.source_of(self.text.start_of_unit(unit) + length) else { continue };
            let Self { index, entries, language, .. } = *self;
            let best =
                *self.known.entry(word).or_insert_with(|| Best::of(index.entries(word), entries, language));
            let goes_on = is_inside || is_inside_word(source, end) || begins_with_accent(&source[end..]);
            if let Some(entry) = if goes_on { best.part } else { best.whole } {
                longest = Some((end, entry));
            }
        }
        longest
    }
}

impl Best {
    fn of(word: &[usize], entries: &[Entry], language: Option<&Language>) -> Self {
        let best = |takes: fn(&Entry) -> bool| {
            let fitting = word.iter().copied().filter(|entry| {
                let entry = &entries[*entry];
                takes(entry) && entry.is_for(language)
            });
            fitting.max_by_key(|entry| entries[*entry].rank())
        };
        Self { whole: best(|_| true), part: best(|entry| !entry.is_whole_word) }
    }
}

impl Entry {
    /// What makes an entry count more than others of the word: its dictionary, then how exactly it says where it holds.
    fn rank(&self) -> (usize, bool, bool, bool) {
        let has_region = self.languages.iter().any(|language| language.region.is_some());
        (self.layer, !self.languages.is_empty(), has_region, self.has_case)
    }

    fn is_for(&self, language: Option<&Language>) -> bool {
        self.languages.is_empty()
            || language.is_some_and(|spoken| self.languages.iter().any(|known| known.includes(spoken)))
    }
}

/// Whether a word of the text goes on at an offset.
fn is_inside_word(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    before.is_some_and(is_of_word) && text[at..].chars().next().is_some_and(is_of_word)
}

fn begins_with_accent(text: &str) -> bool {
    text.chars().next().is_some_and(is_accent)
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || is_accent(character)
}

/// Whether a character changes the one before it.
fn is_accent(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
    )
}
