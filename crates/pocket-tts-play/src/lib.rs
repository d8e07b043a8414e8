#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
#[cfg(any(target_os = "macos", windows))]
mod device;
mod error;
#[cfg(any(test, target_os = "macos", windows))]
mod interpolator;
mod lead_in;
mod output;
mod player;
#[cfg(unix)]
mod program;
#[cfg(all(unix, not(target_os = "macos")))]
mod pulse;
mod queue;
mod sound_out;

pub use error::PlayError;
pub use lead_in::{LeadIn, Piece, lead_in_s};
pub use output::{Output, outputs};
pub use player::{Played, Player, StopHandle};
