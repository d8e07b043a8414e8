//! Tests of environment variables; they are passed in, not set.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::FetcherSettings;

fn from(home: Option<&Path>, variables: &[(&str, &str)]) -> FetcherSettings {
    let lookup = |name: &str| {
        let value = variables.iter().find(|(key, _)| *key == name)?.1;
        Some(OsString::from(value))
    };
    FetcherSettings::from_variables(&lookup, home.map(Path::to_path_buf))
}

fn hub_cache(variables: &[(&str, &str)]) -> String {
    from(Some(Path::new("/home/me")), variables).hub_cache.unwrap().to_str().unwrap().to_owned()
}

#[test]
fn the_hub_cache_is_that_of_python() {
    assert_eq!(hub_cache(&[]), "/home/me/.cache/huggingface/hub");
    assert_eq!(hub_cache(&[("XDG_CACHE_HOME", "/x")]), "/x/huggingface/hub");
    assert_eq!(hub_cache(&[("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/h")]), "/h/hub");
    assert_eq!(hub_cache(&[("HF_HOME", "/h"), ("HUGGINGFACE_HUB_CACHE", "/old")]), "/old");
    assert_eq!(hub_cache(&[("HF_HUB_CACHE", "/new"), ("HUGGINGFACE_HUB_CACHE", "/old")]), "/new");
    assert_eq!(hub_cache(&[("HF_HOME", "")]), "/home/me/.cache/huggingface/hub");
}

#[test]
fn the_home_folder_and_variables_are_expanded_in_paths() {
    assert_eq!(hub_cache(&[("HF_HUB_CACHE", "~/hub")]), "/home/me/hub");
    assert_eq!(hub_cache(&[("HF_HUB_CACHE", "~other/hub")]), "~other/hub");
    let disk = ("DISK", "/disk");
    assert_eq!(hub_cache(&[disk, ("HF_HUB_CACHE", "$DISK/${DISK}x/$ABSENT/${ABSENT}/$")]), {
        "/disk//diskx/$ABSENT/${ABSENT}/$"
    });
}

#[test]
fn files_of_web_servers_have_a_separate_cache() {
    let home = Path::new("/home/me");
    let web_cache = |variables: &[(&str, &str)]| from(Some(home), variables).web_cache.unwrap();
    assert_eq!(web_cache(&[("HF_HOME", "/h")]), PathBuf::from("/home/me/.cache/pocket-tts"));
    assert_eq!(web_cache(&[("XDG_CACHE_HOME", "/x")]), PathBuf::from("/x/pocket-tts"));
}

#[test]
fn without_a_home_folder_only_given_folders_are_known() {
    for home in [None, Some(Path::new(""))] {
        assert_eq!(from(home, &[]), FetcherSettings::default());
        let settings = from(home, &[("HF_HOME", "/h")]);
        assert_eq!((settings.hub_cache, settings.web_cache), (Some(PathBuf::from("/h/hub")), None));
    }
}

#[test]
fn the_true_values_of_offline_are_those_of_python() {
    for word in ["1", "true", "YES", "On"] {
        assert!(from(None, &[("HF_HUB_OFFLINE", word)]).offline, "{word}");
        assert!(from(None, &[("TRANSFORMERS_OFFLINE", word)]).offline, "{word}");
    }
    for word in ["", "0", "false", "no", "off", "2"] {
        assert!(!from(None, &[("HF_HUB_OFFLINE", word)]).offline, "{word}");
    }
    assert!(!from(None, &[("HF_HUB_OFFLINE", "0"), ("TRANSFORMERS_OFFLINE", "1")]).offline);
}

#[test]
fn the_endpoint_has_no_slash_at_its_end() {
    assert_eq!(from(None, &[]).endpoint, "https://huggingface.co");
    assert_eq!(from(None, &[("HF_ENDPOINT", "https://mirror.example/")]).endpoint, "https://mirror.example");
}

#[test]
fn the_token_comes_from_the_first_source_that_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();
    let token = |variables: &[(&str, &str)]| {
        let mut variables = variables.to_vec();
        variables.push(("HF_HOME", home));
        from(None, &variables).token
    };
    assert_eq!(token(&[]), None);
    fs::write(folder.path().join("token"), " of_file\n").unwrap();
    fs::write(folder.path().join("other"), "of_other_file").unwrap();
    assert_eq!(token(&[]).as_deref(), Some("of_file"));
    let other = folder.path().join("other");
    let other = ("HF_TOKEN_PATH", other.to_str().unwrap());
    assert_eq!(token(&[other]).as_deref(), Some("of_other_file"));
    assert_eq!(token(&[other, ("HUGGING_FACE_HUB_TOKEN", "old")]).as_deref(), Some("old"));
    assert_eq!(token(&[("HF_TOKEN", "new\r\n"), ("HUGGING_FACE_HUB_TOKEN", "old")]).as_deref(), Some("new"));
    assert_eq!(token(&[("HF_TOKEN", "new"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]), None);
}

#[test]
fn the_stall_timeout_is_a_number_of_seconds() {
    let stall_timeout_s =
        |text: &str| from(None, &[("HF_HUB_DOWNLOAD_TIMEOUT", text)]).stall_timeout.as_secs();
    let default = FetcherSettings::default().stall_timeout.as_secs();
    assert_eq!(["5", "", "0", "soon"].map(stall_timeout_s), [5, default, default, default]);
}

#[test]
fn the_token_is_not_printed() {
    let settings = from(None, &[("HF_TOKEN", "hf_secret")]);
    assert_eq!(settings.token.as_deref(), Some("hf_secret"));
    assert!(!format!("{settings:?}").contains("hf_secret"));
}
