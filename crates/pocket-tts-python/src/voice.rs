//! A prepared voice.

use std::path::PathBuf;

use pocket_tts_core as core;
use pyo3::{prelude::*, types::PyBytes};

use crate::errors::Raise;

/// A voice, ready to speak with the model that prepared it.
#[pyclass(frozen, module = "pocket_tts_rs._native")]
pub(crate) struct Voice {
    pub(crate) voice: core::Voice,
}

#[pymethods]
impl Voice {
    /// Positions of the model's memory that the voice takes.
    #[getter]
    fn positions(&self) -> usize {
        self.voice.positions()
    }

    /// What a person should know about the voice.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.voice.warnings().iter().map(ToString::to_string).collect()
    }

    /// Writes the voice into a file, which appears complete or not at all.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.voice.save(&path)).map_err(Raise::raise)
    }

    /// The bytes of such a file.
    fn to_safetensors<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.voice.to_safetensors());
        PyBytes::new(py, &bytes)
    }
}
