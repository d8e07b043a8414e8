//! Latents of recordings, in the files that upstream's training reads: `latents/<hash>/<stem>_<number>.safetensors`, a
//! manifest `<stem>_latents.jsonl` with the field `latents_file`, and `<stem>_latents.meta.json`.
//!
//! Source: upstream's `training/scripts/precompute_latents.py`.

mod calibration;
mod encode;
mod file;

pub use calibration::Calibration;
pub use encode::{LatentStore, decode};
pub use file::{LatentFile, read_latents, write_latents};

/// What makes latents of sound, and sound of latents.
///
/// Each call runs on the thread of its caller, and its result depends on nothing but its arguments.
pub trait LatentCodec: Sync {
    /// Samples per second.
    fn sample_rate_hz(&self) -> u32;

    /// Samples of a latent.
    fn samples_per_frame(&self) -> usize;

    /// Numbers of a latent.
    fn width(&self) -> usize;

    /// What tells the weights of the encoder from all others: 64 hexadecimal digits.
    fn hash(&self) -> &str;

    /// Where the weights are from, for people.
    fn weights_path(&self) -> &str;

    /// Sound, `[samples]`, to latents, `[frames, width]`; the last frame is padded with silence.
    ///
    /// # Errors
    /// The reason, as a sentence.
    fn encode(&self, samples: &[f32]) -> Result<Vec<f32>, String>;

    /// Latents, `[frames, width]`, to sound, `[samples]`.
    ///
    /// # Errors
    /// The reason, as a sentence.
    fn decode(&self, latents: &[f32]) -> Result<Vec<f32>, String>;
}

/// Latents per second.
pub(crate) fn frame_rate(codec: &dyn LatentCodec) -> f64 {
    f64::from(codec.sample_rate_hz()) / codec.samples_per_frame() as f64
}
