//! What a file with tags says about itself. Knows no format.

use super::chapters::Chapter;
use super::info::BookInfo;

/// The genre of all books.
pub(super) const GENRE: &str = "Audiobook";

/// What the tags of a file say: of a whole book, or of one chapter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tags<'a> {
    pub(super) book: &'a BookInfo,
    /// The title of this file.
    pub(super) title: &'a str,
    /// The number of this file and the number of files, if there are several.
    pub(super) track: Option<(usize, usize)>,
    /// The chapters in this file.
    pub(super) chapters: &'a [Chapter],
    pub(super) sample_rate_hz: u32,
}
