//! The models that benchmarks run on, and their text.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use pocket_tts_core::{
    Audio, GenerateOptions, Location, Precision, Result, TtsModel, TtsModelBuilder, Voice, VoiceSource,
};

use crate::noise::noise;
use crate::random_model::write_random_model;

/// The variable that names a folder with another model to be measured.
const VARIABLE: &str = "POCKET_TTS_BENCH_MODEL";
/// The configuration of the random model: the first released one, which most programs support.
const RANDOM_CONFIG: &str = "english_2026-01";
/// Voices in a model's folder; the first existing one is used.
const VOICE_FILES: [&str; 2] = ["voice.safetensors", "voice.wav"];
/// Seconds of noise that replace a missing voice.
const VOICE_S: usize = 10;

/// Milliseconds of sound in a frame.
pub const FRAME_MS: usize = 80;
/// No logit is that large: speech continues until its frame limit with any weights.
pub const NOTHING_ENDS: f32 = 1e9;
/// The text; one sentence with any tokenizer.
pub const TEXT: &str = "On market days the ferry crossed the bay twice before noon.";

/// A model to be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The built-in model.
    Tiny,
    /// A large model with random weights, written into this folder when it is first loaded.
    Random(PathBuf),
    /// The model in a folder.
    Folder(PathBuf),
}

/// The model in the folder that the variable `POCKET_TTS_BENCH_MODEL` names, or else the built-in model and a large one
/// with random weights, which is kept in `build_folder`.
pub fn subjects(build_folder: &Path) -> Vec<Subject> {
    match env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Some(folder) => {
            // Benchmarks run in their package's folder, but the path is relative to the workspace's.
            let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            vec![Subject::Folder(workspace.join(folder))]
        }
        None => vec![Subject::Tiny, Subject::Random(build_folder.join("models").join(RANDOM_CONFIG))],
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tiny => formatter.write_str("tiny"),
            Self::Random(_) => write!(formatter, "random {RANDOM_CONFIG}"),
            Self::Folder(folder) => {
                formatter.write_str(&folder.file_name().unwrap_or_default().to_string_lossy())
            }
        }
    }
}

impl Subject {
    /// The precisions to measure: the built-in model fits into the processor's cache in any of them.
    pub fn precisions(&self) -> &'static [Precision] {
        match self {
            Self::Tiny => &[Precision::F32],
            Self::Random(_) | Self::Folder(_) => &Precision::ALL,
        }
    }

    /// The builder of the model, after a random one is written if it is missing.
    ///
    /// # Panics
    ///
    /// If it can't be written.
    pub fn builder(&self, precision: Precision) -> TtsModelBuilder {
        let builder = TtsModel::builder().offline(true).precision(precision);
        match self {
            Self::Tiny => builder.embedded(),
            Self::Random(folder) => {
                write_random_model(RANDOM_CONFIG, folder).unwrap_or_else(|error| panic!("{error}"));
                builder.config(Location::Path(folder.clone()))
            }
            Self::Folder(folder) => builder.config(Location::Path(folder.clone())),
        }
    }

    /// The model.
    ///
    /// # Panics
    ///
    /// If it can't be loaded.
    pub fn load(&self, precision: Precision) -> TtsModel {
        self.builder(precision).build().unwrap_or_else(|error| panic!("{self}: {error}"))
    }

    /// The voice of the folder, or else one from noise.
    ///
    /// # Panics
    ///
    /// If it can't be loaded.
    pub fn voice(&self, model: &TtsModel) -> Voice {
        self.try_voice(model).unwrap_or_else(|error| panic!("{self}: {error}"))
    }

    fn try_voice(&self, model: &TtsModel) -> Result<Voice> {
        let folder = match self {
            Self::Tiny => return model.voice(&model.default_voice()),
            Self::Random(folder) | Self::Folder(folder) => folder,
        };
        let file = VOICE_FILES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        let source = file.map_or_else(
            || {
                let sample_rate_hz = model.sample_rate_hz();
                let samples = noise(VOICE_S * sample_rate_hz as usize);
                VoiceSource::Samples(Audio { samples, sample_rate_hz })
            },
            VoiceSource::from,
        );
        model.voice(&source)
    }
}

/// Options with which each sentence has exactly `frames` frames, and the same noise every time.
pub fn endless(frames: usize) -> GenerateOptions {
    GenerateOptions::default().eos_threshold(NOTHING_ENDS).frame_limit(frames).seed(0)
}
