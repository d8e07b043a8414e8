//! Files of repositories of the Hugging Face hub, in the cache that they share with Python programs.
//!
//! It knows that cache's layout: `blobs/ETAG` holds the bytes, `snapshots/COMMIT/PATH` links to them and
//! `refs/NAME` holds the commit of a branch or tag. It must not know any other source of files.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hf_hub::api::Progress;
use hf_hub::api::sync::ApiBuilder;
use hf_hub::{Cache, Repo, RepoType};
use tempfile::TempDir;

use super::error::FetchError;
use super::settings::FetcherSettings;
use super::watch::{Heartbeat, Stopped, watch};
use crate::Location;

const DEFAULT_REVISION: &str = "main";

/// One file of one revision of a repository.
#[derive(Debug)]
pub(super) struct RepositoryFile {
    location: Location,
    /// The repository's folder in the cache.
    folder: PathBuf,
    repo: Repo,
    path: String,
}

/// What the hub's library left in the staging folder.
struct Staged {
    /// The file's path in its snapshot, a link to the blob where the system has links.
    pointer: PathBuf,
    announced_bytes: u64,
}

/// Passes signs of life and the announced size out of the library.
struct Pulse {
    heartbeat: Heartbeat,
    announced_bytes: Arc<AtomicU64>,
}

impl RepositoryFile {
    /// The file `path` of the repository `repo` (`owner/name`), of the main branch if no revision is given.
    pub(super) fn new(hub_cache: &Path, repo: &str, path: &str, revision: Option<&str>) -> Self {
        let location = Location::HuggingFace {
            repo: repo.to_owned(),
            path: path.to_owned(),
            revision: revision.map(str::to_owned),
        };
        let revision = revision.unwrap_or(DEFAULT_REVISION).to_owned();
        let repo = Repo::with_revision(repo.to_owned(), RepoType::Model, revision);
        Self { location, folder: hub_cache.join(repo.folder_name()), repo, path: path.to_owned() }
    }

    /// The file in the cache, if it is there.
    ///
    /// The lookup of the hub's library is not used: it asks for a reference even to a commit, which Python
    /// does not write.
    pub(super) fn cached(&self) -> Option<PathBuf> {
        let revision = self.repo.revision();
        let pointer = if is_commit(revision) {
            self.pointer(revision)
        } else {
            let commit = fs::read_to_string(self.folder.join("refs").join(revision)).ok()?;
            let commit = commit.trim();
            is_commit(commit).then(|| self.pointer(commit))?
        };
        pointer.is_file().then_some(pointer)
    }

    /// Fetches the file.
    ///
    /// The hub's library takes a body that ends early for whole and resumes over whatever it finds. So it
    /// works in a folder of its own, and only what has the announced size is moved into the cache.
    pub(super) fn download(&self, settings: &FetcherSettings) -> Result<PathBuf, FetchError> {
        fs::create_dir_all(&self.folder).map_err(FetchError::disk(&self.folder))?;
        // Inside the repository's folder, which may be on a disk of its own: moving must not copy.
        let staging = tempfile::Builder::new().prefix(".pocket-tts-").tempdir_in(&self.folder);
        let staging = staging.map_err(FetchError::disk(&self.folder))?;
        let staged = self.download_to(&staging, settings)?;
        let received_bytes = fs::metadata(&staged.pointer).map_err(FetchError::disk(&staged.pointer))?.len();
        if received_bytes != staged.announced_bytes {
            let reason = format!("{received_bytes} of {} bytes came", staged.announced_bytes);
            return Err(FetchError::Incomplete { location: self.location.clone(), reason });
        }
        self.install(staging.path(), &staged.pointer)
    }

    fn download_to(&self, staging: &TempDir, settings: &FetcherSettings) -> Result<Staged, FetchError> {
        let hub_error = |error| FetchError::from_hub(&self.location, staging.path(), error);
        let api = ApiBuilder::from_cache(Cache::new(staging.path().to_path_buf()))
            .with_endpoint(settings.endpoint.clone())
            .with_token(settings.token.clone())
            .with_user_agent("pocket-tts", env!("CARGO_PKG_VERSION"))
            .build()
            .map_err(hub_error)?;
        let (repo, path) = (self.repo.clone(), self.path.clone());
        // The library has no timeouts of its own.
        let downloaded = watch(settings.stall_timeout, move |heartbeat| {
            let announced_bytes = Arc::new(AtomicU64::new(0));
            let pulse = Pulse { heartbeat, announced_bytes: Arc::clone(&announced_bytes) };
            let pointer = api.repo(repo).download_with_progress(&path, pulse);
            let announced_bytes = announced_bytes.load(Ordering::Relaxed);
            pointer.map(|pointer| Staged { pointer, announced_bytes })
        });
        match downloaded {
            Ok(result) => result.map_err(hub_error),
            Err(Stopped::Stalled) => Err(FetchError::stalled(&self.location, settings.stall_timeout)),
            Err(Stopped::Died) => Err(self.unlike_a_hub("the transfer could not be carried out")),
        }
    }

    /// Moves a whole file from the staging folder into the cache, the bytes first and their name last.
    fn install(&self, staging: &Path, staged: &Path) -> Result<PathBuf, FetchError> {
        let staged_folder = staging.join(self.repo.folder_name());
        let commit = snapshot_commit(&staged_folder, staged)
            .filter(|commit| !is_commit(self.repo.revision()) || commit == self.repo.revision())
            .ok_or_else(|| self.unlike_a_hub("the server sent another revision than was asked for"))?;
        let pointer = self.pointer(&commit);
        create_parent(&pointer)?;
        // On systems without links this is `staged` itself.
        let blob = staged.canonicalize().map_err(FetchError::disk(staged))?;
        // Without this, a power cut could leave the final name on a file whose bytes never reached the disk.
        fs::File::open(&blob).and_then(|file| file.sync_all()).map_err(FetchError::disk(&blob))?;
        let link = staging.join("link");
        match blob.file_name().filter(|etag| symlink(&self.link_target(Path::new(etag)), &link).is_ok()) {
            Some(etag) => {
                let target = self.folder.join("blobs").join(etag);
                create_parent(&target)?;
                fs::rename(&blob, &target).map_err(FetchError::disk(&target))?;
                fs::rename(&link, &pointer).map_err(FetchError::disk(&pointer))?;
            }
            // The snapshot holds the bytes themselves, as Python does it on such systems.
            None => fs::rename(&blob, &pointer).map_err(FetchError::disk(&pointer))?,
        }
        if !is_commit(self.repo.revision()) {
            let reference = Path::new("refs").join(self.repo.revision());
            let target = self.folder.join(&reference);
            create_parent(&target)?;
            fs::rename(staged_folder.join(reference), &target).map_err(FetchError::disk(&target))?;
        }
        Ok(pointer)
    }

    fn pointer(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit).join(&self.path)
    }

    /// The way from the file's place in a snapshot to a blob: out of the path's folders, then out of
    /// `snapshots/COMMIT`.
    fn link_target(&self, etag: &Path) -> PathBuf {
        let folders = Path::new(&self.path).components().count() + 1;
        let up: PathBuf = std::iter::repeat_n("..", folders).collect();
        up.join("blobs").join(etag)
    }

    fn unlike_a_hub(&self, reason: &str) -> FetchError {
        FetchError::Protocol { location: self.location.clone(), reason: reason.to_owned() }
    }
}

impl Progress for Pulse {
    fn init(&mut self, size: usize, _filename: &str) {
        self.announced_bytes.store(size as u64, Ordering::Relaxed);
        self.heartbeat.beat();
    }

    fn update(&mut self, _size: usize) {
        self.heartbeat.beat();
    }

    fn finish(&mut self) {
        self.heartbeat.beat();
    }
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commit in `FOLDER/snapshots/COMMIT/PATH`.
fn snapshot_commit(folder: &Path, pointer: &Path) -> Option<String> {
    match pointer.strip_prefix(folder.join("snapshots")).ok()?.components().next()? {
        Component::Normal(commit) => commit.to_str().filter(|commit| is_commit(commit)).map(str::to_owned),
        _ => None,
    }
}

fn create_parent(path: &Path) -> Result<(), FetchError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(FetchError::disk(parent))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
