//! Work on whole sets: measuring, preparing, encoding and decoding.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::available_parallelism,
};

use pocket_tts_audio::AudioFormat;
use pocket_tts_dataset::{
    CutRules, DatasetError, Filter, LatentCodec as _, Manifest, Preparation, Recordings, Trim,
    jobs::{JobOptions, JobSummary, Jobs, Shard},
    latents::{LatentStore, decode},
    tasks::{Task, write_report},
};
use pyo3::prelude::*;

use super::codec::ModelCodec;
use crate::{errors::Raise, model::Model, sound::format_of, waiting::interruptible};

/// Recordings that were worked on, were done before, and failed; and whether all parts are complete.
type SummaryTuple = (u64, u64, u64, bool);

/// How work is done, by the keys of a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct WorkSettings {
    /// Such as `1/4`.
    shard: String,
    threads: Option<usize>,
    fail_fast: bool,
    /// Called after each recording with its number and the reason if it failed. The work goes on if it returns `True`.
    progress: Option<Py<PyAny>>,
}

/// What is done to recordings, by the keys of a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct PreparationSettings {
    /// Below this, in dBFS, ends are silence.
    trim: Option<f64>,
    trim_kept: f64,
    sample_rate: Option<u32>,
    gain: Option<f64>,
    loudness: Option<f64>,
    peak: Option<f64>,
    fade: Option<f64>,
    format: String,
}

impl PreparationSettings {
    fn task(&self) -> PyResult<Task> {
        let preparation = Preparation {
            trim: self.trim.map(|threshold_dbfs| Trim { threshold_dbfs, kept_s: self.trim_kept }),
            sample_rate_hz: self.sample_rate,
            gain_db: self.gain,
            loudness_lufs: self.loudness,
            peak_dbfs: self.peak,
            fade_s: self.fade,
        };
        preparation.check().map_err(Raise::raise)?;
        Ok(Task::Prepare { preparation, format: format_of(&self.format)? })
    }
}

/// Measures the recordings of a folder or manifest.
#[pyfunction]
pub(crate) fn measure_set(
    py: Python<'_>,
    input: PathBuf,
    output: PathBuf,
    filters: Vec<String>,
    work: WorkSettings,
) -> PyResult<SummaryTuple> {
    run_task(py, Task::Measure, (input, output), &filters, work)
}

/// Writes prepared copies of the recordings of a folder or manifest, and measures them.
#[pyfunction]
pub(crate) fn prepare_set(
    py: Python<'_>,
    paths: (PathBuf, PathBuf),
    preparation: PreparationSettings,
    filters: Vec<String>,
    work: WorkSettings,
) -> PyResult<SummaryTuple> {
    run_task(py, preparation.task()?, paths, &filters, work)
}

/// How utterances are cut, by the keys of a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct CutSettings {
    sample_rate: Option<u32>,
    format: String,
    seed: u64,
    /// Seconds; 0 for any.
    longest_prompt: f64,
}

/// Cuts the utterances of a manifest into voice prompts and what follows them.
#[pyfunction]
pub(crate) fn cut_set(
    py: Python<'_>,
    paths: (PathBuf, PathBuf),
    settings: CutSettings,
    work: WorkSettings,
) -> PyResult<SummaryTuple> {
    let CutSettings { sample_rate, format, seed, longest_prompt } = settings;
    let rules = CutRules { longest_prompt_s: longest_prompt, ..CutRules::default() };
    rules.check().map_err(Raise::raise)?;
    let format = format_of(&format)?;
    run_task(py, Task::Cut { rules, seed, sample_rate_hz: sample_rate, format }, paths, &[], work)
}

/// Encodes the recordings of a manifest to files of latents in a folder.
#[pyfunction]
pub(crate) fn encode_set(
    py: Python<'_>,
    model: &Bound<'_, Model>,
    manifest: PathBuf,
    folder: PathBuf,
    work: WorkSettings,
) -> PyResult<SummaryTuple> {
    let codec = codec(model)?;
    work.run(py, move |options, progress| {
        let manifest = Manifest::open(&manifest)?;
        LatentStore::new(&manifest, &codec, folder).encode(options, progress)
    })
}

/// Decodes the latents of a manifest to sound files in a folder.
#[pyfunction]
pub(crate) fn decode_latents_of_set(
    py: Python<'_>,
    model: &Bound<'_, Model>,
    paths: (PathBuf, PathBuf),
    format: &str,
    work: WorkSettings,
) -> PyResult<SummaryTuple> {
    let (codec, format): (ModelCodec, AudioFormat) = (codec(model)?, format_of(format)?);
    work.run(py, move |options, progress| {
        let (manifest, output) = (Manifest::open(&paths.0)?, paths.1);
        let settings = format!("decode 1 {} {format}", codec.hash());
        let jobs = Jobs::new(&output, settings, options)?;
        decode(&manifest, &codec, format, &jobs, progress)
    })
}

fn codec(model: &Bound<'_, Model>) -> PyResult<ModelCodec> {
    let (py, model) = (model.py(), model.get());
    let hash = model.encoder_hash(py)?;
    Ok(ModelCodec { model: model.core().clone(), hash, weights_path: model.weights_path().to_owned() })
}

fn run_task(
    py: Python<'_>,
    task: Task,
    paths: (PathBuf, PathBuf),
    filters: &[String],
    work: WorkSettings,
) -> PyResult<SummaryTuple> {
    let filters = filters.iter().map(|text| text.parse()).collect::<Result<Vec<Filter>, DatasetError>>();
    let (filters, (input, output)) = (filters.map_err(Raise::raise)?, paths);
    work.run(py, move |options, progress| {
        // A manifest states whole paths, so that it can be read from anywhere.
        let input = std::path::absolute(&input).unwrap_or(input);
        let recordings = Recordings::open_without(&input, &output)?;
        let jobs = Jobs::new(&output, task.settings(&filters), options)?;
        let summary = task.run(&recordings, &filters, &jobs, progress)?;
        if summary.is_complete && task.has_report() {
            write_report(&output)?;
        }
        Ok(summary)
    })
}

type Report<'a> = &'a (dyn Fn(u64, Option<&DatasetError>) + Sync);

impl WorkSettings {
    /// Does work in a thread of its own. A signal stops it after the recordings that it has begun.
    fn run(
        self,
        py: Python<'_>,
        work: impl FnOnce(JobOptions<'_>, Report<'_>) -> Result<JobSummary, DatasetError> + Send + 'static,
    ) -> PyResult<SummaryTuple> {
        let shard: Shard = self.shard.parse().map_err(|error: DatasetError| error.raise())?;
        let threads = self.threads.unwrap_or_else(|| available_parallelism().map_or(1, Into::into)).max(1);
        let (fail_fast, progress) = (self.fail_fast, self.progress);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let outcome = interruptible(py, move || {
            let report = |index: u64, error: Option<&DatasetError>| {
                if let Some(callable) = &progress
                    && !call(callable, index, error)
                {
                    stopped.store(true, Ordering::Relaxed);
                }
            };
            work(JobOptions { shard, threads, fail_fast, stop: &stopped }, &report)
        });
        if outcome.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        let JobSummary { done, skipped, failed, is_complete } = outcome?.map_err(Raise::raise)?;
        Ok((done, skipped, failed, is_complete))
    }
}

/// Calls `callable` with a number and a reason. Returns whether the work goes on: not if the interpreter ends.
fn call(callable: &Py<PyAny>, index: u64, error: Option<&DatasetError>) -> bool {
    let called = Python::try_attach(|py| {
        let reason = error.map(ToString::to_string);
        callable.call1(py, (index, reason)).and_then(|goes_on| goes_on.extract(py)).unwrap_or_else(|error| {
            error.write_unraisable(py, Some(callable.bind(py)));
            false
        })
    });
    called.unwrap_or(false)
}
