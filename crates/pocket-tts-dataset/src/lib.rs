#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod durations;
mod error;
pub mod manifest;
pub mod reader;

pub use durations::{duration, durations};
pub use error::DatasetError;
pub use manifest::{Manifest, ManifestEntry, Word};
pub use reader::{
    ChannelMix, DatasetIter, DatasetReader, OnError, ReaderOptions, Sample, Shuffle, Skipped, Steps,
};
