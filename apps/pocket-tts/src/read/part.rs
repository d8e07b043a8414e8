//! A spoken passage on disk: its sound as a FLAC file, and what is known of it as a JSON file, which is written last. A part
//! is complete if both exist and fit together.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pocket_tts_audio::{AudioFormat, DecodeLimits, SoundWriter, decode};
use pocket_tts_files::{AtomicFile, SaveError};
use serde::{Deserialize, Serialize};

use super::digest::{PassageDigest, checksum};
use super::timeline::SpokenSentence;
use crate::exit::Failure;

/// The largest description that is read.
const MAX_DESCRIPTION_BYTES: u64 = 4 << 20;
/// No passage is longer.
const MAX_PART_S: f64 = 100_000.0;
/// A busy computer takes longer to decode a passage than the default allows.
const DECODING_TIME: Duration = Duration::from_mins(5);

/// What is known of a spoken passage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// The number of samples; 0 for a passage without words, which has no sound file.
    pub(super) samples: u64,
    pub(super) sample_rate_hz: u32,
    /// The silence before the next passage, in samples.
    pub(super) pause: u64,
    /// Sentences that were cut before the model ended them.
    pub(super) unfinished_sentences: usize,
    pub(super) sentences: Vec<SpokenSentence>,
    /// The SHA-256 of the sound file.
    pub(super) checksum: String,
}

impl Part {
    /// The length of its sound.
    pub(super) fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate_hz)
    }
}

/// The endings of the two files.
const ENDINGS: [&str; 2] = ["flac", "json"];

/// Whether a file is one of a passage, by its name. A user's own sound in the folder has another one.
pub(super) fn is_part(path: &Path) -> bool {
    let text = |part: Option<&OsStr>| part.and_then(OsStr::to_str).unwrap_or_default().to_owned();
    let (stem, ending) = (text(path.file_stem()), text(path.extension()));
    PassageDigest::is_name(&stem) && ENDINGS.contains(&ending.as_str())
}

/// Stores a passage.
pub(super) fn store(
    folder: &Path,
    digest: PassageDigest,
    part: Part,
    samples: &[f32],
) -> Result<Part, Failure> {
    let [sound_path, description_path] = paths(folder, digest);
    let samples_len = samples.len() as u64;
    let mut part = Part { samples: samples_len, ..part };
    if !samples.is_empty() {
        let failed = |error| Failure::write(&sound_path.display().to_string(), error);
        let mut writer = SoundWriter::for_pipe(Vec::new(), AudioFormat::Flac, part.sample_rate_hz)?;
        writer.write(samples).map_err(failed)?;
        let bytes = writer.finish().map_err(failed)?;
        part.checksum = checksum(&bytes);
        write(&sound_path, &bytes)?;
    }
    let description = serde_json::to_vec(&part).map_err(|error| Failure::Internal(error.to_string()))?;
    write(&description_path, &description)?;
    Ok(part)
}

/// The passage, if it is stored completely and has this sample rate.
pub(super) fn find(folder: &Path, digest: PassageDigest, sample_rate_hz: u32) -> Option<Part> {
    let [sound_path, description_path] = paths(folder, digest);
    if fs::metadata(&description_path).ok()?.len() > MAX_DESCRIPTION_BYTES {
        return None;
    }
    let part: Part = serde_json::from_slice(&fs::read(&description_path).ok()?).ok()?;
    let is_whole = part.samples == 0 || checksum(&fs::read(&sound_path).ok()?) == part.checksum;
    (is_whole && part.sample_rate_hz == sample_rate_hz).then_some(part)
}

/// The samples of a stored passage.
pub(super) fn samples(folder: &Path, digest: PassageDigest, part: &Part) -> Result<Vec<f32>, Failure> {
    if part.samples == 0 {
        return Ok(Vec::new());
    }
    let [path, _] = paths(folder, digest);
    let bytes = fs::read(&path).map_err(|source| Failure::ReadPart { path: path.clone(), source })?;
    let limits =
        DecodeLimits { max_duration_s: Some(MAX_PART_S), max_time: DECODING_TIME, ..DecodeLimits::default() };
    let audio = decode(&bytes, &limits).ok().filter(|audio| audio.samples.len() as u64 == part.samples);
    audio.map(|audio| audio.samples).ok_or_else(|| {
        Failure::Usage(format!("{} is damaged; remove it and run the same command again", path.display()))
    })
}

fn paths(folder: &Path, digest: PassageDigest) -> [PathBuf; 2] {
    ENDINGS.map(|ending| folder.join(format!("{}.{ending}", digest.name())))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).map_err(|reason| SaveError::Io { path: path.to_owned(), reason })?;
    Ok(file.commit()?)
}
