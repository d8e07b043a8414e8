//! A voice from a recording: found in the folder of prepared voices, or encoded.

use pocket_tts_audio::{Audio, end_on_pause, resample_with};

use super::{
    Voice, VoiceOptions, VoiceWarning,
    disk::{Found, VoiceFolder},
    options::LONGEST_TRUNCATED_S,
    primed::PrimedVoice,
    recording,
    state_file::MAX_POSITIONS,
};
use crate::digest::{ContentHash, Digest};
use crate::{Error, Result, TtsModel};

/// Seconds that [`end_on_pause`] may append.
const PAUSE_S: f64 = 0.08;

/// What a recording comes as.
#[derive(Clone, Copy)]
pub(super) enum Sound<'a> {
    File(&'a [u8]),
    Samples(&'a Audio),
}

impl TtsModel {
    pub(super) fn cloned_voice(&self, name: &str, sound: Sound<'_>, options: VoiceOptions) -> Result<Voice> {
        self.demand_cloning()?;
        let key = options.digest(sound.digest()).finish();
        self.caches().memory.voice(key, || {
            let voice = match &self.caches().folder {
                Some(folder) => {
                    self.voice_in_folder(folder, &key, || self.encoded_voice(name, sound, options))
                }
                None => self.encoded_voice(name, sound, options),
            }?;
            let one_voice = self.source().knows_one_voice();
            Ok(if one_voice { voice.with_warning(VoiceWarning::OneVoice) } else { voice })
        })
    }

    /// Refuses recordings if the weights can't take voices from them.
    pub(super) fn demand_cloning(&self) -> Result<()> {
        match self.cloning_refusal() {
            None => Ok(()),
            Some(refusal) => {
                Err(Error::NoVoiceCloning { refusal: refusal.clone(), known: self.voice_names() })
            }
        }
    }

    /// The voice from the folder, or else encoded and written there.
    fn voice_in_folder(
        &self,
        folder: &VoiceFolder,
        key: &ContentHash,
        encode: impl FnOnce() -> Result<Voice>,
    ) -> Result<Voice> {
        let damage = match folder.find(key) {
            Found::Nothing => None,
            Found::Damaged(problem) => Some(problem),
            Found::Bytes(file) => match self.parsed_voice(&file) {
                Ok(voice) if voice.primed().made_with.is_some() => return Ok(voice),
                Ok(_) => Some(format!("{} doesn't say which model made it", file.name())),
                Err(error) => Some(error.to_string()),
            },
        };
        let mut voice = encode()?;
        let kept = folder.keep(key, &voice);
        if let Some(problem) = damage {
            voice = voice.with_warning(VoiceWarning::Cache(format!(
                "a prepared voice was of no use and was made anew: {problem}"
            )));
        }
        if let Err(problem) = kept {
            let text = format!("the prepared voice could not be kept for the next time: {problem}");
            voice = voice.with_warning(VoiceWarning::Cache(text));
        }
        Ok(voice)
    }

    fn encoded_voice(&self, name: &str, sound: Sound<'_>, options: VoiceOptions) -> Result<Voice> {
        let of_audio = |source| Error::Recording { file: name.to_owned(), source };
        let rate_hz = self.sample_rate_hz();
        let holds_s = self.longest_voice_s();
        let longest_s = if options.truncate { LONGEST_TRUNCATED_S.min(holds_s) } else { holds_s };
        let recording = match sound {
            Sound::File(bytes) => recording::of_file(bytes, longest_s),
            Sound::Samples(audio) => recording::of_samples(audio, longest_s),
        }
        .map_err(of_audio)?;
        if recording.was_cut && !options.truncate {
            return Err(Error::RecordingTooLong { file: name.to_owned(), longest_s: holds_s as u32 });
        }
        let warnings = recording::warnings(&recording);
        let resampled = resample_with(&recording.audio, rate_hz, options.resampler).map_err(of_audio)?;
        let prompt = end_on_pause(&resampled.samples, rate_hz);
        let state = self.parts().primed(self.parts().voice_prompt(&prompt));
        Ok(Voice::new(PrimedVoice { warnings, ..self.primed(state) }))
    }

    /// Seconds of a recording that fit a voice, with the pause behind them and the position before them.
    fn longest_voice_s(&self) -> f64 {
        let frames = MAX_POSITIONS - 1;
        (frames * self.samples_per_frame()) as f64 / f64::from(self.sample_rate_hz()) - PAUSE_S
    }
}

impl Sound<'_> {
    fn digest(self) -> Digest {
        match self {
            Self::File(bytes) => Digest::new("recording").add(bytes),
            Self::Samples(audio) => {
                Digest::new("samples").add(&audio.sample_rate_hz.to_le_bytes()).add_floats(&audio.samples)
            }
        }
    }
}
