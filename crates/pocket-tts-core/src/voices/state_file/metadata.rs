//! What the header of an exported voice says besides its tensors, and whether that is true.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pocket_tts_flow_lm::FlowLmState;
use pocket_tts_tensor::WeightFile;

use crate::{
    Error, Result,
    digest::{Digest, hexadecimal},
    voices::{ModelTag, primed::PrimedVoice},
};

/// The version of the layout and of these keys.
const FORMAT: &str = "1";

const FORMAT_KEY: &str = "pocket_tts.voice_format";
const VERSION_KEY: &str = "pocket_tts.version";
const MODEL_KEY: &str = "pocket_tts.model";
const WEIGHTS_KEY: &str = "pocket_tts.weights_sha256";
const POSITIONS_KEY: &str = "pocket_tts.positions";
const NUMBERS_KEY: &str = "pocket_tts.numbers_sha256";
/// Warnings, a line each; in files of the folder of prepared voices only.
const WARNINGS_KEY: &str = "pocket_tts.warnings";

/// What a file's metadata says, found to be true.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ReadMetadata {
    /// The model that made the state, if the file says so.
    pub(crate) made_with: Option<ModelTag>,
    pub(crate) warnings: Vec<String>,
}

/// The metadata of a voice.
pub(super) fn of_voice(voice: &PrimedVoice, warnings: &[String]) -> BTreeMap<String, String> {
    let mut metadata: BTreeMap<String, String> = [
        (FORMAT_KEY, FORMAT.to_owned()),
        (VERSION_KEY, env!("CARGO_PKG_VERSION").to_owned()),
        (POSITIONS_KEY, voice.state.position().to_string()),
        (NUMBERS_KEY, hash_of_numbers(numbers_of(&voice.state))),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    if let Some(model) = &voice.made_with {
        metadata.insert(MODEL_KEY.to_owned(), model.name.clone());
        metadata.insert(WEIGHTS_KEY.to_owned(), model.weights.clone());
    }
    if !warnings.is_empty() {
        metadata.insert(WARNINGS_KEY.to_owned(), warnings.join("\n"));
    }
    metadata
}

/// Finds out, before the tensors are looked at, whether `model` could have made the file: another model's
/// tensors would only seem to have the wrong shapes.
pub(super) fn check_origin(file: &WeightFile, model: &ModelTag) -> Result<ReadMetadata> {
    let Some(format) = file.metadata(FORMAT_KEY) else { return Ok(ReadMetadata::default()) };
    if format != FORMAT {
        let problem = format!(
            "it is written in format {format:?}, and this version reads format {FORMAT}: use the version of \
             this program that wrote it, or export it again from its recording"
        );
        return Err(Error::VoiceFile { file: file.name().to_owned(), problem });
    }
    let made_with = file.metadata(WEIGHTS_KEY).map(|weights| ModelTag {
        name: file.metadata(MODEL_KEY).unwrap_or("unnamed").to_owned(),
        weights: weights.to_owned(),
    });
    if let Some(made_with) = made_with.as_ref().filter(|made_with| made_with.weights != model.weights) {
        return Err(Error::VoiceOfOtherModel {
            file: file.name().to_owned(),
            made_with: made_with.clone(),
            model: model.clone(),
        });
    }
    let warnings = file.metadata(WARNINGS_KEY).unwrap_or_default().lines().map(str::to_owned).collect();
    Ok(ReadMetadata { made_with, warnings })
}

/// Finds out whether the state, with these numbers in its caches, is the one that was written.
pub(super) fn check_state<'a>(
    file: &WeightFile,
    positions: usize,
    numbers: impl Iterator<Item = &'a [f32]>,
) -> Result<()> {
    let damaged = |problem: String| Err(Error::VoiceFile { file: file.name().to_owned(), problem });
    if let Some(written) = file.metadata(POSITIONS_KEY)
        && written != positions.to_string()
    {
        return damaged(format!(
            "its header speaks of {written:?} positions, but it holds {positions}; export it again"
        ));
    }
    match file.metadata(NUMBERS_KEY) {
        Some(hash) if hash != hash_of_numbers(numbers) => {
            damaged("its numbers don't match its hash, so it is damaged; export it again".to_owned())
        }
        _ => Ok(()),
    }
}

/// The keys and values of each layer, in order.
fn numbers_of(state: &FlowLmState) -> impl Iterator<Item = Cow<'_, [f32]>> {
    state.caches.iter().flat_map(|cache| [cache.keys(), cache.values()]).map(|parts| match parts {
        [whole, []] => Cow::Borrowed(whole),
        parts => Cow::Owned(parts.concat()),
    })
}

fn hash_of_numbers(numbers: impl Iterator<Item = impl AsRef<[f32]>>) -> String {
    let digest = numbers.fold(Digest::new("state"), |digest, numbers| digest.add_floats(numbers.as_ref()));
    hexadecimal(&digest.finish())
}
