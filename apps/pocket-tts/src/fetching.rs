//! Shows the progress of downloads: a bar on terminals, else lines, and nothing if quiet.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pocket_tts_core::{FetchEvent, FetchObserver, Location};

use crate::console::Console;

/// The interval of lines during a long transfer.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Shows the progress of downloads.
#[derive(Debug)]
pub(crate) struct FetchDisplay {
    console: Console,
    state: Mutex<TransferState>,
}

#[derive(Debug)]
struct TransferState {
    bar: ProgressBar,
    total_bytes: Option<u64>,
    last_line: Instant,
}

impl FetchDisplay {
    /// A display on `console`.
    pub(crate) fn new(console: Console) -> Self {
        let state =
            TransferState { bar: ProgressBar::hidden(), total_bytes: None, last_line: Instant::now() };
        Self { console, state: Mutex::new(state) }
    }

    fn start(
        &self,
        state: &mut TransferState,
        location: &Location,
        done_bytes: u64,
        total_bytes: Option<u64>,
    ) {
        state.bar.finish_and_clear();
        (state.total_bytes, state.last_line) = (total_bytes, Instant::now());
        if self.console.shows_progress() {
            // The bar replaces the last message.
            self.console.progress("");
            let bar = total_bytes.map_or_else(ProgressBar::no_length, ProgressBar::new);
            let template =
                "{bar:30} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta} {wide_msg}";
            // The template is valid; the default style would do, too.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_position(done_bytes);
            bar.set_message(location.to_string());
            state.bar = bar;
            return;
        }
        let size = total_bytes.map_or_else(String::new, |bytes| format!(" ({})", size(bytes)));
        let going_on = if done_bytes > 0 {
            format!(", of which {} are already there", self::size(done_bytes))
        } else {
            String::new()
        };
        self.console.info(&format!("fetching {location}{size}{going_on} ..."));
    }

    fn go_on(&self, state: &mut TransferState, done_bytes: u64) {
        state.bar.set_position(done_bytes);
        if !self.console.shows_progress() && state.last_line.elapsed() >= LINE_INTERVAL {
            state.last_line = Instant::now();
            let total = state.total_bytes.map_or_else(String::new, |bytes| format!(" of {}", size(bytes)));
            self.console.info(&format!("{}{total} fetched ...", size(done_bytes)));
        }
    }
}

impl FetchObserver for FetchDisplay {
    fn observe(&self, event: &FetchEvent<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            FetchEvent::Waiting { location } => {
                self.console.info(&format!("another process is fetching {location}; waiting for it ..."));
            }
            FetchEvent::Started { location, done_bytes, total_bytes } => {
                self.start(&mut state, location, *done_bytes, *total_bytes);
            }
            FetchEvent::Received { done_bytes, .. } => self.go_on(&mut state, *done_bytes),
            FetchEvent::Retrying { reason, delay, .. } => {
                state.bar.finish_and_clear();
                self.console.warn(&format!("{reason}; trying again in {:.0} s", delay.as_secs_f64()));
            }
            _ => state.bar.finish_and_clear(),
        }
    }
}

/// A size for people.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.into_iter().find(|(unit, _)| bytes >= *unit) {
        None => format!("{bytes} B"),
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let sizes = [0, 999, 1_000, 236_149_000, 8_400_000_000].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "236.1 MB", "8.4 GB"]);
    }
}
