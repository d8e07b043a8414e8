//! Memory use of a process that loads a model and generates four seconds of speech, as a table.
//!
//! Each case runs in its own process, because the peak of a process never falls. Only Linux reports it.

#![expect(clippy::print_stdout, reason = "the table is its output")]

use std::{
    env, fs,
    path::Path,
    process::{Command, ExitCode},
};

use pocket_tts_benches::{Subject, TEXT, endless, subjects};
use pocket_tts_core::Precision;

/// The folder of the random model.
const BUILD_FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../bench");
/// Marks the process as the measured one; a case's name follows.
const MEASURE: &str = "--measure";
const FRAMES: usize = 50;

/// A measured configuration.
struct Case {
    name: String,
    subject: Subject,
    precision: Precision,
    is_packed: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, name, folder] = arguments.as_slice()
        && first == MEASURE
    {
        return measure(name, Path::new(folder));
    }
    // As with criterion's benchmarks, an argument filters by a part of the name.
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    let cases: Vec<Case> = cases();
    let wanted = cases.iter().filter(|case| filter.is_none_or(|filter| case.name.contains(filter)));
    let wanted: Vec<&Case> = wanted.collect();
    if wanted.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("{:<44}{:>12}{:>12}", "MiB", "peak", "own");
    for case in wanted {
        match in_own_process(case) {
            Ok(line) => println!("{:<44}{line}", case.name),
            Err(problem) => {
                println!("{:<44}{problem}", case.name);
                return ExitCode::FAILURE;
            }
        }
    }
    println!("peak: largest resident size, mapped files included; own: anonymous memory at the end");
    ExitCode::SUCCESS
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for subject in subjects(Path::new(BUILD_FOLDER)) {
        for precision in subject.precisions() {
            let sources: &[bool] = if subject == Subject::Tiny { &[false] } else { &[false, true] };
            for &is_packed in sources {
                let source = if is_packed { "packed" } else { "fresh" };
                let name = format!("memory/{source}/{subject} {}", precision.name());
                cases.push(Case { name, subject: subject.clone(), precision: *precision, is_packed });
            }
        }
    }
    cases
}

fn in_own_process(case: &Case) -> Result<String, String> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
    // Creates the random model, if necessary, and packs it, outside the measurement.
    let mut builder = case.subject.builder(case.precision);
    if case.is_packed {
        builder = builder.weight_cache_dir(folder.path());
        drop(builder.build().map_err(|error| error.to_string())?);
    }
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program)
        .args([MEASURE, &case.name])
        .arg(folder.path())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Runs in the measured process.
fn measure(name: &str, packed: &Path) -> ExitCode {
    let Some(case) = cases().into_iter().find(|case| case.name == name) else { return ExitCode::FAILURE };
    let mut builder = case.subject.builder(case.precision);
    if case.is_packed {
        builder = builder.weight_cache_dir(packed);
    }
    let model = builder.build().unwrap_or_else(|error| panic!("{error}"));
    let voice = case.subject.voice(&model);
    let audio = model.generate(TEXT, &voice, &endless(FRAMES)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(audio.samples.len(), FRAMES * model.samples_per_frame());
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{:>12}{:>12}", mebibytes(&status, "VmHWM:"), mebibytes(&status, "RssAnon:"));
    ExitCode::SUCCESS
}

/// A size in `/proc/self/status`, which is in KiB there.
fn mebibytes(status: &str, key: &str) -> String {
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or_else(|| "unknown".to_owned(), |size| format!("{:.0}", size / 1024.0))
}
