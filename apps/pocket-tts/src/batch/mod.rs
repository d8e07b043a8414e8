//! `pocket-tts batch`: speaks the lines of a manifest into a folder.
//!
//! This is the order of the work. It must not know how lines are read or spoken.

mod digest;
mod job;
mod line;
mod log;
mod manifest;
mod name;
mod outputs;
mod plan;
mod report;
mod shard;
mod speaking;
mod timestamps;
mod voices;

use std::fs;
use std::path::Path;

use pocket_tts_core::TtsModel;
use pocket_tts_files::remove_abandoned_files;

use crate::cli::BatchArguments;
use crate::console::Console;
use crate::exit::Failure;
use crate::generate;
use crate::interruption::Interruption;
use crate::settings::{Settings, SharedSettings};
use crate::standard_output;
use job::JobMaker;
use log::{Completed, Log, is_log};
use manifest::Manifest;
use plan::{Choice, Plan};
use report::Report;
use shard::Shard;
use speaking::LineSpeaker;

/// Lines per thread that are spoken at once by default, as each pass over the weights serves all of them.
const LINES_PER_THREAD: usize = 2;
/// The most lines that are spoken at once by default.
const MOST_JOBS: usize = 32;

/// Runs the subcommand.
pub(crate) fn run(arguments: &BatchArguments) -> Result<(), Failure> {
    let shard = arguments.shard.as_deref().map_or(Ok(Shard::WHOLE), Shard::parse)?;
    if arguments.jobs == Some(0) {
        return Err(Failure::Usage("invalid value `0` for --jobs; it must be 1 or more".to_owned()));
    }
    if arguments.json && standard_output::was_closed() {
        return Err(Failure::ClosedResults);
    }
    let captions = arguments.timestamps.as_deref().map_or(Ok(None), timestamps::parse)?;
    let common = SharedSettings::gather(&arguments.of_generate())?;
    let maker = JobMaker::new(common, arguments.out.clone(), captions)?;
    let settings = maker.shared()?;
    let console = Console::new(settings.quiet);
    refuse_log(&arguments.manifest, &arguments.out)?;
    let manifest = Manifest::open(&arguments.manifest)?;
    let folder = maker.folder();
    let completed = if arguments.overwrite { Completed::default() } else { Completed::read(folder)? };
    let report = Report::new(&console, manifest.name(), folder, arguments.json);
    let choice = Choice { shard, completed, fail_fast: arguments.fail_fast };
    console.progress(&format!("reading {} ...", manifest.name()));
    let plan = Plan::make(&manifest, &maker, &choice, &report);
    console.progress("");
    let plan = plan?;
    drop(choice);

    let outcome = if plan.lines() > 0 {
        let interruption = Interruption::install();
        fs::create_dir_all(folder)
            .map_err(|source| Failure::CreateFolder { path: folder.to_owned(), source })?;
        remove_abandoned_files(folder);
        let log = Log::open(folder, shard)?;
        let fail_fast = arguments.fail_fast;
        let speaker = LineSpeaker {
            manifest: &manifest,
            maker: &maker,
            log: &log,
            report: &report,
            interruption: &interruption,
            fail_fast,
        };
        speak(plan, &speaker, settings, &console, arguments.jobs)
    } else {
        Ok(())
    };
    report.finish()?;
    outcome?;
    if report.has_failures() { Err(report.failure()) } else { Ok(()) }
}

/// Speaks the lines of one model after the other, so that one at a time is in memory.
fn speak(
    plan: Plan,
    speaker: &LineSpeaker<'_>,
    mut settings: Settings,
    console: &Console,
    jobs: Option<usize>,
) -> Result<(), Failure> {
    let mut lines = plan.lines();
    let mut has_begun = false;
    for (choice, places) in plan.models {
        settings.model = choice;
        let model = generate::load(&settings, console);
        if !has_begun {
            console.progress("");
        }
        let outcome = match model {
            Ok(model) => {
                if !has_begun {
                    has_begun = true;
                    speaker.interruption.only_records();
                    speaker.report.begin(lines);
                }
                speaker.speak(&model, &places, jobs.unwrap_or_else(|| usual_jobs(&model)))
            }
            Err(failure) => {
                lines -= places.len();
                speaker.fail(failure, &places)
            }
        };
        if let Some(signal) = speaker.interruption.seen() {
            speaker.report.end();
            return Err(Failure::StoppedLines { spoken: speaker.report.spoken_lines(), signal });
        }
        let ends = speaker.fail_fast && speaker.report.has_failures();
        if outcome.is_err() || ends {
            speaker.report.end();
            return outcome;
        }
    }
    speaker.report.end();
    Ok(())
}

fn usual_jobs(model: &TtsModel) -> usize {
    model.threads().saturating_mul(LINES_PER_THREAD).min(MOST_JOBS)
}

/// Rejects a log as the manifest, as the run would write into it.
fn refuse_log(manifest: &Path, folder: &Path) -> Result<(), Failure> {
    let name = manifest.file_name().map(|name| name.to_string_lossy());
    let is_beside = || {
        matches!((manifest.canonicalize(), folder.canonicalize()),
        (Ok(manifest), Ok(folder)) if manifest.parent() == Some(&folder))
    };
    if name.is_some_and(|name| is_log(&name)) && is_beside() {
        return Err(Failure::Usage(format!(
            "{} is the log of the folder, not a manifest; give the manifest another name",
            manifest.display()
        )));
    }
    Ok(())
}
