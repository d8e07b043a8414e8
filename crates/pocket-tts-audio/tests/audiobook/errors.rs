//! Wrong uses leave no file and say what to do.

use std::fs;

use pocket_tts_audio::AudioFormat;
use pocket_tts_audio::audiobook::{
    AudiobookError, AudiobookFormat, AudiobookWriter, BookInfo, ChapterInfo, MAX_CHAPTERS,
};

use crate::book::{SAMPLE_RATE_HZ, chapters, info, tone, write};

const FOLDER: AudiobookFormat = AudiobookFormat::Folder(AudioFormat::Flac);

fn all() -> Vec<AudiobookFormat> {
    [&AudiobookFormat::SINGLE_FILES[..], &[FOLDER]].concat()
}

#[test]
fn an_incomplete_book_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book");
    fs::write(&path, "old").unwrap();
    for format in AudiobookFormat::SINGLE_FILES {
        let create = |titles: &[&str]| {
            let infos = chapters(titles.iter().copied());
            AudiobookWriter::create(&path, format, SAMPLE_RATE_HZ, &info(None), &infos).unwrap()
        };
        let mut dropped = create(&["a"]);
        dropped.begin_chapter().unwrap();
        dropped.write(&tone(5_000)).unwrap();
        drop(dropped);
        let mut early = create(&["a", "b"]);
        early.begin_chapter().unwrap();
        early.write(&[0.5]).unwrap();
        assert!(matches!(early.finish(), Err(AudiobookError::MissingChapters { begun: 1, chapters: 2 })));
        assert!(matches!(create(&[]).finish(), Err(AudiobookError::NoSound)));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{format}");
    }
}

#[test]
fn chapters_are_begun_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for format in all() {
        let path = folder.path().join(format.name());
        let infos = chapters(["a"]);
        let mut writer = AudiobookWriter::create(&path, format, SAMPLE_RATE_HZ, &info(None), &infos).unwrap();
        assert!(matches!(writer.write(&[0.0]), Err(AudiobookError::BeforeFirstChapter)));
        writer.begin_chapter().unwrap();
        writer.write(&[0.0]).unwrap();
        assert_eq!(writer.samples(), 1);
        assert!(matches!(writer.begin_chapter(), Err(AudiobookError::AfterLastChapter { chapters: 1 })));
        writer.finish().unwrap();
    }
}

#[test]
fn impossible_books_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book");
    let many = vec![ChapterInfo::default(); MAX_CHAPTERS + 1];
    for format in all() {
        let create = |path: &std::path::Path, rate_hz, infos: &[ChapterInfo]| {
            AudiobookWriter::create(path, format, rate_hz, &BookInfo::default(), infos).unwrap_err()
        };
        assert!(matches!(create(&path, 24_000, &many), AudiobookError::TooManyChapters { .. }));
        let error = create(&path, 1_000_000, &chapters(["a"]));
        assert!(matches!(error, AudiobookError::Encode(_)), "{format}: {error}");
        let error = create(&folder.path().join("gone/book"), 24_000, &chapters(["a"])).to_string();
        assert!(error.contains("does not exist"), "{format}: {error}");
    }
    let none = AudiobookWriter::create(&path, FOLDER, 24_000, &info(None), &[]).unwrap_err();
    assert!(matches!(none, AudiobookError::NoChapters));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn files_and_folders_are_not_confused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "old").unwrap();
    let error = write(&file, FOLDER, &info(None), (&["a"], &[1]), 1).unwrap_err();
    assert!(matches!(error, AudiobookError::NotFolder { .. }));
    for format in AudiobookFormat::SINGLE_FILES {
        let error = write(folder.path(), format, &info(None), (&["a"], &[1]), 1).unwrap_err();
        assert!(matches!(error, AudiobookError::Save(_)), "{format}: {error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"old");
}

#[cfg(unix)]
#[test]
fn devices_are_refused() {
    for format in AudiobookFormat::SINGLE_FILES {
        let error = write("/dev/null".as_ref(), format, &info(None), (&["a"], &[1]), 1).unwrap_err();
        assert!(matches!(error, AudiobookError::NotSeekable { .. }), "{format}: {error}");
    }
}
