//! The field that says what is done about words that the speech lacks or says twice.

use pocket_tts_core::{Check, GenerateOptions};

use super::fields::named;
use crate::api_error::ApiError;

/// What is done about words that the speech lacks or says twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpeechCheck {
    /// Nothing.
    Off,
    /// The client is told.
    Report,
    /// The sentence is spoken again.
    Repeat,
}

impl SpeechCheck {
    /// All names.
    pub(crate) const NAMES: [&str; 3] = ["off", "report", "repeat"];

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        match name {
            "off" => Some(Self::Off),
            "report" => Some(Self::Report),
            "repeat" => Some(Self::Repeat),
            _ => None,
        }
    }
}

/// Whether audio is sent while it is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseUse {
    /// A client listens to the first sentence while the next ones are generated.
    Streamed,
    /// A client uses nothing before the end.
    Whole,
}

/// `options` with the check that a field asks for, or the server's.
///
/// # Errors
///
/// If the field has another value than the allowed ones.
pub(crate) fn with_check(
    options: GenerateOptions,
    field: Option<&str>,
    default: SpeechCheck,
    response: ResponseUse,
) -> Result<GenerateOptions, ApiError> {
    let chosen = named("check", field, &SpeechCheck::NAMES, SpeechCheck::of_name)?.unwrap_or(default);
    let check = match (chosen, response) {
        (SpeechCheck::Off, _) => return Ok(options),
        (SpeechCheck::Report, _) => Check::Report,
        (SpeechCheck::Repeat, ResponseUse::Streamed) => Check::RepeatWaiting,
        (SpeechCheck::Repeat, ResponseUse::Whole) => Check::Repeat,
    };
    // The times of sentences have their texts, which reports of problems name.
    Ok(options.check(check).timings(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_of_three() {
        for name in SpeechCheck::NAMES {
            assert!(SpeechCheck::of_name(name).is_some(), "{name}");
        }
        let options = GenerateOptions::default();
        let wrong = with_check(options, Some("on"), SpeechCheck::Off, ResponseUse::Streamed).unwrap_err();
        let message = wrong.to_string();
        assert!(message.starts_with("`check` is `on`, but must be one of off, report, repeat"), "{message}");
    }
}
