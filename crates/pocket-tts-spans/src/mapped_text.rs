//! A text of which each piece knows its range of an original.

use std::fmt;
use std::ops::Range;

/// A text of which each piece knows its range of an original, in bytes.
///
/// ```
/// use pocket_tts_spans::{Edits, MappedText};
///
/// let original = MappedText::new("It costs £4.");
/// let mut edits = Edits::new(&original);
/// edits.replace(9..12, "four pounds");
/// let spoken = edits.finish();
/// assert_eq!(spoken.text(), "It costs four pounds.");
/// // "pounds" comes from all of "£4", and the period from the period.
/// assert_eq!(spoken.source_of(14..20), 9..12);
/// assert_eq!(spoken.source_of(20..21), 12..13);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MappedText {
    text: String,
    /// In order, without gaps and without empty ones.
    runs: Vec<Run>,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where it ends in the text. It begins where the run before it ends.
    pub(crate) end: usize,
    /// Its range of the original.
    pub(crate) source: Range<usize>,
    /// Whether its bytes are the original's, so that each byte has an offset of its own.
    pub(crate) is_copy: bool,
}

impl MappedText {
    /// The original itself.
    pub fn new(original: &str) -> Self {
        let mut text = Self::default();
        text.push_run(original, 0..original.len(), true);
        text
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The length of the text in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether the text has no characters.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The range of the original that a range of the text comes from. Text that replaces a range comes from all of
    /// that range. An empty range gives an empty one.
    ///
    /// Offsets beyond the end count as the end.
    pub fn source_of(&self, range: Range<usize>) -> Range<usize> {
        let (start, end) = (range.start.min(self.len()), range.end.min(self.len()));
        if start >= end {
            let offset = self.source_start(start);
            return offset..offset;
        }
        let runs = &self.runs[self.run_at(start)..=self.run_at(end - 1)];
        let mut begin = self.run_start(self.run_at(start));
        let mut source: Option<Range<usize>> = None;
        for run in runs {
            let part = run.part(begin, start.max(begin)..end.min(run.end));
            source = Some(match source {
                None => part,
                Some(source) => source.start.min(part.start)..source.end.max(part.end),
            });
            begin = run.end;
        }
        source.unwrap_or_default()
    }

    /// The part of the text at `range`.
    ///
    /// # Panics
    ///
    /// If the range is not inside the text or cuts a character.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut slice = Self::default();
        slice.push_part(self, range);
        slice
    }

    /// The text without white space at its ends.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        self.slice(start..start + self.text.trim().len())
    }

    /// The same text for an original that has `offset` more bytes before this one.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        for run in &mut self.runs {
            run.source = run.source.start + offset..run.source.end + offset;
        }
        self
    }

    /// Appends another text of the same original.
    pub fn push(&mut self, other: &Self) {
        self.push_part(other, 0..other.len());
    }

    /// Appends `text`, which stands for `source` of the original.
    pub fn push_replacement(&mut self, text: &str, source: Range<usize>) {
        self.push_run(text, source, false);
    }

    /// The pieces in order: the range of the text and the range of the original.
    pub fn pieces(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|run| run.end));
        starts.zip(&self.runs).map(|(start, run)| (start..run.end, run.source.clone()))
    }

    pub(crate) fn push_part(&mut self, other: &Self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let first = other.run_at(range.start);
        let mut begin = other.run_start(first);
        for run in &other.runs[first..] {
            let part = range.start.max(begin)..range.end.min(run.end);
            if part.is_empty() {
                break;
            }
            self.push_run(&other.text[part.clone()], run.part(begin, part), run.is_copy);
            begin = run.end;
        }
    }

    fn push_run(&mut self, text: &str, source: Range<usize>, is_copy: bool) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let end = self.text.len();
        if let Some(last) = self.runs.last_mut()
            && (is_copy && last.is_copy)
            && last.source.end == source.start
        {
            (last.end, last.source.end) = (end, source.end);
            return;
        }
        self.runs.push(Run { end, source, is_copy });
    }

    /// The index of the run that holds the byte at `offset`.
    fn run_at(&self, offset: usize) -> usize {
        self.runs.partition_point(|run| run.end <= offset)
    }

    fn run_start(&self, run: usize) -> usize {
        run.checked_sub(1).map_or(0, |before| self.runs[before].end)
    }

    /// The offset of the original at which the byte at `offset` begins, or at which the text ends.
    pub(crate) fn source_start(&self, offset: usize) -> usize {
        let run = self.run_at(offset);
        match self.runs.get(run) {
            Some(found) => found.part(self.run_start(run), offset..found.end).start,
            None => self.runs.last().map_or(0, |last| last.source.end),
        }
    }
}

impl Run {
    /// The original of `part` of the run, which begins at `begin`.
    fn part(&self, begin: usize, part: Range<usize>) -> Range<usize> {
        if !self.is_copy {
            return self.source.clone();
        }
        self.source.start + (part.start - begin)..self.source.start + (part.end - begin)
    }
}

impl fmt::Debug for MappedText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pieces = self.pieces().map(|(text, source)| (&self.text[text], source));
        formatter.debug_list().entries(pieces).finish()
    }
}

impl From<&str> for MappedText {
    fn from(original: &str) -> Self {
        Self::new(original)
    }
}
