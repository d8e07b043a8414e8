//! Reads a config from YAML, strictly.
//!
//! It knows YAML and figment. It must not know what the keys mean.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use figment::Figment;
use figment::providers::Format;
use serde::de::{DeserializeOwned, Error as _};

use super::{Config, ConfigProblem, check_yaml_bounds, early};

/// Largest config file that is read; the released ones have 3 KB.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads a config from the text of a YAML file; `file` names it in errors.
///
/// # Errors
/// If the text is no YAML, has an unknown key, lacks one, or holds a value that no model can be built from.
///
/// # Source
/// `pocket_tts/utils/config.py`, `load_config`
pub fn parse(text: &str, file: &str) -> Result<Config, ConfigProblem> {
    check_yaml_bounds(text)
        .map_err(|error| ConfigProblem::Syntax { file: file.to_owned(), problem: error.to_string() })?;
    let figment = early::complete(Figment::from(Yaml::string(text)));
    let config: Config = figment.extract().map_err(|error| ConfigProblem::of_figment(file, error))?;
    config.validate().map_err(|source| ConfigProblem::Contradiction { file: file.to_owned(), source })?;
    Ok(config)
}

/// Reads a config from a YAML file.
///
/// # Errors
/// As [`parse`], and if the file cannot be read, is not called `.yaml` or `.yml`, or is too large.
pub fn read(path: &Path) -> Result<Config, ConfigProblem> {
    let file = path.display().to_string();
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !matches!(extension.to_ascii_lowercase().as_str(), "yaml" | "yml") {
        return Err(ConfigProblem::Extension { file });
    }
    let mut text = String::new();
    let outcome = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text));
    match outcome {
        Err(source) => Err(ConfigProblem::Read { file, source }),
        Ok(length) if length as u64 > MAX_FILE_BYTES => {
            Err(ConfigProblem::Syntax { file, problem: format!("it is larger than {MAX_FILE_BYTES} bytes") })
        }
        Ok(_) => parse(&text, &file),
    }
}

/// YAML for figment, whose own format rests on a parser that is no longer maintained.
struct Yaml;

impl Format for Yaml {
    type Error = serde_norway::Error;

    const NAME: &'static str = "YAML";

    fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Self::Error> {
        let mut value: serde_norway::Value = serde_norway::from_str(text)?;
        // Upstream's parser knows the merge key `<<`.
        value.apply_merge()?;
        if !value.is_mapping() {
            return Err(Self::Error::custom("there is no mapping of keys at its root"));
        }
        serde_norway::from_value(value)
    }
}
