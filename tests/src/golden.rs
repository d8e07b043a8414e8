//! The golden folder, and the checks against one configuration of it.
//!
//! Knows the layout of goldens (`goldens/README.md`). It must not know how results are computed.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use pocket_tts_core::{Location, TtsModel};
use serde::Deserialize;
use serde_json::Value;

use crate::{TOLERANCE, TensorFile, difference};

/// The variable that names another folder of goldens, here and in the tests of other crates.
const FOLDER_VARIABLE: &str = "POCKET_TTS_GOLDENS";

/// A folder of goldens.
#[derive(Debug)]
pub struct Goldens {
    folder: PathBuf,
}

/// One configuration with its goldens, and the set of unchecked ones.
#[derive(Debug)]
pub struct Golden {
    /// The description of the goldens.
    pub about: About,
    name: String,
    folder: PathBuf,
    file: TensorFile,
    unchecked: BTreeSet<String>,
    outcome: Outcome,
}

/// The result of a configuration's checks.
#[derive(Debug, Default)]
pub struct Outcome {
    /// A message for each mismatch.
    pub problems: Vec<String>,
    /// Number of comparisons.
    pub comparisons: usize,
    /// The greatest difference, and the tensor that has it.
    pub worst: (f32, String),
}

/// The contents of a `golden.json`.
#[derive(Debug, Deserialize)]
pub struct About {
    /// The text of the step goldens.
    pub text: String,
    /// The prepared text.
    pub prepared: String,
    /// Numbers of sampler steps; the first is for `gen0`, `gen1` and the full runs.
    pub steps: Vec<usize>,
    /// Samples per second.
    pub sample_rate: u32,
    /// Samples of the voice prompt with its final pause.
    pub voice_paused_samples: usize,
    /// The end-to-end runs.
    pub full: Vec<FullRun>,
    /// Type and shape of every tensor.
    pub tensors: BTreeMap<String, (String, Vec<usize>)>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// The arguments and results of one end-to-end run.
#[derive(Debug, Deserialize)]
pub struct FullRun {
    /// The text.
    pub text: String,
    /// Most tokens of a sentence.
    pub max_tokens: usize,
    /// The logit above which speech ends.
    pub eos_threshold: f32,
    /// Frames kept after the end; estimated if absent.
    pub frames_after_eos: Option<usize>,
    /// Most frames of a sentence.
    pub max_gen_len: usize,
    /// The sentences that the text was split into.
    pub chunks: Vec<String>,
    /// Frames of the result.
    pub frames: f64,
}

impl Goldens {
    /// The folder that `POCKET_TTS_GOLDENS` names, or this crate's.
    ///
    /// # Panics
    ///
    /// If the folder does not exist or has no index.
    pub fn open() -> Self {
        env::var_os(FOLDER_VARIABLE).map_or_else(Self::own, |folder| Self::checked(folder.into()))
    }

    /// This crate's folder, for tests that depend on the shapes of its models.
    ///
    /// # Panics
    ///
    /// If it does not exist.
    pub fn own() -> Self {
        Self::checked(Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens"))
    }

    fn checked(folder: PathBuf) -> Self {
        let goldens = Self { folder };
        goldens.path("index.json");
        goldens
    }

    /// The file or folder `name` of the goldens.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn path(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        assert!(path.exists(), "the goldens have no {}", path.display());
        path
    }

    /// The names of all configurations, in order.
    ///
    /// # Panics
    ///
    /// If there are none, or the folder and its index disagree.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).expect("a readable folder");
        let entries = entries.map(|entry| entry.expect("a readable folder"));
        let mut names: Vec<String> = entries
            .filter(|entry| entry.path().join("config.yaml").is_file())
            .map(|entry| entry.file_name().into_string().expect("a name in Unicode"))
            .collect();
        names.sort();
        let index: Value = json(&self.path("index.json"));
        let configs = index["configs"].as_object().expect("an index with `configs`");
        let listed: BTreeSet<&String> = configs.keys().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>(), listed, "the folder and its index disagree");
        assert!(!names.is_empty(), "no goldens");
        names
    }

    /// The configuration `name`.
    ///
    /// # Panics
    ///
    /// If it is incomplete or `golden.json` disagrees with `golden.safetensors`.
    pub fn golden(&self, name: &str) -> Golden {
        let folder = self.path(name);
        let about: About = json(&folder.join("golden.json"));
        let file = TensorFile::read(&folder.join("golden.safetensors"));
        let described = about.tensors.iter().map(|(name, (_, shape))| (name, shape));
        let stored = file.tensors.iter().map(|(name, tensor)| (name, &tensor.shape));
        assert!(described.eq(stored), "{name}: golden.json disagrees with golden.safetensors");
        let unchecked = file.tensors.keys().cloned().collect();
        Golden { about, name: name.to_owned(), folder, file, unchecked, outcome: Outcome::default() }
    }
}

impl Golden {
    /// The configuration's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file `name` of the configuration.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The model.
    ///
    /// # Panics
    ///
    /// If it doesn't load.
    pub fn model(&self) -> TtsModel {
        let config = Location::Path(self.path("config.yaml"));
        TtsModel::builder().config(config).build().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The number of runs of steps: `gen0`, `gen1` and so on.
    pub fn generations(&self) -> usize {
        1 + self.about.steps.len()
    }

    /// Sampler steps of the run `index`.
    ///
    /// # Panics
    ///
    /// If the goldens don't state it.
    pub fn sampler_decode_steps(&self, index: usize) -> usize {
        let steps = self.about.rest.get(&format!("gen{index}.sampler_decode_steps")).and_then(Value::as_u64);
        steps.unwrap_or_else(|| panic!("{}: no steps for gen{index}", self.name)) as usize
    }

    /// Reads an input tensor and marks it as checked.
    pub fn input(&mut self, tensor: &str) -> Vec<f32> {
        self.unchecked.remove(tensor);
        self.peek(tensor)
    }

    /// Reads a tensor without marking it as checked.
    pub fn peek(&self, tensor: &str) -> Vec<f32> {
        self.file.get(tensor).floats()
    }

    /// Checks the tensor of this name.
    pub fn check(&mut self, tensor: &str, actual: &[f32]) {
        self.unchecked.remove(tensor);
        let expected = self.peek(tensor);
        self.compare(tensor, actual, &expected);
    }

    /// Checks a tensor of integers, which must be equal.
    pub fn check_integers(&mut self, tensor: &str, actual: &[i64]) {
        self.unchecked.remove(tensor);
        let expected = self.file.get(tensor).integers();
        self.demand(tensor, actual == expected, || format!("is {actual:?}, not {expected:?}"));
    }

    /// Checks values that are derived from goldens.
    pub fn compare(&mut self, what: &str, actual: &[f32], expected: &[f32]) {
        let found = difference(actual, expected);
        if found > self.outcome.worst.0 {
            self.outcome.worst = (found, format!("{}: {what}", self.name));
        }
        let lengths = (actual.len(), expected.len());
        self.demand(what, found <= TOLERANCE, || format!("is off by {found:e}, lengths {lengths:?}"));
    }

    /// Checks anything else.
    pub fn demand(&mut self, what: &str, holds: bool, problem: impl FnOnce() -> String) {
        self.outcome.comparisons += 1;
        if !holds {
            self.outcome.problems.push(format!("{}: {what} {}", self.name, problem()));
        }
    }

    /// The outcome; an unchecked tensor is a problem.
    pub fn finish(mut self) -> Outcome {
        for tensor in &self.unchecked {
            self.outcome.problems.push(format!("{}: {tensor} was not checked", self.name));
        }
        self.outcome
    }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
