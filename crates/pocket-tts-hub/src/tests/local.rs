//! Tests of local files and of fetchers without cache folders.

use std::fs;

use crate::Location;
use crate::{FetchError, Fetcher, FetcherSettings};

#[test]
fn a_local_path_is_returned_even_offline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, "x").unwrap();
    let fetcher = Fetcher::new(FetcherSettings::default()).offline(true);
    let location = Location::Path(path.clone());
    assert_eq!(fetcher.fetch(&location).unwrap(), path);
    assert_eq!(fetcher.cached(&location), Some(path));
}

#[test]
fn a_missing_file_and_a_folder_are_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(FetcherSettings::default());
    for path in [folder.path().join("absent.bin"), folder.path().to_path_buf()] {
        let location = Location::Path(path.clone());
        let error = fetcher.fetch(&location).unwrap_err();
        assert!(matches!(error, FetchError::Missing { .. }), "{error:?}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert_eq!(fetcher.cached(&location), None);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_named_pipe_is_found_without_being_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.wav");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let location = Location::Path(path.clone());
    assert_eq!(Fetcher::new(FetcherSettings::default()).fetch(&location).unwrap(), path);
}

#[test]
fn without_a_cache_folder_the_error_names_the_variables() {
    let fetcher = Fetcher::new(FetcherSettings::default());
    for text in ["hf://owner/name/a.bin", "https://127.0.0.1:1/a.bin"] {
        let error = fetcher.fetch(&Location::parse(text).unwrap()).unwrap_err();
        assert!(matches!(error, FetchError::NoCacheFolder { .. }), "{error:?}");
        for word in [text, "HOME", "HF_HOME", "XDG_CACHE_HOME"] {
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
