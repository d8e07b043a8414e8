//! Windows of recordings, read ahead on threads.

use std::{
    path::PathBuf,
    process,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use pocket_tts_dataset::{
    ChannelMix, DatasetIter, DatasetReader, OnError, ReaderOptions, Sample, Shuffle, Steps,
};
use pyo3::{prelude::*, types::PyByteArray};

use crate::{
    errors::{Class, Raise},
    waiting::PATIENCE,
};

/// How recordings are read, by the keys of a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ReaderSettings {
    duration_s: f64,
    sample_rate_hz: Option<u32>,
    pad_last_segment: bool,
    skip_errors: bool,
    threads: Option<usize>,
    channel_len_per_thread: usize,
    mono: bool,
}

impl ReaderSettings {
    fn options(self) -> ReaderOptions {
        let usual = ReaderOptions::new(self.duration_s);
        ReaderOptions {
            sample_rate_hz: self.sample_rate_hz,
            pad_last_segment: self.pad_last_segment,
            on_error: if self.skip_errors { OnError::Skip } else { OnError::Raise },
            threads: self.threads.unwrap_or(usual.threads),
            channel_len_per_thread: self.channel_len_per_thread,
            channels: if self.mono { ChannelMix::Mono } else { ChannelMix::Keep },
            ..usual
        }
    }
}

/// A set of recordings and how windows of them are read.
#[pyclass(frozen, module = "pocket_tts_rs._native")]
pub(crate) struct DataReader {
    reader: DatasetReader,
}

#[pymethods]
impl DataReader {
    /// Files and their durations in seconds.
    #[staticmethod]
    fn of_files(files: Vec<(PathBuf, f64)>, settings: ReaderSettings) -> PyResult<Self> {
        let reader = DatasetReader::of_files(files, settings.options()).map_err(Raise::raise)?;
        Ok(Self { reader })
    }

    /// The lines of a manifest.
    #[staticmethod]
    fn of_manifest(py: Python<'_>, path: PathBuf, settings: ReaderSettings) -> PyResult<Self> {
        let open = || DatasetReader::of_manifest(path, settings.options());
        Ok(Self { reader: py.detach(open).map_err(Raise::raise)? })
    }

    /// The number of threads that read.
    #[getter]
    fn threads(&self) -> usize {
        self.reader.options().threads
    }

    /// The number of windows of all recordings.
    fn windows(&self, py: Python<'_>) -> PyResult<u64> {
        py.detach(|| self.reader.windows()).map_err(Raise::raise)
    }

    /// Windows from the first recording to the last: number `skip`, and every `step_by`th from there.
    fn sequential(&self, py: Python<'_>, skip: u64, step_by: u64) -> PyResult<DataIter> {
        let steps = Steps { skip, step_by };
        py.detach(|| self.reader.sequential(steps)).map(DataIter::new).map_err(Raise::raise)
    }

    /// Windows in the order of a seed, each once or drawn without an end.
    fn shuffled(
        &self,
        py: Python<'_>,
        with_replacement: bool,
        seed: u64,
        steps: (u64, u64),
    ) -> PyResult<DataIter> {
        let steps = Steps { skip: steps.0, step_by: steps.1 };
        let shuffle = Shuffle { with_replacement, seed, steps };
        py.detach(|| self.reader.shuffled(shuffle)).map(DataIter::new).map_err(Raise::raise)
    }
}

/// The number of the window, that of its recording, its path, its first second, its rate, its samples without padding, the
/// seconds that reading took, its channels, and its samples, `[channels, samples]`.
type WindowTuple<'py> = (u64, u64, PathBuf, f64, u32, usize, f64, usize, Bound<'py, PyByteArray>);

/// A window's number if it has one, that of its recording, and why it was left out.
type SkippedTuple = (Option<u64>, u64, String);

/// Windows in their order.
#[pyclass(frozen, module = "pocket_tts_rs._native")]
pub(crate) struct DataIter {
    windows: Mutex<DatasetIter>,
    /// The process that has the threads.
    process: u32,
}

impl DataIter {
    fn new(windows: DatasetIter) -> Self {
        Self { windows: Mutex::new(windows), process: process::id() }
    }

    fn lock(&self) -> MutexGuard<'_, DatasetIter> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl DataIter {
    /// The next window; `None` behind the last. Signals are heard while it waits.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<WindowTuple<'py>>> {
        if process::id() != self.process {
            let problem = "this process was forked from one in which the windows were begun, so the threads that read \
                           are missing; begin them in this process";
            return Err(Class::Speech.exception(problem));
        }
        loop {
            match py.detach(|| self.lock().next_within(PATIENCE)) {
                Poll::Ready(None) => return Ok(None),
                Poll::Ready(Some(Ok(sample))) => return Ok(Some(tuple(py, sample))),
                Poll::Ready(Some(Err(error))) => return Err(error.raise()),
                Poll::Pending => py.check_signals()?,
            }
        }
    }

    /// How many windows each thread has ready.
    fn buffered_lens(&self, py: Python<'_>) -> Vec<usize> {
        py.detach(|| self.lock().buffered_lens())
    }

    /// How many windows have been left out so far.
    fn skipped_count(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.lock().skipped_count())
    }

    /// The windows that have been left out since the last call, at most the last 1,000.
    fn take_skipped(&self, py: Python<'_>) -> Vec<SkippedTuple> {
        let skipped = py.detach(|| self.lock().take_skipped());
        let skipped = skipped.into_iter();
        skipped.map(|left| (left.sample_index, left.file_index, left.error.to_string())).collect()
    }
}

fn tuple(py: Python<'_>, sample: Sample) -> WindowTuple<'_> {
    (
        sample.sample_index,
        sample.file_index,
        sample.path,
        sample.start_time_sec,
        sample.sample_rate,
        sample.unpadded_len,
        sample.gen_duration_sec,
        sample.channels,
        PyByteArray::new(py, bytemuck::cast_slice(&sample.data)),
    )
}
