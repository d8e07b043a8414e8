//! Decodes the bytes of an audio file to a mono sound. The content decides, never the file's name. It must not know
//! what the sound is used for.
//!
//! Source: `pocket_tts/data/audio.py`, `audio_read`.

use std::io::Read;
use std::path::Path;
use std::time::Instant;

use crate::audio::Audio;
use crate::error::AudioError;
use crate::guarded::guarded;
use crate::limits::DecodeLimits;
use crate::read::{read_bytes, read_file};
use crate::recording::Recording;
use crate::track;

/// Decodes the bytes of an audio file; channels are averaged. Supported are WAV, MP3, FLAC, Ogg (Vorbis, Opus, FLAC), `WebM`
/// (Opus), AAC and M4A (AAC, ALAC, Opus).
///
/// 16-bit samples of WAV files are divided by 32768 and averaged in `f32`, exactly as in the reference.
/// The first `max_duration_s * sample_rate_hz` samples, rounded down, are kept. Data that ends before the
/// length declared in the header is decoded up to its end, and damaged packets are skipped.
///
/// # Errors
/// See [`AudioError`]; every byte string results in a sound or an error.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Audio, AudioError> {
    Recording::from_bytes(bytes, limits).map(|recording| recording.audio)
}

/// Reads `reader` to its end, but no further than `limits.max_bytes` + 1 bytes, and decodes the bytes as
/// [`decode`] does.
///
/// # Errors
/// As [`decode`], and [`AudioError::Read`].
pub fn decode_reader(reader: impl Read, limits: &DecodeLimits) -> Result<Audio, AudioError> {
    Recording::from_reader(reader, limits).map(|recording| recording.audio)
}

/// Reads a file as [`read_file`] does and decodes it.
///
/// # Errors
/// As [`decode`] and [`read_file`].
pub fn decode_file(path: &Path, limits: &DecodeLimits) -> Result<Audio, AudioError> {
    Recording::from_file(path, limits).map(|recording| recording.audio)
}

impl Recording {
    /// Reads and decodes a file.
    ///
    /// # Errors
    /// As [`decode`](crate::decode()) and [`read_file`].
    pub fn from_file(path: &Path, limits: &DecodeLimits) -> Result<Self, AudioError> {
        decode_guarded(read_file(path, limits)?, limits)
    }

    /// Reads `reader` to its end, but no further than `limits.max_bytes` + 1 bytes, and decodes the bytes.
    ///
    /// # Errors
    /// As [`decode`](crate::decode()), and [`AudioError::Read`].
    pub fn from_reader(reader: impl Read, limits: &DecodeLimits) -> Result<Self, AudioError> {
        decode_guarded(read_bytes(reader, limits)?, limits)
    }

    /// Decodes the bytes of a file.
    ///
    /// # Errors
    /// As [`decode`](crate::decode()).
    pub fn from_bytes(bytes: &[u8], limits: &DecodeLimits) -> Result<Self, AudioError> {
        if bytes.len() > limits.max_bytes {
            return Err(AudioError::TooManyBytes { max_bytes: limits.max_bytes });
        }
        decode_guarded(bytes.to_vec(), limits)
    }
}

/// Decodes on another thread, as decoders may panic or never return.
fn decode_guarded(bytes: Vec<u8>, limits: &DecodeLimits) -> Result<Recording, AudioError> {
    let limits = *limits;
    let deadline = Instant::now() + limits.max_time;
    guarded(limits.max_time, move || track::decode(&bytes, &limits, deadline))
}
