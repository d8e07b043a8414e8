//! Numbers, dates and abbreviations in words.

use pocket_tts_core::{Language, NormalizationRule};
use pocket_tts_normalize::Normalizer;
use pyo3::prelude::*;

use crate::speak_options::{language, rule};

/// A text in words.
#[pyfunction]
pub(crate) fn normalize(py: Python<'_>, text: String, name: &str, disabled: Vec<String>) -> PyResult<String> {
    let mut normalizer = Normalizer::new(language(name)?);
    for name in &disabled {
        normalizer = normalizer.without(rule(name)?);
    }
    Ok(py.detach(|| normalizer.normalize(&text).text().to_owned()))
}

/// The names of the rules of normalization.
#[pyfunction]
pub(crate) fn normalization_rules() -> Vec<&'static str> {
    NormalizationRule::ALL.map(NormalizationRule::name).into()
}

/// The languages in which texts are normalized, with their codes.
#[pyfunction]
pub(crate) fn language_codes() -> Vec<(&'static str, &'static str)> {
    Language::ALL.map(|language| (language.name(), language.code())).into()
}
