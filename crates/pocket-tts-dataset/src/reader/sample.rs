//! A window of a recording.

use std::path::PathBuf;

use crate::error::DatasetError;

/// A window of a recording. Fields have the names that `sphn` gives them.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its number in the sequence or the shuffled sequence: from `skip` on, by `step_by`.
    pub sample_index: u64,
    /// The number of the recording, from 0.
    pub file_index: u64,
    /// The recording's file.
    pub path: PathBuf,
    /// Where the window begins, in seconds from the start of the recording.
    pub start_time_sec: f64,
    /// Samples per second of each channel.
    pub sample_rate: u32,
    /// How many samples of each channel are of the recording; the others are silence.
    pub unpadded_len: usize,
    /// Seconds that reading took.
    pub gen_duration_sec: f64,
    /// The number of channels.
    pub channels: usize,
    /// `[channels, samples]`, full scale is -1 to 1. All windows of one sample rate have the same length.
    pub data: Vec<f32>,
}

impl Sample {
    /// Samples of each channel, with the silence.
    pub fn len(&self) -> usize {
        self.data.len().checked_div(self.channels).unwrap_or(0)
    }

    /// Whether there are no samples; there always are.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A window that was left out.
#[derive(Debug)]
pub struct Skipped {
    /// Its number; `None` for a line of the manifest that is no entry.
    pub sample_index: Option<u64>,
    /// The number of the recording, from 0.
    pub file_index: u64,
    /// Why.
    pub error: DatasetError,
}
