//! What work is done on: the sound files of a folder, or the lines of a manifest.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pocket_tts_audio::Audio;

use crate::error::DatasetError;
use crate::manifest::{Manifest, ManifestEntry};
use crate::reader::{ChannelMix, Span, WindowReader};

/// The extensions of sound files, in lower case.
const EXTENSIONS: [&str; 13] =
    ["wav", "wave", "flac", "mp3", "ogg", "oga", "opus", "webm", "m4a", "m4b", "mp4", "aac", "mka"];
/// The extensions of sound files that no decoder reads, in lower case.
const OTHER_EXTENSIONS: [&str; 12] =
    ["aif", "aiff", "aifc", "wma", "ac3", "eac3", "amr", "ape", "au", "caf", "wv", "dsf"];
/// Longer parts are not held in memory at once.
pub(crate) const LONGEST_S: f64 = 1_200.0;

/// A set of recordings.
#[derive(Debug)]
pub enum Recordings {
    /// Sound files below a folder, by their names.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The files, from the folder on, in the order of their names; and folders that can't be read, which fail.
        files: Vec<PathBuf>,
        /// Sound files of formats that can't be read, which are left out.
        left_out: u64,
    },
    /// The lines of a manifest.
    Manifest(Manifest),
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What a manifest says, or would say. The duration is infinite where nothing says it.
    pub entry: ManifestEntry,
    /// A name that is unique in the set, without an extension.
    pub name: String,
}

impl Recordings {
    /// The sound files below a folder, or the lines of a manifest. Links to nothing and subfolders that can't be read are
    /// recordings that fail.
    ///
    /// # Errors
    /// [`DatasetError::Read`] and [`DatasetError::Option`], as [`Manifest::open`].
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        if !path.is_dir() {
            return Manifest::open(path).map(Self::Manifest);
        }
        let (mut files, mut left_out) = (Vec::new(), 0);
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let full = path.join(&folder);
            let entries = match fs::read_dir(&full) {
                Ok(entries) => entries,
                Err(error) if folder.as_os_str().is_empty() => return Err(DatasetError::read(full)(error)),
                Err(_) => {
                    files.push(folder);
                    continue;
                }
            };
            for entry in entries {
                let entry = entry.map_err(DatasetError::read(&full))?;
                let name = folder.join(entry.file_name());
                // A link to a folder could lead round in a circle. One to nothing is a file that can't be read.
                let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                let is_folder = fs::metadata(entry.path()).is_ok_and(|kind| kind.is_dir());
                if is_folder && !is_link {
                    folders.push(name);
                } else if !is_folder && has_extension(&name, &EXTENSIONS) {
                    files.push(name);
                } else if !is_folder && has_extension(&name, &OTHER_EXTENSIONS) {
                    left_out += 1;
                }
            }
        }
        files.sort();
        Ok(Self::Folder { folder: path.to_owned(), files, left_out })
    }

    /// As [`open`](Self::open), without the files below the folder `output`, where earlier runs of the same work may have
    /// left theirs.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_without(path: &Path, output: &Path) -> Result<Self, DatasetError> {
        let mut recordings = Self::open(path)?;
        let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (base, output) = (whole(path), whole(output));
        if let Self::Folder { files, .. } = &mut recordings
            && base != output
        {
            files.retain(|file| !base.join(file).starts_with(&output));
        }
        Ok(recordings)
    }

    /// The number of recordings.
    pub fn len(&self) -> u64 {
        match self {
            Self::Folder { files, .. } => files.len() as u64,
            Self::Manifest(manifest) => manifest.len(),
        }
    }

    /// Sound files of a folder that are left out, by their extensions, as no decoder reads them.
    pub fn left_out(&self) -> u64 {
        match self {
            Self::Folder { left_out, .. } => *left_out,
            Self::Manifest(_) => 0,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A recording by its number, from 0.
    ///
    /// # Errors
    /// As [`Manifest::entry`], [`DatasetError::Name`] if a manifest can't hold the name of the file, and
    /// [`DatasetError::Read`] of a folder that can't be read.
    pub fn get(&self, index: u64) -> Result<Recording, DatasetError> {
        match self {
            Self::Folder { folder, files, .. } => {
                let file = usize::try_from(index).ok().and_then(|index| files.get(index));
                let file =
                    file.ok_or_else(|| DatasetError::Option(format!("there is no file of number {index}")))?;
                let path = folder.join(file);
                DatasetError::demand_name(&path)?;
                if path.is_dir() {
                    let reason = fs::read_dir(&path).err();
                    let reason = reason.unwrap_or_else(|| io::Error::other("it could not be read at first"));
                    return Err(DatasetError::read(path)(reason));
                }
                let entry = ManifestEntry {
                    path,
                    duration: f64::INFINITY,
                    start: 0.0,
                    transcript: None,
                    words: None,
                    latents_file: None,
                    other: serde_json::Map::new(),
                };
                // Two files may differ in their extensions only.
                let name = format!("{}_{index:08}", file.with_extension("").display());
                Ok(Recording { entry, name })
            }
            Self::Manifest(manifest) => {
                let entry = manifest.entry(index)?;
                Ok(Recording { entry, name: format!("{}_{index:08}", manifest.stem()) })
            }
        }
    }
}

/// The samples of a recording, mixed to one channel, at a sample rate or at its own.
///
/// # Errors
/// [`DatasetError::Sound`], [`DatasetError::NoSound`], and [`DatasetError::Option`] if it is longer than 20 minutes.
pub fn read_mono(entry: &ManifestEntry, sample_rate_hz: Option<u32>) -> Result<Audio, DatasetError> {
    let duration =
        if entry.duration.is_finite() { entry.duration } else { crate::durations::duration(&entry.path)? };
    if duration > LONGEST_S {
        return Err(DatasetError::Option(format!(
            "{} has {duration:.1} s, and at most {LONGEST_S} s are worked on at once; cut it into parts",
            entry.path.display()
        )));
    }
    let span = Span { start: entry.start, present: duration, duration };
    let window = WindowReader::default().read(&entry.path, span, sample_rate_hz, ChannelMix::Mono)?;
    let mut samples = window.data;
    samples.truncate(window.present);
    Ok(Audio { samples, sample_rate_hz: window.sample_rate_hz })
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
}
