//! Captions from the times of words.

use pocket_tts_captions::{CaptionFormat, Captions, TimedSentence, TimedWord};
use pyo3::prelude::*;

use crate::errors::Class;

/// A text, its first and last byte in the original, and its first and last second.
type Timed = (String, usize, usize, f64, f64);

/// The captions of a text whose sentences and words have these times.
#[pyfunction]
pub(crate) fn captions(
    original: String,
    sentences: Vec<(Timed, Vec<Timed>)>,
    format: &str,
) -> PyResult<String> {
    let known = CaptionFormat::ALL.into_iter().find(|known| known.extension() == format);
    let Some(format) = known else {
        let allowed = CaptionFormat::ALL.map(CaptionFormat::extension).join(", ");
        let problem = format!("`format` is `{}`, but must be one of {allowed}", format.escape_debug());
        return Err(Class::Request.exception(problem));
    };
    let sentences = sentences.into_iter().map(|((text, first, last, start_s, end_s), words)| {
        let words = words.into_iter().map(|(text, first, last, start_s, end_s)| TimedWord {
            text,
            source: first..last,
            start_s,
            end_s,
        });
        TimedSentence { text, source: first..last, start_s, end_s, words: words.collect() }
    });
    Ok(Captions { original, sentences: sentences.collect() }.write(format))
}
