//! A copy of a golden model that tests can damage.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pocket_tts_core::{Location, Result, TtsModel};
use tempfile::TempDir;

use crate::{Goldens, TensorFile};

/// A copy of a golden configuration that a test may change; it is removed when this value is dropped.
#[derive(Debug)]
pub struct ModelCopy {
    root: TempDir,
}

impl ModelCopy {
    /// Copies the configuration `name` of this crate's own goldens, and the tokenizers.
    ///
    /// # Panics
    ///
    /// If there is no such configuration or it cannot be copied.
    pub fn of(name: &str) -> Self {
        Self::from(&Goldens::own(), name)
    }

    /// As [`of`](Self::of), from the goldens that [`Goldens::open`] finds.
    ///
    /// # Panics
    ///
    /// As [`of`](Self::of).
    pub fn of_golden(name: &str) -> Self {
        Self::from(&Goldens::open(), name)
    }

    fn from(goldens: &Goldens, name: &str) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        for tokenizer in ["tokenizer_a.json", "tokenizer_a.model", "tokenizer_b.json", "tokenizer_b.model"] {
            fs::copy(goldens.path(tokenizer), root.path().join(tokenizer)).expect("a copied tokenizer");
        }
        let folder = root.path().join("model");
        fs::create_dir(&folder).expect("a new folder");
        for entry in fs::read_dir(goldens.path(name)).expect("a readable folder") {
            let entry = entry.expect("a readable folder");
            fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copied model");
        }
        Self { root }
    }

    /// The file `name` of the model.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("model").join(name)
    }

    /// Replaces a part of the configuration.
    ///
    /// # Panics
    ///
    /// If `from` doesn't occur exactly once.
    pub fn edit_config(&self, from: &str, to: &str) {
        let path = self.path("config.yaml");
        let text = fs::read_to_string(&path).expect("a configuration");
        assert_eq!(text.matches(from).count(), 1, "{from:?} occurs once in {text}");
        fs::write(&path, text.replace(from, to)).expect("a writable configuration");
    }

    /// Changes the tensors of the file `name`.
    pub fn edit_tensors(&self, name: &str, edit: impl FnOnce(&mut TensorFile)) {
        let path = self.path(name);
        let mut file = TensorFile::read(&path);
        edit(&mut file);
        file.write(&path);
    }

    /// Loads the model.
    ///
    /// # Errors
    ///
    /// If the damage is detected.
    pub fn build(&self) -> Result<TtsModel> {
        load(&self.path("config.yaml"))
    }
}

fn load(config: &Path) -> Result<TtsModel> {
    TtsModel::builder().config(Location::Path(config.to_owned())).offline(true).build()
}
