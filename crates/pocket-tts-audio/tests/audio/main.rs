//! Tests of the public surface, in one program.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod decoding;
mod golden_data;
mod goldens;
mod raw_wav;
mod resampling;
mod writing;
