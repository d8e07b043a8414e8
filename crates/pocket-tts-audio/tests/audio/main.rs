//! Tests of the public API, in one program.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod decoding;
mod exact_decoding;
mod formats;
mod golden_data;
mod goldens;
mod hostile;
mod raw_wav;
mod recording_warnings;
mod resampling;
mod resampling_quality;
mod speeds;
mod writing;
