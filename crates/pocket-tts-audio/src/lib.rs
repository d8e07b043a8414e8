//! Reading, resampling and writing sound.
//!
//! | Module | Job |
//! |---|---|
//! | [`audio`] | a mono sound and its sample rate |
//! | [`mod@decode`] | file bytes → sound, with bounds for hostile files |
//! | [`mod@resample`] | another sample rate, as `scipy.signal.resample_poly` gives it |
//! | [`pause`] | lets a voice prompt end on silence |
//! | [`wav`] | sound → 16-bit WAV bytes, for files and for pipes |
//! | [`save`] | files that are written whole or not at all |
//!
//! The crate knows samples and bytes only: no model, no text, no network, and none of the other crates of
//! this workspace.

pub mod audio;
pub mod decode;
mod error;
pub mod pause;
pub mod resample;
pub mod save;
pub mod wav;
mod wav_header;

pub use audio::{Audio, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
pub use decode::{DecodeLimits, decode, decode_file, decode_reader};
pub use error::AudioError;
pub use pause::end_on_pause;
pub use resample::resample;
pub use save::{AtomicFile, SaveError};
pub use wav::{WavWriter, pcm_s16le};
