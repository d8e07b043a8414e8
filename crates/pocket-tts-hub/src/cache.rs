//! Lists, checks and cleans the caches.
//!
//! It knows the layouts that `repository` and `web` write. It must not touch the network or other repositories than the
//! given ones.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hf_hub::{Repo, RepoType};

use crate::digest::Checksum;
use crate::origin::Origin;
use crate::repository::{self, BLOBS, SNAPSHOTS};
use crate::{Fetcher, Location, web};
use pocket_tts_files::Lock;
use pocket_tts_files::partial::{INCOMPLETE, stem_of};

/// Files modified within this time may belong to a process whose lock is invisible, as on some network file systems.
const FRESH: Duration = Duration::from_mins(1);

/// A file in a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedFile {
    /// Where it was fetched from: with the commit for a repository, without the query for a web server; `None` if that
    /// wasn't recorded.
    pub location: Option<Location>,
    /// Its path.
    pub path: PathBuf,
    /// Its size; `None` if its bytes are missing.
    pub bytes: Option<u64>,
    checksum: Option<Checksum>,
}

/// The result of a check of a cached file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Its bytes have the announced checksum.
    Whole,
    /// Its bytes have another checksum.
    Damaged,
    /// Its bytes are missing.
    Missing,
    /// Its checksum is unknown.
    Unknown,
}

/// Why a cached file is useless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftoverKind {
    /// It is a partial file of an interrupted transfer.
    Incomplete,
    /// No revision of its repository names it.
    Unreferenced,
}

/// A useless file in a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Its path.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Why it is useless.
    pub kind: LeftoverKind,
    /// Whether a process may be using it.
    pub is_in_use: bool,
    lock: PathBuf,
}

impl Fetcher {
    /// The cached files of these repositories, each `owner/name`, and of all web servers, in order.
    pub fn cached_files(&self, repositories: &[&str]) -> Vec<CachedFile> {
        let hub = self.settings().hub_cache.iter();
        let of_hub = hub.flat_map(|hub| repositories.iter().flat_map(|repo| files_of_repository(hub, repo)));
        let of_web = self.settings().web_cache.iter().flat_map(|folder| files_of_web(folder));
        of_hub.chain(of_web).collect()
    }

    /// The useless files of these repositories and of web servers.
    pub fn leftovers(&self, repositories: &[&str]) -> Vec<Leftover> {
        let hub = self.settings().hub_cache.iter();
        let of_hub =
            hub.flat_map(|hub| repositories.iter().flat_map(|repo| leftovers_of_repository(hub, repo)));
        let of_web = self.settings().web_cache.iter().flat_map(|folder| leftovers_of_web(folder));
        of_hub.chain(of_web).collect()
    }
}

impl CachedFile {
    /// Reads the complete file and compares its checksum with the name of its blob, or with the one recorded when it
    /// was fetched.
    ///
    /// # Errors
    /// If it exists but can't be read.
    pub fn verify(&self) -> io::Result<Verdict> {
        if self.bytes.is_none() {
            return Ok(Verdict::Missing);
        }
        let Some(checksum) = &self.checksum else { return Ok(Verdict::Unknown) };
        Ok(if checksum.matches(&File::open(&self.path)?)? { Verdict::Whole } else { Verdict::Damaged })
    }

    /// Removes the file, so that it is fetched again when it is needed. Bytes that other files share with it are removed
    /// too.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn remove(&self) -> io::Result<()> {
        // The link is removed first: bytes without a link are a leftover, which `leftovers` finds.
        let blob =
            fs::read_link(&self.path).ok().zip(self.path.parent()).map(|(blob, folder)| folder.join(blob));
        fs::remove_file(&self.path)?;
        match blob.map(fs::remove_file) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Leftover {
    /// Removes it, unless it is in use. Returns whether it was removed.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn remove(&self) -> io::Result<bool> {
        let mut is_held = false;
        let _lock = Lock::acquire(&self.lock, Duration::ZERO, || 0, || is_held = true);
        let is_referenced = || {
            let folder = self.path.parent().and_then(Path::parent);
            let name = self.path.file_name().map(std::ffi::OsStr::to_os_string);
            folder.zip(name).is_some_and(|(folder, name)| referenced_blobs(folder).contains(&name))
        };
        if is_held || (self.kind == LeftoverKind::Unreferenced && is_referenced()) {
            return Ok(false);
        }
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(true),
        }
    }

    fn new(path: PathBuf, kind: LeftoverKind, lock: PathBuf) -> Self {
        let metadata = fs::symlink_metadata(&path);
        let modified = metadata.as_ref().ok().and_then(|metadata| metadata.modified().ok());
        let is_fresh =
            modified.is_some_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age < FRESH));
        Self {
            bytes: metadata.map_or(0, |metadata| metadata.len()),
            is_in_use: Lock::is_held(&lock) || (is_fresh && kind == LeftoverKind::Incomplete),
            path,
            kind,
            lock,
        }
    }
}

fn folder_of(hub: &Path, repository: &str) -> PathBuf {
    hub.join(folder_name(repository))
}

fn folder_name(repository: &str) -> String {
    Repo::new(repository.to_owned(), RepoType::Model).folder_name()
}

fn files_of_repository(hub: &Path, repository: &str) -> Vec<CachedFile> {
    let snapshots = folder_of(hub, repository).join(SNAPSHOTS);
    let mut files = Vec::new();
    for commit in entries(&snapshots).filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())) {
        if !repository::is_commit(&commit) {
            continue;
        }
        let snapshot = snapshots.join(&commit);
        for path in files_below(&snapshot) {
            let inner = path.strip_prefix(&snapshot).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let blob = fs::read_link(&path).ok();
            let etag = blob.as_deref().and_then(|blob| blob.file_name()?.to_str());
            files.push(CachedFile {
                location: Some(Location::HuggingFace {
                    repo: repository.to_owned(),
                    path: inner,
                    revision: Some(commit.clone()),
                }),
                bytes: fs::metadata(&path).ok().map(|metadata| metadata.len()),
                checksum: etag.and_then(Checksum::of_etag),
                path,
            });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn files_of_web(folder: &Path) -> Vec<CachedFile> {
    let mut files = Vec::new();
    for path in entries(folder).filter(|path| path.is_file()) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let (stem, _) = name.split_once('.').unwrap_or((name, ""));
        if Checksum::of_etag(stem).is_none() || name.ends_with(INCOMPLETE) {
            continue;
        }
        let origin = Origin::read(folder, name);
        files.push(CachedFile {
            location: origin.as_ref().and_then(|origin| Location::parse(&origin.url).ok()),
            bytes: fs::metadata(&path).ok().map(|metadata| metadata.len()),
            checksum: origin.and_then(|origin| Checksum::of_etag(&origin.sha256)),
            path,
        });
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn leftovers_of_repository(hub: &Path, repository: &str) -> Vec<Leftover> {
    let folder = folder_of(hub, repository);
    let locks = hub.join(repository::LOCKS).join(folder_name(repository));
    let referenced = referenced_blobs(&folder);
    let mut leftovers = Vec::new();
    for path in entries(&folder.join(BLOBS)) {
        let Some(name) = path.file_name() else { continue };
        let text = name.to_string_lossy();
        let etag = text.split('.').next().unwrap_or_default();
        let lock = locks.join(format!("{etag}.lock"));
        if text.ends_with(INCOMPLETE) {
            leftovers.push(Leftover::new(path, LeftoverKind::Incomplete, lock));
        } else if !referenced.contains(name) {
            leftovers.push(Leftover::new(path, LeftoverKind::Unreferenced, lock));
        }
    }
    leftovers.sort_by(|one, other| one.path.cmp(&other.path));
    leftovers
}

fn leftovers_of_web(folder: &Path) -> Vec<Leftover> {
    let paths = entries(folder).filter(|path| path.to_string_lossy().ends_with(INCOMPLETE));
    let mut leftovers: Vec<Leftover> = paths
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // The name of the file, then its version.
            let stem =
                stem_of(&name).and_then(|stem| stem.rsplit_once('.')).map_or(name.as_str(), |(stem, _)| stem);
            let lock = folder.join(web::LOCKS).join(format!("{stem}.lock"));
            Leftover::new(path, LeftoverKind::Incomplete, lock)
        })
        .collect();
    leftovers.sort_by(|one, other| one.path.cmp(&other.path));
    leftovers
}

/// The names of the blobs that the snapshots of a repository's folder link to.
fn referenced_blobs(folder: &Path) -> HashSet<std::ffi::OsString> {
    let links = files_below(&folder.join(SNAPSHOTS)).into_iter().filter_map(|path| fs::read_link(path).ok());
    links.filter_map(|target| target.file_name().map(ToOwned::to_owned)).collect()
}

/// The entries of a folder; none if it can't be read.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// All files and links below a folder. Links to folders are not followed.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for path in entries(&next) {
            let is_folder = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
            if is_folder { folders.push(path) } else { files.push(path) }
        }
    }
    files
}
