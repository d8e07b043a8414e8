//! An index of words.

use std::collections::HashMap;

use aho_corasick::Anchored;
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous::NFA;

/// An index of words with their entries.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// A tree of the words; `None` without words. Its number and length are bounded far below the size at which
    /// building it fails.
    tree: Option<NFA>,
    /// For each word its entries.
    entries: Vec<Vec<usize>>,
}

impl Index {
    /// An index of words and entries. A word may have several entries.
    pub(super) fn new(words: impl Iterator<Item = (String, usize)>) -> Self {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut entries: Vec<Vec<usize>> = Vec::new();
        let mut different = Vec::new();
        for (word, entry) in words {
            let place = *places.entry(word).or_insert_with_key(|word| {
                different.push(word.clone());
                entries.push(Vec::new());
                entries.len() - 1
            });
            entries[place].push(entry);
        }
        let tree = if different.is_empty() { None } else { NFA::new(&different).ok() };
        Self { tree, entries }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tree.is_none()
    }

    /// The entries of a word.
    pub(super) fn entries(&self, word: usize) -> &[usize] {
        &self.entries[word]
    }

    /// The words with which a text begins, from short to long: their lengths in bytes and their numbers. It takes no
    /// more steps than the longest word has bytes.
    pub(super) fn words_at<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
        let start = self.tree.as_ref().and_then(|tree| Some((tree, tree.start_state(Anchored::Yes).ok()?)));
        let steps = start.into_iter().flat_map(move |(tree, start)| {
            let states = text.bytes().scan(start, move |state, byte| {
                *state = tree.next_state(Anchored::Yes, *state, byte);
                (!tree.is_dead(*state)).then_some(*state)
            });
            states.enumerate().map(move |(at, state)| (tree, at + 1, state))
        });
        steps.filter_map(|(tree, length, state)| {
            // The first pattern of a state is the longest; the others begin later.
            let word = tree.is_match(state).then(|| tree.match_pattern(state, 0))?;
            (tree.pattern_len(word) == length).then(|| (length, word.as_usize()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_at_the_start_are_found() {
        let words = ["a", "bc", "abcd", "abc", "c", "a"];
        let index = Index::new(words.into_iter().map(str::to_owned).zip(0..));
        let found: Vec<_> =
            index.words_at("abcde").map(|(length, word)| (length, index.entries(word))).collect();
        assert_eq!(found, [(1, &[0, 5][..]), (3, &[3]), (4, &[2])]);
        assert_eq!(index.words_at("xabc").count(), 0);
        assert_eq!(Index::default().words_at("a").count(), 0);
    }
}
