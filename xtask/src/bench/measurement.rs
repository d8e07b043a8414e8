//! One measurement: a process that tells its figures in a line of JSON, and the file that keeps many.

use std::{fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

use super::contender::{Contender, Invocation};
use crate::error::TaskError;

/// What is said, by everybody. With the released models' tokenizers, the peers take it for the default number of
/// frames.
const TEXT: &str = "They crossed the bay twice before noon.";

/// What was measured when, and the figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Measurement {
    /// The day, in UTC.
    pub(super) date: String,
    /// The name of the model's folder.
    pub(super) model: String,
    /// Frames that were asked for.
    pub(super) frames: usize,
    /// Counted from 0.
    pub(super) round: usize,
    #[serde(flatten)]
    pub(super) contender: Contender,
    pub(super) figures: Figures,
}

/// The figures that are used, of those that a benchmark prints; `pocket-tts bench --help` explains them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Frames that each stream made.
    pub(super) frames: usize,
    pub(super) rtf: f64,
    pub(super) first_chunk_ms: f64,
    pub(super) cpu_cores: Option<f64>,
    pub(super) other_cores: Option<f64>,
    pub(super) peak_rss_mb: Option<f64>,
    pub(super) load_s: f64,
    pub(super) import_s: f64,
    pub(super) version: String,
}

impl Figures {
    /// Runs a benchmark once, after a run to warm up.
    pub(super) fn measure(invocation: &Invocation, model: &Path, frames: usize) -> Result<Self, TaskError> {
        let output = Command::new(&invocation.program)
            .args(&invocation.arguments)
            .envs(invocation.variables.iter().map(|(name, value)| (name, value)))
            .env("FRAMES", frames.to_string())
            .env("RUNS", "1")
            .env("TEXT", TEXT)
            .current_dir(model)
            .output()
            .map_err(|source| TaskError::Start {
                program: invocation.program.display().to_string(),
                source,
            })?;
        let failed = |reason: String| TaskError::Benchmark {
            command: format!("{} {}", invocation.program.display(), invocation.arguments.join(" ")),
            reason,
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.trim().lines().last().unwrap_or("it said nothing");
            return Err(failed(format!("{}: {last}", output.status)));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let line = said.trim().lines().last().unwrap_or_default();
        serde_json::from_str(line).map_err(|error| failed(format!("its figures can't be read: {error}")))
    }
}

/// Reads the measurements of a file, a line each.
pub(super) fn read(path: &Path) -> Result<Vec<Measurement>, TaskError> {
    let text =
        fs::read_to_string(path).map_err(|source| TaskError::Unreadable { path: path.to_owned(), source })?;
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| TaskError::Record {
            path: path.to_owned(),
            reason: format!("line {}: {error}", index + 1),
        })
    };
    text.lines().enumerate().map(parse).collect()
}

/// The text of a file that keeps these measurements.
pub(super) fn to_lines(measurements: &[Measurement]) -> Result<String, serde_json::Error> {
    let lines: Vec<String> = measurements.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::contender::{Program, Setting};
    use super::*;

    /// A measurement with a speed, and with a time to the first sound that falls as it rises.
    pub(in super::super) fn measurement(
        round: usize,
        setting: Setting,
        program: Program,
        (precision, rtf): (&str, f64),
    ) -> Measurement {
        Measurement {
            date: format!("2026-02-{:02}", 1 + round),
            model: "some_model".to_owned(),
            frames: 75,
            round,
            contender: Contender { setting, program, precision: precision.to_owned() },
            figures: Figures {
                frames: setting.frames(75),
                rtf,
                first_chunk_ms: 100.0 / rtf,
                cpu_cores: Some(2.0),
                other_cores: Some(0.03),
                peak_rss_mb: Some(512.3),
                load_s: 0.5,
                import_s: 0.25,
                version: "1.2.3".to_owned(),
            },
        }
    }

    #[test]
    fn measurements_are_read_back_as_they_were_written() {
        let kept = vec![
            measurement(0, Setting::OneStream, Program::Ours, ("f32", 2.0)),
            measurement(1, Setting::SixteenStreams, Program::Ptts, ("q8_0", 3.0)),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("measurements.jsonl");
        fs::write(&path, to_lines(&kept).unwrap()).unwrap();
        assert_eq!(read(&path).unwrap(), kept);
        fs::write(&path, "{}\n").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("measurements.jsonl") && error.contains("line 1"), "{error}");
    }

    #[test]
    fn a_benchmark_that_fails_is_named_with_what_it_said_last() {
        let invocation = Invocation {
            program: "cargo".into(),
            arguments: vec!["no-such-command".to_owned()],
            variables: Vec::new(),
        };
        let error = Figures::measure(&invocation, Path::new("."), 1).unwrap_err().to_string();
        assert!(error.contains("cargo no-such-command") && error.contains("exit"), "{error}");
    }
}
