//! Every format is decoded by an independent decoder. It must not know how the formats are encoded.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod ffmpeg;
mod identity;
mod lengths;
mod robustness;
mod signals;
mod sound;
mod streaming;
