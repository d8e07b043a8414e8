//! `pocket-tts export-voice`: recordings become files that a model loads at once.
//!
//! Here is the order of the work. It must not know how voices are prepared or files are written.

mod existing;
mod plan;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use indicatif::ProgressBar;
use pocket_tts_core::{TtsModel, VoiceWarning};

use crate::cli::{GenerateArguments, ModelArguments, RecordingArguments};
use crate::console::Console;
use crate::exit::Failure;
use crate::generate;
use crate::interruption::Interruption;
use crate::settings::Settings;
use plan::{Job, Plan};

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Args)]
pub(crate) struct ExportVoiceArguments {
    /// A recording, or a folder of recordings (or anything else that generate takes as --voice)
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<String>,

    /// The file to write; for several sources or a folder, the folder to write NAME.safetensors in. A voice that is
    /// there already is replaced
    #[arg(value_name = "OUTPUT", required = true)]
    output: PathBuf,

    /// Leave out recordings whose output is there already
    #[arg(long)]
    skip_existing: bool,

    /// Replace files that are no exported voices, too
    #[arg(long)]
    force: bool,

    /// A YAML file of settings; see generate --help
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,

    /// Say nothing on standard error but errors
    #[arg(short, long)]
    quiet: bool,

    /// The model that is to speak with the voices, by name, as in generate --help
    #[arg(long, value_name = "NAME", help_heading = "Model")]
    language: Option<String>,

    /// The same by its configuration: a .yaml file, an https:// or an hf:// location
    #[arg(long, value_name = "LOCATION", help_heading = "Model")]
    config: Option<String>,

    /// Never open a connection: what isn't on this machine is an error
    #[arg(long, help_heading = "Model")]
    offline: bool,

    #[command(flatten)]
    recording: RecordingArguments,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &ExportVoiceArguments) -> Result<(), Failure> {
    let settings = gather(arguments)?;
    let console = Console::new(settings.quiet);
    let mut plan = Plan::new(&arguments.sources, &arguments.output)?;
    if arguments.skip_existing {
        plan.skip_existing();
    }
    plan.check(arguments.force)?;
    tell(&plan, &console);
    if plan.jobs.is_empty() && plan.clashing.is_empty() {
        return Ok(());
    }
    for (name, failure) in &plan.clashing {
        console.failed(name, failure);
    }
    // The first load of a model keeps a large file.
    let interruption = Interruption::heed();
    let start = Instant::now();
    let model = generate::load(&settings, &console)?;
    let export = Export { model, settings, console };
    interruption.only_tells();
    let voices = plan.jobs.len();
    export.all(plan, &interruption)?;
    let seconds = start.elapsed().as_secs_f64();
    if voices > 1 {
        let place = arguments.output.display();
        export.console.info(&format!("{voices} voices exported to {place} in {seconds:.1} s"));
    }
    Ok(())
}

/// The settings that speech has too, from the same places.
fn gather(arguments: &ExportVoiceArguments) -> Result<Settings, Failure> {
    let ExportVoiceArguments { language, config, offline, .. } = arguments;
    Settings::gather(&GenerateArguments {
        settings: arguments.settings.clone(),
        quiet: arguments.quiet,
        model: ModelArguments {
            language: language.clone(),
            config: config.clone(),
            offline: *offline,
            ..ModelArguments::default()
        },
        recording: arguments.recording.clone(),
        ..GenerateArguments::default()
    })
}

fn tell(plan: &Plan, console: &Console) {
    if !plan.left_out.is_empty() {
        console.warn(&format!("left out, as they are no recordings: {}", plan.left_out.join(", ")));
    }
    if plan.existing > 0 {
        console.info(&format!("{} left out, as the output is there already", plan.existing));
    }
    for job in plan.jobs.iter().filter(|job| !job.has_usual_extension()) {
        console.warn(&format!(
            "{} doesn't end in .safetensors, and --voice would take it for a recording",
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
    /// Goes on past voices that fail, and tells of all of them in the end.
    fn all(&self, plan: Plan, interruption: &Interruption) -> Result<(), Failure> {
        let Plan { jobs, clashing: mut failures, .. } = plan;
        let total = jobs.len() + failures.len();
        let bar = self.console.bar(jobs.len());
        let mut told_of_one_voice = false;
        for (index, job) in jobs.iter().enumerate() {
            bar.set_message(job.name.clone());
            let outcome = self.one(job, &bar, &mut told_of_one_voice);
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

    fn one(&self, job: &Job, bar: &ProgressBar, told_of_one_voice: &mut bool) -> Result<(), Failure> {
        let voice = self.model.voice_with(&job.source, &self.settings.voice_options)?;
        voice.save(&job.target)?;
        bar.suspend(|| {
            for warning in voice.warnings() {
                // It is the same for every voice.
                if *warning == VoiceWarning::OneVoice && std::mem::replace(told_of_one_voice, true) {
                    continue;
                }
                self.console.warn(&format!("{}: {warning}", job.name));
            }
            self.console.info(&format!("{} exported to {}", job.name, job.target.display()));
        });
        Ok(())
    }
}
