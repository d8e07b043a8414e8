//! Voices that were created over the network, one folder each, and an index of them in memory.
//!
//! A request only ever names a key of the index; folders are named by ids that this module drew itself. It
//! must not know models.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::random;

const ABOUT: &str = "voice.json";
const SAMPLE: &str = "sample";
/// What ids begin with; anything else in the folder isn't ours to touch.
const ID_PREFIX: &str = "voice_";
/// What the names of unfinished and of half-removed folders begin with.
const UNFINISHED: &str = ".unfinished-";
/// Length of the longest name, in characters.
const MAX_NAME_CHARS: usize = 64;

/// The voices of a folder.
#[derive(Debug)]
pub(crate) struct VoiceStore {
    folder: PathBuf,
    max_voices: usize,
    max_sample_bytes: usize,
    index: Mutex<BTreeMap<String, StoredVoice>>,
}

/// What is known of a voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredVoice {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Seconds since 1970.
    pub(crate) created_at: u64,
}

/// Why a voice wasn't created.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// There are too many.
    #[error("there are {0} voices, which is the most; delete one first")]
    Full(usize),
    /// The name is in use.
    #[error("there is a voice of this name; choose another name or delete it first")]
    NameTaken,
    /// The disk refused.
    #[error("the voice can't be stored: {0}")]
    Io(#[from] io::Error),
}

impl VoiceStore {
    /// Opens the folder, making it if it isn't there, and removes what was left unfinished in it.
    pub(crate) fn open(folder: &Path, max_voices: usize, max_sample_bytes: usize) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut index = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with(UNFINISHED) {
                fs::remove_dir_all(entry.path())?;
            } else if name.starts_with(ID_PREFIX) {
                match read_about(&entry.path(), &name) {
                    Ok(voice) => drop(index.insert(name, voice)),
                    Err(error) => tracing::warn!(id = name, %error, "a stored voice is left out"),
                }
            }
        }
        Ok(Self { folder: folder.to_owned(), max_voices, max_sample_bytes, index: Mutex::new(index) })
    }

    /// Most bytes of a recording.
    pub(crate) fn max_sample_bytes(&self) -> usize {
        self.max_sample_bytes
    }

    /// All voices, in the order of their ids.
    pub(crate) fn list(&self) -> Vec<StoredVoice> {
        self.index().values().cloned().collect()
    }

    /// The voice of this id or name.
    pub(crate) fn find(&self, text: &str) -> Option<StoredVoice> {
        let index = self.index();
        index.get(text).or_else(|| index.values().find(|voice| voice.name == text)).cloned()
    }

    /// The recording of a voice; none if there is no such voice.
    pub(crate) fn read(&self, id: &str) -> io::Result<Option<Vec<u8>>> {
        // The key of the index, not the text of the request, makes the path.
        let Some(id) = self.index().get(id).map(|voice| voice.id.clone()) else { return Ok(None) };
        match fs::read(self.folder.join(id).join(SAMPLE)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores a voice, whole or not at all.
    pub(crate) fn create(&self, name: &str, sample: &[u8]) -> Result<StoredVoice, StoreError> {
        let created_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let id = format!("{ID_PREFIX}{}", random::id());
        let voice = StoredVoice { id, name: name.to_owned(), created_at };
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder)?;
        write(&unfinished.path().join(SAMPLE), sample)?;
        write(&unfinished.path().join(ABOUT), &serde_json::to_vec(&voice).map_err(io::Error::other)?)?;
        // Under the lock, so that two of one name, or one too many, can't slip in.
        let mut index = self.index();
        if index.len() >= self.max_voices {
            return Err(StoreError::Full(self.max_voices));
        }
        if index.values().any(|known| known.name == name) {
            return Err(StoreError::NameTaken);
        }
        fs::rename(unfinished.path(), self.folder.join(&voice.id))?;
        // The folder has another name now; there is nothing left to remove.
        let _ = unfinished.keep();
        index.insert(voice.id.clone(), voice.clone());
        Ok(voice)
    }

    /// Removes a voice; `false` if there is none of this id.
    pub(crate) fn delete(&self, id: &str) -> io::Result<bool> {
        let mut index = self.index();
        let Some(voice) = index.get(id) else { return Ok(false) };
        // First out of sight, then piece by piece.
        let doomed = self.folder.join(format!("{UNFINISHED}{}", voice.id));
        fs::rename(self.folder.join(&voice.id), &doomed)?;
        index.remove(id);
        drop(index);
        fs::remove_dir_all(doomed)?;
        Ok(true)
    }

    fn index(&self) -> MutexGuard<'_, BTreeMap<String, StoredVoice>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with a name that a client chose, if anything.
pub(crate) fn problem_of_name(name: &str) -> Option<String> {
    let proper = |character: char| character.is_alphanumeric() || " -_.'".contains(character);
    if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Some(format!("`name` must have 1 to {MAX_NAME_CHARS} characters"));
    }
    let ordinary = name.chars().all(proper) && name.trim() == name && !name.starts_with(ID_PREFIX);
    (!ordinary).then(|| {
        format!(
            "`name` may hold letters, digits, blanks inside, and - _ . ' and must not begin with `{ID_PREFIX}`"
        )
    })
}

fn read_about(folder: &Path, id: &str) -> io::Result<StoredVoice> {
    let voice: StoredVoice = serde_json::from_slice(&fs::read(folder.join(ABOUT))?)?;
    if voice.id == id { Ok(voice) } else { Err(io::Error::other("its id is not its folder's name")) }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_voice_outlives_the_server_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let store = VoiceStore::open(folder.path(), 2, 100).unwrap();
        let voice = store.create("Ann", b"sound").unwrap();
        let store = VoiceStore::open(folder.path(), 2, 100).unwrap();
        assert_eq!(store.list(), std::slice::from_ref(&voice));
        assert_eq!(store.find("Ann"), Some(voice.clone()));
        assert_eq!(store.read(&voice.id).unwrap().as_deref(), Some(&b"sound"[..]));
        assert!(store.delete(&voice.id).unwrap());
        assert!(!store.delete(&voice.id).unwrap());
        assert_eq!((store.read(&voice.id).unwrap(), entries(folder.path())), (None, 0));
    }

    #[test]
    fn count_and_names_are_kept_and_failures_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = VoiceStore::open(folder.path(), 2, 100).unwrap();
        store.create("Ann", b"").unwrap();
        assert!(matches!(store.create("Ann", b""), Err(StoreError::NameTaken)));
        store.create("Ben", b"").unwrap();
        assert!(matches!(store.create("Cem", b""), Err(StoreError::Full(2))));
        assert_eq!(entries(folder.path()), 2);
    }

    #[test]
    fn what_a_killed_server_left_is_removed_and_strangers_stay() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(format!("{UNFINISHED}abc"))).unwrap();
        fs::create_dir(folder.path().join("voice_without_json")).unwrap();
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        let store = VoiceStore::open(folder.path(), 2, 100).unwrap();
        assert_eq!((store.list().len(), entries(folder.path())), (0, 2));
    }

    #[test]
    fn no_text_of_a_request_becomes_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("voices");
        let store = VoiceStore::open(&inner, 2, 100).unwrap();
        fs::write(folder.path().join(SAMPLE), "secret").unwrap();
        for id in ["..", ".", "", "../voices", "/", "voice_/../..", "voice_\0"] {
            assert_eq!(store.read(id).unwrap(), None, "{id}");
            assert!(!store.delete(id).unwrap(), "{id}");
        }
        assert!(folder.path().join(SAMPLE).exists());
    }

    #[test]
    fn names_are_ordinary_words() {
        for name in ["Ann", "Dr. O'Neil-2", "José", "日本"] {
            assert_eq!(problem_of_name(name), None, "{name}");
        }
        for name in ["", " ", " Ann", "a/b", "a\nb", "voice_1", "<b>", &"a".repeat(65)] {
            assert!(problem_of_name(name).is_some(), "{name}");
        }
    }
}
