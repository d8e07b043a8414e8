//! The results of finished work, one in each line of a file that is only appended to, so that a killed process loses
//! nothing. It must not know the work.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::shard::Shard;
use super::work::{Outcome, of_file};
use crate::error::DatasetError;

const PREFIX: &str = ".pocket-tts-dataset-";
const SUFFIX: &str = ".jsonl";

/// The file of this process.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
}

#[derive(Deserialize, Serialize)]
struct Line {
    index: u64,
    digest: String,
    /// From 1; other processes may have made the earlier ones.
    attempt: u32,
    /// Of the files that were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

/// A line that names the task of the results with some settings.
#[derive(Deserialize, Serialize)]
struct Heading {
    task: String,
    /// The first digits of the digests.
    settings: String,
}

impl Log {
    pub(super) fn open(folder: &Path, name: &str, shard: Shard) -> Result<Self, DatasetError> {
        let path = folder.join(format!("{PREFIX}{name}{}{SUFFIX}", shard.name()));
        let mut file =
            File::options().read(true).append(true).create(true).open(&path).map_err(of_file(&path))?;
        // A killed process may have left half a line, which must not join with the next one.
        let length = file.seek(SeekFrom::End(0)).map_err(of_file(&path))?;
        let mut last = [b'\n'];
        if length > 0 {
            file.seek(SeekFrom::Start(length - 1)).map_err(of_file(&path))?;
            file.read_exact(&mut last).map_err(of_file(&path))?;
        }
        if last != [b'\n'] {
            file.write_all(b"\n").map_err(of_file(&path))?;
        }
        Ok(Self { path, file })
    }

    /// Says which task the results with some settings are of.
    pub(super) fn begin(&mut self, task: &str, settings: u32) -> Result<(), DatasetError> {
        self.write(&Heading { task: task.to_owned(), settings: format!("{settings:08x}") })
    }

    /// Adds what came of the work on a recording, and the bytes of its files if it is kept.
    pub(super) fn add(
        &mut self,
        (index, attempt): (u64, u32),
        digest: &str,
        bytes: u64,
        outcome: &Result<Outcome, DatasetError>,
    ) -> Result<(), DatasetError> {
        let digest = digest.to_owned();
        let mut line = Line { index, digest, attempt, bytes: None, kept: None, left_out: None, failed: None };
        match outcome {
            Ok(Outcome::Kept(rows)) => (line.bytes, line.kept) = (Some(bytes), Some(rows.clone())),
            Ok(Outcome::LeftOut(row)) => line.left_out = Some(row.clone()),
            Err(error) => line.failed = Some(error.to_string()),
        }
        self.write(&line)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), DatasetError> {
        let mut text = serde_json::to_string(line).map_err(|error| of_file(&self.path)(error.into()))?;
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(of_file(&self.path))
    }
}

/// The work that is done with the same settings, by the last attempt at each recording in all files of a folder: which
/// process made it does not matter. 48 bytes for each recording.
#[derive(Debug)]
pub(super) struct Done {
    files: Vec<PathBuf>,
    places: Vec<Option<DonePlace>>,
    /// Whether there is a line of these settings.
    is_known: bool,
    /// The name of a task with other settings of which there are lines; empty if no line tells it.
    other: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct DonePlace {
    file: u32,
    attempt: u32,
    is_failure: bool,
    offset: u64,
    /// Of the files; `u64::MAX` if it is unknown.
    bytes: u64,
    digest: u128,
}

impl Done {
    /// `settings` are the first 32 bits of the digests that count.
    pub(super) fn read(folder: &Path, name: &str, count: u64, settings: u32) -> Result<Self, DatasetError> {
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(DatasetError::read(folder))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let found = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let shard = found.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(name));
                shard.and_then(|rest| rest.strip_suffix(SUFFIX)).is_some_and(Shard::is_name)
            })
            .collect();
        files.sort();
        let mut places = vec![None; usize::try_from(count).unwrap_or(usize::MAX)];
        let (mut is_known, mut other) = (false, None);
        for (number, path) in files.iter().enumerate() {
            let mut reader = BufReader::new(File::open(path).map_err(DatasetError::read(path))?);
            let (mut offset, mut text) = (0, Vec::new());
            loop {
                text.clear();
                let length = reader.read_until(b'\n', &mut text).map_err(DatasetError::read(path))?;
                if length == 0 {
                    break;
                }
                let (found, task) = read_line(&text);
                if let Some(task) = task {
                    let is_own = task.settings == format!("{settings:08x}");
                    is_known |= is_own;
                    if !is_own {
                        other = Some(task.task);
                    }
                }
                if let Some((_, found)) = &found {
                    let is_own = found.digest >> 96 == u128::from(settings);
                    is_known |= is_own;
                    if !is_own {
                        other.get_or_insert_default();
                    }
                }
                if let Some((index, mut found)) = found
                    && let Some(place) = usize::try_from(index).ok().and_then(|index| places.get_mut(index))
                    && found.digest >> 96 == u128::from(settings)
                    && place.is_none_or(|place: DonePlace| place.rank() <= found.rank())
                {
                    (found.file, found.offset) = (number as u32, offset);
                    *place = Some(found);
                }
                offset += length as u64;
            }
        }
        Ok(Self { files, places, is_known, other })
    }

    /// Whether work with these settings has been begun.
    pub(super) fn is_known(&self) -> bool {
        self.is_known
    }

    /// What is done with other settings only: the name of the task, which is empty if it is unknown.
    pub(super) fn owner(&self) -> Option<&str> {
        self.other.as_deref().filter(|_| !self.is_known)
    }

    /// Whether the work on a recording is done, successfully, with this digest and files of as many bytes as there are.
    pub(super) fn has(&self, index: u64, digest: &str, bytes: impl FnOnce() -> u64) -> bool {
        let place = self.place(index);
        place.is_some_and(|place| {
            !place.is_failure
                && Some(place.digest) == number(digest)
                && (place.bytes == u64::MAX || place.bytes == bytes())
        })
    }

    /// How often a recording has been worked on with these settings.
    pub(super) fn attempts(&self, index: u64) -> u32 {
        self.place(index).map_or(0, |place| place.attempt)
    }

    fn place(&self, index: u64) -> Option<DonePlace> {
        usize::try_from(index).ok().and_then(|index| *self.places.get(index)?)
    }

    /// Whether something came of the work on each recording.
    pub(super) fn is_complete(&self) -> bool {
        self.places.iter().all(Option::is_some)
    }

    /// Calls `take` with the lines of each recording that is kept, or the line of another, in their order.
    pub(super) fn for_each(
        &self,
        mut take: impl FnMut(Result<Vec<Value>, Value>) -> Result<(), DatasetError>,
    ) -> Result<(), DatasetError> {
        let open = |path: &PathBuf| File::open(path).map(BufReader::new).map_err(DatasetError::read(path));
        let mut files: Vec<BufReader<File>> = self.files.iter().map(open).collect::<Result<_, _>>()?;
        for place in self.places.iter().flatten() {
            let (file, path) = (&mut files[place.file as usize], &self.files[place.file as usize]);
            let line = line_at(file, place.offset).map_err(DatasetError::read(path))?;
            take(match (line.kept, line.left_out) {
                (Some(rows), _) => Ok(rows),
                (None, Some(row)) => Err(row),
                (None, None) => Err(json!({"index": line.index, "error": line.failed})),
            })?;
        }
        Ok(())
    }
}

impl DonePlace {
    /// Of two lines the one of higher rank counts. Processes that work on a recording at once make the same attempt.
    fn rank(self) -> (u32, bool) {
        (self.attempt, !self.is_failure)
    }
}

/// What a line says: the number of a recording and what came of it, without the place of the line, or a task's name.
fn read_line(text: &[u8]) -> (Option<(u64, DonePlace)>, Option<Heading>) {
    let Ok(line) = serde_json::from_slice::<Line>(text) else {
        return (None, serde_json::from_slice(text).ok());
    };
    let Some(digest) = number(&line.digest) else { return (None, None) };
    let (is_failure, bytes) = (line.failed.is_some(), line.bytes.unwrap_or(u64::MAX));
    let place = DonePlace { file: 0, attempt: line.attempt, is_failure, offset: 0, bytes, digest };
    (Some((line.index, place)), None)
}

fn number(digest: &str) -> Option<u128> {
    u128::from_str_radix(digest, 16).ok()
}

fn line_at(file: &mut BufReader<File>, offset: u64) -> io::Result<Line> {
    file.seek(SeekFrom::Start(offset))?;
    let mut text = Vec::new();
    file.read_until(b'\n', &mut text)?;
    Ok(serde_json::from_slice(&text)?)
}
