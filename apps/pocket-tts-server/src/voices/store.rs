//! Voices created over the network: one folder for each, and an index in memory.
//!
//! Several servers may share the folder, and find each other's voices when they refresh the index. A voice's id is a hash
//! of its name, so that names are unique without locks: a rename onto an existing folder fails. Functions that access the
//! disk say so, as connections must not wait for it.
//!
//! A request names a key of the index, never a path. It must not know models.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::random;

const ABOUT: &str = "voice.json";
const SAMPLE: &str = "sample";
/// The prefix of ids. Other entries of the folder are left alone.
const ID_PREFIX: &str = "voice_";
/// The prefix of folders that are being created or removed.
const UNFINISHED: &str = ".unfinished-";
/// An unfinished folder of this age was left behind by a server that was killed. A newer one may be in use.
const LEFT_BEHIND: Duration = Duration::from_hours(1);
/// Bytes of a name's hash in an id.
const HASH_BYTES: usize = 16;
/// Length of the longest name, in characters.
const MAX_NAME_CHARS: usize = 64;

/// The voices of a folder.
#[derive(Debug)]
pub(crate) struct VoiceStore {
    folder: PathBuf,
    max_voices: usize,
    max_sample_bytes: usize,
    index: Mutex<Index>,
}

/// The voices by their ids; `None` for a folder without a valid voice, which is logged once.
type Index = BTreeMap<String, Option<StoredVoice>>;

/// The metadata of a voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredVoice {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Seconds since 1970.
    pub(crate) created_at: u64,
}

/// Why a voice was not created.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// There are too many.
    #[error("there are {0} voices, which is the limit; delete one first")]
    Full(usize),
    /// The name is in use.
    #[error("there is already a voice with this name; choose another name or delete it first")]
    NameTaken,
    /// The disk failed.
    #[error("cannot store the voice: {0}")]
    Io(#[from] io::Error),
}

impl VoiceStore {
    /// Opens the folder, creating it if needed, and removes folders that were left unfinished.
    pub(crate) fn open(folder: &Path, max_voices: usize, max_sample_bytes: usize) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) && is_left_behind(&entry) {
                match fs::remove_dir_all(entry.path()) {
                    // Another starting server was faster.
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        let store = Self { folder: folder.to_owned(), max_voices, max_sample_bytes, index: Mutex::default() };
        store.refresh()?;
        Ok(store)
    }

    /// Most bytes of a recording.
    pub(crate) fn max_sample_bytes(&self) -> usize {
        self.max_sample_bytes
    }

    /// All known voices, in the order of their ids.
    pub(crate) fn list(&self) -> Vec<StoredVoice> {
        self.index().values().flatten().cloned().collect()
    }

    /// The voice of this id or name, if it is known.
    pub(crate) fn find(&self, text: &str) -> Option<StoredVoice> {
        find(&self.index(), text).cloned()
    }

    /// Updates the index from the disk, as other servers create and delete voices.
    pub(crate) fn refresh(&self) -> io::Result<()> {
        self.refresh_index(&mut self.index())
    }

    /// Reads the recording of the voice of this id or name from the disk, if there is such a voice.
    pub(crate) fn read(&self, text: &str) -> io::Result<Option<Vec<u8>>> {
        let known = self.find(text);
        if known.is_none() {
            self.refresh()?;
        }
        // The key of the index, not the text of the request, makes the path.
        let Some(StoredVoice { id, .. }) = known.or_else(|| self.find(text)) else { return Ok(None) };
        match fs::read(self.folder.join(id).join(SAMPLE)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.refresh()?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Stores a voice on the disk, completely or not at all. Servers that share the folder may exceed its limit by the
    /// voices that they create at the same moment.
    pub(crate) fn create(&self, name: &str, sample: &[u8]) -> Result<StoredVoice, StoreError> {
        let created_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let voice = StoredVoice { id: id_of(name), name: name.to_owned(), created_at };
        let mut unfinished = tempfile::Builder::new();
        unfinished.prefix(UNFINISHED);
        #[cfg(unix)]
        unfinished.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let unfinished = unfinished.tempdir_in(&self.folder)?;
        write(&unfinished.path().join(SAMPLE), sample)?;
        write(&unfinished.path().join(ABOUT), &serde_json::to_vec(&voice).map_err(io::Error::other)?)?;
        // Under the lock, so that the limit holds.
        let mut index = self.index();
        self.refresh_index(&mut index)?;
        if index.values().flatten().count() >= self.max_voices {
            return Err(StoreError::Full(self.max_voices));
        }
        // Ids of former versions are random and do not depend on the name.
        if index.values().flatten().any(|known| known.name == name) {
            return Err(StoreError::NameTaken);
        }
        let folder = self.folder.join(&voice.id);
        if let Err(error) = fs::rename(unfinished.path(), &folder) {
            // A folder that is not empty is never replaced: another server was faster.
            return Err(if folder.exists() { StoreError::NameTaken } else { error.into() });
        }
        // The folder has been renamed, so there is nothing to remove.
        let _ = unfinished.keep();
        index.insert(voice.id.clone(), Some(voice.clone()));
        Ok(voice)
    }

    /// Removes a voice from the disk. Returns `false` if there is none with this id.
    pub(crate) fn delete(&self, id: &str) -> io::Result<bool> {
        let mut index = self.index();
        self.refresh_index(&mut index)?;
        let Some((id, Some(_))) = index.get_key_value(id) else { return Ok(false) };
        let id = id.clone();
        // Hidden first, then removed.
        let doomed = self.folder.join(format!("{UNFINISHED}{}", random::id()));
        match fs::rename(self.folder.join(&id), &doomed) {
            // Another server was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            outcome => outcome?,
        }
        index.remove(&id);
        drop(index);
        fs::remove_dir_all(doomed)?;
        Ok(true)
    }

    fn refresh_index(&self, index: &mut Index) -> io::Result<()> {
        let mut found = Index::new();
        for entry in fs::read_dir(&self.folder)? {
            let Ok(id) = entry?.file_name().into_string() else { continue };
            if !id.starts_with(ID_PREFIX) {
                continue;
            }
            let voice = match index.get(&id) {
                Some(Some(voice)) => Some(voice.clone()),
                known => match read_about(&self.folder.join(&id), &id) {
                    Ok(voice) => Some(voice),
                    // It has just been deleted.
                    Err(error) if !self.folder.join(&id).exists() => {
                        tracing::debug!(id, %error, "a voice was deleted while it was read");
                        continue;
                    }
                    Err(error) => {
                        if known.is_none() {
                            tracing::warn!(id, %error, "ignored an invalid stored voice");
                        }
                        None
                    }
                },
            };
            found.insert(id, voice);
        }
        *index = found;
        Ok(())
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a text can be the id or the name of a created voice.
pub(crate) fn may_be_stored(text: &str) -> bool {
    let is_id =
        || text.strip_prefix(ID_PREFIX).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    is_id() || problem_of_name(text).is_none()
}

/// What is wrong with a client's name for a voice, if anything.
pub(crate) fn problem_of_name(name: &str) -> Option<String> {
    let proper = |character: char| character.is_alphanumeric() || " -_.'".contains(character);
    if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Some(format!("`name` must have 1 to {MAX_NAME_CHARS} characters"));
    }
    let ordinary = name.chars().all(proper) && name.trim() == name && !name.starts_with(ID_PREFIX);
    (!ordinary).then(|| {
        format!(
            "`name` may hold letters, digits, spaces between them, and - _ . ' and must not begin with `{ID_PREFIX}`"
        )
    })
}

fn find<'a>(index: &'a Index, text: &str) -> Option<&'a StoredVoice> {
    let by_name = || index.values().flatten().find(|voice| voice.name == text);
    index.get(text).and_then(Option::as_ref).or_else(by_name)
}

/// The id of the voice of this name.
fn id_of(name: &str) -> String {
    let hash = Sha256::digest(name);
    let digits = hash.iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}"));
    std::iter::once(ID_PREFIX.to_owned()).chain(digits).collect()
}

/// Whether this was left behind by a server that was killed.
fn is_left_behind(entry: &fs::DirEntry) -> bool {
    let changed = entry.metadata().and_then(|metadata| metadata.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > LEFT_BEHIND))
}

fn read_about(folder: &Path, id: &str) -> io::Result<StoredVoice> {
    let voice: StoredVoice = serde_json::from_slice(&fs::read(folder.join(ABOUT))?)?;
    if voice.id == id { Ok(voice) } else { Err(io::Error::other("its id is not its folder's name")) }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    // Recordings of people are private; servers that share the folder run as the same user.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
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

    #[cfg(unix)]
    #[test]
    fn only_the_server_s_user_can_read_a_voice() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let store = VoiceStore::open(folder.path(), 2, 100).unwrap();
        let path = folder.path().join(store.create("Ann", b"sound").unwrap().id);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!((mode(&path.join(SAMPLE)), mode(&path.join(ABOUT))), (0o600, 0o600));
    }

    #[test]
    fn the_limit_and_unique_names_hold_and_failures_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = VoiceStore::open(folder.path(), 2, 100).unwrap();
        store.create("Ann", b"").unwrap();
        assert!(matches!(store.create("Ann", b""), Err(StoreError::NameTaken)));
        store.create("Ben", b"").unwrap();
        assert!(matches!(store.create("Cem", b""), Err(StoreError::Full(2))));
        assert_eq!(entries(folder.path()), 2);
    }

    #[test]
    fn only_old_unfinished_folders_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (format!("{UNFINISHED}abc"), format!("{UNFINISHED}def"));
        for name in [&old, &new, "voice_without_json"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        let long_ago = SystemTime::now() - 2 * LEFT_BEHIND;
        fs::File::open(folder.path().join(&old)).unwrap().set_modified(long_ago).unwrap();
        let store = VoiceStore::open(folder.path(), 2, 100).unwrap();
        assert_eq!((store.list().len(), entries(folder.path())), (0, 3));
        assert!(!folder.path().join(&old).exists() && folder.path().join(&new).exists());
    }

    #[test]
    fn servers_that_share_a_folder_see_each_other_s_voices() {
        let folder = tempfile::tempdir().unwrap();
        let open = || VoiceStore::open(folder.path(), 2, 100).unwrap();
        let (one, other) = (open(), open());
        let voice = one.create("Ann", b"sound").unwrap();
        assert_eq!(other.find("Ann"), None, "it has not been refreshed yet");
        for text in ["Ann", &voice.id] {
            assert_eq!(open().read(text).unwrap().as_deref(), Some(&b"sound"[..]));
            assert_eq!(other.read(text).unwrap().as_deref(), Some(&b"sound"[..]));
        }
        assert_eq!(other.list(), std::slice::from_ref(&voice));
        assert!(matches!(other.create("Ann", b"forged"), Err(StoreError::NameTaken)));
        other.create("Ben", b"").unwrap();
        assert!(matches!(one.create("Cem", b""), Err(StoreError::Full(2))));
        assert!(other.delete(&voice.id).unwrap());
        assert_eq!(one.find("Ann"), Some(voice.clone()), "it has not been refreshed yet");
        assert_eq!(one.read("Ann").unwrap(), None);
        assert_eq!((one.find("Ann"), one.delete(&voice.id).unwrap()), (None, false));
        // A new voice of the name is heard, not the old one.
        one.create("Ann", b"new").unwrap();
        assert_eq!(other.read("Ann").unwrap().as_deref(), Some(&b"new"[..]));
    }

    #[test]
    fn only_one_of_concurrent_creations_of_a_name_succeeds() {
        let folder = tempfile::tempdir().unwrap();
        let stores: Vec<_> = (0..8).map(|_| VoiceStore::open(folder.path(), 9, 100).unwrap()).collect();
        let start = std::sync::Barrier::new(stores.len());
        let created = std::thread::scope(|scope| {
            let create = |store| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    VoiceStore::create(store, "Ann", b"sound")
                })
            };
            let threads: Vec<_> = stores.iter().map(create).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(created.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{created:?}");
        let is_taken = |outcome: &Result<_, _>| matches!(outcome, Ok(_) | Err(StoreError::NameTaken));
        assert!(created.iter().all(is_taken), "{created:?}");
        assert_eq!(entries(folder.path()), 1, "the losers leave nothing");
    }

    #[test]
    fn voices_with_the_ids_of_former_versions_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let id = "voice_0123456789abcdef0123456789abcdef";
        fs::create_dir(folder.path().join(id)).unwrap();
        fs::write(folder.path().join(id).join(SAMPLE), "sound").unwrap();
        let about = StoredVoice { id: id.to_owned(), name: "Ann".to_owned(), created_at: 1 };
        fs::write(folder.path().join(id).join(ABOUT), serde_json::to_vec(&about).unwrap()).unwrap();
        let store = VoiceStore::open(folder.path(), 2, 100).unwrap();
        assert_eq!(store.read("Ann").unwrap().as_deref(), Some(&b"sound"[..]));
        assert!(matches!(store.create("Ann", b""), Err(StoreError::NameTaken)));
        assert!(store.delete(id).unwrap());
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
        for text in ["..", "", "hf://a/b", "/etc/passwd", "voice_/../..", "voice_g"] {
            assert!(!may_be_stored(text) || text == "..", "{text}");
        }
    }

    #[test]
    fn names_have_ordinary_characters() {
        for name in ["Ann", "Dr. O'Neil-2", "José", "日本"] {
            assert_eq!(problem_of_name(name), None, "{name}");
        }
        for name in ["", " ", " Ann", "a/b", "a\nb", "voice_1", "<b>", &"a".repeat(65)] {
            assert!(problem_of_name(name).is_some(), "{name}");
        }
    }
}
