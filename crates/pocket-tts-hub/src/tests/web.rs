//! Tests of files from plain web servers.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{fetcher, large_body};
use crate::Location;
use crate::testing::{
    Reply, Request, Server, deserted_endpoint, files_below, reply, settings, whole_files_below,
};
use crate::{FetchError, Fetcher};

fn location(endpoint: &str) -> Location {
    Location::parse(&format!("{endpoint}/folder/voice.wav?size=1")).unwrap()
}

/// The error of a fetch from a server with the responses of `answer`; nothing in the cache may look complete.
fn error_for(answer: impl Fn() -> Reply + Send + Sync + 'static) -> FetchError {
    let server = Server::start(move |_| answer());
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path(), "");
    settings.retries = 0;
    let error = Fetcher::new(settings).fetch(&location(&server.endpoint())).unwrap_err();
    assert_eq!(whole_files_below(folder.path()), Vec::<std::path::PathBuf>::new(), "{error}");
    error
}

#[test]
fn a_file_is_fetched_once_and_then_cached() {
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
fn statuses_have_separate_errors() {
    let error = error_for(|| reply("404 Not Found", "", b""));
    assert!(matches!(error, FetchError::NotFound { status: 404, .. }), "{error:?}");
    // `Denied` makes callers fall back to weights without voice cloning, which only the hub has.
    let error = error_for(|| reply("403 Forbidden", "", b""));
    assert!(matches!(error, FetchError::Status { status: 403, .. }), "{error:?}");
    let error = error_for(|| reply("503 Service Unavailable", "", b""));
    assert!(matches!(error, FetchError::Status { status: 503, .. }), "{error:?}");
    assert!(error.to_string().contains("run again later"), "{error}");
}

#[test]
fn a_server_that_is_absent_or_sends_nothing_or_no_http_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, "").fetch(&location(&deserted_endpoint())).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    for word in ["cannot be reached", "name a file on this machine"] {
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
fn a_cache_that_is_not_a_folder_is_named_in_the_error() {
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

#[test]
fn an_interrupted_transfer_is_resumed_only_with_the_same_version() {
    for (second_etag, expected_ranges) in [("\"one\"", vec![None, Some(1)]), ("\"two\"", vec![None, None])] {
        let count = AtomicUsize::new(0);
        let server = Server::start(move |request| {
            let body = large_body();
            let headers = |etag: &str| format!("ETag: {etag}\r\nAccept-Ranges: bytes\r\n");
            match (count.fetch_add(1, Ordering::SeqCst), request.range_start()) {
                (0, _) => match reply("200 OK", &headers("\"one\""), &body) {
                    Reply::Send(all) => Reply::Send(all[..100_000].to_vec()),
                    other => other,
                },
                (_, Some(start)) if request.header("if-range") == Some(second_etag) => {
                    let range = format!("Content-Range: bytes {start}-{}/{}\r\n", body.len() - 1, body.len());
                    reply("206 Partial Content", &(headers(second_etag) + &range), &body[start..])
                }
                _ => reply("200 OK", &headers(second_etag), &body),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let location = location(&server.endpoint());
        let mut settings = settings(folder.path(), "");
        settings.retries = 0;
        let fetcher = Fetcher::new(settings);
        fetcher.fetch(&location).unwrap_err();
        assert_eq!(files_below(folder.path()).len(), 1);
        let path = fetcher.fetch(&location).unwrap();
        assert_eq!(fs::read(path).unwrap(), large_body());
        assert_eq!(files_below(folder.path()).len(), 1, "the leftover is removed");
        let starts = server.requests().iter().skip(1).map(Request::range_start).collect::<Vec<_>>();
        // The first request returns the version, and its body is used if that isn't the partial file's.
        let expected = if expected_ranges[1].is_some() { 2 } else { 1 };
        assert!(starts.len() == expected && starts[0].is_none(), "{starts:?}");
        assert_eq!(starts.last().unwrap().is_some(), expected_ranges[1].is_some());
    }
}

#[test]
fn a_digest_from_the_server_is_checked() {
    // `printf sound | openssl dgst -sha256 -binary | base64`
    let correct = "3SlELeymn1LFAAa4Mcshbt94p9ozdI8KgP8Z8uvlfs0=";
    let wrong = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let answer = |digest: &str| {
        let headers = format!("Repr-Digest: sha-256=:{digest}:\r\n");
        move || reply("200 OK", &headers, b"sound")
    };
    let error = error_for(answer(wrong));
    assert!(matches!(error, FetchError::Damaged { .. }), "{error:?}");
    let server = Server::start({
        let answer = answer(correct);
        move |_| answer()
    });
    let folder = tempfile::tempdir().unwrap();
    fetcher(&folder, "").fetch(&location(&server.endpoint())).unwrap();
}

#[test]
fn concurrent_fetches_transfer_a_file_once() {
    let server = Server::start(|_| reply("200 OK", "", b"sound"));
    let folder = tempfile::tempdir().unwrap();
    let (fetcher, location) = (fetcher(&folder, ""), location(&server.endpoint()));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(fs::read(fetcher.fetch(&location).unwrap()).unwrap(), b"sound"));
        }
    });
    assert_eq!(server.requests().len(), 1);
}
