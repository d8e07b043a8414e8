//! Reads the bytes of files, pipes and devices. It must not know audio.
//!
//! A named pipe may have no writer, and a device may never end: both are read on a separate thread, which is abandoned
//! after a time-out.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::AudioError;
use crate::guarded::guarded;
use crate::limits::DecodeLimits;

/// Reads all of a file, but no further than `limits.max_bytes` + 1 bytes.
///
/// The path may also name a pipe, as the shell's `<(…)` does, or a device, which must end within `limits.max_time`.
///
/// # Errors
/// [`AudioError::Read`], [`AudioError::TooManyBytes`] and, for other than regular files, [`AudioError::NoEnd`].
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
    read_into(Vec::new(), reader, limits)
}

fn read_into(mut bytes: Vec<u8>, reader: impl Read, limits: &DecodeLimits) -> Result<Vec<u8>, AudioError> {
    let read_limit = (limits.max_bytes as u64).saturating_add(1);
    reader
        .take(read_limit)
        .read_to_end(&mut bytes)
        .map_err(|reason| AudioError::Read { name: "the audio data".to_owned(), reason })?;
    if bytes.len() > limits.max_bytes {
        return Err(AudioError::TooManyBytes { max_bytes: limits.max_bytes });
    }
    Ok(bytes)
}

fn open(path: &Path, limits: &DecodeLimits) -> Result<Vec<u8>, AudioError> {
    let failed = |reason| AudioError::Read { name: path.display().to_string(), reason };
    let file = File::open(path).map_err(failed)?;
    // A hint: a file may grow, and devices have no length.
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let length =
        usize::try_from(length).map_or(0, |length| if length > limits.max_bytes { 0 } else { length + 1 });
    read_into(Vec::with_capacity(length), file, limits)
}
