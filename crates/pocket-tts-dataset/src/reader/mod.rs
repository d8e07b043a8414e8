//! Windows of recordings, in sequence or shuffled.

mod iter;
mod options;
mod order;
mod plan;
mod sample;
mod window;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use iter::DatasetIter;
use iter::{Order, ReadingPlan};
pub use options::{ChannelMix, DEFAULT_SEED, OnError, ReaderOptions, Shuffle, Steps};
pub(crate) use order::hash;
use plan::{Draw, Plan, RecordingList};
pub use sample::{Sample, Skipped};
pub use window::{Span, Window, WindowReader};

use crate::error::DatasetError;
use crate::manifest::Manifest;

/// Reads windows of recordings.
///
/// ```no_run
/// use pocket_tts_dataset::{DatasetReader, ReaderOptions, Shuffle};
///
/// let options = ReaderOptions { sample_rate_hz: Some(24_000), ..ReaderOptions::new(10.0) };
/// let reader = DatasetReader::of_manifest("train.jsonl", options)?;
/// for sample in reader.shuffled(Shuffle::default())? {
///     let sample = sample?;
///     println!("{} at {} s: {} samples", sample.path.display(), sample.start_time_sec, sample.len());
/// }
/// # Ok::<(), pocket_tts_dataset::DatasetError>(())
/// ```
#[derive(Debug)]
pub struct DatasetReader {
    recordings: RecordingList,
    options: Arc<ReaderOptions>,
}

impl DatasetReader {
    /// Reads files whose durations in seconds are known; [`durations`](crate::durations) finds them.
    ///
    /// # Errors
    /// [`DatasetError::Option`].
    pub fn of_files(files: Vec<(PathBuf, f64)>, options: ReaderOptions) -> Result<Self, DatasetError> {
        options.check()?;
        if let Some((path, duration_s)) =
            files.iter().find(|(_, duration_s)| !duration_s.is_finite() || *duration_s < 0.0)
        {
            let name = path.display();
            return Err(DatasetError::Option(format!(
                "{name} has a duration of {duration_s} s; give seconds from 0 on"
            )));
        }
        Ok(Self { recordings: RecordingList::Listed(files.into()), options: Arc::new(options) })
    }

    /// Reads the recordings of a manifest: a JSON object with `path` and `duration` in each line, and `start` where it is
    /// a part of a file.
    ///
    /// # Errors
    /// [`DatasetError::Option`], and [`DatasetError::Read`].
    pub fn of_manifest(path: impl AsRef<Path>, options: ReaderOptions) -> Result<Self, DatasetError> {
        options.check()?;
        let manifest = Arc::new(Manifest::open(path.as_ref())?);
        Ok(Self { recordings: RecordingList::Manifest(manifest), options: Arc::new(options) })
    }

    /// How it reads.
    pub fn options(&self) -> &ReaderOptions {
        &self.options
    }

    /// The number of windows of all recordings.
    ///
    /// # Errors
    /// With [`OnError::Raise`], a line that is no entry.
    pub fn windows(&self) -> Result<u64, DatasetError> {
        Plan::make(&self.recordings, &self.options, |_, _| {}).map(|plan| plan.windows())
    }

    /// The windows from the first recording to the last.
    ///
    /// # Errors
    /// [`DatasetError::Option`], [`DatasetError::Thread`], and, with [`OnError::Raise`], a line that is no entry.
    pub fn sequential(&self, steps: Steps) -> Result<DatasetIter, DatasetError> {
        let (plan, skipped) = self.plan()?;
        self.start(Order::Sequence(plan), steps, skipped)
    }

    /// Windows in a random order, each once, or drawn without an end. The same seed gives the same windows.
    ///
    /// # Errors
    /// As [`sequential`](Self::sequential).
    pub fn shuffled(&self, shuffle: Shuffle) -> Result<DatasetIter, DatasetError> {
        let (plan, skipped) = self.plan()?;
        let order = if shuffle.with_replacement {
            Order::Drawn(Arc::new(Draw::make(&self.recordings, &self.options)), shuffle.seed)
        } else {
            Order::shuffled(plan, shuffle)
        };
        self.start(order, shuffle.steps, skipped)
    }

    fn plan(&self) -> Result<(Arc<Plan>, Vec<Skipped>), DatasetError> {
        let mut skipped = Vec::new();
        let plan = Plan::make(&self.recordings, &self.options, |file_index, error| {
            skipped.push(Skipped { sample_index: None, file_index, error });
        })?;
        Ok((Arc::new(plan), skipped))
    }

    fn start(&self, order: Order, steps: Steps, skipped: Vec<Skipped>) -> Result<DatasetIter, DatasetError> {
        let (recordings, options) = (self.recordings.clone(), Arc::clone(&self.options));
        DatasetIter::start(&ReadingPlan { recordings, options, order, steps }, skipped)
    }
}
