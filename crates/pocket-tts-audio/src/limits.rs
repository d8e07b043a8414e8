//! What is accepted: sample rates, sample values, bytes and time.

use std::time::Duration;

/// The lowest sample rate that is read or resampled to.
pub const MIN_SAMPLE_RATE_HZ: u32 = 1_000;

/// The highest sample rate that is read or resampled to.
pub const MAX_SAMPLE_RATE_HZ: u32 = 384_000;

/// The largest number that is taken for a sample: full scale of 32-bit integers that somebody stored as floats without
/// scaling them. What lies beyond is no sound, and its squares and sums leave the range of `f32`.
pub(crate) const MAX_SAMPLE: f32 = 2_147_483_648.0;

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
