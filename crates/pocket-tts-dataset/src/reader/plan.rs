//! Which windows there are, from the durations of the recordings. It must not open them.

use std::path::PathBuf;
use std::sync::Arc;

use super::options::{OnError, ReaderOptions};
use super::order::{hash, unit};
use crate::error::DatasetError;
use crate::manifest::Manifest;

/// Durations are rounded in files: a window may exceed its recording by this many seconds.
const TOLERANCE_S: f64 = 1e-6;

/// The recordings.
#[derive(Clone, Debug)]
pub(super) enum RecordingList {
    Listed(Arc<[(PathBuf, f64)]>),
    Manifest(Arc<Manifest>),
}

/// A part of a recording.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    /// Where the recording begins in its file, in seconds.
    pub(super) offset_s: f64,
    /// Its duration in seconds.
    pub(super) duration_s: f64,
}

impl RecordingList {
    fn len(&self) -> u64 {
        match self {
            Self::Listed(list) => list.len() as u64,
            Self::Manifest(manifest) => manifest.len(),
        }
    }

    fn duration_s(&self, index: u64) -> Result<f64, DatasetError> {
        match self {
            Self::Listed(list) => Ok(list[index as usize].1),
            Self::Manifest(manifest) => manifest.entry_as_written(index).map(|entry| entry.duration),
        }
    }

    /// The recording of a number.
    pub(super) fn part(&self, index: u64) -> Result<Part, DatasetError> {
        match self {
            Self::Listed(list) => {
                let (path, duration_s) = list[index as usize].clone();
                Ok(Part { path, offset_s: 0.0, duration_s })
            }
            Self::Manifest(manifest) => {
                let entry = manifest.entry(index)?;
                Ok(Part { path: entry.path, offset_s: entry.start, duration_s: entry.duration })
            }
        }
    }
}

/// The windows of all recordings, 8 bytes for each recording.
#[derive(Debug)]
pub(super) struct Plan {
    /// The windows of all recordings before each, and of all at the end.
    windows_before: Vec<u64>,
}

/// Where a window is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) recording: u64,
    /// Seconds from the start of the recording.
    pub(super) start_s: f64,
}

impl Plan {
    /// Counts the windows. Lines that are no entries have none; they are errors, or reported to `skipped`.
    pub(super) fn make(
        recordings: &RecordingList,
        options: &ReaderOptions,
        mut skipped: impl FnMut(u64, DatasetError),
    ) -> Result<Self, DatasetError> {
        let mut windows_before = Vec::with_capacity(recordings.len() as usize + 1);
        let mut windows = 0;
        for index in 0..recordings.len() {
            windows_before.push(windows);
            match recordings.duration_s(index) {
                Ok(duration_s) => windows += windows_in(duration_s, options),
                Err(error) if options.on_error == OnError::Raise => return Err(error),
                Err(error) => skipped(index, error),
            }
        }
        windows_before.push(windows);
        Ok(Self { windows_before })
    }

    /// The number of windows.
    pub(super) fn windows(&self) -> u64 {
        self.windows_before.last().copied().unwrap_or(0)
    }

    /// The window of a number below [`windows`](Self::windows).
    pub(super) fn place(&self, window: u64, options: &ReaderOptions) -> Place {
        let recording = self.windows_before.partition_point(|before| *before <= window).saturating_sub(1);
        let number = window - self.windows_before[recording];
        Place { recording: recording as u64, start_s: number as f64 * options.duration_s }
    }
}

/// Durations of all recordings that windows are drawn from, 8 bytes for each recording.
#[derive(Debug)]
pub(super) struct Draw {
    /// Seconds of all recordings before each, and of all at the end.
    seconds_before: Vec<f64>,
}

impl Draw {
    pub(super) fn make(recordings: &RecordingList, options: &ReaderOptions) -> Self {
        let mut seconds_before = vec![0.0];
        let mut seconds = 0.0;
        for index in 0..recordings.len() {
            let duration_s = recordings.duration_s(index).unwrap_or(0.0);
            if windows_in(duration_s, options) > 0 {
                seconds += duration_s;
            }
            seconds_before.push(seconds);
        }
        Self { seconds_before }
    }

    /// Whether no window can be drawn.
    pub(super) fn is_empty(&self) -> bool {
        self.seconds_before.last().is_none_or(|seconds| *seconds <= 0.0)
    }

    /// The window that number `draw` of a seed is.
    pub(super) fn place(&self, draw: u64, seed: u64, options: &ReaderOptions) -> Place {
        let all = self.seconds_before.last().copied().unwrap_or(0.0);
        let point = unit(hash(seed, draw)) * all;
        let recording = self.seconds_before.partition_point(|before| *before <= point).saturating_sub(1);
        let recording = recording.min(self.seconds_before.len().saturating_sub(2));
        let duration_s = self.seconds_before[recording + 1] - self.seconds_before[recording];
        let room = if options.pad_last_segment { duration_s } else { duration_s - options.duration_s };
        let start_s = unit(hash(!seed, draw)) * room.max(0.0);
        Place { recording: recording as u64, start_s }
    }
}

fn windows_in(duration_s: f64, options: &ReaderOptions) -> u64 {
    let whole = ((duration_s + TOLERANCE_S) / options.duration_s).floor();
    let rest_s = duration_s - whole * options.duration_s;
    whole as u64 + u64::from(options.pad_last_segment && rest_s > TOLERANCE_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recordings(durations: &[f64]) -> RecordingList {
        RecordingList::Listed(durations.iter().map(|duration_s| (PathBuf::new(), *duration_s)).collect())
    }

    #[test]
    fn windows_are_counted_with_and_without_the_incomplete_ones() {
        let recordings = recordings(&[7.3, 0.5, 4.0, 1.999_999_9]);
        let mut options = ReaderOptions::new(2.0);
        let all = |options: &ReaderOptions| {
            let plan = Plan::make(&recordings, options, |_, _| {}).unwrap();
            (0..plan.windows())
                .map(|window| plan.place(window, options))
                .map(|place| (place.recording, place.start_s))
                .collect::<Vec<_>>()
        };
        let whole = [(0, 0.0), (0, 2.0), (0, 4.0), (2, 0.0), (2, 2.0), (3, 0.0)];
        assert_eq!(all(&options), whole);
        options.pad_last_segment = true;
        let padded = [(0, 0.0), (0, 2.0), (0, 4.0), (0, 6.0), (1, 0.0), (2, 0.0), (2, 2.0), (3, 0.0)];
        assert_eq!(all(&options), padded);
    }

    #[test]
    fn draws_follow_the_durations_and_stay_inside() {
        let recordings = recordings(&[1.0, 30.0, 10.0]);
        let options = ReaderOptions::new(4.0);
        let draw = Draw::make(&recordings, &options);
        let mut counts = [0_u32; 3];
        for number in 0..4_000 {
            let place = draw.place(number, 1, &options);
            counts[place.recording as usize] += 1;
            assert!(place.start_s <= [0.0, 26.0, 6.0][place.recording as usize]);
        }
        assert!(counts[0] == 0 && (2_850..3_150).contains(&counts[1]), "{counts:?}");
        assert!(Draw::make(&self::recordings(&[1.0]), &options).is_empty());
    }
}
