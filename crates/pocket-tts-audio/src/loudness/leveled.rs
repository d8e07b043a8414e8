//! Brings a whole sound to a loudness exactly. The sound is kept in an unnamed temporary file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use super::leveler::{Leveler, PEAK_LIMIT_DBTP};
use super::meter::LoudnessMeter;
use crate::error::AudioError;

/// Samples that are read at once.
const BLOCK: usize = 16 << 10;
const BYTES_PER_SAMPLE: usize = 4;
/// Passes over the sound to find the gain, if its peaks are limited.
const MOST_PASSES: usize = 8;
/// How far from the target the search ends, in LU.
const TOLERANCE_LU: f64 = 0.02;
/// The greatest gain, in dB.
const MOST_GAIN_DB: f64 = 60.0;

/// A sound that comes, to be brought to a loudness once all of it is known.
#[derive(Debug)]
pub struct LoudnessSpool {
    target_lufs: f64,
    sample_rate_hz: u32,
    file: BufWriter<File>,
    samples: u64,
    meter: LoudnessMeter,
}

/// A sound that has been brought to a loudness, block by block.
#[derive(Debug)]
pub struct LeveledSound {
    blocks: SpooledBlocks,
    leveler: Option<Leveler>,
    gain_db: f64,
    loudness_lufs: Option<f64>,
}

/// The samples of a file.
#[derive(Debug)]
struct SpooledBlocks {
    file: BufReader<File>,
    left: u64,
}

impl LoudnessSpool {
    /// A sound that is to have `target_lufs`.
    ///
    /// # Errors
    /// The operating system's, if there can be no temporary file, and [`AudioError::SampleRate`] as their source.
    pub fn new(target_lufs: f64, sample_rate_hz: u32) -> io::Result<Self> {
        Ok(Self {
            target_lufs,
            sample_rate_hz,
            file: BufWriter::new(tempfile::tempfile()?),
            samples: 0,
            meter: meter(sample_rate_hz)?,
        })
    }

    /// Appends `samples`, `[samples]` mono.
    ///
    /// # Errors
    /// If the temporary file can't be written.
    pub fn push(&mut self, samples: &[f32]) -> io::Result<()> {
        self.meter.push(samples);
        self.samples += samples.len() as u64;
        samples.iter().try_for_each(|sample| self.file.write_all(&sample.to_le_bytes()))
    }

    /// Finds the gain with which the sound has the target's loudness, measured with `silence` samples of silence after it,
    /// as some formats append. If that gain makes peaks exceed [`PEAK_LIMIT_DBTP`], they are limited, and the gain
    /// accounts for it.
    ///
    /// A sound that is too short or too quiet to be measured stays as it is.
    ///
    /// # Errors
    /// If the temporary file can't be read.
    pub fn finish(mut self, silence: usize) -> io::Result<LeveledSound> {
        self.meter.push(&vec![0.0; silence]);
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut blocks = SpooledBlocks { file: BufReader::new(file), left: 0 };
        let mut measured = self.meter.loudness_lufs();
        let mut gain_db = 0.0;
        if let Some(loudness) = measured {
            gain_db = (self.target_lufs - loudness).min(MOST_GAIN_DB);
            measured = Some(loudness + gain_db);
            if self.meter.true_peak_dbtp() + gain_db > PEAK_LIMIT_DBTP {
                for _ in 0..MOST_PASSES {
                    blocks.rewind(self.samples)?;
                    let found = with_gain(&mut blocks, gain_db, self.sample_rate_hz, silence)?;
                    measured = Some(found);
                    let missing = self.target_lufs - found;
                    if missing.abs() <= TOLERANCE_LU || gain_db + missing > MOST_GAIN_DB {
                        break;
                    }
                    // The more is limited, the less does more gain change.
                    gain_db += missing * 1.3;
                }
            }
        }
        blocks.rewind(self.samples)?;
        let leveler = Some(Leveler::new(gain_db, self.sample_rate_hz));
        Ok(LeveledSound { blocks, leveler, gain_db, loudness_lufs: measured })
    }
}

/// The loudness with this gain.
fn with_gain(
    blocks: &mut SpooledBlocks,
    gain_db: f64,
    sample_rate_hz: u32,
    silence: usize,
) -> io::Result<f64> {
    let (mut leveler, mut meter) = (Leveler::new(gain_db, sample_rate_hz), meter(sample_rate_hz)?);
    while let Some(block) = blocks.next()? {
        meter.push(&leveler.push(&block));
    }
    meter.push(&leveler.finish());
    meter.push(&vec![0.0; silence]);
    Ok(meter.loudness_lufs().unwrap_or(f64::NEG_INFINITY))
}

fn meter(sample_rate_hz: u32) -> io::Result<LoudnessMeter> {
    LoudnessMeter::new(sample_rate_hz)
        .map_err(|error: AudioError| io::Error::new(io::ErrorKind::InvalidInput, error))
}

impl LeveledSound {
    /// The next samples; `None` at the end.
    ///
    /// # Errors
    /// If the temporary file can't be read.
    pub fn next_block(&mut self) -> io::Result<Option<Vec<f32>>> {
        let Some(leveler) = &mut self.leveler else { return Ok(None) };
        match self.blocks.next()? {
            Some(block) => Ok(Some(leveler.push(&block))),
            None => Ok(self.leveler.take().map(Leveler::finish)),
        }
    }

    /// The gain, in dB, of all that is not limited.
    pub fn gain_db(&self) -> f64 {
        self.gain_db
    }

    /// The loudness of the result, in LUFS; `None` if it can't be measured.
    pub fn loudness_lufs(&self) -> Option<f64> {
        self.loudness_lufs
    }
}

impl SpooledBlocks {
    /// Goes to the start of `samples` samples.
    fn rewind(&mut self, samples: u64) -> io::Result<()> {
        self.left = samples;
        self.file.seek(SeekFrom::Start(0)).map(drop)
    }

    fn next(&mut self) -> io::Result<Option<Vec<f32>>> {
        let count = self.left.min(BLOCK as u64) as usize;
        if count == 0 {
            return Ok(None);
        }
        self.left -= count as u64;
        let mut bytes = vec![0; count * BYTES_PER_SAMPLE];
        self.file.read_exact(&mut bytes)?;
        let (samples, _) = bytes.as_chunks::<BYTES_PER_SAMPLE>();
        Ok(Some(samples.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
    }
}
