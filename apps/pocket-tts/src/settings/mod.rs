//! The settings of a run: built-in defaults, under the settings file, under `POCKET_TTS_*` variables, under the
//! arguments; then checked as a whole.

mod check;
mod choices;
mod items;
mod raw;
mod reading;
#[cfg(test)]
mod tests;

pub(crate) use check::Settings;
pub(crate) use items::{ItemSettings, SharedSettings};
