//! Files of repositories of the Hugging Face hub, in the cache that they share with Python programs.
//!
//! It knows that cache's layout: `blobs/ETAG` holds the bytes, `snapshots/COMMIT/PATH` links to them and
//! `refs/NAME` holds the commit of a branch or tag; `../.locks/REPOSITORY/ETAG.lock` is held while a blob is
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
use super::transfer::{Transfer, content_length, is_whole};
use crate::Location;
use pocket_tts_files::Lock;
use pocket_tts_files::partial::{link_whole, unfinished_bytes, write_whole};

/// Where locks are, beside the repositories.
pub(super) const LOCKS: &str = ".locks";
pub(super) const BLOBS: &str = "blobs";
pub(super) const SNAPSHOTS: &str = "snapshots";

const DEFAULT_REVISION: &str = "main";
const MOST_REDIRECTS: usize = 10;
const LONGEST_ETAG: usize = 128;
/// What addresses must not hold as it is, of what paths in repositories may hold.
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

/// What the hub tells of a file before it sends it.
struct Announcement {
    commit: String,
    etag: String,
    bytes: Option<u64>,
    /// Where the bytes are.
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
    /// The lookup of the hub's library is not used: it asks for a reference even to a commit, which Python
    /// does not write.
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

    /// Fetches the file. Returns where it is and how many bytes came over the network.
    pub(super) fn download(
        &self,
        settings: &FetcherSettings,
        observer: &Observer,
    ) -> Result<(PathBuf, u64), FetchError> {
        let url = self.url(&settings.endpoint)?;
        let client = Client::new(settings, &self.location, &url).with_token(settings.token.as_deref(), &url);
        let mut announcement = self.announcement(&client, &url, settings, observer)?;
        let received_bytes = match self.fetch_blob(&client, &announcement, settings, observer) {
            // Addresses of large files are good for a while only, which is over after a long transfer or wait.
            Err(FetchError::Status { status: 401 | 403, .. }) => {
                announcement = self.announcement(&client, &url, settings, observer)?;
                self.fetch_blob(&client, &announcement, settings, observer)?
            }
            outcome => outcome?,
        };
        let pointer = self.install(&announcement)?;
        Ok((pointer, received_bytes))
    }

    /// Puts the bytes into `blobs`, unless they are there.
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
            let headway = || unfinished_bytes(&blobs, etag);
            let tell = || observer.tell(&FetchEvent::Waiting { location: &self.location });
            Lock::acquire(&self.locks.join(format!("{etag}.lock")), patience, headway, tell)
        } else {
            Lock::none()
        };
        // Somebody else may have fetched it meanwhile, or have had it under another name.
        if is_whole(&blob, *bytes) || is_whole(&self.pointer(&announcement.commit), *bytes) {
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

    /// What the hub tells of the file. It answers for files of its own, and with an address for others; then its
    /// headers count, not those of the server behind that address.
    fn announcement(
        &self,
        client: &Client<'_>,
        url: &Uri,
        settings: &FetcherSettings,
        observer: &Observer,
    ) -> Result<Announcement, FetchError> {
        let mut attempts = Attempts::new(settings);
        loop {
            let error = match self.ask(client, url) {
                Ok(announcement) => return Ok(announcement),
                Err(error) => error,
            };
            let Some(delay) = attempts.next(&error) else { return Err(error) };
            let (location, reason) = (&self.location, &error.in_short());
            observer.tell(&FetchEvent::Retrying { location, reason, delay });
            thread::sleep(delay);
        }
    }

    fn ask(&self, client: &Client<'_>, url: &Uri) -> Result<Announcement, FetchError> {
        let mut url = url.clone();
        for _ in 0..MOST_REDIRECTS {
            let answer = client.ask(Method::Head, &url, &[])?;
            let target = client.redirect(&answer)?;
            let headers = answer.response.headers();
            match target {
                // The repository was renamed, or a mirror passes on.
                Some(target)
                    if !headers.contains_key("x-repo-commit") || !headers.contains_key("x-linked-etag") =>
                {
                    url = target;
                }
                Some(target) => return self.read_headers(headers, None, target),
                None => return self.read_headers(headers, content_length(headers), answer.url),
            }
        }
        Err(client.protocol("it is redirected without end"))
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
            return Err(self.unlike_a_hub("the answer is not that of a Hugging Face hub"));
        };
        if !is_commit(commit) || (is_commit(self.repo.revision()) && commit != self.repo.revision()) {
            return Err(self.unlike_a_hub("the server sent another revision than was asked for"));
        }
        if !is_file_name(etag) {
            return Err(self.unlike_a_hub("the server gave it an odd ETag"));
        }
        let bytes = text("x-linked-size").and_then(|size| size.parse().ok()).or(bytes);
        Ok(Announcement { commit: commit.to_owned(), etag: etag.to_owned(), bytes, url })
    }

    /// Lets the snapshot and the reference lead to the blob.
    fn install(&self, announcement: &Announcement) -> Result<PathBuf, FetchError> {
        let Announcement { commit, etag, .. } = announcement;
        let pointer = self.pointer(commit);
        let (blobs, blob) = (self.folder.join(BLOBS), self.cache.blob_path(etag));
        let was_there = is_whole(&pointer, announcement.bytes);
        if !was_there {
            create_parent(&pointer)?;
            if link_whole(&blobs, &self.link_target(Path::new(etag)), &pointer).is_err() {
                // The snapshot holds the bytes themselves, as Python does it on systems without links.
                fs::rename(&blob, &pointer).map_err(FetchError::disk(&pointer))?;
            }
        }
        match self.refer_to(commit) {
            // A cache that can only be read is of use without the reference, which others may have left out.
            Err(_) if was_there => {}
            outcome => outcome?,
        }
        Ok(pointer)
    }

    /// Keeps the commit of a branch or tag.
    fn refer_to(&self, commit: &str) -> Result<(), FetchError> {
        let (reference, blobs) = (self.reference(), self.folder.join(BLOBS));
        let is_known = || fs::read_to_string(&reference).is_ok_and(|known| known == commit);
        if is_commit(self.repo.revision()) || is_known() {
            return Ok(());
        }
        create_parent(&reference)?;
        fs::create_dir_all(&blobs).map_err(FetchError::disk(&blobs))?;
        write_whole(&blobs, &reference, commit).map_err(FetchError::disk(&reference))
    }

    fn url(&self, endpoint: &str) -> Result<Uri, FetchError> {
        let path = utf8_percent_encode(&self.path, ESCAPED);
        let text = format!("{endpoint}/{}/resolve/{}/{path}", self.repo.url(), self.repo.url_revision());
        let url = text
            .parse::<Uri>()
            .ok()
            .filter(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some());
        url.ok_or_else(|| self.unlike_a_hub("the hub's address is no http:// or https:// address"))
    }

    fn reference(&self) -> PathBuf {
        self.folder.join("refs").join(self.repo.revision())
    }

    fn pointer(&self, commit: &str) -> PathBuf {
        self.cache.pointer_path(commit).join(&self.path)
    }

    /// The way from the file's place in a snapshot to a blob: out of the path's folders, then out of
    /// `snapshots/COMMIT`.
    fn link_target(&self, etag: &Path) -> PathBuf {
        let folders = Path::new(&self.path).components().count() + 1;
        let up: PathBuf = std::iter::repeat_n("..", folders).collect();
        up.join(BLOBS).join(etag)
    }

    fn unlike_a_hub(&self, reason: &str) -> FetchError {
        FetchError::Protocol { location: self.location.clone(), reason: reason.to_owned() }
    }
}

pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An `ETag` without what HTTP puts around it.
fn clean_etag(etag: &str) -> &str {
    etag.trim().trim_start_matches("W/").trim_matches('"')
}

/// Whether a server's word can be the name of a file in a folder, and nothing else.
fn is_file_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST_ETAG).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(is_plain)
}

fn create_parent(path: &Path) -> Result<(), FetchError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(FetchError::disk(parent))
}
