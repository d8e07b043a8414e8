//! The sources of settings.

use std::path::PathBuf;

/// A source of settings, in order of increasing precedence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A default of the program.
    BuiltIn,
    /// A settings file.
    File(PathBuf),
    /// Environment variables.
    Environment,
    /// The command line.
    Arguments,
    /// One of the items that a run works on, which messages name before the problem.
    Item,
}
