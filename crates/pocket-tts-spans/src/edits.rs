//! Makes a text from another one by replacing ranges.

use std::ops::Range;

use crate::MappedText;

/// A text that is being made from another one by replacing ranges, in order.
#[derive(Clone, Debug)]
pub struct Edits<'a> {
    before: &'a MappedText,
    after: MappedText,
    /// The bytes of `before` that are done.
    done: usize,
}

impl<'a> Edits<'a> {
    /// Begins to edit `text`.
    pub fn new(text: &'a MappedText) -> Self {
        Self { before: text, after: MappedText::default(), done: 0 }
    }

    /// Keeps the text up to `range` and replaces `range` with `replacement`. Returns the range of the replacement in the
    /// new text.
    ///
    /// An empty replacement deletes; an empty range inserts.
    ///
    /// # Panics
    ///
    /// If the range begins before the end of the one before, or is not inside the text, or cuts a character.
    pub fn replace(&mut self, range: Range<usize>, replacement: &str) -> Range<usize> {
        assert!(range.start >= self.done && range.end <= self.before.len(), "edits must be in order");
        self.after.push_part(self.before, self.done..range.start);
        self.done = range.end;
        let start = self.after.len();
        let unchanged = self.before.text().get(range.clone()) == Some(replacement);
        if unchanged {
            self.after.push_part(self.before, range);
        } else {
            self.after.push_replacement(replacement, self.before.source_of(range));
        }
        start..self.after.len()
    }

    /// The new length, if the text up to `offset` were kept.
    pub fn len_at(&self, offset: usize) -> usize {
        self.after.len() + offset.saturating_sub(self.done)
    }

    /// Keeps the rest and returns the new text.
    pub fn finish(mut self) -> MappedText {
        self.after.push_part(self.before, self.done..self.before.len());
        self.after
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_point_to_the_first_original_through_two_edits() {
        let original = MappedText::new("a 12 b");
        let mut edits = Edits::new(&original);
        assert_eq!(edits.replace(2..4, "twelve"), 2..8);
        let once = edits.finish();
        assert_eq!((once.text(), once.source_of(2..8)), ("a twelve b", 2..4));
        let mut edits = Edits::new(&once);
        edits.replace(0..1, "A");
        edits.replace(4..8, "o");
        let twice = edits.finish();
        assert_eq!(twice.text(), "A two b");
        assert_eq!(twice.source_of(2..5), 2..4);
        assert_eq!(twice.source_of(6..7), 5..6);
        assert_eq!(twice.source_of(0..7), 0..6);
        assert_eq!(twice.source_of(7..7), 6..6);
        assert_eq!(twice.slice(4..7).source_of(0..3), 2..6);
    }

    #[test]
    fn text_that_is_replaced_with_itself_keeps_its_offsets() {
        let original = MappedText::new("same text");
        let mut edits = Edits::new(&original);
        edits.replace(0..4, "same");
        assert_eq!(edits.finish(), original);
    }

    #[test]
    #[should_panic(expected = "in order")]
    fn edits_out_of_order_panic() {
        let original = MappedText::new("abc");
        let mut edits = Edits::new(&original);
        edits.replace(1..2, "x");
        edits.replace(0..1, "y");
    }

    proptest! {
        #[test]
        fn every_piece_of_any_text_points_inside_the_original_and_in_order(
            text in ".{0,60}",
            steps in proptest::collection::vec((0_usize..9, 0_usize..9, ".{0,3}"), 0..9),
        ) {
            let original = MappedText::new(&text);
            let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut edits = Edits::new(&original);
            let (mut at, mut expected, mut done) = (0, String::new(), 0);
            for (skip, length, replacement) in steps {
                let start = (at + skip).min(borders.len() - 1);
                let end = (start + length).min(borders.len() - 1);
                let range = borders[start]..borders[end];
                expected.push_str(&text[done..range.start]);
                expected.push_str(&replacement);
                done = range.end;
                edits.replace(range, &replacement);
                at = end;
            }
            expected.push_str(&text[done..]);
            let edited = edits.finish();
            prop_assert_eq!(edited.text(), expected);
            let mut last = 0..0;
            for (_, source) in edited.pieces() {
                prop_assert!(text.get(source.clone()).is_some());
                prop_assert!(source.start >= last.start && source.end >= last.end);
                last = source;
            }
            for (at, character) in edited.text().char_indices() {
                let source = edited.source_of(at..at + character.len_utf8());
                prop_assert!(text.get(source).is_some());
            }
        }
    }
}
