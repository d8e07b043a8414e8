//! A model of the real size with random weights, in a folder like a user's model.
//!
//! Speed doesn't depend on the values of weights, if speech continues until the frame limit. The same configuration
//! results in the same files.

mod error;
mod ptts;
mod shapes;
mod tokenizer;

use std::{
    borrow::Cow,
    fs, io,
    path::{Path, PathBuf},
};

use pocket_tts_core::{Audio, Location, TtsModel, VoiceSource, config};
use safetensors::{Dtype, View};

use crate::noise::noise;
pub use error::RandomModelError;
use shapes::{Recipe, Values, recipes};

/// The configuration, which is written last and marks a complete folder.
const CONFIG_FILE: &str = "config.yaml";
/// Seconds of the recording that the voice is made from.
const VOICE_S: usize = 10;
/// Keys of a configuration that name files or their formats.
const FILE_KEYS: [&str; 4] =
    ["weights_path:", "weights_path_without_voice_cloning:", "tokenizer:", "tokenizer_path:"];
/// Keys of a configuration that other programs refuse. Each is one line.
const OWN_KEYS: [&str; 2] = ["timestamp_heads:", "clear_attention:"];

/// Writes a model with the shapes of `configs/NAME.yaml` into `folder`, unless there is one: `config.yaml`,
/// `model.safetensors`, `tokenizer.json` and `voice.safetensors`, and for shapes that the runtime `ptts` supports its own
/// `config.json` and voice. The folder appears complete or not at all.
///
/// # Errors
///
/// If there is no such configuration or the folder can't be written.
pub fn write_random_model(name: &str, folder: &Path) -> Result<(), RandomModelError> {
    if folder.join(CONFIG_FILE).is_file() {
        return Ok(());
    }
    let partial = partial(folder)?;
    let written = write(name, &partial);
    if let Err(error) = written.and_then(|()| publish(&partial, folder)) {
        // Best effort: the first error is returned.
        drop(fs::remove_dir_all(&partial));
        return Err(format!("cannot create a random model in {}: {error}", folder.display()).into());
    }
    Ok(())
}

/// A temporary folder next to `folder` that no other process uses.
fn partial(folder: &Path) -> io::Result<PathBuf> {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".partial-{}", std::process::id()));
    let partial = folder.with_file_name(name);
    fs::create_dir_all(&partial)?;
    Ok(partial)
}

/// Renames the folder. If another process has created it meanwhile, its copy is kept.
fn publish(partial: &Path, folder: &Path) -> Result<(), RandomModelError> {
    match fs::rename(partial, folder) {
        Err(_) if folder.join(CONFIG_FILE).is_file() => Ok(fs::remove_dir_all(partial)?),
        outcome => Ok(outcome?),
    }
}

fn write(name: &str, folder: &Path) -> Result<(), RandomModelError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../configs/{name}.yaml"));
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("there is no configuration configs/{name}.yaml: {error}"))?;
    let text = with_local_files(&text);
    let config = config::parse(&text, name)?;
    let tokenizer = tokenizer::tokenizer(config.flow_lm.lookup_table.n_bins);
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string())?;
    let tensors = recipes(&config).into_iter().map(|recipe| (recipe.name.clone(), recipe));
    safetensors::serialize_to_file(tensors, None, &folder.join("model.safetensors"))?;
    ptts::write(&config, folder)?;
    fs::write(folder.join(CONFIG_FILE), text)?;

    let model = TtsModel::builder().config(Location::Path(folder.to_owned())).offline(true).build()?;
    let sample_rate_hz = model.sample_rate_hz();
    let samples = noise(VOICE_S * sample_rate_hz as usize);
    let voice = model.voice(&VoiceSource::Samples(Audio { samples, sample_rate_hz }))?;
    voice.save(&folder.join("voice.safetensors"))?;
    Ok(())
}

/// The configuration's text with local files, and without [`OWN_KEYS`]. Everything else is unchanged, so that every program
/// can read it.
fn with_local_files(text: &str) -> String {
    let mut lines = vec!["weights_path: model.safetensors".to_owned()];
    for line in text.lines().filter(|line| !OWN_KEYS.iter().any(|key| line.starts_with(key))) {
        let key = FILE_KEYS.iter().find(|key| line.trim_start().starts_with(**key));
        let indent = &line[..line.len() - line.trim_start().len()];
        match key {
            None => lines.push(line.to_owned()),
            Some(&"tokenizer:") => lines.push(format!("{indent}tokenizer: tokenizers")),
            Some(&"tokenizer_path:") => lines.push(format!("{indent}tokenizer_path: tokenizer.json")),
            Some(_) => {}
        }
    }
    lines.join("\n") + "\n"
}

impl View for Recipe {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Generated when they are written, so that memory use is bounded by the largest tensor.
    fn data(&self) -> Cow<'_, [u8]> {
        let mut random = Random::seeded_by(&self.name);
        let half = (self.elements() / 2).max(1) as f32;
        let value = |at: usize| match self.values {
            Values::Constant(value) => value,
            Values::Random(bound) => bound * random.next(),
            Values::Frequencies => 1e4_f32.powf(-(at as f32) / (2.0 * half)),
        };
        (0..self.elements()).map(value).flat_map(f32::to_le_bytes).collect::<Vec<u8>>().into()
    }

    fn data_len(&self) -> usize {
        self.elements() * size_of::<f32>()
    }
}

impl Recipe {
    fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// `SplitMix64`, by Steele, Lea and Flood.
struct Random(u64);

impl Random {
    /// A separate sequence for each tensor, independent of other tensors.
    fn seeded_by(name: &str) -> Self {
        // FNV-1a.
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// From -1 to 1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / 8_388_608.0 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_files_and_our_own_are_changed_in_a_configuration() {
        let text = "# A comment\nweights_path: hf://a\ntimestamp_heads: [{layer: 1, head: 2}]\nclear_attention: 0.5\nweights_path_without_voice_cloning: hf://b\nflow_lm:\n  lookup_table:\n    \
                    tokenizer: sentencepiece\n    tokenizer_path: hf://c\n    n_bins: 4000\n";
        assert_eq!(
            with_local_files(text),
            "weights_path: model.safetensors\n# A comment\nflow_lm:\n  lookup_table:\n    tokenizer: tokenizers\n    \
             tokenizer_path: tokenizer.json\n    n_bins: 4000\n"
        );
    }

    #[test]
    fn a_random_model_generates_speech_and_is_created_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("model");
        write_random_model("english_2m_2026-10", &folder).unwrap();
        let weights = folder.join("model.safetensors");
        let created = fs::metadata(&weights).unwrap().modified().unwrap();
        write_random_model("english_2m_2026-10", &folder).unwrap();
        assert_eq!(fs::metadata(&weights).unwrap().modified().unwrap(), created);

        let model = TtsModel::builder().config(Location::Path(folder.clone())).offline(true).build().unwrap();
        let voice = model.voice(&VoiceSource::from(folder.join("voice.safetensors"))).unwrap();
        let audio = model.generate(crate::TEXT, &voice, &crate::endless(3)).unwrap();
        let loudest = audio.samples.iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        assert_eq!(audio.samples.len(), 3 * model.samples_per_frame());
        assert!((1e-4..1e3).contains(&loudest), "a signal fades or grows: {loudest}");
    }

    #[test]
    fn an_unknown_configuration_is_named_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_random_model("klingon", &folder.path().join("model")).unwrap_err();
        assert!(error.to_string().contains("configs/klingon.yaml"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
