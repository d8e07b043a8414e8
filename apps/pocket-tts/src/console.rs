//! Messages on standard error. Standard output is for audio and results.
//!
//! It must not know what the messages are about.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use crate::colours::painted;
use crate::exit::Failure;
use crate::message::Message;

/// Writes to standard error.
///
/// Standard error is locked for each line, not for the whole run, so that a panicking thread can report its panic.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    quiet: bool,
    shows_progress: bool,
    /// All warnings so far, if they are wanted.
    warnings: Option<Arc<Mutex<Vec<String>>>>,
}

/// Back to the start of the line, and clear it.
const CLEAR_LINE: &str = "\r\x1b[K";

impl Console {
    /// A console that prints only errors if it is `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet, shows_progress: !quiet && std::io::stderr().is_terminal(), warnings: None }
    }

    /// The same console, and its clones, which keep all warnings.
    pub(crate) fn keeping_warnings(self) -> Self {
        Self { warnings: Some(Arc::default()), ..self }
    }

    /// The warnings that were kept.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let kept = self.warnings.as_ref();
        kept.map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    /// Prints information.
    pub(crate) fn info(&self, message: &str) {
        if !self.quiet {
            self.line(message);
        }
    }

    /// Prints a warning.
    pub(crate) fn warn(&self, message: &str) {
        if let Some(kept) = &self.warnings {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(message.to_owned());
        }
        if !self.quiet {
            self.line(&format!("warning: {message}"));
        }
    }

    /// Prints, quiet or not, that one of several items failed while the others continue.
    pub(crate) fn failed(&self, name: &str, failure: &Failure) {
        self.lines(&Message::of(failure).about(name));
    }

    /// Prints, quiet or not, a problem that does not end the work.
    pub(crate) fn problem(&self, message: &str) {
        self.line(message);
    }

    /// Whether progress is shown: standard error is a terminal, and not quiet.
    pub(crate) fn shows_progress(&self) -> bool {
        self.shows_progress
    }

    /// A progress bar for `length` items, hidden unless standard error is a terminal.
    pub(crate) fn bar(&self, length: usize) -> ProgressBar {
        if !self.shows_progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length as u64);
        // The template is valid; the default style would do, too.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar
    }

    /// Shows progress on terminals. The next message replaces it.
    pub(crate) fn progress(&self, message: &str) {
        if self.shows_progress {
            write(&format!("{CLEAR_LINE}{message}"), "");
        }
    }

    /// Prints why the command failed, quiet or not, unless it failed silently.
    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        self.lines(&Message::of(failure));
    }

    /// Prints what is wrong and what to do, quiet or not.
    pub(crate) fn lines(&self, message: &Message) {
        for line in message.lines() {
            self.line(&line);
        }
    }

    fn line(&self, message: &str) {
        let clear = if self.shows_progress { CLEAR_LINE } else { "" };
        write(clear, &format!("{}\n", painted(message)));
    }
}

/// Writes `plain` as it is, and `painted` with colours where they are wanted. A failure to write cannot be reported
/// anywhere.
fn write(plain: &str, painted: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr
        .write_all(plain.as_bytes())
        .and_then(|()| anstream::stderr().write_all(painted.as_bytes()))
        .and_then(|()| stderr.flush());
}
