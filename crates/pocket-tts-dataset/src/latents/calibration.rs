//! How many latents differ when encoding begins in the middle of a recording, so that training knows how much sound it must
//! encode anew at a cut.

use crate::error::DatasetError;
use crate::manifest::Manifest;

use super::codec::{LatentCodec, read_for_codec};

/// Lines among which the longest recordings are looked for.
const POOL_LINES: u64 = 4_096;
/// Frames beyond the last one that differs.
const MARGIN_FRAMES: usize = 4;
/// Smaller relative differences don't count.
const LEAST_DIFFERENCE: f64 = 1e-3;
const TINY: f64 = 1e-8;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Latents after a cut that must be encoded anew.
    pub stitch_frames: usize,
    /// The largest relative difference between two encodings of the same sound.
    pub noise_floor: f64,
}

impl Calibration {
    /// Measures with the `recordings` longest recordings of a manifest's first lines. Recordings that can't be read are
    /// left out.
    ///
    /// # Errors
    /// [`DatasetError::Option`] if none can be read, or they can't be encoded.
    pub fn measure(
        manifest: &Manifest,
        codec: &dyn LatentCodec,
        recordings: usize,
    ) -> Result<Self, DatasetError> {
        let mut lines: Vec<(u64, f64)> = (0..manifest.len().min(POOL_LINES))
            .filter_map(|index| Some((index, manifest.entry_as_written(index).ok()?.duration)))
            .filter(|(_, duration)| *duration <= crate::recordings::LONGEST_S)
            .collect();
        lines.sort_by(|a, b| b.1.total_cmp(&a.1));
        let sounds = lines.iter().filter_map(|(index, _)| {
            let entry = manifest.entry(*index).ok()?;
            read_for_codec(&entry, codec).ok()
        });
        let mut sounds: Vec<Vec<f32>> = sounds.take(recordings).collect();
        let frame = codec.samples_per_frame();
        let longest = sounds.iter().map(Vec::len).max().unwrap_or(0);
        let longest = longest - longest % frame;
        let middle = longest / frame / 2;
        if middle == 0 {
            return Err(DatasetError::Option(
                "no recording of at least two frames can be read, so nothing can be encoded; look at the manifest"
                    .to_owned(),
            ));
        }
        for sound in &mut sounds {
            sound.resize(longest, 0.0);
        }
        let (mut after_cut, mut noise_floor) = (Vec::new(), 0.0_f64);
        for sound in &sounds {
            let encode = |samples: &[f32]| codec.encode(samples).map_err(DatasetError::Option);
            let (whole, cold) = (encode(sound)?, encode(&sound[middle * frame..])?);
            let start = encode(&sound[..middle * frame])?;
            let width = codec.width();
            // The last frame is left out, as upstream does.
            let later = differences(&cold, &whole[middle * width..], width);
            after_cut.resize(later.len(), 0.0);
            for (largest, difference) in after_cut.iter_mut().zip(later) {
                *largest = f64::max(*largest, difference);
            }
            noise_floor = differences(&start, &whole, width).into_iter().fold(noise_floor, f64::max);
        }
        let limit = (3.0 * noise_floor).max(LEAST_DIFFERENCE);
        let different =
            after_cut.iter().rposition(|difference| *difference > limit).map_or(0, |last| last + 1);
        Ok(Self { stitch_frames: different + MARGIN_FRAMES, noise_floor })
    }
}

/// The relative difference of each frame but the last of `one` from `other`.
fn differences(one: &[f32], other: &[f32], width: usize) -> Vec<f64> {
    let frames = (one.len().min(other.len()) / width).saturating_sub(1);
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    (0..frames)
        .map(|frame| {
            let (one, other) = (&one[frame * width..][..width], &other[frame * width..][..width]);
            let mut distance = one.iter().zip(other).map(|(a, b)| f64::from(*a) - f64::from(*b));
            norm(&mut distance) / (norm(&mut other.iter().map(|value| f64::from(*value))) + TINY)
        })
        .collect()
}
