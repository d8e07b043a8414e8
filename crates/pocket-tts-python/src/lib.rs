//! The native half of the Python package `pocket_tts_rs`: models, voices, streams and sound as Python objects.
//!
//! It holds what Python can't do itself. Names, defaults and arrays are the Python half's, in `python/pocket_tts_rs`, which
//! is the only caller. Samples pass as bytes of `f32` in the machine's order. All waiting is done without the interpreter's
//! lock. It must not know tensors.

#![forbid(unsafe_code)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "functions of Python own what they extract from its arguments"
)]

mod captions;
mod data;
mod errors;
mod load_options;
mod model;
mod sound;
mod speak_options;
mod speech;
mod text;
mod timing;
mod voice;
mod waiting;
mod waking;

use pyo3::prelude::*;

/// The module `pocket_tts_rs._native`.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::{
        captions::captions,
        data::{
            DataIter, DataReader, OpusStream, RecordingReader, cut_set, decode_latents_of_set, encode_set,
            measure_set, prepare_set, recording_durations,
        },
        model::Model,
        sound::{SoundEncoder, decode, encode, level, loudness, resample, save},
        speech::Speech,
        text::{language_codes, normalization_rules, normalize},
        voice::Voice,
    };
    use pocket_tts_audio::{MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
    use pocket_tts_core as core;
    use pyo3::prelude::*;

    /// The names of the models that can be loaded without a configuration.
    #[pyfunction]
    fn model_names() -> Vec<&'static str> {
        core::model_names().collect()
    }

    /// Adds the constants.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("DEFAULT_LANGUAGE", core::DEFAULT_LANGUAGE)?;
        module.add("INSTRUCTION_SET", core::instruction_set())?;
        module.add("SAMPLE_RATES", (MIN_SAMPLE_RATE_HZ, MAX_SAMPLE_RATE_HZ))?;
        module.add("VERSION", env!("CARGO_PKG_VERSION"))
    }
}
