//! The models that benchmarks run on, and what they say.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use pocket_tts_core::{
    Audio, GenerateOptions, Location, Precision, Result, TtsModel, TtsModelBuilder, Voice, VoiceSource,
};

use crate::write_random_model;

/// Names a folder with a model to be measured instead of the usual ones.
const VARIABLE: &str = "POCKET_TTS_BENCH_MODEL";
/// The configuration of the random model: the first released one, which the most programs can read.
const RANDOM_CONFIG: &str = "english_2026-01";
/// Voices in a model's folder, the first of which is taken.
const VOICE_FILES: [&str; 2] = ["voice.safetensors", "voice.wav"];
/// Seconds of noise that stand in for a voice where there is none.
const VOICE_S: usize = 10;

/// Milliseconds of sound in a frame.
pub const FRAME_MS: usize = 80;
/// No logit is that large: speech goes on until its frame limit, whatever the weights.
pub const NOTHING_ENDS: f32 = 1e9;
/// What is said; one sentence for every tokenizer.
pub const TEXT: &str = "On market days the ferry crossed the bay twice before noon.";

/// A model to be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The small model on board.
    Tiny,
    /// A large one with random weights, written into this folder when it is first loaded.
    Random(PathBuf),
    /// That of a folder.
    Folder(PathBuf),
}

/// That of the folder which the variable `POCKET_TTS_BENCH_MODEL` names, or else the small model on board and a
/// large one with random weights, which is kept in `build_folder`.
pub fn subjects(build_folder: &Path) -> Vec<Subject> {
    match env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Some(folder) => {
            // Benchmarks run in their package's folder, but the name was given in the workspace's.
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
    /// The precisions that are worth measuring: the small model is kept in the cache whatever they are.
    pub fn precisions(&self) -> &'static [Precision] {
        match self {
            Self::Tiny => &[Precision::F32],
            Self::Random(_) | Self::Folder(_) => &Precision::ALL,
        }
    }

    /// What loads the model, which is made up now if it must be.
    ///
    /// # Panics
    ///
    /// If it can't be made up.
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

    /// The voice to speak with: that of the folder, or else that of noise.
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

/// Options with which each sentence has just so many frames, and the same noise every time.
pub fn endless(frames: usize) -> GenerateOptions {
    GenerateOptions::default().eos_threshold(NOTHING_ENDS).frame_limit(frames).seed(0)
}

/// White noise at a tenth of full scale, the same every time.
pub fn noise(samples: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        0.1 * (state as f32 / 2_147_483_648.0 - 1.0)
    };
    (0..samples).map(|_| next()).collect()
}
