//! Limits on sample rates, channels, sample values, bytes and time.

use std::time::Duration;

/// The lowest supported sample rate.
pub const MIN_SAMPLE_RATE_HZ: u32 = 1_000;

/// The highest supported sample rate.
pub const MAX_SAMPLE_RATE_HZ: u32 = 384_000;

/// The most channels that a file may have: the decoder has names for no more.
pub(crate) const MAX_CHANNELS: u16 = 26;

/// The largest number that is accepted as a sample: full scale of 32-bit integers that were stored as floats without
/// scaling. Larger numbers are not audio, and their squares and sums exceed the range of `f32`.
pub(crate) const MAX_SAMPLE: f32 = 2_147_483_648.0;

/// Limits on reading and decoding a file.
///
/// Memory use is at most twice the file's size, plus eight bytes per decoded mono sample (a growing vector), plus some
/// megabytes for the decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodeLimits {
    /// Larger files are refused. Default: 256 MiB.
    pub max_bytes: usize,
    /// Decoding stops after this many seconds, and the rest is ignored. A finite number of at least 0.001.
    /// With `None` (default) a sound of more than ten minutes is an error.
    pub max_duration_s: Option<f64>,
    /// Time-out of decoding, and of reading a file that is not a regular one. Default: 5 s, so that both together end
    /// within 10 s.
    pub max_time: Duration,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_bytes: 256 * 1024 * 1024, max_duration_s: None, max_time: Duration::from_secs(5) }
    }
}
