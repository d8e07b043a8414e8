//! What the server does: built-in defaults, under a settings file, under `POCKET_TTS_SERVER_*` variables, under options;
//! then checked as a whole.

pub(crate) mod arguments;
pub(crate) mod check;
mod default_voices;
mod help;
mod layers;
mod limits;
pub(crate) mod listen;
mod reading;
#[cfg(test)]
mod tests;
mod written;
