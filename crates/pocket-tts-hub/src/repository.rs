//! Files of repositories of the Hugging Face hub, in the cache that is shared with Python programs.
//!
//! It knows that cache's layout: `blobs/ETAG` contains the bytes, `snapshots/COMMIT/PATH` links to them and
//! `refs/NAME` contains the commit of a branch or tag; `../.locks/REPOSITORY/ETAG.lock` is held while a blob is
//! fetched. It must not know any other source of files.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use hf_hub::{Cache, CacheRepo, Repo, RepoType};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::{HeaderMap, Uri};

use super::digest::Checksum;
use super::error::FetchError;
use super::http::{Attempts, Client, Method};
use super::progress::{FetchEvent, Observer};
use super::settings::FetcherSettings;
use super::transfer::{Transfer, content_length, is_complete};
use crate::Location;
use pocket_tts_files::Lock;
use pocket_tts_files::partial::{link_atomically, unfinished_bytes, write_atomically};

/// The folder of locks, next to the repositories.
pub(super) const LOCKS: &str = ".locks";
pub(super) const BLOBS: &str = "blobs";
pub(super) const SNAPSHOTS: &str = "snapshots";

const DEFAULT_REVISION: &str = "main";
const MAX_REDIRECTS: usize = 10;
const MAX_ETAG_LENGTH: usize = 128;
/// The characters of paths in repositories that must be escaped in URLs.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One file of one revision of a repository.
#[derive(Debug)]
pub(super) struct RepositoryFile {
    location: Location,
    cache: CacheRepo,
    repo: Repo,
    /// The repository's folder in the cache.
    folder: PathBuf,
    locks: PathBuf,
    path: String,
}

/// The hub's response to `HEAD`.
struct Announcement {
    commit: String,
    etag: String,
    bytes: Option<u64>,
    /// The URL of the bytes.
    url: Uri,
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
        Self {
            location,
            cache: Cache::new(hub_cache.to_path_buf()).repo(repo.clone()),
            folder: hub_cache.join(repo.folder_name()),
            locks: hub_cache.join(LOCKS).join(repo.folder_name()),
            repo,
            path: path.to_owned(),
        }
    }

    /// The file in the cache, if it is there. Nothing is written.
    ///
    /// The lookup of the crate `hf-hub` is not used: it requires a reference even for a commit, which Python does not
    /// write.
    pub(super) fn cached(&self) -> Option<PathBuf> {
        let revision = self.repo.revision();
        let pointer = if is_commit(revision) {
            self.pointer(revision)
        } else {
            let commit = fs::read_to_string(self.reference()).ok()?;
            let commit = commit.trim();
            is_commit(commit).then(|| self.pointer(commit))?
        };
        pointer.is_file().then_some(pointer)
    }

    /// Fetches the file. Returns its path and the number of received bytes.
    pub(super) fn download(
        &self,
        settings: &FetcherSettings,
        observer: &Observer,
    ) -> Result<(PathBuf, u64), FetchError> {
        let url = self.url(&settings.endpoint)?;
        let client = Client::new(settings, &self.location, &url).with_token(settings.token.as_deref(), &url);
        let mut announcement = self.announcement(&client, &url, settings, observer)?;
        let received_bytes = match self.fetch_blob(&client, &announcement, settings, observer) {
            // URLs of large files expire, possibly during a long transfer or wait.
            Err(FetchError::Status { status: 401 | 403, .. }) => {
                announcement = self.announcement(&client, &url, settings, observer)?;
                self.fetch_blob(&client, &announcement, settings, observer)?
            }
            outcome => outcome?,
        };
        let pointer = self.install(&announcement)?;
        Ok((pointer, received_bytes))
    }

    /// Fetches the bytes into `blobs`, unless they are there.
    fn fetch_blob(
        &self,
        client: &Client<'_>,
        announcement: &Announcement,
        settings: &FetcherSettings,
        observer: &Observer,
    ) -> Result<u64, FetchError> {
        let Announcement { etag, bytes, url, .. } = announcement;
        let (blobs, blob) = (self.folder.join(BLOBS), self.cache.blob_path(etag));
        let _lock = if settings.locks {
            let patience = settings.stall_timeout.saturating_mul(2);
            let progress = || unfinished_bytes(&blobs, etag);
            let on_wait = || observer.notify(&FetchEvent::Waiting { location: &self.location });
            Lock::acquire(&self.locks.join(format!("{etag}.lock")), patience, progress, on_wait)
        } else {
            Lock::none()
        };
        // Another process may have fetched it meanwhile, possibly under another name.
        if is_complete(&blob, *bytes) || is_complete(&self.pointer(&announcement.commit), *bytes) {
            return Ok(0);
        }
        let transfer = Transfer {
            location: &self.location,
            settings,
            observer,
            client,
            url,
            folder: &blobs,
            stem: etag,
            expected_bytes: *bytes,
            limit_bytes: settings.hub_size_limit_bytes,
            checksum: Checksum::of_etag(etag),
            if_range: None,
        };
        transfer.run(&blob, None)
    }

    /// Requests the file's commit, size and checksum, with retries. For small files the hub sends them directly; for
    /// large files it sends a redirect, whose headers count, not the headers of the redirect's target.
    fn announcement(
        &self,
        client: &Client<'_>,
        url: &Uri,
        settings: &FetcherSettings,
        observer: &Observer,
    ) -> Result<Announcement, FetchError> {
        let mut attempts = Attempts::new(settings);
        loop {
            let error = match self.request(client, url) {
                Ok(announcement) => return Ok(announcement),
                Err(error) => error,
            };
            let Some(delay) = attempts.next(&error) else { return Err(error) };
            let (location, reason) = (&self.location, &error.summary());
            observer.notify(&FetchEvent::Retrying { location, reason, delay });
            thread::sleep(delay);
        }
    }

    fn request(&self, client: &Client<'_>, url: &Uri) -> Result<Announcement, FetchError> {
        let mut url = url.clone();
        for _ in 0..MAX_REDIRECTS {
            let response = client.request(Method::Head, &url, &[])?;
            let target = client.redirect(&response)?;
            let headers = response.inner.headers();
            match target {
                // The repository was renamed, or a mirror redirects.
                Some(target)
                    if !headers.contains_key("x-repo-commit") || !headers.contains_key("x-linked-etag") =>
                {
                    url = target;
                }
                Some(target) => return self.read_headers(headers, None, target),
                None => return self.read_headers(headers, content_length(headers), response.url),
            }
        }
        Err(client.protocol("too many redirects"))
    }

    fn read_headers(
        &self,
        headers: &HeaderMap,
        bytes: Option<u64>,
        url: Uri,
    ) -> Result<Announcement, FetchError> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let etag = text("x-linked-etag").or_else(|| text("etag")).map(clean_etag);
        let (Some(commit), Some(etag)) = (text("x-repo-commit"), etag) else {
            return Err(self.protocol("the response is not from a Hugging Face hub"));
        };
        if !is_commit(commit) || (is_commit(self.repo.revision()) && commit != self.repo.revision()) {
            return Err(self.protocol("the server sent another revision than the requested one"));
        }
        if !is_file_name(etag) {
            return Err(self.protocol("the server sent an invalid ETag"));
        }
        let bytes = text("x-linked-size").and_then(|size| size.parse().ok()).or(bytes);
        Ok(Announcement { commit: commit.to_owned(), etag: etag.to_owned(), bytes, url })
    }

    /// Links the snapshot to the blob and writes the reference.
    fn install(&self, announcement: &Announcement) -> Result<PathBuf, FetchError> {
        let Announcement { commit, etag, .. } = announcement;
        let pointer = self.pointer(commit);
        let (blobs, blob) = (self.folder.join(BLOBS), self.cache.blob_path(etag));
        let was_cached = is_complete(&pointer, announcement.bytes);
        if !was_cached {
            create_parent(&pointer)?;
            if link_atomically(&blobs, &self.link_target(Path::new(etag)), &pointer).is_err() {
                // On systems without links the snapshot contains the bytes themselves, as in Python.
                fs::rename(&blob, &pointer).map_err(FetchError::disk(&pointer))?;
            }
        }
        match self.write_reference(commit) {
            // A read-only cache works without the reference.
            Err(_) if was_cached => {}
            outcome => outcome?,
        }
        Ok(pointer)
    }

    /// Writes the commit of a branch or tag.
    fn write_reference(&self, commit: &str) -> Result<(), FetchError> {
        let (reference, blobs) = (self.reference(), self.folder.join(BLOBS));
        let is_known = || fs::read_to_string(&reference).is_ok_and(|known| known == commit);
        if is_commit(self.repo.revision()) || is_known() {
            return Ok(());
        }
        create_parent(&reference)?;
        fs::create_dir_all(&blobs).map_err(FetchError::disk(&blobs))?;
        write_atomically(&blobs, &reference, commit).map_err(FetchError::disk(&reference))
    }

    fn url(&self, endpoint: &str) -> Result<Uri, FetchError> {
        let path = utf8_percent_encode(&self.path, ESCAPED);
        let text = format!("{endpoint}/{}/resolve/{}/{path}", self.repo.url(), self.repo.url_revision());
        let url = text
            .parse::<Uri>()
            .ok()
            .filter(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some());
        url.ok_or_else(|| self.protocol("the hub's address is not an http:// or https:// address"))
    }

    fn reference(&self) -> PathBuf {
        self.folder.join("refs").join(self.repo.revision())
    }

    fn pointer(&self, commit: &str) -> PathBuf {
        self.cache.pointer_path(commit).join(&self.path)
    }

    /// The relative path from the file in a snapshot to a blob: up through the path's folders and `snapshots/COMMIT`.
    fn link_target(&self, etag: &Path) -> PathBuf {
        let folders = Path::new(&self.path).components().count() + 1;
        let up: PathBuf = std::iter::repeat_n("..", folders).collect();
        up.join(BLOBS).join(etag)
    }

    fn protocol(&self, reason: &str) -> FetchError {
        FetchError::Protocol { location: self.location.clone(), reason: reason.to_owned() }
    }
}

pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An `ETag` without its weak prefix and quotes.
fn clean_etag(etag: &str) -> &str {
    etag.trim().trim_start_matches("W/").trim_matches('"')
}

/// Whether a text from a server is safe as the name of a file in a folder.
fn is_file_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_ETAG_LENGTH).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(is_plain)
}

fn create_parent(path: &Path) -> Result<(), FetchError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(FetchError::disk(parent))
}
