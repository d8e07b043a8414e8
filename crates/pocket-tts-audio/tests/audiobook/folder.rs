//! A folder with a file for each chapter.

use std::fs;

use pocket_tts_audio::AudioFormat;
use pocket_tts_audio::audiobook::{AudiobookFormat, AudiobookWriter, ChapterPlace};

use crate::book::{LENGTHS, SAMPLE_RATE_HZ, SAMPLES, TITLES, chapters, info, jpeg, png, tone, write};
use crate::probe::{codecs, tag};

const NAMES: [&str; 6] =
    ["01 - One", "02", "03 - Zwei – schön", "04 - 第三章 🐉", "05 - a=b;c-d'e'f", "06 - x- y-z"];

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_format_has_a_file_for_each_chapter() {
    let folder = tempfile::tempdir().unwrap();
    for sound in AudioFormat::ALL {
        let path = folder.path().join(sound.name());
        write(&path, AudiobookFormat::Folder(sound), &info(Some(png())), (&TITLES, &LENGTHS), 1_920).unwrap();
        let expected = NAMES.map(|name| format!("{name}.{sound}"));
        assert_eq!(names(&path), expected);
    }
}

#[test]
fn files_have_the_length_of_their_chapters() {
    let folder = tempfile::tempdir().unwrap();
    for (sound, rate_hz) in
        [(AudioFormat::Mp3, 24_000), (AudioFormat::Opus, 48_000), (AudioFormat::Flac, 24_000)]
    {
        let path = folder.path().join(sound.name());
        let lengths = [SAMPLES, 1_000];
        let parts = (&["a", "b"][..], &lengths[..]);
        write(&path, AudiobookFormat::Folder(sound), &info(Some(jpeg())), parts, 1_920).unwrap();
        for (name, samples) in names(&path).into_iter().zip(lengths) {
            let found = pocket_tts_test_support::decode(&path.join(&name), &["-vn"], rate_hz);
            assert_eq!(found.len(), samples * rate_hz as usize / 24_000, "{name}");
        }
    }
}

#[test]
fn files_state_their_titles_and_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for (sound, number) in [(AudioFormat::Mp3, "2/2"), (AudioFormat::Opus, "2"), (AudioFormat::Flac, "2")] {
        let path = folder.path().join(sound.name());
        let parts = (&["a", "Über"][..], &[1_000, 2_000][..]);
        write(&path, AudiobookFormat::Folder(sound), &info(Some(png())), parts, 1_920).unwrap();
        let file = path.join(format!("02 - Über.{sound}"));
        let title = [tag(&file, "title"), tag(&file, "TITLE")].concat();
        let album = [tag(&file, "album"), tag(&file, "ALBUM")].concat();
        assert_eq!((title.as_str(), album.as_str()), ("Über", "Das Buch – 书"), "{sound}");
        assert_eq!(tag(&file, "track"), number, "{sound}");
        assert_eq!(codecs(&file), [sound.name(), "png"]);
    }
}

#[test]
fn flac_holds_the_samples_and_their_digest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book");
    let parts = (&["a"][..], &[SAMPLES][..]);
    write(&path, AudiobookFormat::Folder(AudioFormat::Flac), &info(Some(jpeg())), parts, 777).unwrap();
    let file = path.join("01 - a.flac");
    // ffmpeg compares the digest.
    let found = pocket_tts_test_support::decode(&file, &["-err_detect", "explode", "-vn"], SAMPLE_RATE_HZ);
    assert!(tone(SAMPLES).iter().zip(&found).all(|(one, two)| (one - two).abs() < 1e-4));
}

#[test]
fn a_dropped_writer_leaves_the_complete_chapters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book");
    let format = AudiobookFormat::Folder(AudioFormat::Wav);
    let infos = chapters(["a", "b", "c"]);
    let mut writer = AudiobookWriter::create(&path, format, SAMPLE_RATE_HZ, &info(None), &infos).unwrap();
    for _ in 0..2 {
        writer.begin_chapter().unwrap();
        writer.write(&tone(100)).unwrap();
    }
    drop(writer);
    assert_eq!(names(&path), ["01 - a.wav"]);
    // The folder exists.
    write(&path, format, &info(None), (&["a", "b"], &[1, 1]), 1).unwrap();
    assert_eq!(names(&path), ["01 - a.wav", "02 - b.wav"]);
}

#[test]
fn some_chapters_of_a_book_keep_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book");
    let mut infos = chapters(["c", "i"]);
    for (info, number) in infos.iter_mut().zip([3, 9]) {
        info.place = Some(ChapterPlace { number, count: 120 });
    }
    let format = AudiobookFormat::Folder(AudioFormat::Mp3);
    let mut writer = AudiobookWriter::create(&path, format, SAMPLE_RATE_HZ, &info(None), &infos).unwrap();
    for _ in &infos {
        writer.begin_chapter().unwrap();
        writer.write(&tone(100)).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(names(&path), ["003 - c.mp3", "009 - i.mp3"]);
    assert_eq!(tag(&path.join("009 - i.mp3"), "track"), "9/120");
}
