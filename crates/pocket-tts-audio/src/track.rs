//! Decodes the sound of one file, packet by packet, up to its limits. Runs on a thread that may panic.

use std::time::Instant;

use crate::audio::{Audio, check_sample_rate, check_samples};
use crate::error::AudioError;
use crate::limits::DecodeLimits;
use crate::recording::Recording;
use crate::source::{Source, Stop};

/// The shortest duration limit: one sample at the lowest sample rate.
const MIN_DURATION_LIMIT_S: f64 = 0.001;
/// A small file can contain hours of silence, which is no voice prompt.
const LONGEST_S: f64 = 600.0;
/// More damaged packets in a row mean that the data is of another kind.
const MAX_DAMAGED_IN_A_ROW: usize = 64;

/// Smaller differences from the declared duration are inaudible: encoders round.
const LEAST_MISSING_S: f64 = 0.1;

/// Decodes a complete file.
pub(crate) fn decode(
    bytes: &[u8],
    limits: &DecodeLimits,
    deadline: Instant,
) -> Result<Recording, AudioError> {
    if bytes.is_empty() {
        return Err(AudioError::Empty);
    }
    let mut source = Source::open(bytes)?;
    // Some formats state the rate only in their first packet.
    if let Some(sample_rate_hz) = source.sample_rate_hz {
        check_sample_rate(sample_rate_hz)?;
        max_samples(limits, sample_rate_hz)?;
    }
    let mut sound = Sound::default();
    let mut damaged = Damage::default();
    while !sound.is_full(limits)? {
        if Instant::now() >= deadline {
            return Err(AudioError::TooSlow { max_time: limits.max_time });
        }
        match sound.add(&mut source) {
            Ok(()) => damaged.in_a_row = 0,
            Err(Stop::Damaged(error)) if damaged.is_too_much() => {
                return sound.finish(limits, damaged.total, source.declared_s).map_err(|_| error);
            }
            Err(Stop::Damaged(_)) => damaged.count(),
            Err(Stop::End) => break,
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    sound.finish(limits, damaged.total, source.declared_s)
}

#[derive(Default)]
struct Damage {
    total: usize,
    in_a_row: usize,
}

impl Damage {
    fn count(&mut self) {
        self.total += 1;
        self.in_a_row += 1;
    }

    fn is_too_much(&self) -> bool {
        self.in_a_row >= MAX_DAMAGED_IN_A_ROW
    }
}

/// The samples decoded so far.
#[derive(Default)]
struct Sound {
    /// Sample rate and channels, which all packets share.
    spec: Option<(u32, usize)>,
    samples: Vec<f32>,
    interleaved: Vec<f32>,
}

impl Sound {
    /// Adds the next packet of `source`.
    fn add(&mut self, source: &mut Source<'_>) -> Result<(), Stop> {
        let (rate, channels) = source.next(&mut self.interleaved)?;
        if channels == 0 {
            return Ok(());
        }
        check_sample_rate(rate).map_err(Stop::Failed)?;
        if *self.spec.get_or_insert((rate, channels)) != (rate, channels) {
            return Err(Stop::Failed(AudioError::ChangedMidway));
        }
        self.samples.extend(self.interleaved.chunks_exact(channels).map(mean));
        Ok(())
    }

    /// Whether there are more samples than the limit.
    fn is_full(&self, limits: &DecodeLimits) -> Result<bool, AudioError> {
        let Some((rate, _)) = self.spec else { return Ok(false) };
        let is_full = self.samples.len() > max_samples(limits, rate)?;
        if is_full && limits.max_duration_s.is_none() {
            return Err(AudioError::TooLong { longest_s: LONGEST_S as u32 });
        }
        Ok(is_full)
    }

    fn finish(
        mut self,
        limits: &DecodeLimits,
        damaged_packets: usize,
        declared_s: Option<f64>,
    ) -> Result<Recording, AudioError> {
        let was_cut = self.is_full(limits)?;
        let Some((sample_rate_hz, _)) = self.spec else { return Err(AudioError::NoSamples) };
        self.samples.truncate(max_samples(limits, sample_rate_hz)?);
        if self.samples.is_empty() {
            return Err(AudioError::NoSamples);
        }
        check_samples(&self.samples)?;
        let audio = Audio { samples: self.samples, sample_rate_hz };
        // Whether sound beyond the limit is missing is unknown.
        let missing_s =
            declared_s.filter(|_| !was_cut).map_or(0.0, |declared_s| declared_s - audio.duration_s());
        let missing_s = if missing_s >= LEAST_MISSING_S { missing_s } else { 0.0 };
        Ok(Recording { audio, was_cut, damaged_packets, missing_s })
    }
}

fn max_samples(limits: &DecodeLimits, sample_rate_hz: u32) -> Result<usize, AudioError> {
    match limits.max_duration_s.unwrap_or(LONGEST_S) {
        duration_s if duration_s.is_finite() && duration_s >= MIN_DURATION_LIMIT_S => {
            Ok((duration_s * f64::from(sample_rate_hz)) as usize)
        }
        found_s => Err(AudioError::DurationLimit { found_s }),
    }
}

/// Sum first, then one division: numpy's mean over the channels of a frame.
fn mean(frame: &[f32]) -> f32 {
    frame.iter().sum::<f32>() / frame.len() as f32
}
