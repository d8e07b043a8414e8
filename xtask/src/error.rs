//! Errors of tasks, and their exit codes.
//!
//! It must not print anything.

use std::{io, path::PathBuf};

/// A failed task.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// No task was given.
    #[error("name a task: `cargo xtask TASK`; the tasks are: {tasks}")]
    Usage { tasks: String },
    /// An argument for a task without options.
    #[error("`{task}` takes no options, but was given `{found}`; the tasks are: {tasks}")]
    Unexpected { task: &'static str, found: String, tasks: String },
    /// An option of a task is wrong.
    #[error("{problem}; see `cargo xtask {task} --help`")]
    Option { task: &'static str, problem: String },
    /// The named task doesn't exist.
    #[error("there is no task `{name}`; the tasks are: {tasks}")]
    UnknownTask { name: String, tasks: String },
    /// A check found problems; one finding per line.
    #[error("{check}: {} to fix:\n  {}", .findings.len(), .findings.join("\n  "))]
    Findings { check: &'static str, findings: Vec<String> },
    /// A command of a step failed; it has printed the reason.
    #[error("step `{step}` failed ({status}); run it alone: {command}")]
    Step { step: &'static str, status: String, command: String },
    /// The run was interrupted.
    #[error("interrupted in step `{step}`")]
    Interrupted { step: &'static str },
    /// The signal handlers can't be registered.
    #[error("cannot watch for signals: {source}")]
    Signals { source: io::Error },
    /// A tool that a step needs isn't installed.
    #[error("`{what}` is not installed; install it: {install}")]
    Missing { what: &'static str, install: String },
    /// A program couldn't be started.
    #[error("cannot start `{program}`: {source}; is it installed?")]
    Start { program: String, source: io::Error },
    /// `cargo metadata` didn't describe the workspace.
    #[error("`cargo metadata` does not describe this workspace: {reason}")]
    Metadata { reason: String },
    /// A file of the workspace can't be read.
    #[error("cannot read `{}`: {source}", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// A file can't be written.
    #[error("cannot write `{}`: {source}", .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    /// A file has invalid contents.
    #[error("`{}` can't be used: {reason}", .path.display())]
    Record { path: PathBuf, reason: String },
    /// A benchmark failed.
    #[error("`{command}` failed: {reason}")]
    Benchmark { command: String, reason: String },
}

impl TaskError {
    /// By convention 2 for a wrong command line and 130 after an interruption, else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::UnknownTask { .. } | Self::Unexpected { .. } | Self::Option { .. } => {
                2
            }
            Self::Interrupted { .. } => 130,
            _ => 1,
        }
    }
}
