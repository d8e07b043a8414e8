//! Single recordings, of which parts are read with all their channels.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    thread::available_parallelism,
};

use pocket_tts_audio::SoundFile;
use pocket_tts_dataset::{ChannelMix, DatasetError, Span, Window, WindowReader, duration, durations};
use pyo3::{prelude::*, types::PyByteArray};

use crate::{
    errors::{Class, Raise},
    waiting::interruptible,
};

/// The longest part that is read at once, in seconds.
const LONGEST_S: f64 = 86_400.0;

/// Samples, `[channels, samples]`; the channels; the samples of each that are of the recording; and their rate.
type PartTuple<'py> = (Bound<'py, PyByteArray>, usize, usize, u32);

/// The durations of files in seconds; `None` where one can't be read.
#[pyfunction]
pub(crate) fn recording_durations(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Vec<Option<f64>>> {
    let threads = available_parallelism().map_or(1, Into::into);
    let found = interruptible(py, move || durations(&paths, threads))?;
    Ok(found.into_iter().map(Result::ok).collect())
}

/// A recording in a file.
#[pyclass(frozen, module = "pocket_tts_rs._native")]
pub(crate) struct RecordingReader {
    path: PathBuf,
    #[pyo3(get)]
    channels: usize,
    #[pyo3(get)]
    sample_rate: u32,
    windows: Mutex<WindowReader>,
}

#[pymethods]
impl RecordingReader {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let opened = py.detach(|| SoundFile::open(&path));
        let file = opened.map_err(|source| DatasetError::Sound { path: path.clone(), source }.raise())?;
        let (channels, sample_rate) = (file.channels(), file.sample_rate_hz());
        Ok(Self { path, channels, sample_rate, windows: Mutex::default() })
    }

    /// The duration in seconds: from the header, or else by reading to the end.
    fn duration(&self, py: Python<'_>) -> PyResult<f64> {
        let path = self.path.clone();
        interruptible(py, move || duration(&path))?.map_err(Raise::raise)
    }

    /// A part, at the recording's sample rate or another: `duration_s` seconds with silence behind the recording, or all
    /// that is there.
    fn read<'py>(
        &self,
        py: Python<'py>,
        start_s: f64,
        duration_s: Option<f64>,
        sample_rate_hz: Option<u32>,
    ) -> PyResult<PartTuple<'py>> {
        for (name, seconds) in [("start_sec", Some(start_s)), ("duration_sec", duration_s)] {
            if let Some(seconds) = seconds
                && !(0.0..=LONGEST_S).contains(&seconds)
            {
                let problem = format!("`{name}` is {seconds}, but must be from 0 to {LONGEST_S} s");
                return Err(Class::Request.exception(problem));
            }
        }
        let window = py.detach(|| self.window(start_s, duration_s, sample_rate_hz)).map_err(Raise::raise)?;
        let samples = PyByteArray::new(py, bytemuck::cast_slice(&window.data));
        Ok((samples, window.channels, window.present, window.sample_rate_hz))
    }
}

impl RecordingReader {
    fn window(
        &self,
        start: f64,
        duration: Option<f64>,
        sample_rate_hz: Option<u32>,
    ) -> Result<Window, DatasetError> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        match duration {
            None => windows.read_rest(&self.path, start, sample_rate_hz, ChannelMix::Keep),
            Some(duration) => {
                let span = Span { start, present: duration, duration };
                windows.read(&self.path, span, sample_rate_hz, ChannelMix::Keep)
            }
        }
    }
}
