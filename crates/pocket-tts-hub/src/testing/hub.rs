//! A hub with fixed files that behaves like the real one: it sends small files itself and redirects requests for large files
//! to another address, which contains the SHA-256 of the bytes.

use std::sync::Arc;
use std::time::Duration;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::repository::is_commit;

use super::server::{Reply, Request, Server, head, reply};

/// The newest commit. All others have the same files.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A file of a hub.
#[derive(Debug, Clone)]
pub struct HubFile {
    repo: String,
    path: String,
    body: Vec<u8>,
    is_large: bool,
}

/// Faults of a hub.
#[derive(Debug, Clone, Default)]
pub struct Whims {
    /// Bodies are sent in parts of this size, with a pause before each.
    pub trickle: Option<(usize, Duration)>,
    /// Range requests get the complete file.
    pub ignores_ranges: bool,
    /// Requests for these repositories get this status.
    pub refused: Vec<(String, &'static str)>,
    /// Wrong bodies, by the path of their file.
    pub forged: Vec<(String, Vec<u8>)>,
}

/// A hub that runs until it is dropped.
#[derive(Debug)]
pub struct Hub {
    server: Server,
    /// The server of large files.
    store: Server,
}

impl HubFile {
    /// A small file, which git stores itself.
    pub fn small(repo: &str, path: &str, body: &[u8]) -> Self {
        Self { repo: repo.to_owned(), path: path.to_owned(), body: body.to_vec(), is_large: false }
    }

    /// A large file, which is stored elsewhere.
    pub fn large(repo: &str, path: &str, body: &[u8]) -> Self {
        Self { is_large: true, ..Self::small(repo, path, body) }
    }

    /// The file's bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The name of the file's blob.
    pub fn etag(&self) -> String {
        if self.is_large {
            return format!("{:x}", Sha256::digest(&self.body));
        }
        let mut hash = Sha1::new();
        hash.update(format!("blob {}\0", self.body.len()));
        hash.update(&self.body);
        format!("{:x}", hash.finalize())
    }
}

impl Hub {
    /// A hub with these files and without faults.
    pub fn start(files: Vec<HubFile>) -> Self {
        Self::with_whims(files, Whims::default())
    }

    /// A hub with these files and faults.
    pub fn with_whims(files: Vec<HubFile>, whims: Whims) -> Self {
        let shared = Arc::new((files, whims));
        let store = Server::start({
            let shared = Arc::clone(&shared);
            move |request| stored(&shared.0, &shared.1, request)
        });
        let address = store.endpoint();
        Self { server: Server::start(move |request| answer(&shared.0, &shared.1, &address, request)), store }
    }

    /// The address.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// All requests so far; a connection without a request counts too.
    pub fn requests(&self) -> Vec<Request> {
        [self.server.requests(), self.store.requests()].concat()
    }

    /// The requests for bytes of files.
    pub fn transfers(&self) -> Vec<Request> {
        let is_transfer = |request: &Request| {
            request.method == "GET"
                && (request.path.contains("/resolve/") || request.path.starts_with("/stored/"))
        };
        self.requests().into_iter().filter(is_transfer).collect()
    }
}

fn stored(files: &[HubFile], whims: &Whims, request: &Request) -> Reply {
    let file = files.iter().find(|file| request.path.strip_prefix("/stored/") == Some(&file.etag()));
    // The token must be sent to the hub only.
    match file.filter(|_| request.header("authorization").is_none()) {
        Some(file) => body(file, whims, request, ""),
        None => not_found(),
    }
}

fn answer(files: &[HubFile], whims: &Whims, store: &str, request: &Request) -> Reply {
    let Some((repo, rest)) = request.path.trim_start_matches('/').split_once("/resolve/") else {
        return not_found();
    };
    if let Some((_, status)) = whims.refused.iter().find(|(refused, _)| refused == repo) {
        return reply(status, "", b"");
    }
    let (revision, path) = rest.split_once('/').unwrap_or_default();
    let commit = if revision == "main" { COMMIT } else { revision };
    let file = files.iter().find(|file| file.repo == repo && file.path == path);
    let Some(file) = file.filter(|_| is_commit(commit)) else {
        return not_found();
    };
    let etag = file.etag();
    if !file.is_large {
        return body(file, whims, request, &format!("ETag: \"{etag}\"\r\nX-Repo-Commit: {commit}\r\n"));
    }
    let headers = format!(
        "Location: {store}/stored/{etag}\r\nX-Linked-ETag: \"{etag}\"\r\nX-Linked-Size: {}\r\n\
         ETag: \"of-the-redirect\"\r\nX-Repo-Commit: {commit}\r\n",
        file.body.len()
    );
    reply("302 Found", &headers, b"")
}

/// The response with the requested bytes.
fn body(file: &HubFile, whims: &Whims, request: &Request, headers: &str) -> Reply {
    let forged = whims.forged.iter().find(|(path, _)| *path == file.path).map(|(_, body)| body);
    let bytes = forged.unwrap_or(&file.body);
    if request.method == "HEAD" {
        return Reply::Send(head("200 OK", headers, file.body.len()).into_bytes());
    }
    let start = request.range_start().filter(|_| !whims.ignores_ranges);
    let (status, range, part) = match start {
        None => ("200 OK", String::new(), bytes.as_slice()),
        Some(start) if start >= bytes.len() => {
            return reply(
                "416 Range Not Satisfiable",
                &format!("Content-Range: bytes */{}\r\n", bytes.len()),
                b"",
            );
        }
        Some(start) => (
            "206 Partial Content",
            format!("Content-Range: bytes {start}-{}/{}\r\n", bytes.len() - 1, bytes.len()),
            &bytes[start..],
        ),
    };
    let mut answer = head(status, &format!("{headers}{range}"), part.len()).into_bytes();
    answer.extend_from_slice(part);
    match whims.trickle {
        None => Reply::Send(answer),
        Some((part, pause)) => Reply::Trickle(answer, part, pause),
    }
}

fn not_found() -> Reply {
    reply("404 Not Found", "", b"")
}
