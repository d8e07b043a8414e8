//! How texts are read, from the settings.

use std::{fs, time::Duration};

use pocket_tts_core::Dictionary;
use pocket_tts_settings::InvalidValue;

use super::arguments::TextArguments;
use crate::intake::{
    checking::SpeechCheck,
    reading::{Reading, SPLITTINGS},
};

/// The longest pause, in seconds.
const MAX_PAUSE_S: f64 = 60.0;

/// Checks the settings of texts.
pub(super) fn check_reading(raw: &TextArguments) -> Result<Reading, InvalidValue> {
    let default = Reading::default();
    let switch = |given: Option<bool>, off: bool, default: bool| given.unwrap_or(default) && !off;
    let splitting = match &raw.split {
        None => default.splitting,
        Some(name) => {
            let known = SPLITTINGS.into_iter().find(|(known, _)| known == name);
            known.map(|(_, splitting)| splitting).ok_or_else(|| {
                let names = SPLITTINGS.map(|(name, _)| name).join(" or ");
                InvalidValue::new("split", name, format!("it must be {names}"))
            })?
        }
    };
    let check = match &raw.check {
        None => default.check,
        Some(name) => SpeechCheck::of_name(name).ok_or_else(|| {
            InvalidValue::new("check", name, format!("it must be {}", SpeechCheck::NAMES.join(" or ")))
        })?,
    };
    Ok(Reading {
        normalize: switch(raw.normalize, raw.no_normalize, default.normalize),
        markup: switch(raw.markup, raw.no_markup, default.markup),
        dictionary: dictionary(raw)?,
        splitting,
        sentence_pause: pause("sentence_pause", raw.sentence_pause, default.sentence_pause)?,
        paragraph_pause: pause("paragraph_pause", raw.paragraph_pause, default.paragraph_pause)?,
        check,
    })
}

fn dictionary(raw: &TextArguments) -> Result<Option<Dictionary>, InvalidValue> {
    let Some(path) = &raw.dictionary else { return Ok(None) };
    let wrong = |problem: String| InvalidValue::new("dictionary", path.display().to_string(), problem);
    let text = fs::read_to_string(path)
        .map_err(|error| wrong(format!("it cannot be read: {error}; check its path and its permissions")))?;
    Dictionary::parse(&text).map(Some).map_err(|error| wrong(format!("{error}; {}", error.help)))
}

fn pause(name: &'static str, seconds: Option<f64>, default: Duration) -> Result<Duration, InvalidValue> {
    match seconds {
        None => Ok(default),
        Some(seconds) if (0.0..=MAX_PAUSE_S).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Some(seconds) => {
            Err(InvalidValue::new(name, seconds.to_string(), format!("it must be from 0 to {MAX_PAUSE_S}")))
        }
    }
}
