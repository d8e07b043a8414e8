//! Tags as `ID3v2.3`, the version that most players read, for MP3.
//!
//! Source: the `ID3v2.3.0` informal standard; its chapter frame addendum 1.0.

use super::chapters::in_units;
use super::language::three_letters;
use super::tags::{GENRE, Tags};

const LATIN_1: u8 = 0;
const UTF_16: u8 = 1;
/// Front cover.
const PICTURE_TYPE: u8 = 3;
/// A table of contents that is the first one, and in order.
const FIRST_TABLE: u8 = 0b11;
/// One that is in order.
const INNER_TABLE: u8 = 0b01;
/// A table counts its entries in 8 bits.
const MAX_ENTRIES: usize = 255;
/// Instead of the position of a chapter in bytes, so that its time counts.
const NO_POSITION: u32 = u32::MAX;

/// The tag that precedes the sound. Its length doesn't depend on the places of the chapters, so that it can be
/// overwritten.
pub(super) fn tag(tags: &Tags<'_>) -> Vec<u8> {
    let book = tags.book;
    let language = book.language.as_deref().and_then(three_letters);
    let track = tags.track.map(|(number, count)| format!("{number}/{count}"));
    let year = book.year.map(|year| format!("{year:04}"));
    let language = language.map(|letters| String::from_utf8_lossy(&letters).into_owned());
    let texts = [
        (*b"TIT2", Some(tags.title)),
        (*b"TALB", Some(&book.title)),
        (*b"TPE1", book.author.as_deref()),
        (*b"TPE2", book.author.as_deref()),
        (*b"TCOM", book.narrator.as_deref()),
        (*b"TCON", Some(GENRE)),
        (*b"TLAN", language.as_deref()),
        (*b"TYER", year.as_deref()),
        (*b"TRCK", track.as_deref()),
    ];
    let known =
        texts.into_iter().filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)));
    let mut frames: Vec<u8> = known.flat_map(|(name, text)| text_frame(name, text)).collect();
    if let Some(cover) = &book.cover {
        let kind = [&[LATIN_1], cover.kind().mime_type().as_bytes(), &[0, PICTURE_TYPE, 0]].concat();
        frames.extend(frame(*b"APIC", &[&kind, cover.bytes()]));
    }
    frames.extend(tables(tags.chapters.len()));
    for (index, chapter) in tags.chapters.iter().enumerate() {
        let ms = |samples| in_units(samples, tags.sample_rate_hz, 1_000).try_into().unwrap_or(u32::MAX);
        let mut place = chapter_name(index);
        for number in [ms(chapter.start), ms(chapter.end), NO_POSITION, NO_POSITION] {
            place.extend(number.to_be_bytes());
        }
        let title = Some(chapter.title.as_str()).filter(|title| !title.is_empty());
        let title = title.map(|title| text_frame(*b"TIT2", title));
        frames.extend(frame(*b"CHAP", &[&place, &title.unwrap_or_default()]));
    }
    let mut tag = b"ID3\x03\0\0".to_vec();
    // Seven bits in each byte.
    tag.extend([21, 14, 7, 0].map(|shift| (frames.len() >> shift) as u8 & 0x7f));
    tag.extend(frames);
    tag
}

/// The table of contents: of chapters, or for many of them, of further tables.
fn tables(chapters: usize) -> Vec<u8> {
    if chapters == 0 {
        return Vec::new();
    }
    let names: Vec<_> = (0..chapters).map(chapter_name).collect();
    if chapters <= MAX_ENTRIES {
        return table("toc", FIRST_TABLE, &names);
    }
    let parts: Vec<_> = names.chunks(MAX_ENTRIES).collect();
    let part_names: Vec<_> = (0..parts.len()).map(|part| format!("toc{part}")).collect();
    let entries: Vec<_> = part_names.iter().map(|name| terminated(name)).collect();
    let mut tables = table("toc", FIRST_TABLE, &entries);
    for (name, part) in part_names.iter().zip(parts) {
        tables.extend(table(name, INNER_TABLE, part));
    }
    tables
}

fn table(name: &str, flags: u8, entries: &[Vec<u8>]) -> Vec<u8> {
    frame(*b"CTOC", &[&terminated(name), &[flags, entries.len() as u8], &entries.concat()])
}

/// The number of the chapter: some players show it instead of an empty title.
fn chapter_name(index: usize) -> Vec<u8> {
    terminated(&(index + 1).to_string())
}

fn terminated(name: &str) -> Vec<u8> {
    [name.as_bytes(), &[0]].concat()
}

fn text_frame(name: [u8; 4], text: &str) -> Vec<u8> {
    let latin_1: Option<Vec<u8>> = text.chars().map(|letter| u8::try_from(letter).ok()).collect();
    if let Some(text) = latin_1 {
        return frame(name, &[&[LATIN_1], &text]);
    }
    let units = std::iter::once('\u{feff}' as u16).chain(text.encode_utf16());
    frame(name, &[&[UTF_16], &units.flat_map(u16::to_le_bytes).collect::<Vec<_>>()])
}

fn frame(name: [u8; 4], body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    [&name[..], &(body.len() as u32).to_be_bytes(), &[0, 0], &body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_latin_1_or_utf_16() {
        assert_eq!(text_frame(*b"TIT2", "é"), b"TIT2\0\0\0\x02\0\0\0\xe9");
        assert_eq!(text_frame(*b"TIT2", "ł"), b"TIT2\0\0\0\x05\0\0\x01\xff\xfe\x42\x01");
    }

    #[test]
    fn tables_with_many_entries_are_divided() {
        assert!(tables(0).is_empty());
        let count = |chapters| tables(chapters).windows(4).filter(|window| window == b"CTOC").count();
        assert_eq!([1, 255, 256, 511].map(count), [1, 1, 3, 4]);
    }
}
