//! The settings as they are written, each of which may be missing. What they mean is decided in the parent.

use figment::value::{Dict, Value};
use serde::{Deserialize, Serialize};

use super::{SettingsError, parse};

/// Every setting, by the name that it has in settings files.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSettings {
    pub(crate) voice: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) config: Option<String>,
    pub(crate) no_truncate: Option<bool>,
    pub(crate) resampler: Option<String>,
    pub(crate) voice_cache: Option<String>,
    pub(crate) temperature: Option<f32>,
    pub(crate) sampler_decode_steps: Option<usize>,
    pub(crate) noise_clamp: Option<f32>,
    pub(crate) eos_threshold: Option<f32>,
    pub(crate) frames_after_eos: Option<usize>,
    pub(crate) speed: Option<f32>,
    pub(crate) output_path: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) keep_partial: Option<bool>,
    pub(crate) max_tokens: Option<usize>,
    pub(crate) seed: Option<u64>,
    pub(crate) quiet: Option<bool>,
    pub(crate) offline: Option<bool>,
    pub(crate) precision: Option<String>,
    pub(crate) quantize: Option<bool>,
    pub(crate) threads: Option<usize>,
}

/// What a setting's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Count,
    Seed,
    Switch,
}

/// The names of the settings.
pub(super) const KEYS: [(&str, Kind); 22] = [
    ("voice", Kind::Text),
    ("language", Kind::Text),
    ("config", Kind::Text),
    ("no_truncate", Kind::Switch),
    ("resampler", Kind::Text),
    ("voice_cache", Kind::Text),
    ("temperature", Kind::Number),
    ("sampler_decode_steps", Kind::Count),
    ("noise_clamp", Kind::Number),
    ("eos_threshold", Kind::Number),
    ("frames_after_eos", Kind::Count),
    ("speed", Kind::Number),
    ("output_path", Kind::Text),
    ("format", Kind::Text),
    ("keep_partial", Kind::Switch),
    ("max_tokens", Kind::Count),
    ("seed", Kind::Seed),
    ("quiet", Kind::Switch),
    ("offline", Kind::Switch),
    ("precision", Kind::Text),
    ("quantize", Kind::Switch),
    ("threads", Kind::Count),
];

/// The kind of the setting `key`, if there is one.
pub(super) fn kind(key: &str) -> Option<Kind> {
    KEYS.iter().find(|(name, _)| *name == key).map(|(_, kind)| *kind)
}

impl Kind {
    /// Reads a value from a text.
    pub(super) fn read(self, text: &str) -> Result<Value, String> {
        Ok(match self {
            Self::Text => Value::from(text),
            Self::Number => Value::from(parse::number(text)?),
            Self::Count => Value::from(parse::count(text)?),
            Self::Seed => Value::from(parse::whole_number(text)?),
            Self::Switch => Value::from(parse::switch(text)?),
        })
    }

    /// What a value must be, for messages about values that aren't.
    pub(super) fn expectation(self) -> &'static str {
        match self {
            Self::Text => "a text; put it between quotes if it looks like something else",
            Self::Number => "a number",
            Self::Count | Self::Seed => "a whole number of 0 or more",
            Self::Switch => "true or false",
        }
    }
}

impl RawSettings {
    /// The settings that are there.
    pub(super) fn into_values(self) -> Result<Dict, SettingsError> {
        let values = Value::serialize(self).map_err(|error| SettingsError::Other(error.to_string()))?;
        let values = values.into_dict().unwrap_or_default();
        Ok(values.into_iter().filter(|(_, value)| !is_absent(value)).collect())
    }
}

/// Whether a value says nothing, as a key does with nothing behind its colon.
pub(super) fn is_absent(value: &Value) -> bool {
    matches!(value, Value::Empty(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_names_is_that_of_the_fields() {
        let fields = Value::serialize(RawSettings::default()).unwrap().into_dict().unwrap();
        let mut names: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert_eq!(fields.keys().map(String::as_str).collect::<Vec<_>>(), names);
    }

    #[test]
    fn every_kind_reads_what_its_field_takes() {
        for (key, kind) in KEYS {
            let value = kind.read("1").unwrap();
            let settings: RawSettings = figment::Figment::from((key, value))
                .extract()
                .unwrap_or_else(|error| panic!("{key}: {error}"));
            assert_ne!(settings, RawSettings::default(), "{key}");
        }
    }
}
