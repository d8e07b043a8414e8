//! What a book is.

/// A book, in the words that are spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Book {
    /// The title that the file gives, or else the name of the file; on one line.
    pub title: String,
    /// The names of its authors.
    pub authors: Vec<String>,
    /// The language as the file writes it, such as `en-GB`.
    pub language: Option<String>,
    /// The year of publication or the whole date, as the file writes it.
    pub date: Option<String>,
    /// The picture on the cover.
    pub cover: Option<Cover>,
    /// The chapters in order, none of which is empty. There is at least one.
    pub chapters: Vec<Chapter>,
    /// What is not spoken.
    pub left_out: LeftOut,
}

/// A chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chapter {
    /// Its title, on one line; never empty.
    pub title: String,
    /// Its paragraphs, its heading among them; never none.
    pub paragraphs: Vec<Paragraph>,
}

/// A paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// What it is.
    pub kind: ParagraphKind,
    /// Plain words without white space at the ends; never empty. A line break stays where the author meant one.
    pub text: String,
}

/// What a paragraph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParagraphKind {
    /// A heading.
    Heading,
    /// Ordinary text.
    Text,
    /// Text that the book sets apart as a quotation.
    Quote,
    /// A word in place of a table or of code.
    Placeholder,
}

/// The picture on a cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// The file as it is in the book.
    pub bytes: Vec<u8>,
    /// `image/jpeg`, `image/png`, or what else the bytes are.
    pub mime_type: &'static str,
}

/// What a book holds that is not spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Footnotes and endnotes.
    pub notes: usize,
    /// Tables, in the place of which a word is said.
    pub tables: usize,
    /// Blocks of code, in the place of which a word is said.
    pub code_blocks: usize,
    /// Pictures.
    pub images: usize,
    /// Pages and sections by what they are, such as `cover` and `toc`, or by their titles.
    pub sections: Vec<String>,
    /// Pages that an EPUB names in its order but doesn't hold, by their paths.
    pub missing_pages: Vec<String>,
}

impl Chapter {
    /// The number of words, separated by white space.
    pub fn words(&self) -> usize {
        self.paragraphs.iter().map(|paragraph| paragraph.text.split_whitespace().count()).sum()
    }

    /// The number of characters.
    pub fn characters(&self) -> usize {
        self.paragraphs.iter().map(|paragraph| paragraph.text.chars().count()).sum()
    }
}

impl LeftOut {
    /// Whether everything is spoken.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another part of the book leaves out.
    pub(crate) fn add(&mut self, other: Self) {
        self.notes += other.notes;
        self.tables += other.tables;
        self.code_blocks += other.code_blocks;
        self.images += other.images;
        self.sections.extend(other.sections);
        self.missing_pages.extend(other.missing_pages);
    }
}
