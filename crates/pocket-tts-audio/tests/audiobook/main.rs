//! Audiobooks are read by independent readers: `ffmpeg` and `ffprobe`, `mp4ameta`, `id3`.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod book;
mod determinism;
mod errors;
mod folder;
mod m4b;
mod mp3;
mod opus;
mod probe;
