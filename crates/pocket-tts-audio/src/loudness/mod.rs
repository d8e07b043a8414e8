//! The loudness of sound after EBU R128 (ITU-R BS.1770): measuring it, and bringing sound to it.
//!
//! Mono sound is measured as one channel, as other tools measure a mono file. Played on two loudspeakers it is 3 LU louder
//! than that.

mod leveled;
mod leveler;
mod meter;
mod true_peak;

pub use leveled::{LeveledSound, LoudnessSpool};
pub use leveler::{Leveler, PEAK_LIMIT_DBTP};
pub use meter::LoudnessMeter;

/// The quietest loudness that sound can be brought to, in LUFS: the gate of the measurement.
pub const MIN_LOUDNESS_LUFS: f64 = -70.0;
/// The greatest loudness that sound can be brought to, in LUFS. Louder speech would be all limited.
pub const MAX_LOUDNESS_LUFS: f64 = -5.0;

/// The factor of a gain in dB.
fn factor(gain_db: f64) -> f64 {
    10.0_f64.powf(gain_db / 20.0)
}
