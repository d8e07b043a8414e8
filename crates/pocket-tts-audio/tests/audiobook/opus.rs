//! Opus in Ogg.

use std::fs;

use pocket_tts_audio::audiobook::AudiobookFormat::Opus;
use pocket_tts_audio::{DecodeLimits, decode};

use crate::book::{LENGTHS, SAMPLES, TITLES, assert_tone, jpeg, png, starts, written, written_with};
use crate::probe::{assert_chapters, chapters, codecs, tag};

const DECODED_RATE_HZ: u32 = 48_000;

#[test]
fn ffprobe_lists_the_chapters() {
    let book = written(Opus, None);
    assert_chapters(&chapters(&book.path), &TITLES, &starts(&LENGTHS));
}

#[test]
fn comments_state_the_chapters() {
    let book = written_with(Opus, None, &["First", "Second"], &[36_012, 10]);
    let bytes = fs::read(&book.path).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for comment in [
        "CHAPTER001=00:00:00.000",
        "CHAPTER001NAME=First",
        "CHAPTER002=00:00:01.500",
        "CHAPTER002NAME=Second",
        "TITLE=Das Buch – 书",
        "ARTIST=Ä. Author",
    ] {
        assert!(holds(comment), "{comment}");
    }
}

#[test]
fn tags_are_read_back() {
    let book = written(Opus, Some(png()));
    let expected = [
        ("TITLE", "Das Buch – 书"),
        ("ALBUM", "Das Buch – 书"),
        ("ARTIST", "Ä. Author"),
        ("PERFORMER", "N. Voice"),
        ("LANGUAGE", "de-AT"),
        ("DATE", "1899"),
        ("GENRE", "Audiobook"),
    ];
    for (name, text) in expected {
        assert_eq!(tag(&book.path, name), text, "{name}");
    }
    assert_eq!(codecs(&book.path), ["opus", "png"]);
}

#[test]
fn a_cover_of_several_pages_leaves_the_sound_intact() {
    for samples in [1, 480, SAMPLES] {
        let book = written_with(Opus, Some(jpeg()), &["a"], &[samples]);
        let found = pocket_tts_test_support::decode(&book.path, &["-vn"], DECODED_RATE_HZ);
        assert_eq!(found.len(), 2 * samples);
        let plain = written_with(Opus, None, &[], &[samples]);
        assert!(found == pocket_tts_test_support::decode(&plain.path, &[], DECODED_RATE_HZ));
        let second = decode(&fs::read(&book.path).unwrap(), &DecodeLimits::default()).unwrap();
        assert_eq!(second.samples.len(), 2 * samples);
        if samples == SAMPLES {
            assert_tone(found.into_iter().step_by(2), samples);
        }
    }
}
