//! The whole program, run as its users run it.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod bad_requests;
mod bench;
mod cache;
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
#[cfg(target_os = "linux")]
mod serve;
mod settings;
mod support;
mod voices;
