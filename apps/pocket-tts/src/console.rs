//! What the command says on standard error. Standard output belongs to the sound and the figures.
//!
//! It must not know what the messages are about.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::exit::Failure;
use crate::message::Message;

/// The one place that writes to standard error.
///
/// Standard error is locked line by line, not for the whole run: a generation thread that panics must be
/// able to say so.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    quiet: bool,
    shows_progress: bool,
}

/// Back to the start of the line, and clear it.
const CLEAR_LINE: &str = "\r\x1b[K";

impl Console {
    /// A console that says nothing but errors if it is `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet, shows_progress: !quiet && std::io::stderr().is_terminal() }
    }

    /// Tells something that is good to know.
    pub(crate) fn info(&self, message: &str) {
        if !self.quiet {
            self.line(message);
        }
    }

    /// Tells that something may not be as wished.
    pub(crate) fn warn(&self, message: &str) {
        if !self.quiet {
            self.line(&format!("warning: {message}"));
        }
    }

    /// Tells, quiet or not, that one of several things failed while the others go on.
    pub(crate) fn failed(&self, name: &str, failure: &Failure) {
        self.lines(&Message::of(failure).about(name));
    }

    /// Tells, quiet or not, that something isn't as it must be while the work goes on.
    pub(crate) fn problem(&self, message: &str) {
        self.line(message);
    }

    /// Whether standard error is a terminal and may be written on at all.
    pub(crate) fn shows_progress(&self) -> bool {
        self.shows_progress
    }

    /// A bar for `length` things on a terminal, else nothing.
    pub(crate) fn bar(&self, length: usize) -> ProgressBar {
        if !self.shows_progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length as u64);
        // The template is known to be sound; the default look is no loss if it weren't.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar
    }

    /// Shows how far the work is, on terminals only; the next message takes its place.
    pub(crate) fn progress(&self, message: &str) {
        if self.shows_progress {
            write(&format!("{CLEAR_LINE}{message}"));
        }
    }

    /// Tells why the command failed, quiet or not, unless nobody wants to know.
    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        self.lines(&Message::of(failure));
    }

    /// Tells what is wrong and what to do, quiet or not.
    pub(crate) fn lines(&self, message: &Message) {
        for line in message.lines() {
            self.line(&line);
        }
    }

    fn line(&self, message: &str) {
        let clear = if self.shows_progress { CLEAR_LINE } else { "" };
        write(&format!("{clear}{message}\n"));
    }
}

/// There is nowhere left to tell if this fails.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
