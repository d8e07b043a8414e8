//! A run over a set of recordings: threads, signals, progress, and the summary at the end.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use pocket_tts_core::usable_cores;
use pocket_tts_dataset::jobs::{JobOptions, JobSummary, Shard};
use pocket_tts_dataset::tasks::Progress;
use pocket_tts_dataset::{DatasetError, Report};
use serde_json::json;

use crate::cli::WorkArguments;
use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::interruption::Interruption;
use crate::standard_output;

/// The most failures that are printed; all are in the list.
const MOST_PRINTED: u64 = 20;

/// A run.
pub(super) struct DatasetRun<'a> {
    arguments: &'a WorkArguments,
    shard: Shard,
    threads: usize,
    console: Console,
    interruption: Interruption,
}

impl<'a> DatasetRun<'a> {
    /// Checks the arguments.
    pub(super) fn new(arguments: &'a WorkArguments) -> Result<Self, Failure> {
        let shard = arguments.shard.as_deref().map_or(Ok(Shard::WHOLE), str::parse)?;
        if arguments.jobs == Some(0) {
            return Err(Failure::Usage("invalid value `0` for --jobs; it must be 1 or more".to_owned()));
        }
        if arguments.json && standard_output::was_closed() {
            return Err(Failure::ClosedResults);
        }
        let threads = arguments.jobs.unwrap_or_else(usable_cores);
        let console = Console::new(arguments.quiet);
        Ok(Self { arguments, shard, threads, console, interruption: Interruption::install() })
    }

    /// Where messages go.
    pub(super) fn console(&self) -> &Console {
        &self.console
    }

    /// Warns if there is no recording, or sound files are left out as no decoder reads them.
    pub(super) fn warn_of_few(&self, input: &Path, recordings: u64, left_out: u64) {
        let input = input.display();
        if recordings == 0 {
            self.console.warn(&format!("there are no recordings in {input}"));
        }
        if left_out > 0 {
            let files = counted(usize::try_from(left_out).unwrap_or(usize::MAX), "sound file");
            self.console.warn(&format!(
                "left out {files} in {input}, of formats that can't be read, such as AIFF or WMA; convert them first"
            ));
        }
    }

    /// Does work that a signal ends after the recordings that have been begun.
    pub(super) fn with_jobs(
        &self,
        recordings: u64,
        work: impl FnOnce(JobOptions<'_>, Progress<'_>) -> Result<JobSummary, DatasetError>,
    ) -> Result<JobSummary, Failure> {
        self.interruption.only_records();
        let (stop, failures) = (AtomicBool::new(false), AtomicU64::new(0));
        let bar = self.console.bar(usize::try_from(recordings).unwrap_or(usize::MAX));
        let progress = |_: u64, error: Option<&DatasetError>| {
            if self.interruption.seen().is_some() {
                stop.store(true, Ordering::Relaxed);
            }
            if let Some(error) = error
                && failures.fetch_add(1, Ordering::Relaxed) < MOST_PRINTED
                && !self.arguments.fail_fast
            {
                bar.suspend(|| self.console.warn(&error.to_string()));
            }
            bar.inc(1);
        };
        let fail_fast = self.arguments.fail_fast;
        let options = JobOptions { shard: self.shard, threads: self.threads, fail_fast, stop: &stop };
        let outcome = work(options, &progress);
        bar.finish_and_clear();
        let summary = outcome?;
        match self.interruption.seen() {
            Some(signal) if !summary.is_complete => {
                let done = usize::try_from(summary.done + summary.skipped).unwrap_or(usize::MAX);
                Err(Failure::StoppedRecordings { done, signal })
            }
            _ => Ok(summary),
        }
    }

    /// Tells what was done. `reasons` is the file with the failures.
    ///
    /// # Errors
    /// If a recording failed.
    pub(super) fn finish(
        &self,
        summary: &JobSummary,
        reasons: &Path,
        report: Option<&Report>,
    ) -> Result<(), Failure> {
        self.tell(summary, report)?;
        if summary.failed == 0 {
            return Ok(());
        }
        let [failed, total] = [summary.failed, summary.done + summary.skipped + summary.failed]
            .map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let place = if summary.is_complete {
            format!("read the reasons in {}", reasons.display())
        } else {
            "the next run tries them again".to_owned()
        };
        Err(Failure::Recordings { failed, total, place })
    }

    fn tell(&self, summary: &JobSummary, report: Option<&Report>) -> Result<(), Failure> {
        if self.arguments.json {
            let line = json!({
                "done": summary.done,
                "skipped": summary.skipped,
                "failed": summary.failed,
                "complete": summary.is_complete,
                "hours": report.map(Report::hours),
                "metrics": report.map(Report::summaries),
            });
            return standard_output::print(&format!("{line}\n"));
        }
        let JobSummary { done, skipped, failed, is_complete } = summary;
        let rest = if *is_complete { "" } else { "; the other parts are missing" };
        let done = counted(usize::try_from(*done).unwrap_or(usize::MAX), "recording");
        self.console.info(&format!("{done} done, {skipped} skipped, {failed} failed{rest}"));
        if let Some(report) = report {
            self.console.info(&format!("{} kept, {:.2} hours", report.recordings(), report.hours()));
            for metric in report.summaries() {
                self.console.info(&format!(
                    "{:<10} mean {:.3}, from {:.3} to {:.3} {}",
                    metric.name, metric.mean, metric.min, metric.max, metric.unit
                ));
            }
        }
        Ok(())
    }
}
