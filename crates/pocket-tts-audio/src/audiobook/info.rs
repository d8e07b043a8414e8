//! What is known about a book, and its texts in the form in which tags hold them. Knows no format.

use super::cover::Cover;

/// The largest number of chapters.
pub const MAX_CHAPTERS: usize = 9_999;
/// Longer texts in tags are cut: some formats count their bytes in 16 bits.
const MAX_TEXT_BYTES: usize = 4_096;

/// What is known about a book. An empty text is as good as none.
///
/// Control characters in texts become spaces. Tags hold the first 4096 bytes of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookInfo {
    /// The title.
    pub title: String,
    /// The author or authors, as one text.
    pub author: Option<String>,
    /// Who reads. Tags have no common field for it: `ID3v2` and MP4 players expect it as the composer.
    pub narrator: Option<String>,
    /// A BCP 47 tag, such as `en` or `pt-BR`. MP4 and `ID3v2` hold its language only.
    pub language: Option<String>,
    /// The year of publication.
    pub year: Option<u16>,
    /// The picture on the cover.
    pub cover: Option<Cover>,
}

/// What is known about a chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChapterInfo {
    /// The title; may be empty.
    pub title: String,
    /// The place in the book, for a folder that gets only some of its chapters; else the place among the chapters that
    /// are written. No two chapters of a folder may have the same.
    pub place: Option<ChapterPlace>,
}

/// The place of a chapter in its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChapterPlace {
    /// The number of the chapter, from 1.
    pub number: usize,
    /// The number of all chapters.
    pub count: usize,
}

impl BookInfo {
    /// The same with texts as tags hold them, and without empty texts.
    pub(super) fn cleaned(&self) -> Self {
        let optional = |text: &Option<String>| text.as_deref().map(clean).filter(|text| !text.is_empty());
        Self {
            title: clean(&self.title),
            author: optional(&self.author),
            narrator: optional(&self.narrator),
            language: optional(&self.language),
            year: self.year,
            cover: self.cover.clone(),
        }
    }
}

/// A text as tags hold it: in one line, without control characters, and not too long.
pub(super) fn clean(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    shortened(line.trim(), MAX_TEXT_BYTES).trim_end().to_owned()
}

/// The longest start of `text` with at most `max_bytes` bytes.
pub(super) fn shortened(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_single_lines() {
        assert_eq!(clean("\u{feff} a\0b\r\n\tc "), "\u{feff} a b   c");
        assert_eq!(clean(" \n "), "");
        assert_eq!(clean(&"é".repeat(3_000)), "é".repeat(2_048));
        let book = BookInfo { title: "\n".to_owned(), author: Some(" ".to_owned()), ..BookInfo::default() };
        assert_eq!(book.cleaned(), BookInfo::default());
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(shortened("aé", 2), "a");
        assert_eq!(shortened("aé", 3), "aé");
        assert_eq!(shortened("aé", 9), "aé");
    }
}
