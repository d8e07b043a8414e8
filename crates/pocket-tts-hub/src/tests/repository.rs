//! Tests of files of the hub, whose answers are shaped as the real ones.

use std::fs;
use std::path::{Path, PathBuf};

use super::fetcher;
use crate::Location;
use crate::testing::{Reply, Request, Server, deserted_endpoint, files_below, reply, settings};
use crate::{FetchError, Fetcher};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const OTHER_COMMIT: &str = "fedcba9876543210fedcba9876543210fedcba98";
const BODY: &[u8] = b"the bytes of a model";
const REPO_FOLDER: &str = "models--owner--name";

fn location(revision: Option<&str>) -> Location {
    Location::HuggingFace {
        repo: "owner/name".to_owned(),
        path: "folder/model.bin".to_owned(),
        revision: revision.map(str::to_owned),
    }
}

/// The part of the file that is asked for; its headers are those of a file that the hub holds itself.
fn hub_reply(request: &Request) -> Reply {
    ranged_reply(request, &format!("ETag: \"blob1\"\r\nX-Repo-Commit: {COMMIT}\r\n"))
}

fn ranged_reply(request: &Request, headers: &str) -> Reply {
    let last = BODY.len() - 1;
    let (end, body) = match request.header("range") {
        Some("bytes=0-0") => (0, &BODY[..1]),
        Some("bytes=0-") => (last, BODY),
        other => panic!("the range {other:?} is not expected"),
    };
    let headers = format!("Content-Range: bytes 0-{end}/{}\r\n{headers}", BODY.len());
    reply("206 Partial Content", &headers, body)
}

/// The error of a fetch from a hub that answers `answer`; nothing may be left in the cache.
fn error_for(answer: impl Fn(&Request) -> Reply + Send + 'static) -> FetchError {
    let server = Server::start(answer);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &server.endpoint());
    let error = fetcher.fetch(&location(Some(COMMIT))).unwrap_err();
    assert_eq!(files_below(folder.path()), Vec::<PathBuf>::new(), "{error}");
    assert_eq!(fetcher.cached(&location(Some(COMMIT))), None);
    error
}

fn in_repo(folder: &Path, rest: &str) -> PathBuf {
    folder.join("hub").join(REPO_FOLDER).join(rest)
}

#[test]
fn a_pinned_file_is_fetched_once_and_then_found_without_the_hub() {
    let server = Server::start(hub_reply);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &server.endpoint());
    assert_eq!(fetcher.cached(&location(Some(COMMIT))), None);
    let path = fetcher.fetch(&location(Some(COMMIT))).unwrap();
    assert_eq!(path, in_repo(folder.path(), &format!("snapshots/{COMMIT}/folder/model.bin")));
    assert_eq!(fs::read(&path).unwrap(), BODY);
    let expected = format!("/owner/name/resolve/{COMMIT}/folder/model.bin");
    assert!(server.requests().iter().all(|request| request.path == expected), "{:?}", server.requests());
    drop(server);
    assert_eq!(fetcher.fetch(&location(Some(COMMIT))).unwrap(), path);
    assert_eq!(fetcher.offline(true).fetch(&location(Some(COMMIT))).unwrap(), path);
}

#[test]
fn the_cache_has_the_layout_of_python_and_nothing_else() {
    let server = Server::start(hub_reply);
    let folder = tempfile::tempdir().unwrap();
    let path = fetcher(&folder, &server.endpoint()).fetch(&location(None)).unwrap();
    assert!(server.requests()[0].path.contains("/resolve/main/"), "{:?}", server.requests());
    let pointer = format!("snapshots/{COMMIT}/folder/model.bin");
    let expected: Vec<_> = ["blobs/blob1", "refs/main", &pointer].map(PathBuf::from).into();
    assert_eq!(files_below(&in_repo(folder.path(), "")), expected);
    assert_eq!(fs::read_to_string(in_repo(folder.path(), "refs/main")).unwrap(), COMMIT);
    #[cfg(unix)]
    assert_eq!(fs::read_link(&path).unwrap(), Path::new("../../../blobs/blob1"));
    assert_eq!(fs::read(&path).unwrap(), BODY);
}

#[test]
fn a_file_that_python_cached_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let pointer = in_repo(folder.path(), &format!("snapshots/{COMMIT}/folder/model.bin"));
    fs::create_dir_all(pointer.parent().unwrap()).unwrap();
    fs::write(&pointer, BODY).unwrap();
    let fetcher = fetcher(&folder, &deserted_endpoint());
    assert_eq!(fetcher.cached(&location(Some(COMMIT))).as_ref(), Some(&pointer));
    assert_eq!(fetcher.cached(&location(None)), None);
    assert_eq!(fetcher.cached(&location(Some(OTHER_COMMIT))), None);
    let reference = in_repo(folder.path(), "refs/pr/1");
    fs::create_dir_all(reference.parent().unwrap()).unwrap();
    for (text, found) in [(COMMIT, Some(&pointer)), (OTHER_COMMIT, None), ("", None), ("../..", None)] {
        fs::write(&reference, text).unwrap();
        assert_eq!(fetcher.cached(&location(Some("pr/1"))).as_ref(), found, "{text:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_whose_bytes_are_gone_is_mended() {
    let server = Server::start(hub_reply);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &server.endpoint());
    let path = fetcher.fetch(&location(Some(COMMIT))).unwrap();
    fs::remove_file(in_repo(folder.path(), "blobs/blob1")).unwrap();
    assert_eq!(fetcher.cached(&location(Some(COMMIT))), None);
    assert_eq!(fetcher.fetch(&location(Some(COMMIT))).unwrap(), path);
    assert_eq!(fs::read(&path).unwrap(), BODY);
}

#[test]
fn a_large_file_comes_by_way_of_a_redirect_and_the_token_goes_to_the_hub() {
    let content = Server::start(|request| ranged_reply(request, "ETag: \"of_the_content_server\"\r\n"));
    let target = format!("{}/content", content.endpoint());
    let server = Server::start(move |_| {
        let headers = format!(
            "Location: {target}\r\nX-Linked-ETag: \"sha\"\r\nETag: \"x\"\r\nX-Repo-Commit: {COMMIT}\r\n"
        );
        reply("302 Found", &headers, b"")
    });
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path(), &server.endpoint());
    settings.token = Some("hf_abc".to_owned());
    let path = Fetcher::new(settings).fetch(&location(Some(COMMIT))).unwrap();
    assert_eq!(fs::read(path).unwrap(), BODY);
    assert_eq!(fs::read(in_repo(folder.path(), "blobs/sha")).unwrap(), BODY);
    assert!(content.requests().iter().all(|request| request.path == "/content"));
    for request in server.requests() {
        assert_eq!(request.header("authorization"), Some("Bearer hf_abc"));
    }
}

#[test]
fn a_refusal_names_the_page_and_the_login() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let error = error_for(move |_| reply(status, "", b""));
        assert!(matches!(&error, FetchError::Denied { repo, .. } if repo == "owner/name"), "{error:?}");
        for word in ["https://huggingface.co/owner/name", "accept the terms", "hf auth login", &status[..3]] {
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}

#[test]
fn other_statuses_have_errors_of_their_own() {
    let error = error_for(|_| reply("404 Not Found", "", b""));
    assert!(matches!(error, FetchError::NotFound { status: 404, .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("hf://owner/name/folder/model.bin@{COMMIT}")), "{error}");
    let error = error_for(|_| reply("429 Too Many Requests", "", b""));
    assert!(matches!(error, FetchError::Status { status: 429, .. }), "{error:?}");
    assert!(error.to_string().contains("wait a while"), "{error}");
}

#[test]
fn a_hub_that_refuses_the_connection_or_is_silent_is_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, &deserted_endpoint()).fetch(&location(None)).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    for word in ["name a file on this machine", "`pocket-tts generate` without --language"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    let silent_at_once = error_for(|_| Reply::Hang(Vec::new()));
    let silent_amid_the_body = error_for(|request| match (request.header("range"), hub_reply(request)) {
        (Some("bytes=0-"), Reply::Send(mut bytes)) => {
            bytes.truncate(bytes.len() - 1);
            Reply::Hang(bytes)
        }
        (_, reply) => reply,
    });
    for error in [silent_at_once, silent_amid_the_body] {
        assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains("silent for 2 s"), "{error}");
    }
}

#[test]
fn a_body_that_ends_early_is_never_kept() {
    let head = format!("ETag: \"blob1\"\r\nX-Repo-Commit: {COMMIT}\r\n");
    let range = format!("Content-Range: bytes 0-{}/{}\r\n", BODY.len() - 1, BODY.len());
    // The connection breaks.
    let broken = format!("HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\n{range}\r\nthe", BODY.len());
    // Somebody on the way took the early end for the end.
    let shortened = format!("HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n{range}\r\nthe");
    for answer in [broken, shortened] {
        let head = head.clone();
        let error = error_for(move |request| match request.header("range") {
            Some("bytes=0-0") => ranged_reply(request, &head),
            _ => Reply::Send(answer.clone().into_bytes()),
        });
        assert!(matches!(error, FetchError::Incomplete { .. }), "{error:?}");
    }
}

#[test]
fn an_answer_unlike_that_of_a_hub_is_refused() {
    let error = error_for(|_| reply("200 OK", "", b"Welcome to this hotel!"));
    assert!(matches!(error, FetchError::Protocol { .. }), "{error:?}");
    assert!(error.to_string().contains("HF_ENDPOINT"), "{error}");
    for commit in [OTHER_COMMIT, "no_commit"] {
        let headers = format!("ETag: \"blob1\"\r\nX-Repo-Commit: {commit}\r\n");
        let error = error_for(move |request| ranged_reply(request, &headers));
        assert!(matches!(error, FetchError::Protocol { .. }), "{error:?}");
        assert!(error.to_string().contains("another revision"), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    for endpoint in ["", "nowhere", "ftp://127.0.0.1"] {
        let error = fetcher(&folder, endpoint).fetch(&location(None)).unwrap_err();
        assert!(matches!(error, FetchError::Protocol { .. }), "{endpoint}: {error:?}");
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hub"), "a file").unwrap();
    let error = fetcher(&folder, &deserted_endpoint()).fetch(&location(None)).unwrap_err();
    assert!(matches!(error, FetchError::Disk { .. }), "{error:?}");
    assert!(error.to_string().contains(in_repo(folder.path(), "").to_str().unwrap().trim_end_matches('/')));
}

#[test]
fn offline_makes_no_connection() {
    let server = Server::start(hub_reply);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &server.endpoint()).offline(true);
    let error = fetcher.fetch(&location(Some(COMMIT))).unwrap_err();
    assert!(matches!(error, FetchError::Offline { .. }), "{error:?}");
    for word in ["hf://owner/name/folder/model.bin", "run once with a network", "name a file on this machine"]
    {
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(server.requests().len(), 0);
    fetcher.offline(false).fetch(&location(Some(COMMIT))).unwrap();
    assert!(!server.requests().is_empty());
}

#[test]
fn many_threads_may_fetch_the_same_file() {
    let server = Server::start(hub_reply);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &server.endpoint());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let path = fetcher.fetch(&location(None)).unwrap();
                assert_eq!(fs::read(path).unwrap(), BODY);
            });
        }
    });
    assert_eq!(files_below(&in_repo(folder.path(), "")).len(), 3);
}
