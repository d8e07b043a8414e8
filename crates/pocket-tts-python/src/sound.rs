//! Sound in and out: decoding, encoding, resampling, loudness. Samples pass as bytes of `f32`.

use std::{path::PathBuf, sync::Mutex, sync::PoisonError};

use pocket_tts_audio::{
    Audio, AudioFormat, DecodeLimits, EncodeError, Encoder, LoudnessMeter, LoudnessSpool, MAX_LOUDNESS_LUFS,
    MIN_LOUDNESS_LUFS, Resampler, read_file, resample_with,
};
use pyo3::{
    prelude::*,
    types::{PyByteArray, PyBytes},
};

use crate::{
    errors::{Class, Raise},
    waiting::interruptible,
};

/// The longest file that is decoded: a day. The library's default is for voices.
const LONGEST_S: f64 = 86_400.0;

/// The mono samples of a sound file, and their rate.
#[pyfunction]
pub(crate) fn decode(py: Python<'_>, path: PathBuf) -> PyResult<(Bound<'_, PyByteArray>, u32)> {
    let limits = DecodeLimits {
        max_bytes: usize::MAX / 2,
        max_duration_s: Some(LONGEST_S),
        max_time: std::time::Duration::from_mins(10),
    };
    let decode = move || {
        let bytes = read_file(&path, &limits)?;
        pocket_tts_audio::decode(&bytes, &limits)
    };
    let audio = interruptible(py, decode)?.map_err(Raise::raise)?;
    Ok((python_samples(py, &audio.samples), audio.sample_rate_hz))
}

/// Writes a sound into a file in the format of its extension.
#[pyfunction]
pub(crate) fn save(py: Python<'_>, path: PathBuf, samples: &[u8], sample_rate_hz: u32) -> PyResult<()> {
    let audio = sound(samples, sample_rate_hz);
    interruptible(py, move || audio.save(path))?.map_err(Raise::raise)
}

/// A sound in the bytes of a format.
#[pyfunction]
pub(crate) fn encode<'py>(
    py: Python<'py>,
    samples: &[u8],
    sample_rate_hz: u32,
    format: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let (audio, format) = (sound(samples, sample_rate_hz), format_of(format)?);
    let encode = move || -> Result<Vec<u8>, EncodeError> {
        let mut encoder = Encoder::for_file(format, audio.sample_rate_hz)?.exact();
        let mut bytes = encoder.push(&audio.samples)?;
        let end = encoder.finish_file()?;
        bytes.extend(end.tail);
        let head = end.head.unwrap_or_default();
        bytes.splice(..head.len(), head);
        Ok(bytes)
    };
    let bytes = interruptible(py, encode)?.map_err(Raise::raise)?;
    Ok(PyBytes::new(py, &bytes))
}

/// A sound at another rate: band-limited, or as `scipy.signal.resample_poly` does it.
#[pyfunction]
pub(crate) fn resample<'py>(
    py: Python<'py>,
    samples: &[u8],
    from_rate_hz: u32,
    to_rate_hz: u32,
    like_scipy: bool,
) -> PyResult<Bound<'py, PyByteArray>> {
    let way = if like_scipy { Resampler::Reference } else { Resampler::HighQuality };
    let audio = sound(samples, from_rate_hz);
    let resampled = interruptible(py, move || resample_with(&audio, to_rate_hz, way))?;
    Ok(python_samples(py, &resampled.map_err(Raise::raise)?.samples))
}

/// The loudness in LUFS, or `None` if the sound is too short or quiet, and the true peak in dBTP.
#[pyfunction]
pub(crate) fn loudness(py: Python<'_>, samples: &[u8], sample_rate_hz: u32) -> PyResult<(Option<f64>, f64)> {
    let audio = sound(samples, sample_rate_hz);
    let measured = py.detach(move || {
        let mut meter = LoudnessMeter::new(audio.sample_rate_hz)?;
        meter.push(&audio.samples);
        Ok((meter.loudness_lufs(), meter.true_peak_dbtp()))
    });
    measured.map_err(|error: pocket_tts_audio::AudioError| error.raise())
}

/// The sound at another loudness.
#[pyfunction]
pub(crate) fn level<'py>(
    py: Python<'py>,
    samples: &[u8],
    sample_rate_hz: u32,
    target_lufs: f64,
) -> PyResult<Bound<'py, PyByteArray>> {
    if !(MIN_LOUDNESS_LUFS..=MAX_LOUDNESS_LUFS).contains(&target_lufs) {
        let problem = format!(
            "`target_lufs` is {target_lufs}, but must be from {MIN_LOUDNESS_LUFS} to {MAX_LOUDNESS_LUFS}"
        );
        return Err(Class::Request.exception(problem));
    }
    let audio = sound(samples, sample_rate_hz);
    let level = move || {
        let mut spool = LoudnessSpool::new(target_lufs, audio.sample_rate_hz)?;
        spool.push(&audio.samples)?;
        let mut leveled = spool.finish(0)?;
        let mut samples = Vec::with_capacity(audio.samples.len());
        while let Some(block) = leveled.next_block()? {
            samples.extend(block);
        }
        Ok::<_, std::io::Error>(samples)
    };
    let samples = interruptible(py, level)?.map_err(Raise::raise)?;
    Ok(python_samples(py, &samples))
}

/// Encodes a sound while it is generated.
#[pyclass(frozen, module = "pocket_tts_rs._native")]
pub(crate) struct SoundEncoder {
    /// `None` once it is finished.
    encoder: Mutex<Option<Encoder>>,
}

#[pymethods]
impl SoundEncoder {
    #[new]
    fn new(format: &str, sample_rate_hz: u32) -> PyResult<Self> {
        let encoder = Encoder::new(format_of(format)?, sample_rate_hz).map_err(Raise::raise)?;
        Ok(Self { encoder: Mutex::new(Some(encoder.exact())) })
    }

    /// The bytes that are final with these samples.
    fn push<'py>(&self, py: Python<'py>, samples: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let samples: Vec<f32> = bytemuck::pod_collect_to_vec(samples);
        let bytes = py.detach(|| {
            let mut encoder = self.encoder.lock().unwrap_or_else(PoisonError::into_inner);
            encoder.as_mut().map(|encoder| encoder.push(&samples))
        });
        let bytes = bytes.ok_or_else(finished)?.map_err(Raise::raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The last bytes.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| {
            let encoder = self.encoder.lock().unwrap_or_else(PoisonError::into_inner).take();
            encoder.map(Encoder::finish)
        });
        let bytes = bytes.ok_or_else(finished)?.map_err(Raise::raise)?;
        Ok(PyBytes::new(py, &bytes))
    }
}

fn finished() -> PyErr {
    Class::Request.exception("the encoder is finished; make another one")
}

pub(crate) fn format_of(name: &str) -> PyResult<AudioFormat> {
    name.parse().map_err(|error: EncodeError| error.raise())
}

fn sound(samples: &[u8], sample_rate_hz: u32) -> Audio {
    Audio { samples: bytemuck::pod_collect_to_vec(samples), sample_rate_hz }
}

fn python_samples<'py>(py: Python<'py>, samples: &[f32]) -> Bound<'py, PyByteArray> {
    PyByteArray::new(py, bytemuck::cast_slice(samples))
}
