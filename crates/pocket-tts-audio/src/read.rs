//! The bytes of a file, or of what only looks like one. Knows nothing of sound.
//!
//! A named pipe may have nobody at its other end, and a device never ends: both are read on a thread of their
//! own, which is left behind when its time is over.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::AudioError;
use crate::guarded::guarded;
use crate::limits::DecodeLimits;

/// Reads all of a file, but no further than `limits.max_bytes` + 1 bytes.
///
/// A path may also name a pipe, as the shell's `<(…)` does, or a device; it has `limits.max_time` to come to
/// its end.
///
/// # Errors
/// [`AudioError::Read`], [`AudioError::TooManyBytes`] and, of what is no regular file, [`AudioError::NoEnd`].
pub fn read_file(path: &Path, limits: &DecodeLimits) -> Result<Vec<u8>, AudioError> {
    let named = |reason| AudioError::Read { name: path.display().to_string(), reason };
    let outcome = if fs::metadata(path).map_err(named)?.is_file() {
        open(path, limits)
    } else {
        let (path, limits) = (path.to_owned(), *limits);
        guarded(limits.max_time, move || open(&path, &limits))
    };
    outcome.map_err(|error| match error {
        AudioError::Read { reason, .. } => named(reason),
        AudioError::TooSlow { max_time } => AudioError::NoEnd { name: path.display().to_string(), max_time },
        other => other,
    })
}

pub(crate) fn read_bytes(reader: impl Read, limits: &DecodeLimits) -> Result<Vec<u8>, AudioError> {
    let mut bytes = Vec::new();
    let one_too_many = (limits.max_bytes as u64).saturating_add(1);
    reader
        .take(one_too_many)
        .read_to_end(&mut bytes)
        .map_err(|reason| AudioError::Read { name: "the audio data".to_owned(), reason })?;
    if bytes.len() > limits.max_bytes {
        return Err(AudioError::TooManyBytes { max_bytes: limits.max_bytes });
    }
    Ok(bytes)
}

fn open(path: &Path, limits: &DecodeLimits) -> Result<Vec<u8>, AudioError> {
    let failed = |reason| AudioError::Read { name: path.display().to_string(), reason };
    read_bytes(File::open(path).map_err(failed)?, limits)
}
