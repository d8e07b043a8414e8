//! Measures how loud a voice is. It must not know where the speech goes.

use pocket_tts_audio::LoudnessMeter;
use pocket_tts_core::{TtsModel, Voice};

use crate::exit::Failure;
use crate::settings::Settings;

/// The seed of the sentence that measures a voice, so that the same voice always gets the same gain.
const SEED: u64 = 0;

/// The gain with which this voice has the loudness of the settings, in dB, for speech that is played or streamed before all of
/// it can be measured. The voice says `text` for that.
pub(crate) fn voice_gain_db(
    settings: &Settings,
    model: &TtsModel,
    voice: &Voice,
    text: &str,
) -> Result<Option<f64>, Failure> {
    let Some(target_lufs) = settings.loudness_lufs else { return Ok(None) };
    let options = settings.options.clone().seed(SEED);
    let audio = model.generate(text, voice, &options).map_err(|error| settings.named(error))?;
    let meter = LoudnessMeter::new(audio.sample_rate_hz);
    let mut meter =
        meter.map_err(|error| Failure::Internal(format!("the voice cannot be measured: {error}")))?;
    meter.push(&audio.samples);
    // A voice that says nothing has no loudness.
    Ok(Some(meter.loudness_lufs().map_or(0.0, |own_lufs| target_lufs - own_lufs)))
}
