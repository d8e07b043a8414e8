//! Manifests: a recording in each line, as JSON. Knows lines, not sounds.

mod entry;
mod index;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use entry::{ManifestEntry, Word};
use index::LineIndex;

use crate::error::DatasetError;

/// The longest line, in bytes.
const MAX_LINE_BYTES: u64 = 64 << 20;
/// Longer lines are taken for entries without being read: `{"path":"","duration":0}`.
const LEAST_ENTRY_BYTES: u64 = 24;
/// Bytes in which the first character is looked for.
const HEAD_BYTES: u64 = 4_096;

/// The lines of a manifest, which stay in the file: only their places are in memory, 8 bytes each.
///
/// The places are kept beside the manifest in a file with the further extension `idx`: the offsets of all lines and the
/// length of the manifest, as 64-bit integers. It is written if it is missing, older than the manifest or of another
/// length, and if the folder can be written.
#[derive(Debug)]
pub struct Manifest {
    path: PathBuf,
    folder: PathBuf,
    index: LineIndex,
    /// The numbers of the lines that are not blank, if some are.
    filled: Option<Vec<u64>>,
    file: Mutex<File>,
}

impl Manifest {
    /// Opens a manifest, and writes its index if there is none. Blank lines don't count.
    ///
    /// # Errors
    /// [`DatasetError::Read`], and [`DatasetError::Option`] if it is a folder, a pipe or a file that does not begin with
    /// a JSON object.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        // Opening a named pipe would wait for its writer.
        let kind = fs::metadata(path).map_err(DatasetError::read(path))?;
        if !kind.is_file() {
            return Err(not_a_file(path, kind.is_dir()));
        }
        let mut file = File::open(path).map_err(DatasetError::read(path))?;
        demand_object(path, &mut file)?;
        let index = LineIndex::of(path, &mut file).map_err(DatasetError::read(path))?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let filled = filled_lines(&index, &mut file).map_err(DatasetError::read(path))?;
        Ok(Self { path: path.to_owned(), folder, index, filled, file: Mutex::new(file) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name without its extension, which the names of its latents begin with.
    pub fn stem(&self) -> String {
        self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The number of lines, without blank ones.
    pub fn len(&self) -> u64 {
        self.filled.as_ref().map_or(self.index.len(), |filled| filled.len() as u64)
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A line, counted from 0 without blank ones, without its end.
    ///
    /// # Errors
    /// [`DatasetError::Read`], and [`DatasetError::Line`] if there is none, or it is too long or not UTF-8.
    pub fn line(&self, index: u64) -> Result<String, DatasetError> {
        let place =
            self.index.place(self.number(index)).ok_or_else(|| self.wrong(index, "there is no such line"))?;
        let length = place.end - place.start;
        if length > MAX_LINE_BYTES {
            return Err(self.wrong(index, "it is longer than 64 MiB; break it into several"));
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(DatasetError::read(&self.path))?;
        drop(file);
        let end = bytes.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
        bytes.truncate(end);
        String::from_utf8(bytes).map_err(|_| self.wrong(index, "it is not UTF-8; convert it"))
    }

    /// What a line says. A relative path is taken from the working folder, as the Python tools do, or else, if no file
    /// is there, from the folder of the manifest.
    ///
    /// # Errors
    /// As [`line`](Self::line), and [`DatasetError::Line`] if it is no entry.
    pub fn entry(&self, index: u64) -> Result<ManifestEntry, DatasetError> {
        let mut entry = self.entry_as_written(index)?;
        if entry.path.is_relative() {
            let beside = self.folder.join(&entry.path);
            if !entry.path.exists() && beside.exists() {
                entry.path = beside;
            }
        }
        Ok(entry)
    }

    /// What a line says, with its path as it is there: nothing but the manifest is looked at.
    ///
    /// # Errors
    /// As [`entry`](Self::entry).
    pub fn entry_as_written(&self, index: u64) -> Result<ManifestEntry, DatasetError> {
        entry::parse(&self.line(index)?).map_err(|problem| self.wrong(index, problem))
    }

    fn wrong(&self, index: u64, problem: impl Into<String>) -> DatasetError {
        DatasetError::Line { path: self.path.clone(), line: self.number(index) + 1, problem: problem.into() }
    }

    /// The number of a line in the file, from 0; a number behind the last line for one that is not there.
    fn number(&self, index: u64) -> u64 {
        let Some(filled) = &self.filled else { return index };
        usize::try_from(index).ok().and_then(|index| filled.get(index).copied()).unwrap_or(self.index.len())
    }
}

fn not_a_file(path: &Path, is_folder: bool) -> DatasetError {
    let path = path.display();
    DatasetError::Option(if is_folder {
        format!(
            "{path} is a folder, where a manifest is needed; `pocket-tts dataset measure` writes one of its recordings"
        )
    } else {
        format!(
            "{path} is not a regular file, so its lines can't be found again; save the manifest to a file first"
        )
    })
}

/// Demands that the first character is that of a JSON object, or that there is none.
fn demand_object(path: &Path, file: &mut File) -> Result<(), DatasetError> {
    let mut head = Vec::new();
    Read::take(&mut *file, HEAD_BYTES).read_to_end(&mut head).map_err(DatasetError::read(path))?;
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(first) if *first != b'{' => Err(DatasetError::Option(format!(
            "{} is not a manifest, as it does not begin with a JSON object; give a manifest such as one from \
             `pocket-tts dataset measure`",
            path.display()
        ))),
        _ => file.rewind().map_err(DatasetError::read(path)),
    }
}

/// The numbers of the lines that are not blank; `None` if no line is blank.
fn filled_lines(index: &LineIndex, file: &mut File) -> io::Result<Option<Vec<u64>>> {
    let mut blank = Vec::new();
    for number in 0..index.len() {
        let place = index.place(number).unwrap_or_default();
        let length = place.end - place.start;
        if length >= LEAST_ENTRY_BYTES {
            continue;
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(place.start))?;
        Read::take(&mut *file, length).read_to_end(&mut bytes)?;
        if bytes.trim_ascii().is_empty() {
            blank.push(number);
        }
    }
    if blank.is_empty() {
        return Ok(None);
    }
    let mut blank = blank.into_iter().peekable();
    Ok(Some((0..index.len()).filter(|number| blank.next_if_eq(number).is_none()).collect()))
}
