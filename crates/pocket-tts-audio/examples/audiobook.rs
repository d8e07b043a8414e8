//! Writes an audiobook of three chapters, each a tone: `cargo run --release -p pocket-tts-audio --example audiobook --
//! book.m4b`. A path without the extension of an audiobook becomes a folder of FLAC files.

use std::env;
use std::error::Error;
use std::f32::consts::TAU;
use std::path::PathBuf;

use pocket_tts_audio::AudioFormat;
use pocket_tts_audio::audiobook::{AudiobookFormat, AudiobookWriter, BookInfo, ChapterInfo, Cover};

const SAMPLE_RATE_HZ: u32 = 24_000;
const CHAPTERS: [(&str, f32, usize); 3] =
    [("Low", 220.0, 60_000), ("Mittel – schön", 440.0, 48_001), ("高い", 880.0, 30_000)];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let path = arguments.next().ok_or("usage: audiobook OUTPUT [COVER]")?;
    let cover = arguments.next().map(std::fs::read).transpose()?.map(Cover::new).transpose()?;
    let book = BookInfo {
        title: "Three Tones".to_owned(),
        author: Some("A. Writer".to_owned()),
        narrator: Some("A. Voice".to_owned()),
        language: Some("en-GB".to_owned()),
        year: Some(2026),
        cover,
    };
    let chapters = CHAPTERS.map(|(title, ..)| ChapterInfo { title: title.to_owned(), place: None });
    let format = AudiobookFormat::of_path(&path).unwrap_or(AudiobookFormat::Folder(AudioFormat::Flac));
    let mut writer = AudiobookWriter::create(&path, format, SAMPLE_RATE_HZ, &book, &chapters)?;
    for (_, frequency_hz, samples) in CHAPTERS {
        writer.begin_chapter()?;
        let sample = |index: usize| 0.3 * (TAU * frequency_hz * index as f32 / SAMPLE_RATE_HZ as f32).sin();
        writer.write(&(0..samples).map(sample).collect::<Vec<_>>())?;
    }
    writer.finish()?;
    Ok(())
}
