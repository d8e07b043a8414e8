//! Why a task failed, and with which exit code.
//!
//! It must not print anything.

use std::{io, path::PathBuf};

/// A failed task.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// No task was named.
    #[error("name a task: `cargo xtask TASK`; the tasks are: {tasks}")]
    Usage { tasks: String },
    /// A task was given something that it doesn't take.
    #[error("`{task}` takes no options, but was given `{found}`; the tasks are: {tasks}")]
    Unexpected { task: &'static str, found: String, tasks: String },
    /// An option of a task is wrong.
    #[error("{problem}; `cargo xtask {task} --help` tells what is allowed")]
    Option { task: &'static str, problem: String },
    /// The named task doesn't exist.
    #[error("there is no task `{name}`; the tasks are: {tasks}")]
    UnknownTask { name: String, tasks: String },
    /// A check found something; one finding a line.
    #[error("{check}: {} to mend:\n  {}", .findings.len(), .findings.join("\n  "))]
    Findings { check: &'static str, findings: Vec<String> },
    /// A command of a step ended badly; it has said why itself.
    #[error("step `{step}` failed ({status}); to run it alone: {command}")]
    Step { step: &'static str, status: String, command: String },
    /// The run was ended from outside.
    #[error("interrupted in step `{step}`")]
    Interrupted { step: &'static str },
    /// Requests to end this program can't be noticed.
    #[error("cannot watch for signals: {source}")]
    Signals { source: io::Error },
    /// Something that a step needs isn't installed.
    #[error("`{what}` is not installed; to install it: {install}")]
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
    /// A file doesn't hold what it should.
    #[error("`{}` can't be used: {reason}", .path.display())]
    Record { path: PathBuf, reason: String },
    /// A benchmark didn't end well.
    #[error("`{command}` failed: {reason}")]
    Benchmark { command: String, reason: String },
}

impl TaskError {
    /// 2 where the command line was wrong and 130 after an interruption, as is customary, else 1.
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
