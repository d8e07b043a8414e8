//! Tests of transfers that are interrupted, wrong, slow or concurrent.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{PATH, REPO, fetcher, in_repo, large_body, large_file, pinned};
use crate::testing::{
    COMMIT, Hub, HubFile, Reply, Request, Server, Whims, files_below, reply, settings, whole_files_below,
};
use crate::{FetchError, FetchEvent, Fetcher, Observer};

/// A hub whose responses to `GET` are changed by `change`; its first argument is the number of earlier ones.
fn hub_with(change: impl Fn(usize, &Request, Reply) -> Reply + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |request| {
        let (etag, body) = (large_file().etag(), large_body());
        let headers = format!("ETag: \"{etag}\"\r\nX-Repo-Commit: {COMMIT}\r\n");
        let start = request.range_start().unwrap_or_default();
        let complete = if start == 0 {
            reply("200 OK", &headers, &body)
        } else {
            let range = format!("Content-Range: bytes {start}-{}/{}\r\n", body.len() - 1, body.len());
            reply("206 Partial Content", &format!("{headers}{range}"), &body[start..])
        };
        if request.method == "HEAD" {
            return complete;
        }
        change(count.fetch_add(1, Ordering::SeqCst), request, complete)
    })
}

/// The first `bytes` of a response.
fn cut(reply: Reply, bytes: usize) -> Reply {
    match reply {
        Reply::Send(mut all) => {
            all.truncate(bytes);
            Reply::Send(all)
        }
        other => other,
    }
}

fn ranges(server: &Server) -> Vec<Option<usize>> {
    let transfers = server.requests().into_iter().filter(|request| request.method == "GET");
    transfers.map(|request| request.range_start()).collect()
}

#[test]
fn an_interrupted_transfer_is_resumed() {
    let server = hub_with(|count, _, reply| if count == 0 { cut(reply, 100_000) } else { reply });
    let folder = tempfile::tempdir().unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let observer = {
        let events = Arc::clone(&events);
        move |event: &FetchEvent<'_>| match event {
            FetchEvent::Started { done_bytes, total_bytes, .. } => {
                events.lock().unwrap().push(format!("started at {done_bytes} of {total_bytes:?}"));
            }
            FetchEvent::Retrying { .. } => events.lock().unwrap().push("retrying".to_owned()),
            FetchEvent::Finished { total_bytes, .. } => {
                events.lock().unwrap().push(format!("finished {total_bytes}"));
            }
            _ => {}
        }
    };
    let fetched =
        fetcher(&folder, &server.endpoint()).observed_by(Observer::new(observer)).obtain(&pinned()).unwrap();
    assert_eq!(fs::read(fetched.path).unwrap(), large_body());
    assert_eq!(fetched.received_bytes, 300_000, "no byte is received twice");
    let ranges = ranges(&server);
    assert!(matches!(ranges[..], [None, Some(90_000..100_000)]), "{ranges:?}");
    let second = format!("started at {} of Some(300000)", ranges[1].unwrap());
    let expected = ["started at 0 of Some(300000)", "retrying", &second, "finished 300000"];
    assert_eq!(*events.lock().unwrap(), expected);
    assert_eq!(files_below(&in_repo(folder.path(), "blobs")).len(), 1);
}

#[test]
fn a_later_run_resumes_an_interrupted_transfer() {
    let folder = tempfile::tempdir().unwrap();
    let broken = hub_with(|_, _, reply| cut(reply, 100_000));
    let mut settings = settings(folder.path(), &broken.endpoint());
    settings.retries = 0;
    let error = Fetcher::new(settings).fetch(&pinned()).unwrap_err();
    assert!(matches!(error, FetchError::Incomplete { .. }), "{error:?}");
    assert!(error.to_string().contains("to resume it"), "{error}");
    assert!(whole_files_below(folder.path()).is_empty(), "{:?}", files_below(folder.path()));
    let kept =
        fs::metadata(in_repo(folder.path(), "blobs").join(&files_below(&in_repo(folder.path(), "blobs"))[0]));
    let kept = kept.unwrap().len();
    let hub = Hub::start(vec![large_file()]);
    let fetched = fetcher(&folder, &hub.endpoint()).obtain(&pinned()).unwrap();
    assert_eq!(fs::read(fetched.path).unwrap(), large_body());
    assert_eq!(fetched.received_bytes, 300_000 - kept);
    assert_eq!(hub.transfers().iter().map(Request::range_start).collect::<Vec<_>>(), [Some(kept as usize)]);
    assert_eq!(files_below(&in_repo(folder.path(), "blobs")).len(), 1, "the leftover is removed");
}

#[test]
fn a_partial_file_is_discarded_without_range_support_or_if_it_is_of_another_file() {
    let body = large_body();
    let other = vec![7; 100_000];
    let too_long = vec![7; 300_001];
    let cases = [(&body[..100_000], true), (&other[..], false), (&too_long[..], false), (&body[..], true)];
    for (left, ignores_ranges) in cases {
        let folder = tempfile::tempdir().unwrap();
        let blobs = in_repo(folder.path(), "blobs");
        fs::create_dir_all(&blobs).unwrap();
        let name = format!("{}.pocket-tts-12345678.incomplete", large_file().etag());
        fs::write(blobs.join(name), left).unwrap();
        let hub = Hub::with_whims(vec![large_file()], Whims { ignores_ranges, ..Whims::default() });
        let path = fetcher(&folder, &hub.endpoint()).fetch(&pinned()).unwrap();
        assert_eq!(fs::read(path).unwrap(), body);
        assert_eq!(files_below(&blobs).len(), 1);
        let is_complete = left.len() == body.len();
        assert_eq!(hub.transfers().is_empty(), is_complete, "a complete partial file is only renamed");
    }
}

#[test]
fn a_file_with_the_wrong_hash_or_size_is_never_kept() {
    let mut wrong = large_body();
    wrong[150_000] ^= 1;
    let longer = [large_body(), vec![0]].concat();
    for forged in [wrong, longer] {
        for file in [large_file(), HubFile::small(REPO, PATH, &large_body())] {
            let forged = vec![(PATH.to_owned(), forged.clone())];
            let hub = Hub::with_whims(vec![file], Whims { forged, ..Whims::default() });
            let folder = tempfile::tempdir().unwrap();
            let error = fetcher(&folder, &hub.endpoint()).fetch(&pinned()).unwrap_err();
            assert!(matches!(error, FetchError::Damaged { .. }), "{error:?}");
            assert!(error.to_string().contains("nothing of it was kept"), "{error}");
            assert_eq!(files_below(folder.path()).len(), 0);
            assert_eq!(hub.transfers().len(), 1, "a retry would return the same");
        }
    }
}

#[test]
fn a_body_that_always_ends_early_is_never_accepted() {
    let shorter = large_body()[..299_999].to_vec();
    let hub = Hub::with_whims(
        vec![large_file()],
        Whims { forged: vec![(PATH.to_owned(), shorter)], ..Whims::default() },
    );
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, &hub.endpoint()).fetch(&pinned()).unwrap_err();
    assert!(matches!(error, FetchError::Incomplete { .. }), "{error:?}");
    assert!(whole_files_below(folder.path()).is_empty());
}

#[test]
fn a_busy_server_is_retried_a_few_times() {
    let busy = ["429 Too Many Requests", "503 Service Unavailable", "500 Internal Server Error"];
    let count = AtomicUsize::new(0);
    let hub = hub_with(move |count, _, complete| match busy.get(count) {
        Some(status) => reply(status, "Retry-After: 0\r\n", b""),
        None => complete,
    });
    let folder = tempfile::tempdir().unwrap();
    let path = fetcher(&folder, &hub.endpoint()).fetch(&pinned()).unwrap();
    assert_eq!(fs::read(path).unwrap(), large_body());
    assert_eq!(ranges(&hub).len(), 4);
    // The same for the `HEAD` request.
    let server = Server::start(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        reply("429 Too Many Requests", "", b"")
    });
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, &server.endpoint()).fetch(&pinned()).unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 429, .. }), "{error:?}");
    assert!(error.to_string().contains("wait a while"), "{error}");
    assert_eq!(server.requests().len(), 4, "one and three retries");
}

#[test]
fn a_long_retry_after_is_an_error() {
    let server = Server::start(|_| reply("429 Too Many Requests", "Retry-After: 3600\r\n", b""));
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, &server.endpoint()).fetch(&pinned()).unwrap_err();
    assert!(error.to_string().contains("asks to wait 3600 s"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn retry_after_is_respected() {
    let hub = hub_with(|count, _, complete| match count {
        0 => reply("503 Service Unavailable", "Retry-After: 1\r\n", b""),
        _ => complete,
    });
    let folder = tempfile::tempdir().unwrap();
    let delays = Arc::new(Mutex::new(Vec::new()));
    let observer = {
        let delays = Arc::clone(&delays);
        move |event: &FetchEvent<'_>| {
            if let FetchEvent::Retrying { delay, reason, .. } = event {
                delays.lock().unwrap().push((*delay, reason.contains("503")));
            }
        }
    };
    fetcher(&folder, &hub.endpoint()).observed_by(Observer::new(observer)).fetch(&pinned()).unwrap();
    assert_eq!(*delays.lock().unwrap(), [(Duration::from_secs(1), true)]);
}

#[test]
fn an_expired_address_is_requested_again_and_is_not_a_refusal() {
    let expired = "403 Forbidden";
    let hub = hub_with(move |count, _, complete| match count {
        0 => cut(complete, 100_000),
        1 => reply(expired, "", b""),
        _ => complete,
    });
    let folder = tempfile::tempdir().unwrap();
    let path = fetcher(&folder, &hub.endpoint()).fetch(&pinned()).unwrap();
    assert_eq!(fs::read(path).unwrap(), large_body());
    let ranges = ranges(&hub);
    assert!(ranges.len() == 3 && ranges[2].is_some(), "{ranges:?}");
    assert_eq!(hub.requests().iter().filter(|request| request.method == "HEAD").count(), 2);
    let hub = hub_with(move |_, _, _| reply(expired, "", b""));
    let folder = tempfile::tempdir().unwrap();
    let error = fetcher(&folder, &hub.endpoint()).fetch(&pinned()).unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 403, .. }), "{error:?}");
}

#[test]
fn a_stall_during_the_body_ends_the_transfer_and_the_received_bytes_are_kept() {
    let hub = hub_with(|_, _, reply| match cut(reply, 100_000) {
        Reply::Send(bytes) => Reply::Hang(bytes),
        other => other,
    });
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path(), &hub.endpoint());
    settings.retries = 0;
    // Long enough for the bytes that are sent.
    settings.stall_timeout = Duration::from_secs(5);
    let error = Fetcher::new(settings).fetch(&pinned()).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("sent nothing for 5 s"), "{error}");
    assert_eq!((files_below(folder.path()).len(), whole_files_below(folder.path()).len()), (1, 0));
}

#[test]
fn a_transfer_that_is_too_slow_is_aborted() {
    let whims = Whims { trickle: Some((200, Duration::from_millis(5))), ..Whims::default() };
    let hub = Hub::with_whims(vec![large_file()], whims);
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path(), &hub.endpoint());
    settings.retries = 1;
    settings.speed_window = Duration::from_millis(200);
    settings.least_bytes_per_second = 1 << 30;
    let error = Fetcher::new(settings).fetch(&pinned()).unwrap_err();
    assert!(matches!(error, FetchError::TooSlow { .. }), "{error:?}");
    assert!(error.to_string().contains("slower than 1073741824 bytes per second"), "{error}");
    let transfers = hub.transfers();
    assert!(transfers.len() == 2 && transfers[1].range_start() > Some(0), "{transfers:?}");
    assert!(whole_files_below(folder.path()).is_empty());
}

#[test]
fn concurrent_fetches_transfer_a_file_once_and_are_complete_without_locks() {
    for locks in [true, false] {
        let whims = Whims { trickle: Some((30_000, Duration::from_millis(5))), ..Whims::default() };
        let hub = Hub::with_whims(vec![large_file()], whims);
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path(), &hub.endpoint());
        settings.locks = locks;
        let waits = Arc::new(AtomicUsize::new(0));
        let observer = {
            let waits = Arc::clone(&waits);
            move |event: &FetchEvent<'_>| {
                if matches!(event, FetchEvent::Waiting { .. }) {
                    waits.fetch_add(1, Ordering::SeqCst);
                }
            }
        };
        let fetcher = Fetcher::new(settings).observed_by(Observer::new(observer));
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let path = fetcher.fetch(&pinned()).unwrap();
                    assert_eq!(fs::read(path).unwrap(), large_body());
                });
            }
        });
        assert_eq!(whole_files_below(&in_repo(folder.path(), "blobs")).len(), 1);
        assert_eq!(files_below(&in_repo(folder.path(), "blobs")).len(), 1, "no leftovers");
        if locks {
            assert_eq!(hub.transfers().len(), 1);
            assert!(waits.load(Ordering::SeqCst) > 0);
        }
    }
}
