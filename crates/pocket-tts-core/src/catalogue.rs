//! The voices that upstream publishes: their names, their recordings and their computed states.
//!
//! It knows where they are. It must not fetch them.

use crate::config::{Location, builtin_names};

/// The repository and commit that hold the computed states, one folder per model.
const STATES: (&str, &str) =
    ("kyutai/pocket-tts-without-voice-cloning", "a7056f505a4a8ca72d8b5fb1440071d6f1a35739");

/// The names of the voices and their recordings, in upstream's order.
///
/// # Source
/// `pocket_tts/utils/utils.py`, `_ORIGINS_OF_PREDEFINED_VOICES`
const RECORDINGS: &[(&str, &str)] = &[
    ("cosette", "hf://kyutai/tts-voices/expresso/ex04-ex02_confused_001_channel1_499s.wav"),
    ("marius", "hf://kyutai/tts-voices/voice-donations/Selfie.wav"),
    ("javert", "hf://kyutai/tts-voices/voice-donations/Butter.wav"),
    ("alba", "hf://kyutai/tts-voices/alba-mackenna/casual.wav"),
    ("jean", "hf://kyutai/tts-voices/ears/p010/freeform_speech_01_enhanced.wav"),
    ("anna", "hf://kyutai/tts-voices/vctk/p228_023_enhanced.wav"),
    ("vera", "hf://kyutai/tts-voices/vctk/p229_023_enhanced.wav"),
    ("fantine", "hf://kyutai/tts-voices/vctk/p244_023_enhanced.wav"),
    ("charles", "hf://kyutai/tts-voices/vctk/p254_023_enhanced.wav"),
    ("paul", "hf://kyutai/tts-voices/vctk/p259_023_enhanced.wav"),
    ("eponine", "hf://kyutai/tts-voices/vctk/p262_023_enhanced.wav"),
    ("azelma", "hf://kyutai/tts-voices/vctk/p303_023_enhanced.wav"),
    ("george", "hf://kyutai/tts-voices/vctk/p315_023_enhanced.wav"),
    ("mary", "hf://kyutai/tts-voices/vctk/p333_023_enhanced.wav"),
    ("jane", "hf://kyutai/tts-voices/vctk/p339_023_enhanced.wav"),
    ("michael", "hf://kyutai/tts-voices/vctk/p360_023_enhanced.wav"),
    ("eve", "hf://kyutai/tts-voices/vctk/p361_023_enhanced.wav"),
    ("bill_boerst", "hf://kyutai/tts-voices/voice-zero/bill_boerst.wav"),
    ("peter_yearsley", "hf://kyutai/tts-voices/voice-zero/peter_yearsley.wav"),
    ("stuart_bell", "hf://kyutai/tts-voices/voice-zero/stuart_bell.wav"),
    ("caro_davy", "hf://kyutai/tts-voices/voice-zero/caro_davy.wav"),
    (
        "giovanni",
        "hf://kyutai/pocket-tts/common_voice_it_36520747-enhanced-v2.mp3@64ab7d24c479d736a83b8cc666c4a776fca30fda",
    ),
    (
        "lola",
        "hf://kyutai/pocket-tts/common_voice_es_19762977-enhanced-v2.mp3@64ab7d24c479d736a83b8cc666c4a776fca30fda",
    ),
    ("juergen", "hf://kyutai/pocket-tts/de-DE-juergen.mp3@64ab7d24c479d736a83b8cc666c4a776fca30fda"),
    ("rafael", "hf://kyutai/pocket-tts/g-Vi8PgmSY0-enhanced-v2.wav@64ab7d24c479d736a83b8cc666c4a776fca30fda"),
    (
        "daan",
        "hf://kyutai/pocket-tts/cml_tts_nl_11290_9412_000030_0001.flac@2dd944b099d06bb9edbd221fef138685711d9bf0",
    ),
    (
        "estelle",
        "hf://kyutai/tts-voices/unmute-prod-website/developpeuse-3.wav@1fc7395b7e012e2bbebfca14b942a4ef62ccc899",
    ),
];

/// The names of the voices, in upstream's order.
pub(crate) fn voice_names() -> impl ExactSizeIterator<Item = &'static str> {
    RECORDINGS.iter().map(|(name, _)| *name)
}

/// Where the recording behind a voice is, or `None` if there is no such voice.
///
/// Any model that can clone voices can take it.
pub(crate) fn voice_recording(name: &str) -> Option<Location> {
    let (_, origin) = RECORDINGS.iter().find(|(known, _)| *known == name)?;
    Location::parse(origin).ok()
}

/// Where the computed state of a voice is for one released model, or `None` if either name is unknown.
///
/// `language` is the name of the model, as in `english_2026-04`. A state fits the weights that it was
/// computed with and no others, so a model of another config has none.
///
/// # Source
/// `pocket_tts/utils/utils.py`, `get_predefined_voice`
pub(crate) fn predefined_voice_location(language: &str, name: &str) -> Option<Location> {
    let (repo, revision) = STATES;
    let known = builtin_names().any(|known| known == language) && voice_names().any(|known| known == name);
    known.then(|| Location::HuggingFace {
        repo: repo.to_owned(),
        path: format!("languages/{language}/embeddings/{name}.safetensors"),
        revision: Some(revision.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::{predefined_voice_location, voice_names, voice_recording};

    #[test]
    fn every_voice_has_a_recording_that_prints_as_written() {
        assert_eq!(voice_names().len(), 27);
        for (name, origin) in super::RECORDINGS {
            assert_eq!(voice_recording(name).unwrap().to_string(), *origin);
        }
        assert!(voice_recording("nobody").is_none());
    }

    #[test]
    fn a_state_is_found_by_model_and_name() {
        assert_eq!(
            predefined_voice_location("english_2026-04", "alba").unwrap().to_string(),
            "hf://kyutai/pocket-tts-without-voice-cloning/languages/english_2026-04/embeddings/alba.safetensors\
             @a7056f505a4a8ca72d8b5fb1440071d6f1a35739"
        );
        assert!(predefined_voice_location("english", "../alba").is_none());
        assert!(predefined_voice_location("../english", "alba").is_none());
    }
}
