//! One measurement: a process that prints its figures as a line of JSON, and the file of measurements.

use std::{fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

use super::contender::{Contender, Invocation};
use crate::error::TaskError;

/// The text for all programs. With the released models' tokenizers, the peers estimate the default number of frames from
/// it.
const TEXT: &str = "They crossed the bay twice before noon.";

/// A measured contender, the date, and the figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Measurement {
    /// The day, in UTC.
    pub(super) date: String,
    /// The name of the model's folder.
    pub(super) model: String,
    /// The requested number of frames.
    pub(super) frames: usize,
    /// Counted from 0.
    pub(super) round: usize,
    #[serde(flatten)]
    pub(super) contender: Contender,
    pub(super) figures: Figures,
}

/// The figures of a benchmark that are used here; `pocket-tts bench --help` explains them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Frames that each stream generated.
    pub(super) frames: usize,
    /// Seconds of audio per second.
    pub(super) times_real_time: f64,
    pub(super) first_chunk_ms: f64,
    pub(super) cpu_cores: Option<f64>,
    pub(super) other_cores: Option<f64>,
    pub(super) peak_rss_mb: Option<f64>,
    pub(super) load_s: f64,
    pub(super) import_s: f64,
    pub(super) version: String,
}

impl Figures {
    /// Runs a benchmark once, after a warm-up run.
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
            let stderr = String::from_utf8_lossy(&output.stderr);
            let last = stderr.trim().lines().last().unwrap_or("no error output");
            return Err(failed(format!("{}: {last}", output.status)));
        }
        let stdout = String::from_utf8_lossy(&output.stdout);
        let line = stdout.trim().lines().last().unwrap_or_default();
        serde_json::from_str(line).map_err(|error| failed(format!("its figures can't be read: {error}")))
    }
}

/// Reads the measurements of a file, one per line.
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

/// The text of a file with these measurements.
pub(super) fn to_lines(measurements: &[Measurement]) -> Result<String, serde_json::Error> {
    let lines: Vec<String> = measurements.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::contender::{Program, Setting};
    use super::*;

    /// A measurement with a speed, and with an inversely proportional time to the first sound.
    pub(in super::super) fn measurement(
        round: usize,
        setting: Setting,
        program: Program,
        (precision, times_real_time): (&str, f64),
    ) -> Measurement {
        Measurement {
            date: format!("2026-02-{:02}", 1 + round),
            model: "some_model".to_owned(),
            frames: 75,
            round,
            contender: Contender { setting, program, precision: precision.to_owned() },
            figures: Figures {
                frames: setting.frames(75),
                times_real_time,
                first_chunk_ms: 100.0 / times_real_time,
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
    fn measurements_survive_a_round_trip() {
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
    fn a_failed_benchmark_is_named_with_its_last_message() {
        let invocation = Invocation {
            program: "cargo".into(),
            arguments: vec!["no-such-command".to_owned()],
            variables: Vec::new(),
        };
        let error = Figures::measure(&invocation, Path::new("."), 1).unwrap_err().to_string();
        assert!(error.contains("cargo no-such-command") && error.contains("exit"), "{error}");
    }
}
