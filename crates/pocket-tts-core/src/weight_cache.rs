//! A folder of packed weights, from which a model loads by mapping one file.
//!
//! There is one file per set of weight files, configuration and precision. It is used only while the weight files are
//! unchanged, and replaced otherwise. It must not know how weights are packed.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use pocket_tts_files::{
    AtomicFile, SaveError, abandoned_files,
    private::{create_folder, is_private},
    remove_abandoned_files,
};
use pocket_tts_hub::FetcherSettings;
use pocket_tts_tensor::{PackedFile, PackedMatrices, Precision, WeightError};

use crate::{
    config::Config,
    digest::{Digest, hexadecimal},
    voices::Fingerprints,
};

/// Below this size, packing is faster than a cache lookup.
const LEAST_BYTES: usize = 32 << 20;
/// The environment variable with the folder, or a value of [`OFF`].
const VARIABLE: &str = "POCKET_TTS_WEIGHT_CACHE";
/// Values that switch the cache off, in upper or lower case.
const OFF: [&str; 3] = ["off", "none", "0"];
/// The folder's name in the user's cache.
const FOLDER: &str = "packed";
/// Bytes of the hash in a file's name.
const NAME_BYTES: usize = 16;
const SUFFIX: &str = ".packed";
/// The metadata key of the hash of what the file was made of.
const MADE_OF_KEY: &str = "made_of";

/// The folder that the command and the server keep packed weights in: the one that the variable
/// `POCKET_TTS_WEIGHT_CACHE` names, or else `packed` in `$XDG_CACHE_HOME/pocket-tts` or `~/.cache/pocket-tts`. `None` if
/// the variable says `off`, `none` or `0`, or there is no home.
pub fn default_weight_cache_dir() -> Option<PathBuf> {
    match env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Some(value) => named_folder(&value),
        None => Some(FetcherSettings::from_environment().web_cache?.join(FOLDER)),
    }
}

/// The folder that a value of the variable names.
fn named_folder(value: &OsStr) -> Option<PathBuf> {
    (!OFF.iter().any(|off| value.eq_ignore_ascii_case(off))).then(|| value.into())
}

/// The files of packed weights in a folder that may hold others, and what writers left there that were killed, with
/// their sizes in bytes.
pub(crate) fn packed_files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let packed = entries.map(|entry| entry.path()).filter(|path| is_packed(path));
    let all = packed.chain(abandoned_files(folder));
    let mut files: Vec<_> =
        all.filter_map(|path| fs::metadata(&path).ok().map(|metadata| (path, metadata.len()))).collect();
    files.sort();
    files
}

/// Whether a file of packed weights is as it was written.
///
/// # Errors
///
/// The system's, if it can't be read.
pub(crate) fn is_whole(path: &Path) -> io::Result<bool> {
    match open(path) {
        Ok(_) => Ok(true),
        Err(WeightError::Unreadable { reason, .. }) => Err(io::Error::other(reason)),
        Err(_) => Ok(false),
    }
}

/// Opens a file of packed weights, unless another user might change it while it is mapped, or might have made it.
fn open(path: &Path) -> Result<PackedFile, WeightError> {
    let name = path.display().to_string();
    let unreadable =
        |error: io::Error| WeightError::Unreadable { file: name.clone(), reason: error.to_string() };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !is_private(&metadata, folder_of(path)) {
        let reason = "another user may change it".to_owned();
        return Err(WeightError::Format { file: name, reason });
    }
    PackedFile::of(&file, &name)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Whether its name is that of packed weights.
fn is_packed(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_suffix(SUFFIX));
    name.is_some_and(|name| name.len() == 2 * NAME_BYTES && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A folder of packed weights.
#[derive(Debug)]
pub(crate) struct WeightCache {
    folder: PathBuf,
    least_bytes: usize,
}

/// Where the packed weights of a model are, or would be.
#[derive(Debug)]
pub(crate) struct PackedPlace {
    path: PathBuf,
    least_bytes: usize,
    /// What the file must have been made of.
    made_of: String,
}

impl WeightCache {
    /// The folder at this path, which need not exist.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, least_bytes: LEAST_BYTES }
    }

    /// Keeps even the smallest weights.
    #[cfg(test)]
    pub(crate) fn keeping_all(folder: PathBuf) -> Self {
        Self { folder, least_bytes: 0 }
    }

    /// The place for the weights in these files, as this configuration reads them.
    ///
    /// Files count as changed if their size or one of their times is another, or a sample of their tensors, which is
    /// what `fingerprints` are of. That tells of every change without reading all of them.
    pub(crate) fn place(
        &self,
        files: &[PathBuf],
        config: &Config,
        fingerprints: &Fingerprints,
        precision: Precision,
    ) -> io::Result<PackedPlace> {
        let parts = format!("{:?} {:?}", config.flow_lm, config.mimi);
        let mut name = Digest::new("packed weights").add(precision.name().as_bytes()).add(parts.as_bytes());
        let mut made_of = Digest::new("made of")
            .add(env!("CARGO_PKG_VERSION").as_bytes())
            .add(&fingerprints.language_model)
            .add(&fingerprints.encoding);
        for file in files {
            let path = fs::canonicalize(file)?;
            name = name.add(path.as_os_str().as_encoded_bytes());
            made_of = made_of.add(identity(&fs::metadata(&path)?).as_bytes());
        }
        let name = name.finish();
        Ok(PackedPlace {
            path: self.folder.join(format!("{}{SUFFIX}", hexadecimal(&name[..NAME_BYTES]))),
            least_bytes: self.least_bytes,
            made_of: hexadecimal(&made_of.finish()),
        })
    }
}

/// What changes with a file's content.
fn identity(metadata: &fs::Metadata) -> String {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    #[cfg(unix)]
    let more = {
        use std::os::unix::fs::MetadataExt;
        [metadata.dev() as i64, metadata.ino() as i64, metadata.ctime(), metadata.ctime_nsec()]
    };
    #[cfg(not(unix))]
    let more = ();
    format!("{} bytes, {modified:?}, {more:?}", metadata.len())
}

impl PackedPlace {
    /// The file, if it is there, whole, made of the same weights, and no other user may change it.
    pub(crate) fn find(&self) -> Option<PackedFile> {
        let file = open(&self.path).ok()?;
        (file.metadata(MADE_OF_KEY) == Some(&self.made_of)).then_some(file)
    }

    /// Keeps matrices, unless they are few.
    pub(crate) fn keep(&self, matrices: &PackedMatrices) -> Result<(), SaveError> {
        if matrices.bytes() < self.least_bytes.max(1) {
            return Ok(());
        }
        let at = |path: &Path| {
            let path = path.to_owned();
            |reason| SaveError::Io { path, reason }
        };
        let folder = folder_of(&self.path);
        create_folder(folder).map_err(at(folder))?;
        // Otherwise a server that is killed at each load would fill the disk.
        remove_abandoned_files(folder);
        // A link would be followed, and another user's file replaced by one with its permissions.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| !is_private(&found, folder)) {
            fs::remove_file(&self.path).map_err(at(&self.path))?;
        }
        let mut file = AtomicFile::create(&self.path)?;
        let metadata = file.make_private().map_err(at(&self.path))?;
        if !is_private(&metadata, folder) {
            return Err(at(&self.path)(io::Error::other("other users may change files there")));
        }
        let metadata = BTreeMap::from([(MADE_OF_KEY.to_owned(), self.made_of.clone())]);
        matrices.write(&metadata, &mut file).map_err(at(&self.path))?;
        file.commit()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::{
        Audio, GenerateOptions, Location, ModelSource, Result, TtsModel, VoiceSource, config::read,
        parts::Sources,
    };
    use pocket_tts_hub::Fetcher;

    /// A folder with a model of its own, and one for packed weights.
    struct Folders {
        model: tempfile::TempDir,
        packed: tempfile::TempDir,
    }

    impl Folders {
        fn new() -> Self {
            let model = tempfile::tempdir().unwrap();
            let goldens = pocket_tts_test_support::own_goldens();
            fs::create_dir(model.path().join("04_drifting")).unwrap();
            for file in ["tokenizer_a.model", "04_drifting/config.yaml", "04_drifting/model.safetensors"] {
                fs::copy(goldens.join(file), model.path().join(file)).unwrap();
            }
            Self { model, packed: tempfile::tempdir().unwrap() }
        }

        fn load_in(&self, precision: Precision) -> Result<TtsModel> {
            let folder = self.model.path().join("04_drifting");
            let config = folder.join("config.yaml");
            let source = ModelSource::Config(Location::Path(config.clone()));
            let fetcher = Fetcher::new(FetcherSettings::default());
            let name = config.display().to_string();
            let mut sources = Sources::fetch(name, read(&config)?, Some(&folder), &fetcher)?;
            sources.precision = precision;
            sources.weight_cache = Some(WeightCache::keeping_all(self.packed.path().join("new")));
            TtsModel::load(source, sources, fetcher)
        }

        /// What a model that is loaded now says.
        fn speech(&self) -> Vec<u32> {
            let model = self.load_in(Precision::F32).unwrap();
            assert_eq!(model.weight_cache_problem(), None);
            said_by(&model)
        }

        /// The packed file, the only one.
        fn packed_file(&self) -> PathBuf {
            let files: Vec<_> = fs::read_dir(self.packed.path().join("new")).unwrap().collect();
            let [Ok(file)] = files.as_slice() else { panic!("one file, not {files:?}") };
            file.path()
        }
    }

    fn said_by(model: &TtsModel) -> Vec<u32> {
        let prompt = vec![0.1; model.samples_per_frame() * 3];
        let recording = Audio { samples: prompt, sample_rate_hz: model.sample_rate_hz() };
        let voice = model.voice(&VoiceSource::Samples(recording)).unwrap();
        let options = GenerateOptions::default().frame_limit(3).seed(7);
        let audio = model.generate("Hello.", &voice, &options).unwrap();
        audio.samples.iter().map(|sample| sample.to_bits()).collect()
    }

    /// Where the matrices of a packed file begin and end.
    fn content(packed: &[u8]) -> (usize, usize) {
        let start = 8 + u64::from_le_bytes(packed[..8].try_into().unwrap()) as usize;
        (start, packed.len() - size_of::<u32>())
    }

    /// A whole packed file of zeros.
    fn silenced(packed: &[u8]) -> Vec<u8> {
        let (start, end) = content(packed);
        let mut changed = packed.to_vec();
        changed[start..end].fill(0);
        let checksum = crc32fast::hash(&changed[..end]);
        changed[end..].copy_from_slice(&checksum.to_le_bytes());
        changed
    }

    #[test]
    #[cfg(unix)]
    fn a_packed_file_that_others_may_change_is_replaced_by_one_that_they_may_not() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folders = Folders::new();
        let fresh = folders.speech();
        let path = folders.packed_file();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&path), mode(path.parent().unwrap())], [0o600, 0o700]);
        let bytes = fs::read(&path).unwrap();
        for open_to_others in [0o666, 0o620] {
            fs::write(&path, silenced(&bytes)).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(open_to_others)).unwrap();
            assert!(!is_whole(&path).unwrap(), "{open_to_others:o}");
            assert!(folders.speech() == fresh, "{open_to_others:o}");
            assert!(fs::read(&path).unwrap() == bytes, "{open_to_others:o}: it is replaced");
            assert_eq!(mode(&path), 0o600);
        }
        // What a link leads to stays as it is.
        let elsewhere = folders.packed.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert!(folders.speech() == fresh);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"precious");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn a_model_loaded_from_its_packed_weights_says_the_same() {
        let folders = Folders::new();
        let fresh = folders.speech();
        let bytes = fs::read(folders.packed_file()).unwrap();
        assert!(folders.speech() == fresh);
        assert!(fs::read(folders.packed_file()).unwrap() == bytes);
        // Were it not used, this would change nothing.
        let (start, end) = content(&bytes);
        fs::write(folders.packed_file(), silenced(&bytes)).unwrap();
        assert!(folders.speech() != fresh);
        // Without the checksum, this would be heard.
        let mut damaged = bytes.clone();
        damaged[usize::midpoint(start, end)] ^= 1;
        fs::write(folders.packed_file(), damaged).unwrap();
        assert!(!is_whole(&folders.packed_file()).unwrap());
        assert!(folders.speech() == fresh);
        assert!(fs::read(folders.packed_file()).unwrap() == bytes, "it is replaced");
        assert!(is_whole(&folders.packed_file()).unwrap());
    }

    #[test]
    fn packed_weights_of_changed_files_and_damaged_ones_are_replaced() {
        let folders = Folders::new();
        let fresh = folders.speech();
        let bytes = fs::read(folders.packed_file()).unwrap();
        let weights = File::options()
            .write(true)
            .open(folders.model.path().join("04_drifting/model.safetensors"))
            .unwrap();
        weights.set_modified(SystemTime::now()).unwrap();
        assert!(folders.speech() == fresh);
        assert!(fs::read(folders.packed_file()).unwrap() != bytes, "it tells what it was made of");
        let bytes = fs::read(folders.packed_file()).unwrap();
        fs::write(folders.packed_file(), &bytes[..bytes.len() / 2]).unwrap();
        assert!(folders.speech() == fresh);
        assert!(fs::read(folders.packed_file()).unwrap() == bytes);
        let path = folders.model.path().join("04_drifting/model.safetensors");
        let mut weights = fs::read(&path).unwrap();
        let start = 8 + u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
        weights[start] ^= 1;
        fs::write(&path, weights).unwrap();
        folders.speech();
        assert!(fs::read(folders.packed_file()).unwrap() != bytes, "in the place of the other");
    }

    #[test]
    fn only_packed_weights_are_found_in_a_folder_with_other_files() {
        let folders = Folders::new();
        folders.speech();
        let path = folders.packed_file();
        let folder = path.parent().unwrap();
        fs::write(folder.join("notes.packed"), "mine").unwrap();
        let packed = (path.clone(), fs::metadata(&path).unwrap().len());
        let left = folder.join(".pocket-tts-aBcDeF.part");
        fs::write(&left, "half").unwrap();
        let living = AtomicFile::create(&folder.join("living")).unwrap();
        assert_eq!(packed_files(folder), [(left, 4), packed.clone()]);
        fs::remove_file(&path).unwrap();
        folders.speech();
        assert_eq!(packed_files(folder), [packed], "a writer removes abandoned files");
        living.commit().unwrap();
    }

    #[test]
    fn the_variable_names_a_folder_or_none() {
        for off in ["off", "OFF", "none", "None", "0"] {
            assert_eq!(named_folder(off.as_ref()), None, "{off}");
        }
        assert_eq!(named_folder("office".as_ref()), Some("office".into()));
    }

    #[test]
    fn each_precision_has_a_file_of_its_own() {
        let folders = Folders::new();
        for precision in Precision::ALL {
            let first = said_by(&folders.load_in(precision).unwrap());
            assert!(said_by(&folders.load_in(precision).unwrap()) == first, "{precision:?}");
        }
        assert_eq!(fs::read_dir(folders.packed.path().join("new")).unwrap().count(), Precision::ALL.len());
    }

    #[test]
    fn where_nothing_can_be_kept_the_model_loads_and_says_why() {
        let folders = Folders::new();
        fs::write(folders.packed.path().join("new"), "a file, not a folder").unwrap();
        let model = folders.load_in(Precision::F32).unwrap();
        let problem = model.weight_cache_problem().unwrap();
        assert!(problem.contains("new"), "{problem}");
    }
}
