//! The logs of a folder: which files are complete, and what they were spoken from.
//!
//! Each process appends to a log of its own part. Lines that can't be read, as after a crash, count as missing.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::name::identity;
use super::shard::Shard;
use crate::exit::Failure;

const STEM: &str = "pocket-tts-batch";
const EXTENSION: &str = ".jsonl";
/// No line of a log is longer, in bytes.
const MAX_LINE_BYTES: u64 = 16 << 10;

/// A complete file, as a log tells of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The file, from the folder on.
    pub(super) name: String,
    /// The digest of what it was spoken from.
    pub(super) digest: String,
    /// Its size.
    pub(super) bytes: u64,
    /// The size of the captions beside it, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) captions_bytes: Option<u64>,
    /// When it was completed, in milliseconds since 1970.
    pub(super) time_ms: u64,
    /// The seed with which it can be spoken again.
    pub(super) seed: u64,
    pub(super) duration_s: f64,
    /// The line of the manifest.
    pub(super) line: u64,
}

/// What the logs of a folder tell of complete files.
#[derive(Debug, Default)]
pub(super) struct Completed(HashMap<Digest, Known>);

#[derive(Debug, Clone, Copy)]
struct Known {
    digest: Digest,
    bytes: u64,
    captions_bytes: Option<u64>,
    time_ms: u64,
}

/// The log of this process.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: Mutex<File>,
}

/// Whether a file of this name in the folder is a log.
pub(super) fn is_log(name: &str) -> bool {
    name.strip_prefix(STEM)
        .and_then(|rest| rest.strip_suffix(EXTENSION))
        .is_some_and(|part| part.is_empty() || part.starts_with('-'))
}

impl Completed {
    /// Reads all logs of a folder; none if there is no such folder.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let mut completed = Self::default();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(completed),
            Err(source) => return Err(Failure::ReadFolder { path: folder.to_owned(), source }),
        };
        for entry in entries.flatten().filter(|entry| is_log(&entry.file_name().to_string_lossy())) {
            completed
                .add_log(&entry.path())
                .map_err(|source| Failure::ReadManifest { path: entry.path(), source })?;
        }
        Ok(completed)
    }

    fn add_log(&mut self, path: &Path) -> io::Result<()> {
        let mut reader = BufReader::new(File::open(path)?);
        let mut line = Vec::new();
        loop {
            line.clear();
            if Read::take(&mut reader, MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            if let Ok(entry) = serde_json::from_slice::<Entry>(&line)
                && let Some(digest) = Digest::parse(&entry.digest)
            {
                self.add(&entry, digest);
            }
        }
    }

    fn add(&mut self, entry: &Entry, digest: Digest) {
        let Entry { bytes, captions_bytes, time_ms, .. } = *entry;
        let known = Known { digest, bytes, captions_bytes, time_ms };
        let latest = self.0.entry(key(&entry.name)).or_insert(known);
        if known.time_ms >= latest.time_ms {
            *latest = known;
        }
    }

    /// Whether the file of this name in the folder, and its captions if they have a name, are complete and were made from
    /// what `digest` says.
    pub(super) fn has(&self, folder: &Path, name: &str, captions: Option<&str>, digest: Digest) -> bool {
        let size = |name: &str| fs::metadata(folder.join(name)).ok().map(|metadata| metadata.len());
        let known = self.0.get(&key(name)).filter(|known| known.digest == digest);
        known.is_some_and(|known| {
            size(name) == Some(known.bytes) && captions.and_then(size) == known.captions_bytes
        })
    }
}

fn key(name: &str) -> Digest {
    Digest::of(&[identity(name).as_bytes()])
}

impl Log {
    /// Opens the log of a part.
    pub(super) fn open(folder: &Path, shard: Shard) -> Result<Self, Failure> {
        let part = if shard.is_partial() { format!("-{shard}") } else { String::new() };
        let path = folder.join(format!("{STEM}{part}{EXTENSION}"));
        let file = open(&path).map_err(|error| Failure::write(&path.display().to_string(), error))?;
        Ok(Self { path, file: Mutex::new(file) })
    }

    /// Adds a complete file. Its line is written at once, so that another process's line can't get into it.
    pub(super) fn add(&self, entry: &Entry) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(entry).map_err(|error| Failure::Internal(error.to_string()))?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).map_err(|error| Failure::write(&self.path.display().to_string(), error))
    }
}

/// Opens a log and ends a line that a crash left without its end.
fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, digest: Digest, time_ms: u64) -> Entry {
        let (digest, bytes) = (digest.to_string(), 3);
        let (captions_bytes, line) = (None, 1);
        Entry {
            name: name.to_owned(),
            digest,
            bytes,
            captions_bytes,
            time_ms,
            seed: 1,
            duration_s: 1.0,
            line,
        }
    }

    #[test]
    fn a_file_is_complete_if_the_latest_entry_of_any_log_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let (old, new) = (Digest::of(&[b"old"]), Digest::of(&[b"new"]));
        assert!(!Completed::read(&folder.join("missing")).unwrap().has(folder, "a.wav", None, new));
        fs::write(folder.join("a.wav"), "abc").unwrap();
        Log::open(folder, Shard::parse("2/2").unwrap()).unwrap().add(&entry("a.wav", new, 20)).unwrap();
        // A crash has cut the last line.
        let whole = folder.join("pocket-tts-batch.jsonl");
        fs::write(&whole, "{\"name\": \"a.wa").unwrap();
        Log::open(folder, Shard::WHOLE).unwrap().add(&entry("a.wav", old, 10)).unwrap();
        assert_eq!(fs::read_to_string(&whole).unwrap().lines().count(), 2);
        let completed = Completed::read(folder).unwrap();
        assert!(completed.has(folder, "a.wav", None, new) && !completed.has(folder, "a.wav", None, old));
        assert!(!completed.has(folder, "b.wav", None, new));
        fs::write(folder.join("a.wav"), "abcd").unwrap();
        assert!(!completed.has(folder, "a.wav", None, new), "its size differs");
        fs::remove_file(folder.join("a.wav")).unwrap();
        assert!(!completed.has(folder, "a.wav", None, new));
    }

    #[test]
    fn captions_are_complete_with_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let digest = Digest::of(&[b"a"]);
        fs::write(folder.join("a.wav"), "abc").unwrap();
        let with_captions = Entry { captions_bytes: Some(2), ..entry("a.wav", digest, 1) };
        Log::open(folder, Shard::WHOLE).unwrap().add(&with_captions).unwrap();
        let completed = Completed::read(folder).unwrap();
        let has = || completed.has(folder, "a.wav", Some("a.srt"), digest);
        assert!(!has());
        fs::write(folder.join("a.srt"), "ab").unwrap();
        assert!(has() && !completed.has(folder, "a.wav", None, digest));
        fs::write(folder.join("a.srt"), "abc").unwrap();
        assert!(!has());
    }

    #[test]
    fn logs_are_known_by_their_names() {
        for (name, expected) in [
            ("pocket-tts-batch.jsonl", true),
            ("pocket-tts-batch-1-of-4.jsonl", true),
            ("pocket-tts-batches.jsonl", false),
            ("batch.jsonl", false),
            ("pocket-tts-batch.wav", false),
        ] {
            assert_eq!(is_log(name), expected, "{name}");
        }
    }
}
