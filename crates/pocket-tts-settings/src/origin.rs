//! The places that settings come from.

use std::path::PathBuf;

/// Where settings come from, weakest first.
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
}
