//! Detects properties of a recording that lower the quality of a voice. Knows no model.

use std::fmt;

use crate::audio::Audio;

/// A problem with a recording. Its text says what to do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RecordingWarning {
    /// It is silent or nearly silent.
    Silent {
        /// The loudest sample, relative to full scale, in decibels.
        peak_db: f64,
    },
    /// Its peaks are clipped.
    Clipped {
        /// The share of clipped samples.
        share: f64,
    },
    /// It is shorter than a voice needs.
    TooShort {
        /// Its duration, in seconds.
        duration_s: f64,
    },
    /// The speech is hardly louder than the background.
    Noisy {
        /// Level of the loud parts relative to the quiet ones, in decibels.
        range_db: f64,
    },
    /// It is noise throughout, as if the file's bytes were not audio.
    OnlyNoise,
    /// The file declares more sound than it contains.
    Incomplete {
        /// Duration of the missing sound, in seconds.
        missing_s: f64,
    },
    /// Only its start is used.
    Cut {
        /// Duration of the used part, in seconds.
        kept_s: f64,
    },
    /// Parts of the file could not be decoded.
    DamagedPackets {
        /// The number of damaged packets.
        count: usize,
    },
}

/// The reference cuts prompts at 30 s and states no minimum; voices from shorter recordings often differ from the
/// speaker.
const SHORTEST_S: f64 = 3.0;
/// Below this peak there is only the noise of a converter.
const SILENT_PEAK: f32 = 0.003_162_277_7;
/// Samples this near to full scale count as clipped if several are in a row: a single one may be a peak.
const CLIPPED_LEVEL: f32 = 0.999;
const CLIPPED_IN_A_ROW: usize = 3;
/// A smaller share is inaudible.
const CLIPPED_SHARE: f64 = 0.001;
/// Loudness is measured in this many frames per second: 20 ms each, shorter than a syllable.
const FRAMES_PER_SECOND: u32 = 50;
/// Between syllables, the level of clean speech falls by 30 dB and more; with noise at 10 dB below the speech, by 10.
const QUIETEST_RANGE_DB: f64 = 15.0;
/// The largest correlation of neighbouring samples in noise; in speech, whose power lies far below half the sample
/// rate, it is 0.8 and more.
const NOISE_CORRELATION: f64 = 0.1;
/// In less than two seconds a speaker may not have paused.
const MIN_FRAMES: usize = 100;

impl fmt::Display for RecordingWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent { peak_db } if peak_db.is_finite() => write!(
                formatter,
                "the recording is nearly silent (its loudest sample is at {peak_db:.0} dB), so the voice will be \
                 unusable; check the microphone, and record again"
            ),
            Self::Silent { .. } => formatter.write_str(
                "the recording is completely silent, so the voice will be unusable; check the microphone, and \
                 record again",
            ),
            Self::Clipped { share } => write!(
                formatter,
                "{:.1} % of the recording is clipped, so the voice may sound harsh; record again at a lower \
                 level",
                100.0 * share
            ),
            Self::TooShort { duration_s } => write!(
                formatter,
                "the recording lasts only {duration_s:.1} s; use 5 to 15 s of speech for a voice more like the \
                 speaker's"
            ),
            Self::Noisy { range_db } => write!(
                formatter,
                "the speech is only {range_db:.0} dB louder than the background, which will be heard in the \
                 voice; record in a quiet room, nearer to the microphone and without music"
            ),
            Self::OnlyNoise => formatter.write_str(
                "the recording is nothing but noise, so the voice will be unusable; the file may be damaged: play it, \
                 and record or export it again",
            ),
            Self::Incomplete { missing_s } => write!(
                formatter,
                "{missing_s:.1} s of the sound that the file declares are missing or damaged; export or download it \
                 again"
            ),
            Self::Cut { kept_s } => write!(
                formatter,
                "only the first {kept_s:.0} s of the recording are used; longer recordings garble the speech"
            ),
            Self::DamagedPackets { count } => write!(
                formatter,
                "{count} damaged part{} of the file {} skipped; export or download it again",
                if *count == 1 { "" } else { "s" },
                if *count == 1 { "was" } else { "were" }
            ),
        }
    }
}

/// Problems that the samples show.
pub fn inspect(audio: &Audio) -> Vec<RecordingWarning> {
    let peak = audio.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak < SILENT_PEAK {
        return vec![RecordingWarning::Silent { peak_db: 20.0 * f64::from(peak).log10() }];
    }
    let mut warnings = Vec::new();
    let duration_s = audio.duration_s();
    if duration_s < SHORTEST_S {
        warnings.push(RecordingWarning::TooShort { duration_s });
    }
    let share = clipped(&audio.samples) as f64 / audio.samples.len() as f64;
    if share > CLIPPED_SHARE {
        warnings.push(RecordingWarning::Clipped { share });
    }
    if correlation_of_neighbours(&audio.samples).abs() < NOISE_CORRELATION {
        warnings.push(RecordingWarning::OnlyNoise);
    } else if let Some(range_db) = range_db(audio).filter(|range_db| *range_db < QUIETEST_RANGE_DB) {
        warnings.push(RecordingWarning::Noisy { range_db });
    }
    warnings
}

/// The number of samples in runs at full scale.
fn clipped(samples: &[f32]) -> usize {
    let runs = samples.chunk_by(|a, b| (a.abs() >= CLIPPED_LEVEL) == (b.abs() >= CLIPPED_LEVEL));
    runs.filter(|run| run.len() >= CLIPPED_IN_A_ROW && run[0].abs() >= CLIPPED_LEVEL).map(<[f32]>::len).sum()
}

/// The correlation of each sample with the next, from -1 to 1.
fn correlation_of_neighbours(samples: &[f32]) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let product: f64 = samples.windows(2).map(|pair| f64::from(pair[0]) * f64::from(pair[1])).sum();
    product / energy
}

/// The level of the loudest tenth of the frames relative to the quietest; `None` for a short sound.
fn range_db(audio: &Audio) -> Option<f64> {
    let frame = (audio.sample_rate_hz / FRAMES_PER_SECOND).max(1) as usize;
    let mut energies: Vec<f64> = audio
        .samples
        .chunks_exact(frame)
        .map(|frame| frame.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / frame.len() as f64)
        .collect();
    if energies.len() < MIN_FRAMES {
        return None;
    }
    energies.sort_by(f64::total_cmp);
    let (quiet, loud) = (energies[energies.len() / 10], energies[energies.len() * 9 / 10]);
    Some(if quiet > 0.0 { 10.0 * (loud / quiet).log10() } else { f64::INFINITY })
}
