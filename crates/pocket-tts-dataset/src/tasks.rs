//! The work of the commands: measuring, preparing and cutting all recordings of a set.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use pocket_tts_audio::{Audio, AudioFormat, SoundFile};
use pocket_tts_files::AtomicFile;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::cuts::CutRules;
use crate::error::DatasetError;
use crate::jobs::{JobSummary, Jobs, Outcome, Work, create_folder, file_bytes, file_identity, of_file};
use crate::manifest::ManifestEntry;
use crate::metrics::{Filter, Meter, Metrics, Report};
use crate::operations::Preparation;
use crate::reader::ChannelMix;
use crate::recordings::{Recording, Recordings, read_mono};

/// Seconds of sound that are measured at once.
const BLOCK_S: f64 = 10.0;
/// The version of the results. Another one makes no earlier result count.
const VERSION: &str = "pocket-tts-dataset 1";

/// What is called after the work on each recording, with its number and the reason if it failed.
pub type Progress<'a> = &'a (dyn Fn(u64, Option<&DatasetError>) + Sync);

/// Work that is the same for all recordings.
#[derive(Clone, Debug)]
pub enum Task {
    /// Measures them; the lines of the manifest get the field `metrics`.
    Measure,
    /// Writes prepared copies, and measures them.
    Prepare {
        /// What is done.
        preparation: Preparation,
        /// The format of the copies.
        format: AudioFormat,
    },
    /// Writes the voice prompt of each utterance and what follows it, see [`CutRules::parts`].
    Cut {
        /// Where utterances are cut.
        rules: CutRules,
        /// Another seed cuts elsewhere.
        seed: u64,
        /// The sample rate of the parts, or their own.
        sample_rate_hz: Option<u32>,
        /// Their format.
        format: AudioFormat,
    },
}

impl Task {
    /// Whether the lines of the manifest have metrics, for [`write_report`].
    pub fn has_report(&self) -> bool {
        !matches!(self, Self::Cut { .. })
    }

    /// What the results depend on.
    pub fn settings(&self, filters: &[Filter]) -> String {
        format!("{VERSION} {self:?} {filters:?}")
    }

    /// Does it for all recordings of a set. Recordings that don't meet all filters are left out. `progress` is called
    /// after each.
    ///
    /// # Errors
    /// As [`Jobs::run`], [`DatasetError::Name`] of the folder of the results, and [`DatasetError::Option`] if results would
    /// lie among the recordings or replace their manifest, or a folder is to be cut, which has no words.
    pub fn run(
        &self,
        recordings: &Recordings,
        filters: &[Filter],
        jobs: &Jobs<'_>,
        progress: Progress<'_>,
    ) -> Result<JobSummary, DatasetError> {
        DatasetError::demand_name(jobs.folder())?;
        self.check_places(recordings, jobs.folder())?;
        let work = TaskWork { task: self, recordings, filters, folder: jobs.folder(), progress };
        jobs.run(recordings.len(), &work)
    }

    /// Refuses places of the results where they would mix with the recordings.
    fn check_places(&self, recordings: &Recordings, output: &Path) -> Result<(), DatasetError> {
        let is_same = |one: &Path, other: &Path| matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other);
        let name = output.display();
        match recordings {
            Recordings::Folder { folder, .. } if matches!(self, Self::Cut { .. }) => {
                Err(DatasetError::Option(format!(
                    "{} is a folder, where a manifest with the times of words is needed to cut",
                    folder.display()
                )))
            }
            Recordings::Folder { folder, .. }
                if !matches!(self, Self::Measure) && is_same(folder, output) =>
            {
                Err(DatasetError::Option(format!(
                    "{name} is the folder of the recordings, so the copies would mix with them; choose another folder for the results"
                )))
            }
            Recordings::Manifest(manifest) if is_same(manifest.path(), &output.join("manifest.jsonl")) => {
                Err(DatasetError::Option(format!(
                    "the results in {name} would replace the manifest that is read; choose another folder for them"
                )))
            }
            _ => Ok(()),
        }
    }

    /// The main output of a recording, if there is one.
    fn output(&self, recording: &Recording, folder: &Path) -> Option<PathBuf> {
        match self {
            Self::Measure => None,
            Self::Prepare { format, .. } => Some(output(folder, &recording.name, "", *format)),
            Self::Cut { format, .. } => Some(output(folder, &recording.name, "_target", *format)),
        }
    }

    fn one(
        &self,
        index: u64,
        recording: &Recording,
        filters: &[Filter],
        folder: &Path,
    ) -> Result<Outcome, DatasetError> {
        let entry = &recording.entry;
        match self {
            Self::Measure => {
                let metrics = measure(entry)?;
                Ok(kept_or_left_out(index, entry, &metrics, filters))
            }
            Self::Prepare { preparation, format } => {
                let of_sound = |source| DatasetError::Sound { path: entry.path.clone(), source };
                let prepared = preparation.apply(read_mono(entry, None)?).map_err(of_sound)?;
                let metrics = Metrics::of(&prepared.samples, prepared.sample_rate_hz).map_err(of_sound)?;
                let path = output(folder, &recording.name, "", *format);
                let mut written = moved(entry, path.clone(), prepared.duration_s());
                if preparation.trim.is_some() {
                    // The times of words no longer fit.
                    written.words = None;
                }
                let outcome = kept_or_left_out(index, &written, &metrics, filters);
                if matches!(outcome, Outcome::Kept(_)) {
                    save(&prepared, &path)?;
                }
                Ok(outcome)
            }
            Self::Cut { rules, seed, sample_rate_hz, format } => {
                CutRules::check_words(entry)?;
                let (prompt, target) = rules.parts(entry, *seed, index);
                let write = |part: &ManifestEntry, ending| -> Result<ManifestEntry, DatasetError> {
                    let audio = read_mono(part, *sample_rate_hz)?;
                    let path = output(folder, &recording.name, ending, *format);
                    save(&audio, &path)?;
                    Ok(moved(part, path, audio.duration_s()))
                };
                let mut row = row(&write(&target, "_target")?);
                if let Some(prompt) = prompt {
                    let prompt = write(&prompt, "_prompt")?;
                    row.insert("voice".to_owned(), json!(prompt.path));
                    row.insert("voice_transcript".to_owned(), json!(prompt.transcript));
                }
                Ok(Outcome::Kept(vec![Value::Object(row)]))
            }
        }
    }
}

struct TaskWork<'a> {
    task: &'a Task,
    recordings: &'a Recordings,
    filters: &'a [Filter],
    folder: &'a Path,
    progress: Progress<'a>,
}

impl Work for TaskWork<'_> {
    fn name(&self) -> &'static str {
        match self.task {
            Task::Measure => "measure",
            Task::Prepare { .. } => "prepare",
            Task::Cut { .. } => "cut",
        }
    }

    fn identity(&self, index: u64) -> String {
        match self.recordings.get(index) {
            Ok(recording) => {
                let entry = serde_json::to_string(&recording.entry).unwrap_or_default();
                format!("{entry} {}", file_identity(&recording.entry.path))
            }
            Err(error) => error.to_string(),
        }
    }

    fn is_there(&self, index: u64) -> bool {
        let Ok(recording) = self.recordings.get(index) else { return true };
        self.filters_may_drop() || self.task.output(&recording, self.folder).is_none_or(|path| path.exists())
    }

    fn bytes(&self, index: u64) -> u64 {
        let Ok(recording) = self.recordings.get(index) else { return 0 };
        let prompt = match self.task {
            Task::Cut { format, .. } => Some(output(self.folder, &recording.name, "_prompt", *format)),
            _ => None,
        };
        let files = self.task.output(&recording, self.folder).into_iter().chain(prompt);
        files.map(|path| file_bytes(&path)).sum()
    }

    fn work(&self, index: u64) -> Result<Outcome, DatasetError> {
        self.task.one(index, &self.recordings.get(index)?, self.filters, self.folder)
    }

    fn report(&self, index: u64, error: Option<&DatasetError>) {
        (self.progress)(index, error);
    }
}

impl TaskWork<'_> {
    /// Whether a missing output may have been left out.
    fn filters_may_drop(&self) -> bool {
        !self.filters.is_empty()
    }
}

/// The report of a folder's `manifest.jsonl`, whose lines have metrics; writes it there as `report.svg`.
///
/// # Errors
/// [`DatasetError::Read`] and [`DatasetError::Save`].
pub fn write_report(folder: &Path) -> Result<Report, DatasetError> {
    let manifest = folder.join("manifest.jsonl");
    let mut report = Report::default();
    let file = File::open(&manifest).map_err(DatasetError::read(&manifest))?;
    for line in BufReader::new(file).lines() {
        let line = line.map_err(DatasetError::read(&manifest))?;
        let row: Option<Row> = serde_json::from_str(&line).ok();
        if let Some(row) = row {
            report.add(&row.metrics);
        }
    }
    let path = folder.join("report.svg");
    let mut picture = AtomicFile::create(&path)?;
    picture.write_all(report.to_svg().as_bytes()).map_err(of_file(&path))?;
    picture.commit()?;
    Ok(report)
}

#[derive(Deserialize)]
struct Row {
    metrics: Metrics,
}

/// Measures a recording in blocks, so that its length does not matter.
///
/// # Errors
/// [`DatasetError::Sound`] and [`DatasetError::NoSound`].
pub fn measure(entry: &ManifestEntry) -> Result<Metrics, DatasetError> {
    let of_sound = |source| DatasetError::Sound { path: entry.path.clone(), source };
    let mut file = SoundFile::open(&entry.path).map_err(of_sound)?;
    let rate = f64::from(file.sample_rate_hz());
    let mut meter = Meter::new(file.sample_rate_hz()).map_err(of_sound)?;
    let mut position = (entry.start * rate).round() as u64;
    // An unknown duration is infinite, and ends with the file.
    let end = ((entry.start + entry.duration) * rate).round() as u64;
    let (mut block, mut mono) = (Vec::new(), Vec::new());
    let begin = position;
    while position < end {
        block.clear();
        mono.clear();
        let wanted = (end - position).min((BLOCK_S * rate) as u64) as usize;
        let read = file.read(position, wanted, &mut block).map_err(of_sound)?;
        ChannelMix::mix(&block, file.channels(), &mut mono);
        meter.push(&mono);
        position += read as u64;
        if read < wanted {
            break;
        }
    }
    if position == begin {
        return Err(DatasetError::NoSound { path: entry.path.clone(), start_s: entry.start });
    }
    Ok(meter.finish())
}

fn kept_or_left_out(index: u64, entry: &ManifestEntry, metrics: &Metrics, filters: &[Filter]) -> Outcome {
    let mut row = row(&ManifestEntry { duration: metrics.duration, ..entry.clone() });
    row.insert("metrics".to_owned(), json!(metrics));
    match filters.iter().find(|filter| !filter.accepts(metrics)) {
        None => Outcome::Kept(vec![Value::Object(row)]),
        Some(filter) => Outcome::LeftOut(json!({
            "index": index,
            "path": entry.path,
            "error": format!("it does not meet {filter}"),
            "metrics": metrics,
        })),
    }
}

fn row(entry: &ManifestEntry) -> Map<String, Value> {
    match serde_json::to_value(entry) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The entry of a file that was made of another.
fn moved(entry: &ManifestEntry, path: PathBuf, duration: f64) -> ManifestEntry {
    ManifestEntry { path, duration, start: 0.0, latents_file: None, ..entry.clone() }
}

fn output(folder: &Path, name: &str, ending: &str, format: AudioFormat) -> PathBuf {
    folder.join(format!("{name}{ending}.{}", format.extensions()[0]))
}

/// Saves a sound, in a folder that is created.
fn save(audio: &Audio, path: &Path) -> Result<(), DatasetError> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    Ok(audio.save(path)?)
}
