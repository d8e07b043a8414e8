//! What a model is, before its files are opened.

use std::path::PathBuf;

use crate::config::Config;

/// A model's configuration, and from where its relative paths start.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) config: Config,
    pub(crate) folder: Option<PathBuf>,
}
