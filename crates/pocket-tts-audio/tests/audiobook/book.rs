//! Books to write.

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;

use pocket_tts_audio::audiobook::{
    AudiobookError, AudiobookFormat, AudiobookWriter, BookInfo, ChapterInfo, Cover, CoverKind,
};
use tempfile::TempDir;

pub(crate) const SAMPLE_RATE_HZ: u32 = 24_000;

/// Titles of chapters that formats could confuse: long ones are cut in one list only.
pub(crate) const TITLES: [&str; 6] =
    ["One", "", "Zwei – schön", "第三章 🐉", "a=b;c\\d\"e'f\u{202e}", "x: y/z"];
/// The samples of the chapters.
pub(crate) const LENGTHS: [usize; 6] = [30_000, 24_001, 0, 1_023, 50_000, 1];

pub(crate) const SAMPLES: usize = 105_025;

/// A book in a folder of its own.
pub(crate) struct Written {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

/// A picture: the smallest PNG, of one white pixel.
pub(crate) fn png() -> Cover {
    let bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\
        \0\0\0\x0aIDAT\x78\x9c\x63\xf8\x0f\0\x01\x01\x01\0\x1b\xb6\xee\x56\0\0\0\0IEND\xae\x42\x60\x82";
    Cover::new(bytes.to_vec()).unwrap()
}

/// A picture of noise, by ffmpeg: larger than a page of Ogg.
pub(crate) fn jpeg() -> Cover {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", "color=gray:size=400x300"])
        .args(["-vf", "noise=alls=100", "-q:v", "2", "-frames:v", "1", "-f", "mjpeg", "-"])
        .output()
        .expect("this test needs ffmpeg, which is missing; install it: sudo apt-get install ffmpeg");
    assert!(output.status.success() && output.stdout.len() > 70_000, "{} bytes", output.stdout.len());
    let cover = Cover::new(output.stdout).unwrap();
    assert_eq!((cover.kind(), cover.size()), (CoverKind::Jpeg, (400, 300)));
    cover
}

pub(crate) fn info(cover: Option<Cover>) -> BookInfo {
    BookInfo {
        title: "Das Buch – 书".to_owned(),
        author: Some("Ä. Author".to_owned()),
        narrator: Some("N. Voice".to_owned()),
        language: Some("de-AT".to_owned()),
        year: Some(1899),
        cover,
    }
}

pub(crate) fn chapters<'a>(titles: impl IntoIterator<Item = &'a str>) -> Vec<ChapterInfo> {
    titles.into_iter().map(|title| ChapterInfo { title: title.to_owned(), place: None }).collect()
}

/// A tone at half of full scale, loud up to its last sample.
pub(crate) fn tone(samples: usize) -> Vec<f32> {
    (0..samples).map(|index| 0.5 * (TAU * 300.0 * index as f32 / SAMPLE_RATE_HZ as f32).cos()).collect()
}

/// Checks that decoded sound is the [`tone`]: power of the tone over that of the difference of 20 dB.
#[track_caller]
pub(crate) fn assert_tone(found: impl IntoIterator<Item = f32>, samples: usize) {
    let pairs: Vec<_> = tone(samples).into_iter().zip(found).collect();
    assert_eq!(pairs.len(), samples);
    let power =
        |values: &mut dyn Iterator<Item = f32>| values.map(|value| f64::from(value).powi(2)).sum::<f64>();
    let noise = power(&mut pairs.iter().map(|(one, two)| one - two));
    let ratio_db = 10.0 * (power(&mut pairs.iter().map(|(one, _)| *one)) / noise).log10();
    assert!(ratio_db > 20.0, "{ratio_db} dB");
}

/// Writes the sound of all chapters, `chunk` samples at a time.
pub(crate) fn write(
    path: &Path,
    format: AudiobookFormat,
    book: &BookInfo,
    (titles, lengths): (&[&str], &[usize]),
    chunk: usize,
) -> Result<(), AudiobookError> {
    let infos = chapters(titles.iter().copied());
    let mut writer = AudiobookWriter::create(path, format, SAMPLE_RATE_HZ, book, &infos)?;
    for samples in lengths {
        if !titles.is_empty() {
            writer.begin_chapter()?;
        }
        for part in tone(*samples).chunks(chunk) {
            writer.write(part)?;
        }
    }
    writer.finish()
}

/// The book with [`TITLES`] and [`LENGTHS`].
pub(crate) fn written(format: AudiobookFormat, cover: Option<Cover>) -> Written {
    written_with(format, cover, &TITLES, &LENGTHS)
}

pub(crate) fn written_with(
    format: AudiobookFormat,
    cover: Option<Cover>,
    titles: &[&str],
    lengths: &[usize],
) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book").with_extension(format.extensions()[0]);
    write(&path, format, &info(cover), (titles, lengths), 1_920).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    Written { _folder: folder, path }
}

/// Where the chapters begin, in samples.
pub(crate) fn starts(lengths: &[usize]) -> Vec<usize> {
    let ends = lengths.iter().scan(0, |end, samples| {
        *end += samples;
        Some(*end - samples)
    });
    ends.collect()
}
