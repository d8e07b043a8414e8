//! Encodes the recordings of a manifest to files of latents, and decodes such files.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use pocket_tts_audio::{Audio, AudioFormat};
use pocket_tts_files::AtomicFile;
use serde_json::{Value, json};

use super::calibration::Calibration;
use super::codec::{LatentCodec, frame_rate, read_for_codec};
use super::file::{read_latents, write_latents};
use crate::error::DatasetError;
use crate::jobs::{JobOptions, JobSummary, Jobs, Outcome, Work, file_bytes, file_identity, of_file};
use crate::manifest::{Manifest, ManifestEntry};
use crate::tasks::Progress;

/// Digits of the hash that name the folder of the latents.
const TAG_DIGITS: usize = 8;
/// Recordings by which the encoder is calibrated, as upstream does.
const CALIBRATED: usize = 16;

/// Where the latents of a manifest's recordings are.
#[derive(Debug)]
pub struct LatentStore<'a> {
    manifest: &'a Manifest,
    codec: &'a dyn LatentCodec,
    /// The folder of the new manifest, from which the latents' files are named.
    folder: PathBuf,
}

impl std::fmt::Debug for dyn LatentCodec + '_ {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LatentCodec").field("hash", &self.hash()).finish_non_exhaustive()
    }
}

impl<'a> LatentStore<'a> {
    /// A store in a folder, which is usually that of the manifest. In another folder, the new manifest has absolute paths.
    pub fn new(manifest: &'a Manifest, codec: &'a dyn LatentCodec, folder: PathBuf) -> Self {
        Self { manifest, codec, folder }
    }

    /// Encodes all recordings whose latents are missing. A frame that the end of a recording does not fill is left out, as
    /// upstream does, unless it is the only one. When all parts are complete, writes the manifest with the latents
    /// and the list of failures, and calibrates the encoder.
    ///
    /// # Errors
    /// As [`Jobs::run`] and [`Calibration::measure`].
    pub fn encode(
        &self,
        options: JobOptions<'_>,
        progress: Progress<'_>,
    ) -> Result<JobSummary, DatasetError> {
        let stem = self.manifest.stem();
        let log_folder = self.folder.join(self.tag_folder());
        let jobs = Jobs::new(&log_folder, format!("latents 1 {}", self.codec.hash()), options)?
            .of_name(&stem)
            .with_results(
                self.folder.join(format!("{stem}_latents.jsonl")),
                self.folder.join(format!("{stem}_latents.failed.jsonl")),
            );
        let summary = jobs.run(self.manifest.len(), &EncodeWork { store: self, progress })?;
        if summary.is_complete {
            self.write_meta()?;
        }
        Ok(summary)
    }

    /// The folder of the latents, from the folder of the manifest on.
    fn tag_folder(&self) -> String {
        let hash = self.codec.hash();
        format!("latents/{}", hash.get(..TAG_DIGITS).unwrap_or(hash))
    }

    /// Whether the new manifest is in the folder of the old one.
    fn is_beside(&self) -> bool {
        let folder = self.manifest.path().parent().unwrap_or(Path::new(""));
        let whole = |path: &Path| Path::new(".").join(path).canonicalize().ok();
        whole(folder) == whole(&self.folder)
    }

    fn name(&self, index: u64) -> String {
        format!("{}/{}_{index:08}.safetensors", self.tag_folder(), self.manifest.stem())
    }

    fn write_meta(&self) -> Result<(), DatasetError> {
        let path = self.folder.join(format!("{}_latents.meta.json", self.manifest.stem()));
        let is_current = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        if is_current.is_some_and(|meta| meta["mimi_hash"] == self.codec.hash()) {
            return Ok(());
        }
        let Calibration { stitch_frames, noise_floor } =
            Calibration::measure(self.manifest, self.codec, CALIBRATED)?;
        let meta = json!({
            "stitch_frames": stitch_frames,
            "noise_floor": noise_floor,
            "frame_rate": frame_rate(self.codec),
            "weights_path": self.codec.weights_path(),
            "mimi_hash": self.codec.hash(),
        });
        let mut file = AtomicFile::create(&path)?;
        writeln!(file, "{meta:#}").map_err(of_file(&path))?;
        Ok(file.commit()?)
    }
}

struct EncodeWork<'a> {
    store: &'a LatentStore<'a>,
    progress: Progress<'a>,
}

impl Work for EncodeWork<'_> {
    fn name(&self) -> &'static str {
        "encode"
    }

    fn bytes(&self, index: u64) -> u64 {
        file_bytes(&self.store.folder.join(self.store.name(index)))
    }

    fn identity(&self, index: u64) -> String {
        let manifest = self.store.manifest;
        let line = manifest.line(index).unwrap_or_default();
        let entry = manifest.entry(index).map(|entry| file_identity(&entry.path)).unwrap_or_default();
        format!("{line} {entry}")
    }

    fn is_there(&self, index: u64) -> bool {
        // A damaged file is written again. Reading it takes far less time than encoding.
        let read = read_latents(&self.store.folder.join(self.store.name(index)));
        read.is_ok_and(|read| read.width == self.store.codec.width())
    }

    fn work(&self, index: u64) -> Result<Outcome, DatasetError> {
        let (manifest, codec) = (self.store.manifest, self.store.codec);
        let entry = manifest.entry(index)?;
        let samples = read_for_codec(&entry, codec)?;
        let mut latents = codec
            .encode(&samples)
            .map_err(|problem| DatasetError::Option(format!("{}: {problem}", entry.path.display())))?;
        let frames = (samples.len() as f64 * frame_rate(codec) / f64::from(codec.sample_rate_hz())) as usize;
        latents.truncate(frames.max(1) * codec.width());
        let name = self.store.name(index);
        write_latents(&self.store.folder.join(&name), codec.width(), &latents)?;
        // The line as it is, and one field more.
        let mut written = manifest.entry_as_written(index)?;
        if !self.store.is_beside() {
            // From another folder a relative path leads elsewhere.
            written.path = std::path::absolute(&entry.path).map_err(DatasetError::read(&entry.path))?;
            DatasetError::demand_name(&written.path)?;
        }
        Ok(Outcome::Kept(vec![json!(ManifestEntry { latents_file: Some(name), ..written })]))
    }

    fn report(&self, index: u64, error: Option<&DatasetError>) {
        (self.progress)(index, error);
    }
}

/// Decodes the latents of a manifest's recordings to sound files in a folder.
///
/// # Errors
/// As [`Jobs::run`], and [`DatasetError::Name`] of the folder of the results.
pub fn decode(
    manifest: &Manifest,
    codec: &dyn LatentCodec,
    format: AudioFormat,
    jobs: &Jobs<'_>,
    progress: Progress<'_>,
) -> Result<JobSummary, DatasetError> {
    DatasetError::demand_name(jobs.folder())?;
    let folder = manifest.path().parent().map(Path::to_owned).unwrap_or_default();
    let work = DecodeWork { manifest, codec, format, folder, output: jobs.folder(), progress };
    jobs.run(manifest.len(), &work)
}

struct DecodeWork<'a> {
    manifest: &'a Manifest,
    codec: &'a dyn LatentCodec,
    format: AudioFormat,
    /// The folder of the manifest.
    folder: PathBuf,
    output: &'a Path,
    progress: Progress<'a>,
}

impl DecodeWork<'_> {
    fn latents(&self, index: u64) -> Result<(ManifestEntry, PathBuf), DatasetError> {
        let entry = self.manifest.entry_as_written(index)?;
        let file = entry.latents_file.as_ref().map(|file| self.folder.join(file));
        let file = file.ok_or_else(|| DatasetError::Line {
            path: self.manifest.path().to_owned(),
            line: index + 1,
            problem: "it has no `latents_file`; encode first".to_owned(),
        })?;
        Ok((entry, file))
    }

    fn sound(&self, index: u64) -> PathBuf {
        let extension = self.format.extensions()[0];
        self.output.join(format!("{}_{index:08}.{extension}", self.manifest.stem()))
    }
}

impl Work for DecodeWork<'_> {
    fn name(&self) -> &'static str {
        "decode"
    }

    fn bytes(&self, index: u64) -> u64 {
        file_bytes(&self.sound(index))
    }

    fn identity(&self, index: u64) -> String {
        self.latents(index).map(|(_, file)| file_identity(&file)).unwrap_or_default()
    }

    fn is_there(&self, index: u64) -> bool {
        self.sound(index).exists()
    }

    fn work(&self, index: u64) -> Result<Outcome, DatasetError> {
        let (entry, file) = self.latents(index)?;
        let wrong = |problem: String| DatasetError::Latents { path: file.clone(), problem };
        let read = read_latents(&file)?;
        if read.width != self.codec.width() {
            let (found, width) = (read.width, self.codec.width());
            return Err(wrong(format!(
                "its latents have {found} numbers each, and this model's have {width}; use the model that made them"
            )));
        }
        let samples = self.codec.decode(&read.latents).map_err(wrong)?;
        let audio = Audio { samples, sample_rate_hz: self.codec.sample_rate_hz() };
        let path = self.sound(index);
        audio.save(&path)?;
        let duration = audio.duration_s();
        let entry = ManifestEntry { path, duration, start: 0.0, latents_file: None, ..entry };
        Ok(Outcome::Kept(vec![json!(entry)]))
    }

    fn report(&self, index: u64, error: Option<&DatasetError>) {
        (self.progress)(index, error);
    }
}
