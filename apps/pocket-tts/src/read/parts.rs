//! The folder of spoken passages, which one process uses at a time.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pocket_tts_files::{Lock, remove_abandoned_files};

use super::digest::PassageDigest;
use super::part::{self, Part};
use super::passages::{BookPlan, Passage};
use super::pauses::pause_after;
use crate::exit::Failure;
use crate::signal::Signal;

/// The file that is locked while the folder is used.
const LOCK: &str = "lock";

/// Spoken passages.
pub(super) type Stored = HashMap<PassageDigest, Part>;

/// The passages of a book that have been spoken, and where their sound is.
pub(super) struct Passages<'a> {
    pub(super) parts: &'a Parts,
    pub(super) stored: Stored,
}

/// The folder, locked.
#[derive(Debug)]
pub(super) struct Parts {
    folder: PathBuf,
    sample_rate_hz: u32,
    _lock: Lock,
}

impl Passages<'_> {
    /// What is known of a spoken passage.
    pub(super) fn part(&self, passage: &Passage) -> Result<&Part, Failure> {
        let part = self.stored.get(&passage.digest);
        part.ok_or_else(|| Failure::Internal("a passage was neither stored nor spoken".to_owned()))
    }

    /// The samples of a spoken passage.
    pub(super) fn samples(&self, passage: &Passage) -> Result<Vec<f32>, Failure> {
        self.parts.samples(passage.digest, self.part(passage)?)
    }

    /// The length of the spoken book with its pauses, in seconds.
    pub(super) fn length_s(&self, plan: &BookPlan) -> f64 {
        let parts =
            plan.passages().filter_map(|(_, passage)| Some((passage, self.stored.get(&passage.digest)?)));
        let samples = parts.map(|(passage, part)| part.samples as f64 + pause_after(passage, part) as f64);
        samples.sum::<f64>() / f64::from(self.parts.sample_rate_hz)
    }

    /// How many passages of the book have been spoken.
    pub(super) fn done(&self, plan: &BookPlan) -> usize {
        plan.passages().filter(|(_, passage)| self.stored.contains_key(&passage.digest)).count()
    }

    /// What a signal ends the run with.
    pub(super) fn stopped(&self, plan: &BookPlan, signal: Signal) -> Failure {
        Failure::StoppedReading { done: self.done(plan), total: plan.passages().count(), signal }
    }
}

impl Parts {
    /// Creates the folder unless it exists, and locks it.
    pub(super) fn open(folder: &Path, sample_rate_hz: u32) -> Result<Self, Failure> {
        let failed = |source| Failure::CreateFolder { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let is_held = Cell::new(false);
        let lock = Lock::acquire(&folder.join(LOCK), Duration::ZERO, || 0, || is_held.set(true));
        if is_held.get() {
            return Err(Failure::Usage(format!(
                "another run is using {}; wait for its end, or give an output in another folder",
                folder.display()
            )));
        }
        remove_abandoned_files(folder);
        Ok(Self { folder: folder.to_owned(), sample_rate_hz, _lock: lock })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The passages that have been spoken.
    pub(super) fn find_all<'a>(&self, passages: impl Iterator<Item = &'a Passage>) -> Stored {
        let mut stored = Stored::new();
        for Passage { digest, .. } in passages {
            if !stored.contains_key(digest)
                && let Some(part) = part::find(&self.folder, *digest, self.sample_rate_hz)
            {
                stored.insert(*digest, part);
            }
        }
        stored
    }

    pub(super) fn store(&self, digest: PassageDigest, part: Part, samples: &[f32]) -> Result<Part, Failure> {
        part::store(&self.folder, digest, part, samples)
    }

    pub(super) fn samples(&self, digest: PassageDigest, part: &Part) -> Result<Vec<f32>, Failure> {
        part::samples(&self.folder, digest, part)
    }

    /// The bytes that the folder takes.
    pub(super) fn bytes(&self) -> u64 {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
    }

    /// Removes the spoken passages, and the folder if nothing else is in it.
    pub(super) fn remove(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if part::is_part(&path) || path.ends_with(LOCK) {
                // What can't be removed stays.
                drop(fs::remove_file(path));
            }
        }
        drop(fs::remove_dir(&self.folder));
    }
}

impl Drop for Parts {
    /// A folder in which nothing has been stored is removed.
    fn drop(&mut self) {
        let mut entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        if entries.all(|entry| entry.file_name() == LOCK) {
            drop(fs::remove_file(self.folder.join(LOCK)));
            drop(fs::remove_dir(&self.folder));
        }
    }
}
