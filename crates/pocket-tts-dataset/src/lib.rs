#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod cuts;
mod durations;
mod error;
pub mod jobs;
pub mod latents;
pub mod manifest;
pub mod metrics;
pub mod operations;
pub mod reader;
pub mod recordings;
pub mod tasks;

pub use cuts::{Cut, CutRules};
pub use durations::{duration, durations};
pub use error::DatasetError;
pub use latents::LatentCodec;
pub use manifest::{Manifest, ManifestEntry, Word};
pub use metrics::{Filter, Metrics, Report};
pub use operations::{Preparation, Trim};
pub use reader::{
    ChannelMix, DatasetIter, DatasetReader, OnError, ReaderOptions, Sample, Shuffle, Skipped, Span, Steps,
    Window, WindowReader,
};
pub use recordings::{Recording, Recordings, read_mono};
