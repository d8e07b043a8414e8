//! What the caches hold of the models and voices that this crate knows, and of web servers.
//!
//! It knows which repositories those are. It must not know how caches are laid out.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use pocket_tts_hub::{CachedFile, Fetcher, Leftover};

use crate::{
    DownloadVoices, ModelSource, catalogue,
    config::{self, Location, WeightFiles},
    download::{FileRole, voice_locations},
    weight_cache::{default_weight_cache_dir, is_whole, packed_files},
};

/// The cached files of the released models, of their voices and of web servers.
///
/// The Hugging Face hub's cache is shared with other programs; what they keep in other repositories is neither
/// listed nor touched.
#[derive(Debug)]
pub struct ModelCache {
    fetcher: Fetcher,
    /// What a file is for, by its location.
    uses: BTreeMap<String, BTreeSet<String>>,
    repositories: BTreeSet<String>,
}

impl ModelCache {
    /// The caches that the environment names, by the variables that the Python package `huggingface_hub` heeds.
    pub fn from_environment() -> Self {
        let mut cache = Self {
            fetcher: Fetcher::from_environment(),
            uses: BTreeMap::new(),
            repositories: BTreeSet::new(),
        };
        for name in config::builtin_names() {
            cache.add_model(name);
        }
        for name in catalogue::voice_names() {
            if let Some(recording) = catalogue::voice_recording(name) {
                cache.add(&recording, format!("recording of {name}"));
            }
        }
        cache
    }

    /// The folder of the Hugging Face hub's cache, if it is known.
    pub fn hub_folder(&self) -> Option<&Path> {
        self.fetcher.settings().hub_cache.as_deref()
    }

    /// The folder for files of web servers, if it is known.
    pub fn web_folder(&self) -> Option<&Path> {
        self.fetcher.settings().web_cache.as_deref()
    }

    /// All cached files, in order.
    pub fn files(&self) -> Vec<CachedFile> {
        self.fetcher.cached_files(&self.repositories())
    }

    /// What transfers left, and bytes that no revision names.
    pub fn leftovers(&self) -> Vec<Leftover> {
        self.fetcher.leftovers(&self.repositories())
    }

    /// Packed weights in the [default folder](crate::default_weight_cache_dir), with their sizes in bytes. The next
    /// load of a model makes again what is removed of them.
    pub fn packed_weights(&self) -> Vec<(PathBuf, u64)> {
        default_weight_cache_dir().map_or_else(Vec::new, |folder| packed_files(&folder))
    }

    /// Whether a file of [packed weights](Self::packed_weights) is as it was written. What a writer left that was
    /// killed is not, and neither is a file of another version of this program or of another processor's form: none of
    /// them is ever loaded.
    ///
    /// # Errors
    ///
    /// The system's, if the file can't be read.
    pub fn is_whole_packed(&self, path: &Path) -> io::Result<bool> {
        is_whole(path)
    }

    /// What a cached file is for, such as `english weights`; nothing if no model of this version uses it.
    pub fn uses(&self, file: &CachedFile) -> Vec<String> {
        let Some(location) = &file.location else { return Vec::new() };
        let latest = match location {
            Location::HuggingFace { repo, path, .. } => {
                Location::HuggingFace { repo: repo.clone(), path: path.clone(), revision: None }
            }
            other => other.clone(),
        };
        // Some are pinned to a commit, and of some the newest is taken.
        let names = [location.to_string(), latest.to_string()];
        names.iter().filter_map(|name| self.uses.get(name)).flatten().cloned().collect()
    }

    fn repositories(&self) -> Vec<&str> {
        self.repositories.iter().map(String::as_str).collect()
    }

    fn add_model(&mut self, name: &str) {
        let source = ModelSource::Language(name.to_owned());
        // The built-in configurations are sound, which a test tells.
        let Some(files) = config::builtin(name).ok().and_then(|config| config.files(None).ok()) else {
            return;
        };
        self.add(&files.tokenizer, format!("{name} {}", FileRole::Tokenizer));
        let weights = match &files.weights {
            WeightFiles::Split { flow_lm, mimi } => vec![flow_lm, mimi],
            WeightFiles::Bundle { bundle, without_voice_cloning, mimi } => {
                [Some(bundle), without_voice_cloning.as_ref(), mimi.as_ref()].into_iter().flatten().collect()
            }
        };
        for location in weights {
            self.add(location, format!("{name} {}", FileRole::Weights));
        }
        for (voice, location) in voice_locations(&source, DownloadVoices::All) {
            self.add(&location, format!("{name} {}", FileRole::Voice(voice)));
        }
    }

    fn add(&mut self, location: &Location, usage: String) {
        if let Location::HuggingFace { repo, .. } = location {
            self.repositories.insert(repo.clone());
        }
        self.uses.entry(location.to_string()).or_default().insert(usage);
    }
}

#[cfg(test)]
mod tests {
    use super::ModelCache;

    #[test]
    fn the_repositories_are_those_of_the_released_models() {
        let cache = ModelCache::from_environment();
        let expected = ["kyutai/pocket-tts", "kyutai/pocket-tts-without-voice-cloning", "kyutai/tts-voices"];
        let repositories = cache.repositories();
        assert!(expected.iter().all(|repository| repositories.contains(repository)), "{repositories:?}");
        assert!(repositories.iter().all(|repository| repository.starts_with("kyutai/")), "{repositories:?}");
    }
}
