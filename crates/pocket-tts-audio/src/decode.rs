//! From the bytes of an audio file to a mono sound. Goes by content, never by a file's name, and does not
//! know what the sound is for.
//!
//! Decoders are large and files may come from anyone, so each file is decoded on a thread of its own: a panic
//! there is an error here, and what takes too long is left behind.
//!
//! Source: `pocket_tts/data/audio.py`, `audio_read`.

use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::audio::Audio;
use crate::error::AudioError;
use crate::recording::Recording;
use crate::track;

/// The name of the threads that decode, for applications that treat their panics apart.
pub const DECODER_THREAD: &str = "tts-decoder";

/// How much of a file is read and decoded.
///
/// Memory in use is at most twice the file's bytes, plus eight bytes for each decoded mono sample (a growing
/// vector), plus some megabytes for the decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodeLimits {
    /// Larger files are refused. Default: 256 MiB.
    pub max_bytes: usize,
    /// Decoding stops after this many seconds, and the rest is ignored. A finite number of at least 0.001.
    /// With `None` (default) a sound of more than ten minutes is an error.
    pub max_duration_s: Option<f64>,
    /// Decoding that takes longer is given up, and so is reading what is no regular file. Default: 5 s, so
    /// that both together end within 10 s.
    pub max_time: Duration,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_bytes: 256 * 1024 * 1024, max_duration_s: None, max_time: Duration::from_secs(5) }
    }
}

/// Decodes the bytes of an audio file; channels are averaged. Read are WAV, MP3, FLAC, Ogg (Vorbis, Opus, FLAC), `WebM`
/// (Opus), AAC and M4A (AAC, ALAC, Opus).
///
/// 16-bit samples of WAV files are divided by 32768 and averaged in `f32`, exactly as the reference does it.
/// The first `max_duration_s * sample_rate_hz` samples, rounded down, are kept. Data that ends before the
/// length declared in the header gives what is there, and packets that are damaged are left out.
///
/// # Errors
/// See [`AudioError`]; every byte string gives a sound or an error.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Audio, AudioError> {
    Recording::from_bytes(bytes, limits).map(|recording| recording.audio)
}

/// Reads `reader` to its end, but no further than `limits.max_bytes` + 1 bytes, and decodes what it gave as
/// [`decode`] does.
///
/// # Errors
/// As [`decode`], and [`AudioError::Read`].
pub fn decode_reader(reader: impl Read, limits: &DecodeLimits) -> Result<Audio, AudioError> {
    Recording::from_reader(reader, limits).map(|recording| recording.audio)
}

/// Reads a file as [`read_file`](crate::read_file) does and decodes it.
///
/// # Errors
/// As [`decode`] and [`read_file`](crate::read_file).
pub fn decode_file(path: &Path, limits: &DecodeLimits) -> Result<Audio, AudioError> {
    Recording::from_file(path, limits).map(|recording| recording.audio)
}

/// Decodes on another thread, which may panic or never end.
pub(crate) fn decode_guarded(bytes: Vec<u8>, limits: &DecodeLimits) -> Result<Recording, AudioError> {
    let limits = *limits;
    let deadline = Instant::now() + limits.max_time;
    guarded(limits.max_time, move || track::decode(&bytes, &limits, deadline))
}

/// The result of `work` on another thread, or an error in its place.
pub(crate) fn guarded<T: Send + 'static>(
    max_time: Duration,
    work: impl FnOnce() -> Result<T, AudioError> + Send + 'static,
) -> Result<T, AudioError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let decoder = thread::Builder::new().name(DECODER_THREAD.to_owned());
    // Nobody listens any more if the work took too long.
    let started = decoder.spawn(move || drop(sender.send(work())));
    started.map_err(|reason| AudioError::Thread { reason })?;
    match receiver.recv_timeout(max_time) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => Err(AudioError::TooSlow { max_time }),
        Err(RecvTimeoutError::Disconnected) => Err(AudioError::Decoder {
            reason: "the decoder broke down over it, so it is damaged or a forgery".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_or_never_ends_is_an_error() {
        let panics = guarded::<()>(Duration::from_secs(10), || panic!("as a broken decoder would"));
        assert!(matches!(panics, Err(AudioError::Decoder { .. })), "{panics:?}");
        let never_ends = guarded::<()>(Duration::from_millis(20), || {
            thread::sleep(Duration::from_secs(1000));
            Ok(())
        });
        assert!(matches!(never_ends, Err(AudioError::TooSlow { .. })), "{never_ends:?}");
    }
}
