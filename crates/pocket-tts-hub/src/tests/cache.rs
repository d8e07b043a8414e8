//! Tests of listing, checking and cleaning caches.

use std::fs;
use std::time::{Duration, SystemTime};

use super::{PATH, REPO, fetcher, in_repo, large_file};
use crate::testing::{COMMIT, Hub, HubFile, Server, files_below, reply};
use crate::{Leftover, LeftoverKind, Location, Verdict};
use pocket_tts_files::Lock;

const SMALL: &str = "small.txt";

/// A cache with a large and a small file of a hub, and one of a web server.
fn filled() -> (tempfile::TempDir, crate::Fetcher, String) {
    let hub = Hub::start(vec![large_file(), HubFile::small(REPO, SMALL, b"small")]);
    let web = Server::start(|_| reply("200 OK", "", b"sound"));
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(&folder, &hub.endpoint());
    let url = format!("{}/a/voice.wav", web.endpoint());
    for text in [format!("hf://{REPO}/{PATH}"), format!("hf://{REPO}/{SMALL}"), format!("{url}?key=secret")] {
        fetcher.fetch(&Location::parse(&text).unwrap()).unwrap();
    }
    (folder, fetcher, url)
}

fn verdicts(fetcher: &crate::Fetcher) -> Vec<Verdict> {
    fetcher.cached_files(&[REPO]).iter().map(|file| file.verify().unwrap()).collect()
}

#[test]
fn files_are_listed_with_their_origin_and_size_and_are_complete() {
    let (_folder, fetcher, url) = filled();
    let files = fetcher.cached_files(&[REPO, "owner/other"]);
    let listed: Vec<_> =
        files.iter().map(|file| (file.location.as_ref().unwrap().to_string(), file.bytes.unwrap())).collect();
    let of_hub = |path: &str| format!("hf://{REPO}/{path}@{COMMIT}");
    assert_eq!(listed, [(of_hub(PATH), 300_000), (of_hub(SMALL), 5), (url, 5)], "secrets are not recorded");
    assert_eq!(verdicts(&fetcher), [Verdict::Whole; 3]);
    assert_eq!(fetcher.cached_files(&[]).len(), 1);
}

#[test]
fn damage_is_found_by_content_and_can_be_removed() {
    let (folder, fetcher, _) = filled();
    for file in fetcher.cached_files(&[REPO]) {
        let mut bytes = fs::read(&file.path).unwrap();
        bytes[3] ^= 1;
        fs::write(file.path.canonicalize().unwrap(), bytes).unwrap();
    }
    assert_eq!(verdicts(&fetcher), [Verdict::Damaged; 3]);
    #[cfg(unix)]
    {
        fs::remove_file(in_repo(folder.path(), "blobs").join(large_file().etag())).unwrap();
        assert_eq!(verdicts(&fetcher), [Verdict::Missing, Verdict::Damaged, Verdict::Damaged]);
    }
    for file in fetcher.cached_files(&[REPO]) {
        file.remove().unwrap();
    }
    assert_eq!(files_below(&folder.path().join("hub")).len(), 1, "only the reference is left");
    assert_eq!((verdicts(&fetcher), fetcher.leftovers(&[REPO])), (Vec::new(), Vec::new()));
}

#[test]
fn a_file_without_a_record_of_its_checksum_is_listed() {
    let (folder, fetcher, _) = filled();
    fs::remove_dir_all(folder.path().join("web/.origins")).unwrap();
    let files = fetcher.cached_files(&[]);
    assert_eq!((files.len(), files[0].location.as_ref(), verdicts(&fetcher)[2]), (1, None, Verdict::Unknown));
}

/// Writes a file with a modification time in the past.
fn put(path: &std::path::Path, content: &str, age: Duration) {
    fs::write(path, content).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[test]
fn leftovers_are_distinguished_from_useful_files() {
    const OLD: Duration = Duration::from_hours(1);
    let (folder, fetcher, _) = filled();
    assert_eq!(fetcher.leftovers(&[REPO]), Vec::new());
    let blobs = in_repo(folder.path(), "blobs");
    put(&blobs.join("aa.pocket-tts-1.incomplete"), "12", OLD);
    put(&blobs.join("bb.incomplete"), "123", Duration::ZERO);
    put(&blobs.join("cc.1234.incomplete"), "1234", OLD);
    put(&blobs.join("dd"), "12345", OLD);
    put(&folder.path().join("web/ee.wav.0.pocket-tts-1.incomplete"), "1", OLD);
    let elsewhere = folder.path().join("hub/models--owner--other/blobs");
    fs::create_dir_all(&elsewhere).unwrap();
    put(&elsewhere.join("ff.incomplete"), "1", OLD);
    let locks = folder.path().join("hub/.locks/models--owner--name");
    let held = Lock::acquire(&locks.join("cc.lock"), Duration::ZERO, || 0, || ());
    let leftovers = fetcher.leftovers(&[REPO]);
    let found: Vec<_> = leftovers
        .iter()
        .map(|left| (left.path.file_name().unwrap().to_str().unwrap(), left.bytes, left.kind, left.is_in_use))
        .collect();
    let (incomplete, unreferenced) = (LeftoverKind::Incomplete, LeftoverKind::Unreferenced);
    assert_eq!(
        found,
        [
            ("aa.pocket-tts-1.incomplete", 2, incomplete, false),
            ("bb.incomplete", 3, incomplete, true),
            ("cc.1234.incomplete", 4, incomplete, true),
            ("dd", 5, unreferenced, false),
            ("ee.wav.0.pocket-tts-1.incomplete", 1, incomplete, false),
        ]
    );
    let removed = |leftover: &Leftover| leftover.remove().unwrap();
    assert_eq!(leftovers.iter().map(removed).collect::<Vec<_>>(), [true, true, false, true, true]);
    drop(held);
    assert_eq!(fetcher.leftovers(&[REPO]).len(), 1);
    assert_eq!(verdicts(&fetcher), [Verdict::Whole; 3]);
    assert!(elsewhere.join("ff.incomplete").exists(), "other repositories are left alone");
}
