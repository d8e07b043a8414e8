//! `pocket-tts dataset`: measures, prepares and encodes sets of recordings.
//!
//! What is done is in `pocket-tts-dataset`. This is how users ask for it and what they see.

mod codec;
mod run;

use std::path::{Path, PathBuf};

use pocket_tts_audio::AudioFormat;
use pocket_tts_dataset::latents::{self, LatentStore};
use pocket_tts_dataset::tasks::{Task, write_report};
use pocket_tts_dataset::{CutRules, DatasetError, Filter, Manifest, Preparation, Recordings, Trim};

use crate::cli::{
    CodecArguments, DatasetAction, DatasetArguments, FilterArguments, FormatArguments, PreparationArguments,
    WorkArguments,
};
use crate::exit::Failure;
use codec::ModelCodec;
use run::DatasetRun;

/// Runs the subcommand.
pub(crate) fn run(arguments: &DatasetArguments) -> Result<(), Failure> {
    match &arguments.action {
        DatasetAction::Measure { work, output, filter } => {
            task(&Task::Measure, work, &output.out, &filters(filter)?)
        }
        DatasetAction::Prepare { work, output, filter, preparation, format } => {
            let preparation = preparation_of(preparation, format)?;
            let task_of = Task::Prepare { preparation, format: format_named(&format.format)? };
            task(&task_of, work, &output.out, &filters(filter)?)
        }
        DatasetAction::Cut { work, output, format, seed, longest_prompt } => {
            let rules = CutRules { longest_prompt_s: *longest_prompt, ..CutRules::default() };
            rules.check()?;
            Preparation { sample_rate_hz: format.rate, ..Preparation::default() }.check()?;
            let cut = Task::Cut {
                rules,
                seed: *seed,
                sample_rate_hz: format.rate,
                format: format_named(&format.format)?,
            };
            task(&cut, work, &output.out, &[])
        }
        DatasetAction::Encode { work, out, model } => encode(work, out.as_deref(), model),
        DatasetAction::Decode { work, output, format, model } => {
            decode(work, &output.out, format_named(format)?, model)
        }
    }
}

fn task(task: &Task, work: &WorkArguments, output: &Path, filters: &[Filter]) -> Result<(), Failure> {
    let run = DatasetRun::new(work)?;
    let output = absolute(output)?;
    let recordings = Recordings::open_without(&absolute(&work.input)?, &output)?;
    run.warn_of_few(&work.input, recordings.len(), recordings.left_out());
    let summary = run.with_jobs(recordings.len(), |options, progress| {
        let jobs = pocket_tts_dataset::jobs::Jobs::new(&output, task.settings(filters), options)?;
        task.run(&recordings, filters, &jobs, progress)
    })?;
    let has_report = summary.is_complete && task.has_report();
    let report = has_report.then(|| write_report(&output)).transpose()?;
    run.finish(&summary, &output.join("failed.jsonl"), report.as_ref())
}

fn encode(work: &WorkArguments, out: Option<&Path>, model: &CodecArguments) -> Result<(), Failure> {
    let run = DatasetRun::new(work)?;
    let manifest = manifest(&work.input, &run)?;
    let beside = work.input.parent().map(Path::to_owned).unwrap_or_default();
    let folder = absolute(out.unwrap_or(&beside))?;
    let codec = ModelCodec::load(model, run.console())?;
    let store = LatentStore::new(&manifest, &codec, folder.clone());
    let summary = run.with_jobs(manifest.len(), |options, progress| store.encode(options, progress))?;
    let failed = folder.join(format!("{}_latents.failed.jsonl", manifest.stem()));
    run.finish(&summary, &failed, None)
}

fn decode(
    work: &WorkArguments,
    output: &Path,
    format: AudioFormat,
    model: &CodecArguments,
) -> Result<(), Failure> {
    let run = DatasetRun::new(work)?;
    let manifest = manifest(&work.input, &run)?;
    let codec = ModelCodec::load(model, run.console())?;
    let output = absolute(output)?;
    let summary = run.with_jobs(manifest.len(), |options, progress| {
        use pocket_tts_dataset::latents::LatentCodec as _;
        let settings = format!("decode 1 {} {format}", codec.hash());
        let jobs = pocket_tts_dataset::jobs::Jobs::new(&output, settings, options)?;
        latents::decode(&manifest, &codec, format, &jobs, progress)
    })?;
    run.finish(&summary, &output.join("failed.jsonl"), None)
}

fn manifest(path: &Path, run: &DatasetRun<'_>) -> Result<Manifest, Failure> {
    let manifest = Manifest::open(path)?;
    run.warn_of_few(path, manifest.len(), 0);
    Ok(manifest)
}

/// Results name files, which must be found from any folder.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(path)
        .map_err(|reason| DatasetError::Read { path: path.to_owned(), reason })
        .map_err(Failure::from)
}

fn filters(arguments: &FilterArguments) -> Result<Vec<Filter>, Failure> {
    Ok(arguments.keep.iter().map(|text| text.parse()).collect::<Result<_, DatasetError>>()?)
}

fn format_named(name: &str) -> Result<AudioFormat, Failure> {
    name.parse().map_err(|_| Failure::Internal(format!("`{name}` is no format")))
}

fn preparation_of(
    arguments: &PreparationArguments,
    format: &FormatArguments,
) -> Result<Preparation, Failure> {
    let preparation = Preparation {
        trim: arguments.trim.map(|threshold_dbfs| Trim { threshold_dbfs, ..Trim::default() }),
        sample_rate_hz: format.rate,
        gain_db: arguments.gain,
        loudness_lufs: arguments.loudness,
        peak_dbfs: arguments.peak,
        fade_s: arguments.fade,
    };
    preparation.check()?;
    Ok(preparation)
}
