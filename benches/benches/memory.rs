//! How much memory a process takes that loads a model and speaks four seconds, as a table.
//!
//! Each case runs in a process of its own, because the peak of a process never falls. Only Linux tells it.

#![expect(clippy::print_stdout, reason = "the table is its output")]

use std::{
    env, fs,
    path::Path,
    process::{Command, ExitCode},
};

use pocket_tts_benches::{Subject, TEXT, endless, subjects};
use pocket_tts_core::Precision;

/// Where the made-up model lies.
const BUILD_FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../bench");
/// Tells the process to be the one that is measured; a case's name follows.
const MEASURE: &str = "--measure";
const FRAMES: usize = 50;

/// What is measured.
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
    // As with criterion's benchmarks, any word is a part of the names that are wanted.
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
    println!(
        "peak: the most that was resident, mapped files and all; own: what was the process's own at its end"
    );
    ExitCode::SUCCESS
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for subject in subjects(Path::new(BUILD_FOLDER)) {
        for precision in subject.precisions() {
            let ways: &[bool] = if subject == Subject::Tiny { &[false] } else { &[false, true] };
            for &is_packed in ways {
                let way = if is_packed { "packed" } else { "fresh" };
                let name = format!("memory/{way}/{subject} {}", precision.name());
                cases.push(Case { name, subject: subject.clone(), precision: *precision, is_packed });
            }
        }
    }
    cases
}

fn in_own_process(case: &Case) -> Result<String, String> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
    // Makes up the model, if need be, and packs it, so that neither counts.
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

/// The process that is measured.
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
    let told = fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{:>12}{:>12}", mebibytes(&told, "VmHWM:"), mebibytes(&told, "RssAnon:"));
    ExitCode::SUCCESS
}

/// A size of `/proc/self/status`, which gives it in KiB.
fn mebibytes(status: &str, key: &str) -> String {
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or_else(|| "not told".to_owned(), |size| format!("{:.0}", size / 1024.0))
}
