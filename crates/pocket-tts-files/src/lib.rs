#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod atomic;
pub mod lock;
pub mod partial;
pub mod private;
pub mod unfinished;

pub use atomic::{AtomicFile, SaveError};
pub use lock::Lock;
pub use partial::PartialFile;
pub use unfinished::{abandoned_files, remove_abandoned_files, remove_unfinished_files};
