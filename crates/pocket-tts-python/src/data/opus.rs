//! Streams of Opus in Ogg.

use std::sync::{Mutex, PoisonError};

use pocket_tts_audio as audio;
use pyo3::{prelude::*, types::PyByteArray};

use crate::errors::Raise;

/// Decodes Opus in Ogg while its bytes come.
#[pyclass(frozen, module = "pocket_tts_rs._native")]
pub(crate) struct OpusStream {
    stream: Mutex<audio::OpusStream>,
}

#[pymethods]
impl OpusStream {
    #[new]
    fn new(sample_rate_hz: u32) -> PyResult<Self> {
        let stream = audio::OpusStream::new(sample_rate_hz);
        let stream = stream.map_err(Raise::raise)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// The mono samples that further bytes bring, and whether the stream has ended.
    fn append<'py>(&self, py: Python<'py>, bytes: Vec<u8>) -> PyResult<(Bound<'py, PyByteArray>, bool)> {
        let (samples, has_ended) = py
            .detach(|| {
                let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
                let mut samples = Vec::new();
                stream.push(&bytes, &mut samples).map(|()| (samples, stream.has_ended()))
            })
            .map_err(Raise::raise)?;
        Ok((PyByteArray::new(py, bytemuck::cast_slice(&samples)), has_ended))
    }
}
