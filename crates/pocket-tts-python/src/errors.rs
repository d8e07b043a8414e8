//! From errors of Rust to exceptions of Python, whose classes are in `pocket_tts_rs._errors`.
//!
//! A class derives from the exception that the Python package raises in the same case, so that code which catches that one
//! catches ours.

use std::io;

use pocket_tts_audio::{AudioError, EncodeError, SaveAudioError};
use pocket_tts_core::{Error, ErrorKind, FetchError, SaveError, config::ConfigProblem};
use pocket_tts_dataset::DatasetError;
use pyo3::{PyTypeInfo, exceptions::PyRuntimeError, prelude::*};

/// The classes of `pocket_tts_rs._errors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Ask for something else: a `ValueError`.
    Request,
    /// Name something that exists: a `FileNotFoundError`.
    NotFound,
    /// Name a recording that exists: a `FileNotFoundError` and `ValueError`.
    NoRecording,
    /// Other model files are needed: a `ValueError` and `RuntimeError`.
    Model,
    /// A server can't be reached: a `ConnectionError`.
    Connection,
    /// Look at the machine: an `OSError`.
    Machine,
    /// The speech can't be completed: a `RuntimeError`.
    Speech,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Self::Request => "RequestError",
            Self::NotFound => "NotFoundError",
            Self::NoRecording => "NoRecordingError",
            Self::Model => "ModelError",
            Self::Connection => "DownloadError",
            Self::Machine => "MachineError",
            Self::Speech => "SpeechError",
        }
    }

    /// An exception of this class.
    pub(crate) fn exception(self, message: impl Into<String>) -> PyErr {
        let message = message.into();
        Python::attach(|py| {
            let made = py
                .import("pocket_tts_rs._errors")
                .and_then(|module| module.getattr(self.name())?.call1((message.clone(),)));
            match made {
                Ok(exception) => PyErr::from_value(exception),
                Err(_) => PyErr::from_type(PyRuntimeError::type_object(py), message),
            }
        })
    }
}

/// An error that becomes an exception.
pub(crate) trait Raise {
    /// The exception.
    fn raise(self) -> PyErr;
}

impl Raise for Error {
    fn raise(self) -> PyErr {
        class_of(&self).exception(self.to_string())
    }
}

impl Raise for AudioError {
    fn raise(self) -> PyErr {
        class_of_audio(&self).exception(self.to_string())
    }
}

impl Raise for EncodeError {
    fn raise(self) -> PyErr {
        Class::Request.exception(self.to_string())
    }
}

impl Raise for SaveAudioError {
    fn raise(self) -> PyErr {
        let class = match &self {
            Self::Save(error) => class_of_save(error),
            _ => Class::Request,
        };
        class.exception(self.to_string())
    }
}

impl Raise for DatasetError {
    fn raise(self) -> PyErr {
        class_of_dataset(&self).exception(self.to_string())
    }
}

impl Raise for io::Error {
    fn raise(self) -> PyErr {
        class_of_io(&self).exception(self.to_string())
    }
}

fn class_of(error: &Error) -> Class {
    match error {
        Error::UnknownVoice { .. } | Error::Config(ConfigProblem::UnknownName { .. }) => Class::NotFound,
        Error::Config(ConfigProblem::Read { source, .. }) | Error::Io { source, .. } => class_of_io(source),
        Error::Fetch(error) => class_of_fetch(error),
        Error::SaveVoice(error) => class_of_save(error),
        Error::Recording { source, .. } => class_of_audio(source),
        Error::NotFinite { .. } => Class::Speech,
        _ => match error.kind() {
            ErrorKind::InvalidRequest => Class::Request,
            ErrorKind::NotFound => Class::NotFound,
            ErrorKind::BadModel => Class::Model,
            ErrorKind::Environment => Class::Machine,
            _ => Class::Speech,
        },
    }
}

fn class_of_dataset(error: &DatasetError) -> Class {
    let class = match error {
        DatasetError::Read { reason, .. } => class_of_io(reason),
        DatasetError::Sound { source, .. } => class_of_audio(source),
        DatasetError::Save(error) | DatasetError::SaveSound(SaveAudioError::Save(error)) => {
            class_of_save(error)
        }
        DatasetError::Thread(_) => Class::Machine,
        _ => Class::Request,
    };
    if class == Class::NotFound { Class::NoRecording } else { class }
}

fn class_of_fetch(error: &FetchError) -> Class {
    match error {
        FetchError::Missing { source, .. } => class_of_io(source),
        FetchError::NotFound { .. } | FetchError::Offline { .. } => Class::NotFound,
        FetchError::TooLarge { .. } => Class::Request,
        _ => Class::Connection,
    }
}

fn class_of_audio(error: &AudioError) -> Class {
    match error {
        AudioError::Read { reason, .. } => class_of_io(reason),
        _ => Class::Request,
    }
}

fn class_of_save(error: &SaveError) -> Class {
    match error {
        SaveError::Io { reason, .. } => class_of_io(reason),
        _ => Class::NotFound,
    }
}

fn class_of_io(error: &io::Error) -> Class {
    if error.kind() == io::ErrorKind::NotFound { Class::NotFound } else { Class::Machine }
}
