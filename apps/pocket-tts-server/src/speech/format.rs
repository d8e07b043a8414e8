//! The audio formats, as requests name them. It must not encode anything.

use pocket_tts_audio::AudioFormat;

use crate::api_error::ApiError;

/// The default of OpenAI's service.
pub(crate) const DEFAULT_OF_OPEN_AI: AudioFormat = AudioFormat::Mp3;

/// Parses the format in a field.
///
/// # Errors
///
/// If there is no such format.
pub(crate) fn parse(field: &'static str, name: &str) -> Result<AudioFormat, ApiError> {
    name.parse().map_err(|_| {
        let message = format!(
            "`{field}` is `{}`, but must be one of {}",
            name.escape_debug(),
            AudioFormat::ALL.map(AudioFormat::name).join(", ")
        );
        ApiError::bad_request(message).param(field).code("unsupported_format")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_format_is_answered_with_all_known_ones() {
        for format in AudioFormat::ALL {
            assert_eq!(parse("format", format.name()).unwrap(), format);
        }
        let error = parse("format", "WAV\n").unwrap_err().to_string();
        assert!(error.starts_with(r"`format` is `WAV\n`, but must be one of wav, pcm"), "{error}");
    }
}
