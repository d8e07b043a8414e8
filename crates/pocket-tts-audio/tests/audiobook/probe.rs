//! What `ffprobe`, which comes with `ffmpeg`, says about a file.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The chapters of a file as `ffprobe` lists them: their starts in seconds and their titles.
#[track_caller]
pub(crate) fn chapters(path: &Path) -> Vec<(f64, String)> {
    let found = probe(path);
    let chapters = found["chapters"].as_array().unwrap().iter();
    let listed = chapters.map(|chapter| {
        let start = chapter["start_time"].as_str().unwrap().parse().unwrap();
        (start, chapter["tags"]["title"].as_str().unwrap_or_default().to_owned())
    });
    listed.collect()
}

/// A tag of the file, or of its first stream.
#[track_caller]
pub(crate) fn tag(path: &Path, name: &str) -> String {
    let found = probe(path);
    let places = [&found["format"]["tags"], &found["streams"][0]["tags"]];
    let mut tags = places.into_iter().filter_map(|tags| tags[name].as_str());
    tags.next().unwrap_or_default().to_owned()
}

/// The codecs of the streams.
#[track_caller]
pub(crate) fn codecs(path: &Path) -> Vec<String> {
    let found = probe(path);
    let streams = found["streams"].as_array().unwrap().iter();
    streams.map(|stream| stream["codec_name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[track_caller]
fn probe(path: &Path) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_chapters", "-show_format", "-show_streams", "-of", "json"])
        .arg(path)
        .output()
        .expect("this test needs ffprobe, which is missing; install it: sudo apt-get install ffmpeg");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{}: {errors}", path.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Checks the places and titles of chapters. Formats round starts down to milliseconds.
#[track_caller]
pub(crate) fn assert_chapters(found: &[(f64, String)], titles: &[&str], starts: &[usize]) {
    let found_titles: Vec<_> = found.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(found_titles, titles);
    for ((found_s, title), start) in found.iter().zip(starts) {
        let early_s = *start as f64 / f64::from(crate::book::SAMPLE_RATE_HZ) - found_s;
        assert!((-1e-6..0.001).contains(&early_s), "{title:?} starts {early_s} s too early");
    }
}
