//! From a caller's recording to the sound of the prompt. It must not know models.

use pocket_tts_audio::{Audio, AudioError, DecodeLimits, Recording, RecordingWarning, check_samples};

use super::VoiceWarning;

/// Decodes a file's bytes, the first `longest_s` seconds.
pub(super) fn of_file(bytes: &[u8], longest_s: f64) -> Result<Recording, AudioError> {
    let limits = DecodeLimits { max_duration_s: Some(longest_s), ..DecodeLimits::default() };
    Recording::from_bytes(bytes, &limits)
}

/// Takes the first `longest_s` seconds of samples, which may hold anything.
pub(super) fn of_samples(audio: &Audio, longest_s: f64) -> Result<Recording, AudioError> {
    let Audio { samples, sample_rate_hz } = audio;
    if samples.is_empty() {
        return Err(AudioError::NoSamples);
    }
    check_samples(samples)?;
    let kept = samples.len().min((longest_s * f64::from(*sample_rate_hz)) as usize);
    let was_cut = kept < samples.len();
    let heard = Audio { samples: samples[..kept].to_vec(), sample_rate_hz: *sample_rate_hz };
    Ok(Recording { was_cut, ..Recording::from_audio(heard) })
}

/// The warnings for a person.
pub(super) fn warnings(recording: &Recording) -> Vec<VoiceWarning> {
    let warnings = recording.warnings().into_iter().map(|warning| match warning {
        RecordingWarning::Cut { .. } => VoiceWarning::Truncated,
        other => VoiceWarning::Recording(other.to_string()),
    });
    warnings.collect()
}
