//! Tests of files from plain web servers.

use std::fs;

use super::fetcher;
use crate::Location;
use crate::testing::{Reply, Server, deserted_endpoint, files_below, reply, settings};
use crate::{FetchError, Fetcher};

fn location(endpoint: &str) -> Location {
    Location::parse(&format!("{endpoint}/folder/voice.wav?size=1")).unwrap()
}

/// The error of a fetch from a server that answers `answer`; nothing may be left in the cache.
fn error_for(answer: impl Fn() -> Reply + Send + 'static) -> FetchError {
    let server = Server::start(move |_| answer());
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, "").fetch(&location(&server.endpoint())).unwrap_err();
    assert_eq!(files_below(folder.path()), Vec::<std::path::PathBuf>::new(), "{error}");
    error
}

#[test]
fn a_file_is_fetched_once_and_then_found_without_its_server() {
    let server = Server::start(|_| reply("200 OK", "", b"sound"));
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, "");
    let location = location(&server.endpoint());
    assert_eq!(fetcher.cached(&location), None);
    let path = fetcher.fetch(&location).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"sound");
    assert_eq!(server.requests().len(), 1);
    assert_eq!(server.requests()[0].path, "/folder/voice.wav?size=1");
    drop(server);
    assert_eq!(fetcher.fetch(&location).unwrap(), path);
    assert_eq!(fetcher.offline(true).cached(&location).unwrap(), path);
    assert_eq!(files_below(&folder.path().join("web")).len(), 1);
}

#[test]
fn the_name_in_the_cache_is_the_hash_of_the_url_with_its_extension() {
    let folder = tempfile::tempdir().unwrap();
    let known = [
        ("https://example.org/a.WAV", "3d9e7d43237f7200aec802000a60d8496f7888aaa4654b01fcbad3cc9426f1b0.wav"),
        ("https://example.org/a", "b5b10dd0429e69ac7cfaf0a20b6901c1265c50b55d1751bcb684ed96ef7b300a"),
    ];
    fs::create_dir(folder.path().join("web")).unwrap();
    for (url, name) in known {
        let path = folder.path().join("web").join(name);
        fs::write(&path, "x").unwrap();
        assert_eq!(fetcher(&folder, "").cached(&Location::parse(url).unwrap()), Some(path), "{url}");
    }
}

#[test]
fn a_body_that_ends_early_is_never_kept() {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    let of_known_length = format!("{head}Content-Length: 100\r\n\r\nonly this");
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n64\r\nonly this");
    for answer in [of_known_length, chunked] {
        let error = error_for(move || Reply::Send(answer.clone().into_bytes()));
        assert!(matches!(error, FetchError::Incomplete { .. }), "{error:?}");
        assert!(error.to_string().contains("run again"), "{error}");
    }
}

#[test]
fn statuses_have_errors_of_their_own() {
    let error = error_for(|| reply("404 Not Found", "", b""));
    assert!(matches!(error, FetchError::NotFound { status: 404, .. }), "{error:?}");
    // Only the hub has weights without voice cloning to fall back to, so this must not be `Denied`.
    let error = error_for(|| reply("403 Forbidden", "", b""));
    assert!(matches!(error, FetchError::Status { status: 403, .. }), "{error:?}");
    let error = error_for(|| reply("503 Service Unavailable", "", b""));
    assert!(matches!(error, FetchError::Status { status: 503, .. }), "{error:?}");
    assert!(error.to_string().contains("run again later"), "{error}");
}

#[test]
fn a_server_that_is_absent_silent_or_no_web_server_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, "").fetch(&location(&deserted_endpoint())).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    for word in ["name a file on this machine", "without --language"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    for bytes in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"] {
        let error = error_for(move || Reply::Hang(bytes.as_bytes().to_vec()));
        assert!(matches!(error, FetchError::Unreachable { .. }), "{bytes:?}: {error:?}");
    }
    let error = error_for(|| Reply::Send(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec()));
    assert!(matches!(error, FetchError::Protocol { .. }), "{error:?}");
}

#[test]
fn a_file_beyond_the_limit_is_not_kept_whether_announced_or_not() {
    let unannounced = || Reply::Send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfive!".to_vec());
    let announced = || reply("200 OK", "", b"five!");
    for answer in [unannounced, announced] {
        let server = Server::start(move |_| answer());
        let folder = tempfile::tempdir().unwrap();
        let location = location(&server.endpoint());
        let mut settings = settings(folder.path(), "");
        settings.size_limit_bytes = 4;
        let error = Fetcher::new(settings.clone()).fetch(&location).unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { limit_bytes: 4, .. }), "{error:?}");
        assert_eq!(files_below(folder.path()).len(), 0);
        settings.size_limit_bytes = 5;
        Fetcher::new(settings).fetch(&location).unwrap();
    }
}

#[test]
fn a_cache_that_is_no_folder_is_named_in_the_error() {
    let server = Server::start(|_| reply("200 OK", "", b"sound"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("web"), "a file").unwrap();
    let error = fetcher(&folder, "").fetch(&location(&server.endpoint())).unwrap_err();
    assert!(matches!(error, FetchError::Disk { .. }), "{error:?}");
    assert!(error.to_string().contains(folder.path().join("web").to_str().unwrap()), "{error}");
}

#[test]
fn offline_makes_no_connection() {
    let server = Server::start(|_| reply("200 OK", "", b"sound"));
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, "").offline(true);
    let error = fetcher.fetch(&location(&server.endpoint())).unwrap_err();
    assert!(matches!(error, FetchError::Offline { .. }), "{error:?}");
    assert!(error.to_string().contains("name a file on this machine"), "{error}");
    assert_eq!(server.requests().len(), 0);
    fetcher.offline(false).fetch(&location(&server.endpoint())).unwrap();
    assert_eq!(server.requests().len(), 1);
}
