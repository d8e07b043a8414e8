//! Bounds on what a file can make this crate do.

/// The most bytes of a text file.
pub(crate) const MAX_TEXT_BYTES: u64 = 64 << 20;
/// The most bytes of one part of an EPUB, unpacked.
pub(crate) const MAX_PART_BYTES: u64 = 32 << 20;
/// The most bytes of all pages of an EPUB, unpacked.
pub(crate) const MAX_PAGES_BYTES: u64 = 128 << 20;
/// The most bytes of a cover.
pub(crate) const MAX_COVER_BYTES: u64 = 16 << 20;
/// The most files in an EPUB.
pub(crate) const MAX_FILES: usize = 50_000;
/// The most pages of an EPUB.
pub(crate) const MAX_PAGES: usize = 20_000;
/// The most entries of a table of contents.
pub(crate) const MAX_TOC_ENTRIES: usize = 50_000;
/// The most characters of a title.
pub(crate) const MAX_TITLE_CHARS: usize = 200;
