//! `pocket-tts export-voice`: recordings become files that a model loads immediately.
//!
//! This is the order of the work. It must not know how voices are prepared or files are written.

mod existing;
mod plan;

use std::time::Instant;

use indicatif::ProgressBar;
use pocket_tts_core::{TtsModel, VoiceWarning};

use crate::cli::{CommonArguments, ExportVoiceArguments, ModelArguments};
use crate::console::Console;
use crate::exit::Failure;
use crate::generate;
use crate::interruption::Interruption;
use crate::settings::Settings;
use plan::{ExportJob, ExportPlan};

/// Runs the subcommand.
pub(crate) fn run(arguments: &ExportVoiceArguments) -> Result<(), Failure> {
    let settings = gather(arguments)?;
    let console = Console::new(settings.quiet);
    let mut plan = ExportPlan::new(&arguments.sources, &arguments.output)?;
    if arguments.skip_existing {
        plan.skip_existing();
    }
    plan.check(arguments.force)?;
    report(&plan, &console);
    if plan.jobs.is_empty() && plan.clashing.is_empty() {
        return Ok(());
    }
    for (name, failure) in &plan.clashing {
        console.failed(name, failure);
    }
    // The first load of a model writes a large file.
    let interruption = Interruption::install();
    let start = Instant::now();
    let model = generate::load(&settings, &console)?;
    let export = Export { model, settings, console };
    interruption.only_records();
    let voices = plan.jobs.len();
    export.all(plan, &interruption)?;
    let seconds = start.elapsed().as_secs_f64();
    if voices > 1 {
        let folder = arguments.output.display();
        export.console.info(&format!("{voices} voices exported to {folder} in {seconds:.1} s"));
    }
    Ok(())
}

/// The settings, which are the ones of speech.
fn gather(arguments: &ExportVoiceArguments) -> Result<Settings, Failure> {
    let ExportVoiceArguments { language, config, offline, .. } = arguments;
    Settings::gather(
        &CommonArguments {
            settings: arguments.settings.clone(),
            quiet: arguments.quiet,
            model: ModelArguments {
                language: language.clone(),
                config: config.clone(),
                offline: *offline,
                ..ModelArguments::default()
            },
            recording: arguments.recording.clone(),
            ..CommonArguments::default()
        }
        .into(),
    )
}

fn report(plan: &ExportPlan, console: &Console) {
    if !plan.left_out.is_empty() {
        console.warn(&format!("skipped, as they are not recordings: {}", plan.left_out.join(", ")));
    }
    if plan.existing > 0 {
        console.info(&format!("{} skipped, as the output exists", plan.existing));
    }
    for job in plan.jobs.iter().filter(|job| !job.has_usual_extension()) {
        console.warn(&format!(
            "{} does not end in .safetensors, so --voice would take it for a recording",
            job.target.display()
        ));
    }
}

struct Export {
    model: TtsModel,
    settings: Settings,
    console: Console,
}

impl Export {
    /// Continues after voices that fail, and reports all of them at the end.
    fn all(&self, plan: ExportPlan, interruption: &Interruption) -> Result<(), Failure> {
        let ExportPlan { jobs, clashing: mut failures, .. } = plan;
        let total = jobs.len() + failures.len();
        let bar = self.console.bar(jobs.len());
        let mut has_warned_of_one_voice = false;
        for (index, job) in jobs.iter().enumerate() {
            bar.set_message(job.name.clone());
            let outcome = self.one(job, &bar, &mut has_warned_of_one_voice);
            if let Some(signal) = interruption.seen() {
                bar.finish_and_clear();
                let done = index + usize::from(outcome.is_ok());
                return Err(Failure::Stopped { done, total, signal });
            }
            if let Err(failure) = outcome {
                if total == 1 {
                    return Err(failure);
                }
                bar.suspend(|| self.console.failed(&job.name, &failure));
                failures.push((job.name.clone(), failure));
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        match failures.first() {
            None => Ok(()),
            Some((_, first)) => Err(Failure::Exports {
                code: first.number(),
                total,
                names: failures.into_iter().map(|(name, _)| name).collect(),
            }),
        }
    }

    fn one(
        &self,
        job: &ExportJob,
        bar: &ProgressBar,
        has_warned_of_one_voice: &mut bool,
    ) -> Result<(), Failure> {
        let voice = self.model.voice_with(&job.source, &self.settings.voice_options)?;
        voice.save(&job.target)?;
        bar.suspend(|| {
            for warning in voice.warnings() {
                // The warning is the same for every voice.
                if *warning == VoiceWarning::OneVoice && std::mem::replace(has_warned_of_one_voice, true) {
                    continue;
                }
                self.console.warn(&format!("{}: {warning}", job.name));
            }
            self.console.info(&format!("{} exported to {}", job.name, job.target.display()));
        });
        Ok(())
    }
}
