//! Tests of the hub's cache after a fetch, and of responses of the hub.

use std::fs;
use std::path::{Path, PathBuf};

use super::{PATH, REPO, fetcher, in_repo, large_body, large_file, location, pinned};
use crate::testing::{
    COMMIT, Hub, HubFile, Reply, Request, Server, deserted_endpoint, files_below, reply, settings,
};
use crate::{FetchError, Fetcher, Location};

const OTHER_COMMIT: &str = "fedcba9876543210fedcba9876543210fedcba98";
const BODY: &[u8] = b"the bytes of a model";

fn small_file() -> HubFile {
    HubFile::small(REPO, PATH, BODY)
}

/// The error of a fetch from a hub with the responses of `answer`; nothing may be left in the cache.
fn error_for(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> FetchError {
    let server = Server::start(answer);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &server.endpoint());
    let error = fetcher.fetch(&pinned()).unwrap_err();
    assert_eq!(files_below(folder.path()), Vec::<PathBuf>::new(), "{error}");
    assert_eq!(fetcher.cached(&pinned()), None);
    error
}

#[test]
fn a_pinned_file_is_fetched_once_and_then_cached() {
    let hub = Hub::start(vec![small_file()]);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &hub.endpoint());
    assert_eq!(fetcher.cached(&pinned()), None);
    let first = fetcher.obtain(&pinned()).unwrap();
    assert_eq!(first.received_bytes, BODY.len() as u64);
    assert_eq!(first.path, in_repo(folder.path(), &format!("snapshots/{COMMIT}/{PATH}")));
    assert_eq!(fs::read(&first.path).unwrap(), BODY);
    let expected = format!("/{REPO}/resolve/{COMMIT}/{PATH}");
    assert!(hub.requests().iter().all(|request| request.path == expected), "{:?}", hub.requests());
    assert_eq!(hub.transfers().len(), 1);
    drop(hub);
    let again = fetcher.offline(true).obtain(&pinned()).unwrap();
    assert_eq!((again.path, again.received_bytes), (first.path, 0));
}

#[test]
fn the_cache_has_the_layout_of_python_and_nothing_else() {
    let hub = Hub::start(vec![small_file(), large_file()]);
    let folder = tempfile::tempdir().unwrap();
    let path = fetcher(&folder, &hub.endpoint()).fetch(&location(None)).unwrap();
    assert!(hub.requests()[0].path.contains("/resolve/main/"), "{:?}", hub.requests());
    let (blob, pointer) = (format!("blobs/{}", small_file().etag()), format!("snapshots/{COMMIT}/{PATH}"));
    let expected: Vec<_> = [blob.as_str(), "refs/main", &pointer].map(PathBuf::from).into();
    assert_eq!(files_below(&in_repo(folder.path(), "")), expected);
    assert_eq!(fs::read_to_string(in_repo(folder.path(), "refs/main")).unwrap(), COMMIT);
    assert!(
        folder.path().join(format!("hub/.locks/models--owner--name/{}.lock", small_file().etag())).is_file()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::read_link(&path).unwrap(), Path::new("../../../").join(blob));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let usual = folder.path().join("usual");
        fs::write(&usual, "").unwrap();
        assert_eq!(mode(&path), mode(&usual), "caches are shared between users");
    }
    assert_eq!(fs::read(&path).unwrap(), BODY);
}

#[test]
fn a_file_that_python_cached_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let pointer = in_repo(folder.path(), &format!("snapshots/{COMMIT}/{PATH}"));
    fs::create_dir_all(pointer.parent().unwrap()).unwrap();
    fs::write(&pointer, BODY).unwrap();
    let fetcher = fetcher(&folder, &deserted_endpoint());
    assert_eq!(fetcher.cached(&pinned()).as_ref(), Some(&pointer));
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
fn a_read_only_cache_is_read_and_nothing_is_written_to_it() {
    use std::os::unix::fs::PermissionsExt;
    let hub = Hub::start(vec![small_file()]);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &hub.endpoint());
    let path = fetcher.fetch(&location(None)).unwrap();
    let everything = || {
        let mut found = vec![folder.path().join("hub")];
        let mut next = 0;
        while next < found.len() {
            let entries = fs::read_dir(&found[next]).into_iter().flatten();
            found.extend(entries.map(|entry| entry.unwrap().path()));
            next += 1;
        }
        found
    };
    let times =
        || everything().iter().map(|path| fs::symlink_metadata(path).unwrap().modified().unwrap()).collect();
    let set_mode = |mode: u32| {
        for path in everything().into_iter().filter(|path| path.is_dir()) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set_mode(0o555);
    let (paths, before): (_, Vec<_>) = (everything(), times());
    let requests = hub.requests().len();
    for revision in [None, Some(COMMIT)] {
        assert_eq!(fetcher.fetch(&location(revision)).unwrap(), path);
    }
    // Root may write despite the mode, so the test checks that nothing changed.
    assert_eq!((everything(), times()), (paths, before));
    assert_eq!(hub.requests().len(), requests);
    set_mode(0o755);
}

#[test]
fn a_cached_file_needs_no_reference() {
    let hub = Hub::start(vec![small_file()]);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &hub.endpoint());
    let path = fetcher.fetch(&pinned()).unwrap();
    // A file of that name prevents even root from creating the folder.
    fs::write(in_repo(folder.path(), "refs"), "").unwrap();
    assert_eq!(fetcher.fetch(&location(None)).unwrap(), path);
    assert_eq!(hub.transfers().len(), 1);
}

#[cfg(unix)]
#[test]
fn a_dangling_link_is_repaired() {
    let hub = Hub::start(vec![small_file()]);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &hub.endpoint());
    let path = fetcher.fetch(&pinned()).unwrap();
    fs::remove_file(in_repo(folder.path(), &format!("blobs/{}", small_file().etag()))).unwrap();
    assert_eq!(fetcher.cached(&pinned()), None);
    assert_eq!(fetcher.fetch(&pinned()).unwrap(), path);
    assert_eq!(fs::read(&path).unwrap(), BODY);
}

#[test]
fn bytes_of_another_revision_are_not_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = Hub::start(vec![large_file()]);
    fetcher(&folder, &first.endpoint()).fetch(&pinned()).unwrap();
    let second = Hub::start(vec![large_file()]);
    let fetched = fetcher(&folder, &second.endpoint()).obtain(&location(Some(OTHER_COMMIT))).unwrap();
    assert_eq!((second.transfers().len(), fetched.received_bytes), (0, 0));
    assert_eq!(fs::read(fetched.path).unwrap(), large_body());
}

#[test]
fn a_large_file_is_fetched_through_a_redirect_and_the_token_is_sent_to_the_hub_only() {
    let content = Server::start(|_| reply("200 OK", "ETag: \"of_the_content_server\"\r\n", BODY));
    let target = format!("{}/content", content.endpoint());
    let server = Server::start(move |request| {
        if request.path.starts_with("/owner/") {
            return reply("307 Temporary Redirect", "Location: /renamed/name\r\n", b"");
        }
        let headers = format!(
            "Location: {target}\r\nX-Linked-ETag: \"sha\"\r\nETag: \"x\"\r\nX-Repo-Commit: {COMMIT}\r\n"
        );
        reply("302 Found", &headers, b"")
    });
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path(), &server.endpoint());
    settings.token = Some("hf_abc".to_owned());
    let path = Fetcher::new(settings).fetch(&pinned()).unwrap();
    assert_eq!(fs::read(path).unwrap(), BODY);
    assert_eq!(fs::read(in_repo(folder.path(), "blobs/sha")).unwrap(), BODY);
    assert_eq!(content.requests().len(), 1);
    for request in content.requests() {
        assert_eq!((request.path.as_str(), request.header("authorization")), ("/content", None));
    }
    assert_eq!(server.requests().len(), 2);
    for request in server.requests() {
        assert_eq!(request.header("authorization"), Some("Bearer hf_abc"));
    }
}

#[test]
fn special_characters_in_a_path_are_escaped() {
    let hub = Hub::start(vec![HubFile::small(REPO, "%C3%A9%2B%22/a.bin", BODY)]);
    let folder = tempfile::tempdir().unwrap();
    let location = Location::parse(&format!("hf://{REPO}/é+\"/a.bin@{COMMIT}")).unwrap();
    let path = fetcher(&folder, &hub.endpoint()).fetch(&location).unwrap();
    assert!(path.ends_with("é+\"/a.bin"), "{path:?}");
}

#[test]
fn a_refusal_names_the_page_and_the_login_and_is_not_retried() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let server = Server::start(move |_| reply(status, "", b""));
        let folder = tempfile::tempdir().unwrap();
        let error = fetcher(&folder, &server.endpoint()).fetch(&pinned()).unwrap_err();
        assert!(matches!(&error, FetchError::Denied { repo, .. } if repo == REPO), "{error:?}");
        let page = "https://huggingface.co/owner/name";
        for word in [page, "accept the terms", "`hf auth login`", "HF_TOKEN", &status[..3]] {
            assert!(error.to_string().contains(word), "{error}");
        }
        assert_eq!(server.requests().len(), 1);
        assert_eq!(files_below(folder.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = error_for(|_| reply("404 Not Found", "", b""));
    assert!(matches!(error, FetchError::NotFound { status: 404, .. }), "{error:?}");
    assert!(error.to_string().contains(&pinned().to_string()), "{error}");
}

#[test]
fn a_hub_that_refuses_the_connection_or_sends_nothing_is_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, &deserted_endpoint()).fetch(&location(None)).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    for word in ["cannot be reached", "name a file on this machine"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    let server = Server::start(|_| Reply::Hang(Vec::new()));
    let mut settings = settings(folder.path(), &server.endpoint());
    settings.retries = 0;
    let error = Fetcher::new(settings).fetch(&location(None)).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("sent nothing for 2 s"), "{error}");
}

#[test]
fn a_response_that_is_not_from_a_hub_is_refused() {
    let error = error_for(|_| reply("200 OK", "", b"Welcome to this hotel!"));
    assert!(matches!(error, FetchError::Protocol { .. }), "{error:?}");
    assert!(error.to_string().contains("HF_ENDPOINT"), "{error}");
    for commit in [OTHER_COMMIT, "no_commit"] {
        let headers = format!("ETag: \"blob1\"\r\nX-Repo-Commit: {commit}\r\n");
        let error = error_for(move |_| reply("200 OK", &headers, b""));
        assert!(matches!(error, FetchError::Protocol { .. }), "{error:?}");
        assert!(error.to_string().contains("another revision"), "{error}");
    }
    for etag in ["../../x", "", ".hidden", "a/b"] {
        let headers = format!("ETag: \"{etag}\"\r\nX-Repo-Commit: {COMMIT}\r\n");
        let error = error_for(move |_| reply("200 OK", &headers, b""));
        assert!(error.to_string().contains("an invalid ETag"), "{etag}: {error}");
    }
    let error = error_for(|_| reply("302 Found", "Location: /again\r\n", b""));
    assert!(error.to_string().contains("too many redirects"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    for endpoint in ["", "nowhere", "ftp://127.0.0.1"] {
        let error = fetcher(&folder, endpoint).fetch(&location(None)).unwrap_err();
        assert!(matches!(error, FetchError::Protocol { .. }), "{endpoint}: {error:?}");
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_named_in_the_error() {
    let hub = Hub::start(vec![small_file()]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hub"), "a file").unwrap();
    let error = fetcher(&folder, &hub.endpoint()).fetch(&location(None)).unwrap_err();
    assert!(matches!(error, FetchError::Disk { .. }), "{error:?}");
    assert!(error.to_string().contains(in_repo(folder.path(), "blobs").to_str().unwrap()), "{error}");
}

#[test]
fn offline_makes_no_connection() {
    let hub = Hub::start(vec![small_file()]);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &hub.endpoint()).offline(true);
    let error = fetcher.fetch(&pinned()).unwrap_err();
    assert!(matches!(error, FetchError::Offline { .. }), "{error:?}");
    for word in ["hf://owner/name/folder/model.bin", "allow the network once", "name a file on this machine"]
    {
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(hub.requests().len(), 0);
    fetcher.offline(false).fetch(&pinned()).unwrap();
    assert!(!hub.requests().is_empty());
}

#[test]
fn a_file_beyond_the_limit_is_not_kept_but_one_within_it_is() {
    for file in [HubFile::small(REPO, PATH, BODY), HubFile::large(REPO, PATH, BODY)] {
        let hub = Hub::start(vec![file]);
        let folder = tempfile::tempdir().unwrap();
        let bytes = BODY.len() as u64;
        let error = fetcher(&folder, &hub.endpoint()).at_most(bytes - 1).fetch(&pinned()).unwrap_err();
        assert!(
            matches!(error, FetchError::TooLarge { limit_bytes, .. } if limit_bytes == bytes - 1),
            "{error:?}"
        );
        let left: Vec<_> = files_below(folder.path());
        assert!(left.iter().all(|file| file.extension().is_some_and(|kind| kind == "lock")), "{left:?}");
        fetcher(&folder, &hub.endpoint()).at_most(bytes).fetch(&pinned()).unwrap();
    }
}
