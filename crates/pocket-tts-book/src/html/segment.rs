//! The HTML of one paragraph, put together again from what is not left out.

/// The HTML of a paragraph.
#[derive(Debug, Default)]
pub(super) struct Segment {
    html: String,
    /// Whether it has text other than white space.
    has_text: bool,
    /// The places at its beginning, before any text.
    pub(super) ids: Vec<String>,
    /// Whether the mark of a note came before any text.
    pub(super) begins_with_mark: bool,
}

/// A place in a segment to go back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    length: usize,
    has_text: bool,
}

impl Segment {
    pub(super) fn push_text(&mut self, text: &str) {
        self.has_text |= text.chars().any(|character| !character.is_whitespace());
        for character in text.chars() {
            match character {
                '<' => self.html.push_str("&lt;"),
                '&' => self.html.push_str("&amp;"),
                other => self.html.push(other),
            }
        }
    }

    /// Appends the number of a list's item, which is no text without the item.
    pub(super) fn push_number(&mut self, number: &str) {
        self.html.push_str(number);
    }

    pub(super) fn push_start(&mut self, name: &str) {
        self.html.extend(["<", name, ">"]);
    }

    pub(super) fn push_end(&mut self, name: &str) {
        self.html.extend(["</", name, ">"]);
    }

    pub(super) fn has_text(&self) -> bool {
        self.has_text
    }

    pub(super) fn html(&self) -> &str {
        &self.html
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { length: self.html.len(), has_text: self.has_text }
    }

    /// Removes everything after the mark, unless it belongs to an earlier segment.
    pub(super) fn truncate(&mut self, mark: Mark) {
        if mark.length <= self.html.len() {
            self.html.truncate(mark.length);
            self.has_text = mark.has_text;
        }
    }
}
