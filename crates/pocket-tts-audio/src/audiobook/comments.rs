//! Tags as Vorbis comments, for Opus and FLAC.
//!
//! Source: RFC 7845, 5.2; RFC 9639, 8.6 and 8.8; the Xiph wiki, "Chapter Extension".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::chapters::in_units;
use super::cover::Cover;
use super::tags::{GENRE, Tags};

const VENDOR: &str = "pocket-tts";
/// Front cover.
const PICTURE_TYPE: u32 = 3;
const PICTURE_BITS_PER_PIXEL: u32 = 24;
/// From this hour on, a chapter's time has a digit more.
const LONG_HOURS: u64 = 100;

/// The comments of an Opus stream. Their length doesn't depend on the places of the chapters, so that they can be
/// overwritten.
pub(super) fn opus_comments(tags: &Tags<'_>) -> Vec<u8> {
    let mut list = texts(tags);
    let mut padding = tags.chapters.len();
    for (number, chapter) in (1..).zip(tags.chapters) {
        let ms = in_units(chapter.start, tags.sample_rate_hz, 1_000);
        let (hours, minutes, seconds, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
        padding -= usize::from(hours >= LONG_HOURS);
        list.push(format!("CHAPTER{number:03}={hours:02}:{minutes:02}:{seconds:02}.{ms:03}"));
        list.push(format!("CHAPTER{number:03}NAME={}", chapter.title));
    }
    if let Some(cover) = &tags.book.cover {
        list.push(format!("METADATA_BLOCK_PICTURE={}", STANDARD.encode(picture(cover))));
    }
    let mut comments = header(&list);
    // Zeros after the list are padding.
    comments.resize(comments.len() + padding, 0);
    comments
}

/// The body of FLAC's comment block, without chapters and picture.
pub(super) fn flac_comments(tags: &Tags<'_>) -> Vec<u8> {
    header(&texts(tags))
}

/// The body of FLAC's picture block.
pub(super) fn picture(cover: &Cover) -> Vec<u8> {
    let (width, height) = cover.size();
    let mime_type = cover.kind().mime_type().as_bytes();
    let mut block = PICTURE_TYPE.to_be_bytes().to_vec();
    block.extend((mime_type.len() as u32).to_be_bytes());
    block.extend(mime_type);
    // No description, and no colours of a palette.
    for number in [0, width, height, PICTURE_BITS_PER_PIXEL, 0, cover.bytes().len() as u32] {
        block.extend(number.to_be_bytes());
    }
    block.extend(cover.bytes());
    block
}

fn texts(tags: &Tags<'_>) -> Vec<String> {
    let book = tags.book;
    let (number, count) = tags.track.unzip();
    let fields = [
        ("TITLE", Some(tags.title.to_owned())),
        ("ALBUM", Some(book.title.clone())),
        ("ARTIST", book.author.clone()),
        ("ALBUMARTIST", book.author.clone()),
        ("PERFORMER", book.narrator.clone()),
        ("GENRE", Some(GENRE.to_owned())),
        ("LANGUAGE", book.language.clone()),
        ("DATE", book.year.map(|year| format!("{year:04}"))),
        ("TRACKNUMBER", number.map(|number| number.to_string())),
        ("TRACKTOTAL", count.map(|count| count.to_string())),
    ];
    let known =
        fields.into_iter().filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)));
    known.map(|(name, text)| format!("{name}={text}")).collect()
}

fn header(list: &[String]) -> Vec<u8> {
    let mut header = Vec::new();
    push_text(&mut header, VENDOR);
    header.extend((list.len() as u32).to_le_bytes());
    for text in list {
        push_text(&mut header, text);
    }
    header
}

fn push_text(header: &mut Vec<u8>, text: &str) {
    header.extend((text.len() as u32).to_le_bytes());
    header.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::chapters::Chapter;
    use super::super::info::BookInfo;
    use super::*;

    #[test]
    fn the_length_does_not_depend_on_the_places() {
        let book = BookInfo { title: "Book".to_owned(), ..BookInfo::default() };
        let lengths = [0, 99 * 3_600 + 3_599, 100 * 3_600, 999 * 3_600].map(|start_s| {
            let chapter = |start: u64| Chapter { title: "é".to_owned(), start: start * 24_000, end: 0 };
            let chapters = [chapter(0), chapter(start_s), chapter(start_s)];
            let tags =
                Tags { book: &book, title: "", track: None, chapters: &chapters, sample_rate_hz: 24_000 };
            opus_comments(&tags).len()
        });
        assert_eq!(lengths, [lengths[0]; 4]);
    }
}
