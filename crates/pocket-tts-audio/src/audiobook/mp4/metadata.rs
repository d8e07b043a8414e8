//! What the file says about the book: `iTunes` metadata, and Nero's list of chapters.

use super::super::chapters::{Chapter, in_units};
use super::super::cover::CoverKind;
use super::super::info::shortened;
use super::super::tags::{GENRE, Tags};
use super::boxes::{boxed, full_box};

/// Types of data.
const UTF_8: u32 = 1;
const JPEG: u32 = 13;
const PNG: u32 = 14;
const INTEGER: u32 = 21;
/// The media kind of audiobooks.
const AUDIOBOOK: u8 = 2;
/// Nero's list counts chapters, and the bytes of a title, in 8 bits.
const MAX_LISTED: usize = 255;
const MAX_LISTED_BYTES: usize = 255;
/// The unit of its times is 100 ns.
const LISTED_UNITS_PER_S: u64 = 10_000_000;

/// The box `udta`.
pub(super) fn user_data(tags: &Tags<'_>) -> Vec<u8> {
    let book = tags.book;
    let year = book.year.map(|year| format!("{year:04}"));
    let texts = [
        (*b"\xa9nam", Some(tags.title)),
        (*b"\xa9alb", Some(&book.title)),
        (*b"\xa9ART", book.author.as_deref()),
        (*b"aART", book.author.as_deref()),
        (*b"\xa9wrt", book.narrator.as_deref()),
        (*b"\xa9nrt", book.narrator.as_deref()),
        (*b"\xa9gen", Some(GENRE)),
        (*b"\xa9day", year.as_deref()),
    ];
    let known =
        texts.into_iter().filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)));
    let mut items: Vec<u8> = known.flat_map(|(name, text)| item(name, UTF_8, text.as_bytes())).collect();
    items.extend(item(*b"stik", INTEGER, &[AUDIOBOOK]));
    if let Some(cover) = &book.cover {
        let kind = match cover.kind() {
            CoverKind::Jpeg => JPEG,
            CoverKind::Png => PNG,
        };
        items.extend(item(*b"covr", kind, cover.bytes()));
    }
    let handler = full_box(*b"hdlr", 0, 0, &[&[0; 4], b"mdirappl", &[0; 9]]);
    let meta = full_box(*b"meta", 0, 0, &[&handler, &boxed(*b"ilst", &[&items])]);
    boxed(*b"udta", &[&chapter_list(tags.chapters, tags.sample_rate_hz), &meta])
}

fn item(name: [u8; 4], kind: u32, value: &[u8]) -> Vec<u8> {
    boxed(name, &[&boxed(*b"data", &[&kind.to_be_bytes(), &[0; 4], value])])
}

/// The box `chpl`, or nothing without chapters.
fn chapter_list(chapters: &[Chapter], sample_rate_hz: u32) -> Vec<u8> {
    if chapters.is_empty() {
        return Vec::new();
    }
    let listed = &chapters[..chapters.len().min(MAX_LISTED)];
    let mut list = vec![0, 0, 0, 0, listed.len() as u8];
    for chapter in listed {
        let title = shortened(&chapter.title, MAX_LISTED_BYTES);
        list.extend(in_units(chapter.start, sample_rate_hz, LISTED_UNITS_PER_S).to_be_bytes());
        list.push(title.len() as u8);
        list.extend(title.as_bytes());
    }
    full_box(*b"chpl", 1, 0, &[&list])
}
