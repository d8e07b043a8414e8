//! What has become of the lines: messages, progress, JSON and the sums at the end. It must not speak.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::message::Message;
use crate::result::rounded;
use crate::standard_output;

/// Reports of all lines, from any thread.
#[derive(Debug)]
pub(super) struct Report<'a> {
    console: &'a Console,
    manifest: &'a str,
    folder: &'a Path,
    json: bool,
    start: Instant,
    state: Mutex<ReportState>,
}

#[derive(Debug)]
struct ReportState {
    bar: ProgressBar,
    spoken: usize,
    skipped: usize,
    failed: usize,
    /// Lines among them that must be corrected.
    wrong: usize,
    duration_s: f64,
}

/// A line that has been spoken.
#[derive(Debug)]
pub(super) struct SpokenLine {
    pub(super) number: u64,
    /// The output, from the folder on.
    pub(super) name: String,
    /// Its captions, from the folder on, if there are any.
    pub(super) captions: Option<String>,
    pub(super) duration_s: f64,
    pub(super) took_s: f64,
    pub(super) seed: u64,
    pub(super) sentences: usize,
    /// Sentences that were spoken again.
    pub(super) repeated_sentences: usize,
    pub(super) warnings: Vec<String>,
}

impl<'a> Report<'a> {
    pub(super) fn new(console: &'a Console, manifest: &'a str, folder: &'a Path, json: bool) -> Self {
        let bar = ProgressBar::hidden();
        let state = ReportState { bar, spoken: 0, skipped: 0, failed: 0, wrong: 0, duration_s: 0.0 };
        Self { console, manifest, folder, json, start: Instant::now(), state: Mutex::new(state) }
    }

    /// Shows the progress of this number of lines, on terminals.
    pub(super) fn begin(&self, lines: usize) {
        self.lock().bar = self.console.bar(lines);
    }

    /// Ends the progress.
    pub(super) fn end(&self) {
        self.lock().bar.finish_and_clear();
    }

    /// A line's file is complete already.
    pub(super) fn skipped(&self, number: u64, name: &str) -> Result<(), Failure> {
        self.lock().skipped += 1;
        self.print(|| self.row(number, "skipped", name))
    }

    /// A line has been spoken.
    pub(super) fn spoken(&self, line: &SpokenLine) -> Result<(), Failure> {
        let mut state = self.lock();
        state.spoken += 1;
        state.duration_s += line.duration_s;
        for warning in &line.warnings {
            state.bar.suspend(|| self.console.warn(&format!("{}: {warning}", self.called(line.number))));
        }
        state.bar.set_message(self.progress(&state));
        state.bar.inc(1);
        drop(state);
        self.print(|| {
            let mut row = self.row(line.number, "spoken", &line.name);
            row["duration_s"] = json!(rounded(line.duration_s));
            if let Some(captions) = &line.captions {
                row["timestamps"] = json!(self.folder.join(captions).display().to_string());
            }
            row["seed"] = json!(line.seed);
            row["sentences"] = json!(line.sentences);
            row["repeated_sentences"] = json!(line.repeated_sentences);
            row["warnings"] = json!(line.warnings);
            row["times_real_time"] = json!(rounded(line.duration_s / line.took_s));
            row
        })
    }

    /// A line has failed, and the others go on.
    pub(super) fn failed(&self, number: u64, failure: &Failure) -> Result<(), Failure> {
        let mut state = self.lock();
        state.failed += 1;
        state.wrong += usize::from(failure.is_usage());
        state.bar.suspend(|| self.console.failed(&self.called(number), failure));
        state.bar.set_message(self.progress(&state));
        state.bar.inc(1);
        drop(state);
        let message = Message::of(failure);
        self.print(|| {
            json!({
                "type": "line", "line": number, "status": "failed", "error": message.problem(), "help": message.help()
            })
        })
    }

    /// A warning that belongs to no line.
    pub(super) fn warn(&self, warning: &str) {
        self.lock().bar.suspend(|| self.console.warn(warning));
    }

    /// The sums of all lines.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        let state = self.lock();
        let took_s = self.start.elapsed().as_secs_f64();
        let times_real_time = state.duration_s / took_s;
        self.console.info(&format!(
            "{} spoken, {} skipped, {} failed; {:.1} s of speech in {took_s:.1} s ({times_real_time:.2} times real time)",
            state.spoken, state.skipped, state.failed, state.duration_s
        ));
        self.print(|| {
            json!({
                "type": "summary",
                "spoken": state.spoken,
                "skipped": state.skipped,
                "failed": state.failed,
                "duration_s": rounded(state.duration_s),
                "took_s": rounded(took_s),
                "times_real_time": rounded(times_real_time),
            })
        })
    }

    /// The number of lines that have been spoken.
    pub(super) fn spoken_lines(&self) -> usize {
        self.lock().spoken
    }

    /// Whether a line has failed.
    pub(super) fn has_failures(&self) -> bool {
        self.lock().failed > 0
    }

    /// The failure of the whole.
    pub(super) fn failure(&self) -> Failure {
        let state = self.lock();
        let total = state.spoken + state.skipped + state.failed;
        Failure::Lines { failed: state.failed, total, are_wrong: state.wrong == state.failed }
    }

    fn called(&self, number: u64) -> String {
        format!("line {number} of {}", self.manifest)
    }

    fn row(&self, number: u64, status: &str, name: &str) -> Value {
        let output = self.folder.join(name);
        json!({
            "type": "line", "line": number, "status": status, "name": name, "output": output.display().to_string()
        })
    }

    fn progress(&self, state: &ReportState) -> String {
        let speed = state.duration_s / self.start.elapsed().as_secs_f64();
        let failed =
            if state.failed > 0 { format!(", {}", counted(state.failed, "failure")) } else { String::new() };
        format!("{:.0} s of speech, {speed:.1} times real time{failed}", state.duration_s)
    }

    fn print(&self, row: impl FnOnce() -> Value) -> Result<(), Failure> {
        if self.json { standard_output::print(&format!("{}\n", row())) } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, ReportState> {
        // Every change is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
