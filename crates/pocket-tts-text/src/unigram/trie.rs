//! Finds all keys that a text begins with: a trie over bytes, as a double array.
//!
//! Must not know what the keys are for.

use std::ops::Range;

/// A trie over the bytes of its keys.
///
/// The child of a node for a byte is at the node's base, exclusive-or the byte, if the unit there names the node as its
/// parent. All children of a node are therefore in one block of 256 units.
#[derive(Debug)]
pub(super) struct Trie {
    units: Vec<Unit>,
}

#[derive(Clone, Copy, Debug)]
struct Unit {
    base: u32,
    parent: u32,
    value: u32,
}

/// Marks a unit without a parent or without a value.
const NONE: u32 = u32::MAX;
const FREE: Unit = Unit { base: 0, parent: NONE, value: NONE };
const BLOCK_UNITS: usize = 256;

impl Trie {
    /// The node that stands for the empty text.
    pub(super) const ROOT: u32 = 0;

    /// Builds a trie of unique keys, which are not empty, with their values below [`u32::MAX`].
    ///
    /// Takes time and memory in proportion to the bytes of the keys, but for sorting them.
    pub(super) fn new<'a>(keys: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let mut keys: Vec<(&[u8], u32)> =
            keys.into_iter().map(|(key, value)| (key.as_bytes(), value)).collect();
        keys.sort_unstable();
        let mut trie = Self { units: Vec::new() };
        let mut free = FreeUnits::default();
        free.add_block(&mut trie.units);
        free.take(Self::ROOT as usize);
        let mut pending = vec![(Self::ROOT, 0..keys.len(), 0)];
        while let Some((node, mut range, depth)) = pending.pop() {
            if let Some((_, value)) = keys[range.clone()].first().filter(|(key, _)| key.len() == depth) {
                trie.units[node as usize].value = *value;
                range.start += 1;
            }
            let children = children(&keys, range, depth);
            let labels: Vec<u8> = children.iter().map(|(label, _)| *label).collect();
            let base = free.base_for(&labels, &mut trie.units);
            trie.units[node as usize].base = base as u32;
            for (label, range) in children {
                let child = base ^ usize::from(label);
                free.take(child);
                trie.units[child].parent = node;
                pending.push((child as u32, range, depth + 1));
            }
        }
        trie
    }

    /// The node for the text of `node` and `byte`, if a key begins with that.
    pub(super) fn child(&self, node: u32, byte: u8) -> Option<u32> {
        let child = self.units[node as usize].base ^ u32::from(byte);
        (self.units[child as usize].parent == node).then_some(child)
    }

    /// The value of the key that ends at `node`.
    pub(super) fn value(&self, node: u32) -> Option<u32> {
        let value = self.units[node as usize].value;
        (value != NONE).then_some(value)
    }

    /// The length in bytes of the longest key that `text` begins with.
    pub(super) fn longest_prefix(&self, text: &str) -> Option<usize> {
        let (mut node, mut longest) = (Self::ROOT, None);
        for (index, byte) in text.bytes().enumerate() {
            let Some(child) = self.child(node, byte) else { break };
            node = child;
            if self.value(node).is_some() {
                longest = Some(index + 1);
            }
        }
        longest
    }
}

/// The labels of a node's children, each with the range of its keys. `range` are the sorted keys that go on after
/// `depth` bytes.
fn children(keys: &[(&[u8], u32)], range: Range<usize>, depth: usize) -> Vec<(u8, Range<usize>)> {
    let mut children: Vec<(u8, Range<usize>)> = Vec::new();
    for index in range {
        let label = keys[index].0[depth];
        match children.last_mut() {
            Some((last, range)) if *last == label => range.end = index + 1,
            _ => children.push((label, Range { start: index, end: index + 1 })),
        }
    }
    children
}

/// The blocks that still have free units. Only a few are kept, so a search takes bounded time.
#[derive(Debug, Default)]
struct FreeUnits {
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    start: usize,
    is_taken: [bool; BLOCK_UNITS],
    free: usize,
}

const MAX_OPEN_BLOCKS: usize = 8;

impl FreeUnits {
    fn add_block(&mut self, units: &mut Vec<Unit>) {
        if self.blocks.len() == MAX_OPEN_BLOCKS {
            self.blocks.remove(0);
        }
        self.blocks.push(Block { start: units.len(), is_taken: [false; BLOCK_UNITS], free: BLOCK_UNITS });
        units.resize(units.len() + BLOCK_UNITS, FREE);
    }

    /// A base at which the units of all `labels` are free; for no labels any base.
    fn base_for(&mut self, labels: &[u8], units: &mut Vec<Unit>) -> usize {
        let Some(first) = labels.first() else { return 0 };
        if let Some(base) = self.blocks.iter().find_map(|block| block.base_for(*first, labels)) {
            return base;
        }
        self.add_block(units);
        units.len() - BLOCK_UNITS
    }

    fn take(&mut self, unit: usize) {
        let found = self.blocks.iter().position(|block| block.start == unit - unit % BLOCK_UNITS);
        if let Some(index) = found {
            let block = &mut self.blocks[index];
            block.is_taken[unit % BLOCK_UNITS] = true;
            block.free -= 1;
            if block.free == 0 {
                self.blocks.remove(index);
            }
        }
    }
}

impl Block {
    fn base_for(&self, first: u8, labels: &[u8]) -> Option<usize> {
        let is_free = |base: usize| labels.iter().all(|label| !self.is_taken[base ^ usize::from(*label)]);
        let free = (0..BLOCK_UNITS).filter(|unit| !self.is_taken[*unit]);
        free.map(|unit| unit ^ usize::from(first)).find(|base| is_free(*base)).map(|base| self.start + base)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn lookup(trie: &Trie, text: &str) -> Option<u32> {
        let mut node = Trie::ROOT;
        for byte in text.bytes() {
            node = trie.child(node, byte)?;
        }
        trie.value(node)
    }

    #[test]
    fn a_trie_without_keys_finds_nothing() {
        let trie = Trie::new([]);
        for byte in 0..=u8::MAX {
            assert_eq!(trie.child(Trie::ROOT, byte), None);
        }
        assert_eq!((trie.value(Trie::ROOT), trie.longest_prefix("a")), (None, None));
    }

    #[test]
    fn the_longest_of_several_keys_is_found() {
        let trie = Trie::new([("a", 0), ("abc", 1), ("é", 2)]);
        for (text, length) in
            [("", None), ("b", None), ("a", Some(1)), ("abd", Some(1)), ("abcd", Some(3)), ("éa", Some(2))]
        {
            assert_eq!(trie.longest_prefix(text), length, "{text}");
        }
    }

    #[test]
    fn nodes_with_many_children_get_blocks_of_their_own() {
        let keys: Vec<String> = ('a'..='h')
            .flat_map(|first| ('\u{1}'..'\u{7f}').map(move |second| format!("{first}{second}{first}")))
            .collect();
        let trie = Trie::new((0..).zip(&keys).map(|(value, key)| (key.as_str(), value)));
        for (value, key) in (0..).zip(&keys) {
            assert_eq!(lookup(&trie, key), Some(value), "{key:?}");
            assert_eq!(lookup(&trie, &key[..2]), None, "{key:?}");
        }
        assert!(trie.units.len() < 4 * keys.len(), "{}", trie.units.len());
    }

    proptest! {
        #[test]
        fn all_keys_are_found_and_nothing_else(
            keys in proptest::collection::btree_map("[a-cé日😀]{1,6}|.{1,3}", 0..u32::MAX, 0..200),
            others in proptest::collection::vec("[a-cé日😀]{0,7}", 0..50),
        ) {
            let keys: BTreeMap<String, u32> = keys;
            let trie = Trie::new(keys.iter().map(|(key, value)| (key.as_str(), *value)));
            for text in keys.keys().chain(&others) {
                prop_assert_eq!(lookup(&trie, text), keys.get(text).copied());
                let mut prefixes = text.char_indices().map(|(index, c)| index + c.len_utf8());
                let longest = prefixes.rfind(|end| keys.contains_key(&text[..*end]));
                prop_assert_eq!(trie.longest_prefix(text), longest);
            }
        }
    }
}
