//! MP3 with `ID3v2`.

use std::fs;

use id3::{Tag, TagLike};
use pocket_tts_audio::audiobook::AudiobookFormat::Mp3;
use pocket_tts_audio::{DecodeLimits, decode};

use crate::book::{
    LENGTHS, SAMPLE_RATE_HZ, SAMPLES, TITLES, assert_tone, jpeg, png, starts, written, written_with,
};
use crate::probe::{assert_chapters, chapters, codecs, tag};

#[test]
fn ffprobe_lists_the_chapters() {
    let book = written(Mp3, None);
    // It shows the number of the chapter instead of an empty title.
    let titles = TITLES.map(|title| if title.is_empty() { "2" } else { title });
    assert_chapters(&chapters(&book.path), &titles, &starts(&LENGTHS));
}

#[test]
fn chapters_follow_each_other_and_are_in_the_table() {
    let book = written(Mp3, None);
    let found = Tag::read_from_path(&book.path).unwrap();
    assert_eq!(found.version(), id3::Version::Id3v23);
    let chapters: Vec<_> = found.chapters().collect();
    let ms = |samples: usize| (samples / 24) as u32;
    for (index, chapter) in chapters.iter().enumerate() {
        let start = starts(&LENGTHS)[index];
        assert_eq!((chapter.start_time, chapter.end_time), (ms(start), ms(start + LENGTHS[index])));
        let title = chapter.frames.iter().find_map(|frame| frame.content().text());
        assert_eq!(title.unwrap_or_default(), TITLES[index]);
    }
    let names: Vec<_> = chapters.iter().map(|chapter| chapter.element_id.clone()).collect();
    let tables: Vec<_> = found.tables_of_contents().collect();
    assert_eq!(tables.len(), 1);
    assert!(tables[0].top_level && tables[0].ordered);
    assert_eq!(tables[0].elements, names);
}

#[test]
fn many_chapters_are_in_tables_of_tables() {
    let book = written_with(Mp3, None, &["x"; 600], &[50; 600]);
    assert_eq!(chapters(&book.path).len(), 600);
    let found = Tag::read_from_path(&book.path).unwrap();
    let tables: Vec<_> = found.tables_of_contents().collect();
    let inner: Vec<_> = tables[1..].iter().map(|table| table.element_id.clone()).collect();
    assert_eq!(tables[0].elements, inner);
    let listed: Vec<_> = tables[1..].iter().flat_map(|table| table.elements.clone()).collect();
    let names: Vec<_> = found.chapters().map(|chapter| chapter.element_id.clone()).collect();
    assert_eq!((listed.len(), &listed), (600, &names));
    assert_eq!(tables.iter().filter(|table| table.top_level).count(), 1);
}

#[test]
fn tags_and_cover_are_read_back() {
    for cover in [png(), jpeg()] {
        let book = written(Mp3, Some(cover.clone()));
        let found = Tag::read_from_path(&book.path).unwrap();
        assert_eq!(found.title(), Some("Das Buch – 书"));
        assert_eq!(found.album(), Some("Das Buch – 书"));
        assert_eq!(found.artist(), Some("Ä. Author"));
        assert_eq!(found.genre(), Some("Audiobook"));
        assert_eq!(found.year(), Some(1899));
        let text = |name| found.get(name).and_then(|frame| frame.content().text());
        assert_eq!((text("TLAN"), text("TCOM")), (Some("deu"), Some("N. Voice")));
        let picture = found.pictures().next().unwrap();
        assert_eq!(
            (picture.mime_type.as_str(), &picture.data[..]),
            (cover.kind().mime_type(), cover.bytes())
        );
        assert_eq!(picture.picture_type, id3::frame::PictureType::CoverFront);
    }
    let book = written(Mp3, Some(png()));
    assert_eq!(codecs(&book.path), ["mp3", "png"]);
    assert_eq!(tag(&book.path, "artist"), "Ä. Author");
}

#[test]
fn the_sound_has_its_exact_length() {
    for samples in [1, 576, SAMPLES] {
        let book = written_with(Mp3, Some(jpeg()), &["a"], &[samples]);
        let found = decode(&fs::read(&book.path).unwrap(), &DecodeLimits::default()).unwrap();
        assert_eq!((found.samples.len(), found.sample_rate_hz), (samples, SAMPLE_RATE_HZ));
        let book = written_with(Mp3, None, &[], &[samples]);
        let found = pocket_tts_test_support::decode(&book.path, &[], SAMPLE_RATE_HZ);
        assert_eq!(found.len(), samples);
        if samples == SAMPLES {
            assert_tone(found, samples);
        }
    }
}
