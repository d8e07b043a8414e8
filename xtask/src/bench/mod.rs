//! Speed and memory of the released program and of its peers, measured in turn, as a table and a plot.
//!
//! It must not know how a program measures itself.

mod contender;
mod machine;
mod measurement;
mod options;
mod plot;
mod publish;
mod statistics;
mod summary;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    error::TaskError,
    workspace::{Workspace, cargo},
};
use contender::{Contender, Program, Programs, Setting};
use measurement::{Figures, Measurement};
use options::{HELP, Options};

/// The configuration of the random model, if no model is given: one that all peers support.
const RANDOM_MODEL: &str = "english_2026-01";
/// The file of measurements.
const RECORD: &str = "measurements.jsonl";

/// Measures, and writes the results.
///
/// # Errors
///
/// If an option is wrong, or a program can't be built or measured; earlier measurements are kept.
pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    let options = Options::parse(words)?;
    if options.help {
        println!("{HELP}");
        return Ok(());
    }
    let workspace = Workspace::load()?;
    let out = options.out.clone().unwrap_or_else(|| workspace.target.join("bench"));
    let record = out.join(RECORD);
    let mut measurements = if options.append { measurement::read(&record)? } else { Vec::new() };
    if options.rounds > 0 {
        measure(&workspace, &options, &record, &mut measurements)?;
    }
    let machine = machine::machine();
    let (table, plot) = (table::markdown(&measurements, &machine), plot::svg(&measurements, &machine));
    publish::write(&out.join("speed.md"), &table)?;
    publish::write(&out.join("speed.svg"), &plot)?;
    if options.publish {
        publish::publish(&workspace.root, &table, &plot)?;
    }
    println!("{table}\nbench: wrote speed.md and speed.svg in {}", out.display());
    Ok(())
}

/// Adds the rounds to the measurements, and each measurement to the file.
fn measure(
    workspace: &Workspace,
    options: &Options,
    record: &Path,
    measurements: &mut Vec<Measurement>,
) -> Result<(), TaskError> {
    build(&workspace.root)?;
    let model = model(workspace, options)?;
    let name = model.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if let Some(other) = measurements.iter().find(|one| one.model != name || one.frames != options.frames) {
        return Err(TaskError::Record {
            path: record.to_owned(),
            reason: format!(
                "its measurements are of {} frames with the model `{}`, not of {} with `{name}`; measure the same, or \
                 omit `--append`",
                other.frames, other.model, options.frames
            ),
        });
    }
    let programs = Programs {
        ours: executable(workspace, "pocket-tts"),
        pocket_tts_python: options.pocket_tts_python.as_deref().map(absolute).transpose()?,
        ptts_python: options.ptts_python.as_deref().map(absolute).transpose()?,
        scripts: workspace.root.join("benches/peers"),
        packed_weights: workspace.target.join("bench/packed"),
    };
    let contenders = Contender::all(&programs);
    fill_weight_cache(&programs, &contenders, &model)?;
    let first = measurements.iter().map(|one| one.round + 1).max().unwrap_or(0);
    for round in first..first + options.rounds {
        for contender in &contenders {
            let Some(invocation) = programs.invocation(contender) else { continue };
            let frames = contender.setting.frames(options.frames);
            let figures = Figures::measure(&invocation, &model, frames)?;
            println!(
                "round {}: {}: {:.2} × real time",
                round + 1,
                contender.description(),
                figures.times_real_time
            );
            measurements.push(Measurement {
                date: machine::today(),
                model: name.clone(),
                frames: options.frames,
                round,
                contender: contender.clone(),
                figures,
            });
            let lines = measurement::to_lines(measurements)
                .map_err(|error| TaskError::Record { path: record.to_owned(), reason: error.to_string() })?;
            publish::write(record, &lines)?;
        }
    }
    Ok(())
}

/// Loads the model in each precision once, so that all rounds load it from the weight cache, like a user's second start.
fn fill_weight_cache(programs: &Programs, contenders: &[Contender], model: &Path) -> Result<(), TaskError> {
    let is_first = |one: &&Contender| one.program == Program::Ours && one.setting == Setting::OneStream;
    for contender in contenders.iter().filter(is_first) {
        if let Some(invocation) = programs.invocation(contender) {
            Figures::measure(&invocation, model, 1)?;
        }
    }
    Ok(())
}

/// Builds the measured program, with the features of the workspace.
fn build(root: &Path) -> Result<(), TaskError> {
    let arguments = ["build", "--release", "--workspace", "--bin", "pocket-tts", "--example", "random-model"];
    run_to_end(Command::new(cargo()).args(arguments).current_dir(root))
}

/// The folder of the model: the given one, or else a random one, which is created if it is missing.
fn model(workspace: &Workspace, options: &Options) -> Result<PathBuf, TaskError> {
    if let Some(model) = &options.model {
        return absolute(model);
    }
    let model = workspace.target.join("bench/models").join(RANDOM_MODEL);
    let generator = executable(workspace, "examples/random-model");
    run_to_end(Command::new(generator).arg(RANDOM_MODEL).arg(&model))?;
    Ok(model)
}

/// Makes a path absolute, as programs run in the model's folder. Links are not resolved: a Python finds its packages by the
/// link that it was started as.
fn absolute(path: &Path) -> Result<PathBuf, TaskError> {
    let unreadable = |source| TaskError::Unreadable { path: path.to_owned(), source };
    fs::metadata(path).map_err(unreadable)?;
    std::path::absolute(path).map_err(unreadable)
}

fn executable(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn run_to_end(command: &mut Command) -> Result<(), TaskError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|source| TaskError::Start { program: program.clone(), source })?;
    if status.success() {
        return Ok(());
    }
    Err(TaskError::Benchmark { command: program, reason: status.to_string() })
}
