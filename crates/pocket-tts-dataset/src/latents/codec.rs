//! What a codec must do, and sound as it takes it.

use pocket_tts_audio::{Resampler, resample_with};

use crate::error::DatasetError;
use crate::manifest::ManifestEntry;
use crate::recordings::read_mono;

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

/// The samples of a recording as the codec takes them, resampled as the reference does.
pub(super) fn read_for_codec(
    entry: &ManifestEntry,
    codec: &dyn LatentCodec,
) -> Result<Vec<f32>, DatasetError> {
    let audio = read_mono(entry, None)?;
    let resampled = resample_with(&audio, codec.sample_rate_hz(), Resampler::Reference);
    Ok(resampled.map_err(|source| DatasetError::Sound { path: entry.path.clone(), source })?.samples)
}
