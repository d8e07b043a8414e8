//! AAC in MP4.

use std::fs;

use mp4ameta::{Chapter, MediaType, Tag};
use pocket_tts_audio::audiobook::AudiobookFormat::M4b;
use pocket_tts_audio::{DecodeLimits, decode};

use crate::book::{
    LENGTHS, SAMPLE_RATE_HZ, SAMPLES, TITLES, assert_tone, jpeg, png, starts, written, written_with,
};
use crate::probe::{assert_chapters, chapters, codecs, tag};

/// The encoder's delay, and the length of a frame.
const FRAME: usize = 1_024;

fn listed(found: &[Chapter]) -> Vec<(f64, String)> {
    found.iter().map(|chapter| (chapter.start.as_secs_f64(), chapter.title.clone())).collect()
}

/// The bodies of the boxes at a path of names, such as `moov/trak/edts`.
fn boxes<'a>(bytes: &'a [u8], path: &str) -> Vec<&'a [u8]> {
    let (name, inner) = path.split_once('/').map_or((path, None), |(name, inner)| (name, Some(inner)));
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some((size, after)) = rest.split_first_chunk() {
        let size = u32::from_be_bytes(*size) as usize;
        let body = &rest[8..size];
        if &after[..4] == name.as_bytes() {
            match inner {
                Some(inner) => found.extend(boxes(body, inner)),
                None => found.push(body),
            }
        }
        rest = &rest[size..];
    }
    found
}

fn word(bytes: &[u8], index: usize) -> usize {
    u32::from_be_bytes(*bytes[4 * index..].first_chunk().unwrap()) as usize
}

#[test]
fn ffprobe_lists_the_chapters() {
    let book = written(M4b, None);
    assert_chapters(&chapters(&book.path), &TITLES, &starts(&LENGTHS));
}

#[test]
fn both_lists_hold_the_chapters() {
    let book = written(M4b, None);
    let found = Tag::read_from_path(&book.path).unwrap();
    assert_chapters(&listed(found.chapter_list()), &TITLES, &starts(&LENGTHS));
    assert_chapters(&listed(found.chapter_track()), &TITLES, &starts(&LENGTHS));
}

#[test]
fn the_list_of_255_ends_before_the_track_and_cuts_long_titles() {
    let long = "é".repeat(200);
    let titles = vec![long.as_str(); 300];
    let book = written_with(M4b, None, &titles, &[100; 300]);
    let found = Tag::read_from_path(&book.path).unwrap();
    assert_eq!((found.chapter_list().len(), found.chapter_track().len()), (255, 300));
    assert_eq!(found.chapter_list()[0].title, "é".repeat(127));
    assert_chapters(&listed(found.chapter_track()), &titles, &starts(&[100; 300]));
    let probed = chapters(&book.path);
    assert_eq!(probed.len(), 300);
    assert!((probed[299].0 - 299.0 * 100.0 / f64::from(SAMPLE_RATE_HZ)).abs() < 1e-3);
}

#[test]
fn tags_and_cover_are_read_back() {
    for cover in [png(), jpeg()] {
        let book = written(M4b, Some(cover.clone()));
        let found = Tag::read_from_path(&book.path).unwrap();
        assert_eq!(found.title(), Some("Das Buch – 书"));
        assert_eq!(found.album(), Some("Das Buch – 书"));
        assert_eq!(found.artist(), Some("Ä. Author"));
        assert_eq!(found.album_artist(), Some("Ä. Author"));
        assert_eq!(found.composer(), Some("N. Voice"));
        assert_eq!(found.genre(), Some("Audiobook"));
        assert_eq!(found.year(), Some("1899"));
        assert_eq!(found.media_type(), Some(MediaType::AudioBook));
        assert_eq!(found.artwork().unwrap().data, cover.bytes());
        assert_eq!(found.info.sample_rate.unwrap().hz(), SAMPLE_RATE_HZ);
    }
    let book = written(M4b, Some(png()));
    assert_eq!(tag(&book.path, "language"), "deu");
    assert_eq!(codecs(&book.path), ["aac", "bin_data", "png"]);
}

#[test]
fn the_edit_list_selects_the_sound_to_the_sample() {
    for samples in [1, FRAME - 1, FRAME, FRAME + 1, SAMPLES] {
        let book = written_with(M4b, None, &[], &[samples]);
        let bytes = fs::read(&book.path).unwrap();
        let edits = boxes(&bytes, "moov/trak/edts/elst");
        let numbers: Vec<_> = (0..5).map(|index| word(edits[0], index)).collect();
        // One edit: the sound behind the delay, at normal speed.
        assert_eq!(numbers, [0, 1, samples, FRAME, 0x1_0000]);
        let header = boxes(&bytes, "moov/mvhd")[0];
        assert_eq!((word(header, 3), word(header, 4)), (SAMPLE_RATE_HZ as usize, samples));
        // All frames, the last one shortened: as long as the delay and the sound.
        let runs = boxes(&bytes, "moov/trak/mdia/minf/stbl/stts")[0];
        let runs: Vec<_> =
            (0..word(runs, 1)).map(|run| (word(runs, 2 + 2 * run), word(runs, 3 + 2 * run))).collect();
        assert_eq!(runs.iter().map(|(frames, duration)| frames * duration).sum::<usize>(), FRAME + samples);
        let frames: usize = runs.iter().map(|(frames, _)| frames).sum();
        assert_eq!(frames, samples.div_ceil(FRAME) + 1);
    }
}

#[test]
fn ffmpeg_plays_the_sound_and_at_most_a_frame_of_silence() {
    for samples in [1, FRAME, SAMPLES] {
        let book = written_with(M4b, None, &[""], &[samples]);
        let found = pocket_tts_test_support::decode(&book.path, &[], SAMPLE_RATE_HZ);
        // It applies the start of the edit list but not its end.
        assert_eq!(found.len(), samples.next_multiple_of(FRAME));
        if samples == SAMPLES {
            assert_tone(found, samples);
        }
    }
}

#[test]
fn a_second_decoder_finds_the_sound_behind_the_delay() {
    let book = written(M4b, Some(png()));
    let bytes = fs::read(&book.path).unwrap();
    let found = decode(&bytes, &DecodeLimits::default()).unwrap();
    assert_eq!(found.sample_rate_hz, SAMPLE_RATE_HZ);
    assert_eq!(found.samples.len(), FRAME + SAMPLES.next_multiple_of(FRAME));
    let book = written_with(M4b, None, &[], &[SAMPLES]);
    let found = decode(&fs::read(&book.path).unwrap(), &DecodeLimits::default()).unwrap();
    assert_tone(found.samples.iter().copied().skip(FRAME), SAMPLES);
}

#[test]
fn a_book_without_chapters_has_one_track() {
    let book = written_with(M4b, None, &[], &[SAMPLES]);
    assert_eq!(codecs(&book.path), ["aac"]);
    assert!(chapters(&book.path).is_empty());
    let found = Tag::read_from_path(&book.path).unwrap();
    assert!(found.chapter_list().is_empty() && found.chapter_track().is_empty());
}
