//! The whole program, run as its users run it.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod bad_requests;
mod batch;
mod bench;
#[cfg(unix)]
mod book_playing;
mod books;
mod cache;
mod colours;
mod completions;
mod dataset;
mod doctor;
mod download;
mod formats;
mod generate;
mod growing;
mod help;
#[cfg(target_os = "linux")]
mod hostile_recordings;
mod loudness;
mod messages;
mod models;
mod normalize;
mod offline;
#[cfg(unix)]
mod playing;
mod reading;
mod results;
#[cfg(target_os = "linux")]
mod serve;
mod settings;
mod support;
mod timestamps;
mod voices;
