//! Work on each recording of a set: on several threads, in parts for several machines, resumed after an interruption. It
//! must not know what the work is.

mod log;
mod shard;
mod work;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use pocket_tts_files::{AtomicFile, remove_abandoned_files};
use sha2::{Digest as _, Sha256};

use log::{Done, Log};
pub use shard::Shard;
pub use work::{Outcome, Work, file_identity};
pub(crate) use work::{file_bytes, of_file};

use crate::error::DatasetError;

/// The most threads that work.
pub(crate) const MOST_THREADS: usize = 1_024;

/// How work is done.
#[derive(Debug)]
pub struct JobOptions<'a> {
    /// The part that this process does.
    pub shard: Shard,
    /// Threads; at least 1, and no more than 1024 or there are recordings are started.
    pub threads: usize,
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// When it becomes true, no further work is begun.
    pub stop: &'a AtomicBool,
}

/// Results of work in a folder: `manifest.jsonl` with a line for each recording that is kept, and `failed.jsonl` with
/// the others and the reasons. Both are written when all parts are complete, in the order of the recordings.
#[derive(Debug)]
pub struct Jobs<'a> {
    folder: &'a Path,
    /// What the results depend on besides the recordings: with another one, earlier results don't count.
    settings: String,
    /// What the logs are called, if several sets share the folder.
    name: String,
    kept: PathBuf,
    failed: PathBuf,
    options: JobOptions<'a>,
}

/// A run's results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobSummary {
    /// Recordings that this run completed.
    pub done: u64,
    /// Recordings that earlier runs had completed.
    pub skipped: u64,
    /// Recordings that failed in this run.
    pub failed: u64,
    /// Whether all parts are complete, so that the manifest is written.
    pub is_complete: bool,
}

/// Creates a folder for results.
///
/// # Errors
/// [`DatasetError::Save`].
pub(crate) fn create_folder(folder: &Path) -> Result<(), DatasetError> {
    let is_file = folder.ancestors().any(Path::is_file);
    fs::create_dir_all(folder).map_err(|reason| {
        let reason = if is_file { io::Error::other("a file is there, and no folder") } else { reason };
        of_file(folder)(reason)
    })
}

impl<'a> Jobs<'a> {
    /// Work whose results go to a folder, which is created.
    ///
    /// # Errors
    /// [`DatasetError::Save`].
    pub fn new(folder: &'a Path, settings: String, options: JobOptions<'a>) -> Result<Self, DatasetError> {
        create_folder(folder)?;
        remove_abandoned_files(folder);
        let [kept, failed] = ["manifest.jsonl", "failed.jsonl"].map(|name| folder.join(name));
        Ok(Self { folder, settings, name: String::new(), kept, failed, options })
    }

    /// The same work under a name, for a folder that several sets share.
    #[must_use]
    pub fn of_name(self, name: &str) -> Self {
        Self { name: format!("{name}-"), ..self }
    }

    /// The same work with other files for its results.
    #[must_use]
    pub fn with_results(self, kept: PathBuf, failed: PathBuf) -> Self {
        Self { kept, failed, ..self }
    }

    /// The folder of the results.
    pub fn folder(&self) -> &Path {
        self.folder
    }

    /// Does the work on each of `count` recordings, unless it has been done.
    ///
    /// # Errors
    /// [`DatasetError::Option`] if the manifest in the folder is the result of other work. [`DatasetError`] of the folder,
    /// such as that the disk is full; of the work only with [`JobOptions::fail_fast`].
    pub fn run(&self, count: u64, work: &dyn Work) -> Result<JobSummary, DatasetError> {
        let done = Done::read(self.folder, &self.name, count, self.settings_digest())?;
        self.demand_own_manifest(&done, work.name())?;
        let mut log = Log::open(self.folder, &self.name, self.options.shard)?;
        if !done.is_known() {
            log.begin(work.name(), self.settings_digest())?;
        }
        let log = Mutex::new(log);
        let next = AtomicU64::new(0);
        let failure = Mutex::new(None);
        let has_failed = AtomicBool::new(false);
        let [worked, skipped, failed] = [const { AtomicU64::new(0) }; 3];
        let each = |index: u64| -> Result<(), DatasetError> {
            let digest = self.digest(index, &work.identity(index));
            if done.has(index, &digest, || work.bytes(index)) && work.is_there(index) {
                skipped.fetch_add(1, Ordering::Relaxed);
                work.report(index, None);
                return Ok(());
            }
            let outcome = match work.work(index) {
                // The next recordings would fail, too.
                Err(error) if error.is_of_the_disk() => return Err(error),
                outcome => outcome,
            };
            let counter = if outcome.is_ok() { &worked } else { &failed };
            counter.fetch_add(1, Ordering::Relaxed);
            work.report(index, outcome.as_ref().err());
            let numbers = (index, done.attempts(index) + 1);
            let bytes = work.bytes(index);
            log.lock().unwrap_or_else(PoisonError::into_inner).add(numbers, &digest, bytes, &outcome)?;
            match outcome {
                Err(error) if self.options.fail_fast => Err(error),
                _ => Ok(()),
            }
        };
        let run = || {
            while !self.options.stop.load(Ordering::Relaxed) && !has_failed.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                if self.options.shard.has(index)
                    && let Err(error) = each(index)
                {
                    has_failed.store(true, Ordering::Relaxed);
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            }
        };
        thread::scope(|scope| {
            let most = usize::try_from(count).unwrap_or(usize::MAX).min(MOST_THREADS);
            for _ in 1..self.options.threads.min(most) {
                // Without a further thread the others do its work.
                drop(
                    thread::Builder::new()
                        .name(pocket_tts_audio::DECODER_THREAD.to_owned())
                        .spawn_scoped(scope, run),
                );
            }
            run();
        });
        drop(log);
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let [done, skipped, failed] = [worked, skipped, failed].map(AtomicU64::into_inner);
        let is_complete = self.collect(count)?;
        Ok(JobSummary { done, skipped, failed, is_complete })
    }

    /// Refuses to replace a manifest that is the result of other work.
    fn demand_own_manifest(&self, done: &Done, task: &str) -> Result<(), DatasetError> {
        let Some(owner) = done.owner().filter(|_| self.kept.exists()) else { return Ok(()) };
        let manifest = self.kept.display();
        let owner = match owner {
            "" => "other work".to_owned(),
            same if same == task => format!("`{same}` with other settings or of another version"),
            other => format!("`{other}`"),
        };
        Err(DatasetError::Option(format!(
            "{manifest} belongs to {owner}, and `{task}` would replace it; choose another folder or remove it"
        )))
    }

    /// Writes the manifest and the list of failures, if the work on all recordings is done.
    fn collect(&self, count: u64) -> Result<bool, DatasetError> {
        let done = Done::read(self.folder, &self.name, count, self.settings_digest())?;
        if !done.is_complete() {
            return Ok(false);
        }
        let (kept, failed) = (&self.kept, &self.failed);
        let mut kept_file = BufWriter::new(AtomicFile::create(kept)?);
        let mut failed_file = BufWriter::new(AtomicFile::create(failed)?);
        done.for_each(|result| {
            let (file, path, lines) = match result {
                Ok(lines) => (&mut kept_file, kept, lines),
                Err(line) => (&mut failed_file, failed, vec![line]),
            };
            lines.iter().try_for_each(|line| writeln!(file, "{line}")).map_err(of_file(path))
        })?;
        for (file, path) in [(kept_file, kept), (failed_file, failed)] {
            file.into_inner().map_err(|error| of_file(path)(error.into_error()))?.commit()?;
        }
        Ok(true)
    }

    /// What tells the results of these settings from others.
    fn settings_digest(&self) -> u32 {
        u32::from_be_bytes(*Sha256::digest(&self.settings).first_chunk().unwrap_or(&[0; 4]))
    }

    /// That of the settings, and what tells a recording from its other versions.
    fn digest(&self, index: u64, identity: &str) -> String {
        let mut hash = Sha256::new();
        for part in [self.settings.as_str(), identity] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(index.to_le_bytes());
        let mut digits = format!("{:08x}", self.settings_digest());
        for byte in hash.finalize().iter().take(12) {
            // Writing to a string can't fail.
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }
}
