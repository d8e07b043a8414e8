//! Which place wins, and what is refused.

use clap::{Args, Command, FromArgMatches};

use super::*;

fn arguments(arguments: &[&str]) -> ServeArguments {
    let command = ServeArguments::augment_args(Command::new("serve"));
    let matches = command.try_get_matches_from([&["serve"], arguments].concat()).unwrap();
    ServeArguments::from_arg_matches(&matches).unwrap()
}

fn settings(flags: &[&str]) -> Result<Settings, SettingsError> {
    Settings::of_arguments(&arguments(flags))
}

#[expect(clippy::unwrap_in_result, reason = "a test that cannot be set up must fail")]
fn with_file(text: &str, flags: &[&str]) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.yaml");
    std::fs::write(&path, text).unwrap();
    settings(&[&["--settings", path.to_str().unwrap()], flags].concat())
}

#[track_caller]
fn refused(outcome: Result<Settings, SettingsError>, part: &str) {
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains(part), "{message}");
}

#[test]
fn without_any_setting_the_server_is_that_of_the_reference() {
    let settings = settings(&[]).unwrap();
    assert_eq!((settings.listen.host.as_str(), settings.listen.port), ("localhost", 8000));
    assert_eq!(settings.models, [(ModelChoice::built_in().to_string(), ModelChoice::built_in())]);
    assert!(settings.cors_origins.is_empty() && settings.rate_limit.is_none() && !settings.voices.allow_urls);
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let file =
        "port: 1\nmax_streams: 3\nlanguage: french\nvoice_map: [alloy=eve]\nstrict_voices: true\nhost:\n";
    let settings =
        with_file(file, &["--port", "2", "--config", "hf://a/b/c.yaml", "--strict-voices=false"]).unwrap();
    assert_eq!((settings.listen.port, settings.limits.max_streams), (2, 3));
    assert_eq!(settings.listen.host, "localhost");
    assert_eq!(settings.models[0].0, "default", "a stronger config replaces a weaker language");
    assert_eq!(settings.voices.map.get("alloy").map(String::as_str), Some("eve"));
    assert!(!settings.voices.strict);
}

#[test]
fn the_wyoming_protocol_is_spoken_on_a_port_of_any_host_if_asked() {
    let wyoming =
        |text: &str| settings(&["--host", "example.org", "--wyoming", text]).unwrap().listen.wyoming;
    assert_eq!(settings(&[]).unwrap().listen.wyoming, None);
    for (text, host, port) in
        [("10200", "example.org", 10_200), ("0.0.0.0:1", "0.0.0.0", 1), ("[::1]:2", "::1", 2)]
    {
        assert_eq!(wyoming(text), Some((host.to_owned(), port)), "{text}");
    }
    let of_file = with_file("wyoming: 10200", &[]).unwrap();
    assert_eq!(of_file.listen.wyoming, Some(("localhost".to_owned(), 10_200)));
    for text in ["", "host", "host:", ":1", "host:70000"] {
        refused(settings(&["--wyoming", text]), "`wyoming`");
    }
}

#[test]
fn the_wyoming_port_is_told_to_the_network_if_asked() {
    let name = |flags: &[&str]| {
        let flags = [&["--wyoming", "0.0.0.0:10200"], flags].concat();
        settings(&flags).map(|settings| settings.listen.wyoming_zeroconf)
    };
    assert_eq!(name(&[]).unwrap(), None);
    assert_eq!(name(&["--wyoming-zeroconf=false"]).unwrap(), None);
    assert!(name(&["--wyoming-zeroconf"]).unwrap().unwrap().starts_with("Pocket TTS"));
    for flags in [
        &["--wyoming-zeroconf", "Küche 2"][..],
        &["--wyoming-zeroconf=Küche 2"],
        &["--zeroconf", " Küche 2 "],
    ] {
        assert_eq!(name(flags).unwrap().as_deref(), Some("Küche 2"));
    }
    let of_file = |text: &str| with_file(text, &[]).map(|settings| settings.listen.wyoming_zeroconf);
    assert_eq!(of_file("wyoming: 1\nwyoming_zeroconf: Office").unwrap().as_deref(), Some("Office"));
    assert_eq!(of_file("wyoming: 1\nwyoming_zeroconf: true").unwrap(), Some(zeroconf::default_name()));
    assert_eq!(of_file("wyoming_zeroconf: false").unwrap(), None);
    let with_list = with_file("wyoming: 1\nwyoming_zeroconf: [a]", &[]);
    refused(with_list, "`wyoming_zeroconf` must be a name, true or false");
    for wrong in ["", "a.b", &"n".repeat(59)] {
        refused(settings(&["--wyoming", "1", "--wyoming-zeroconf", wrong]), "1 to 58 bytes");
    }
    refused(
        settings(&["--wyoming-zeroconf"]),
        "give one that other machines reach, as `wyoming` 0.0.0.0:10200",
    );
}

#[test]
fn several_models_have_names() {
    let flags = ["--language", "english", "--model", "fr=french", "--model", "own=models/own.yaml"];
    let models = settings(&flags).unwrap().models;
    assert_eq!(models.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["english", "fr", "own"]);
    assert_eq!(models[1].1, ModelChoice::Language("french".to_owned()));
    assert!(matches!(models[2].1, ModelChoice::Config(_)));
    refused(settings(&["--model", "french"]), "NAME=LANGUAGE");
    refused(settings(&["--model", "a=french,a=german"]), "two models of this name");
}

#[test]
fn what_is_wrong_is_named() {
    refused(with_file("prot: 1", &[]), "unknown setting `prot`; known are host, port");
    refused(with_file("port: many", &[]), "port");
    refused(with_file("- 1", &[]), "not a valid YAML mapping");
    refused(with_file("language: a\nconfig: b", &[]), "exclude each other");
    refused(settings(&["--max-streams", "0"]), "`max_streams` is `0`");
    refused(settings(&["--stall-timeout", "0"]), "`stall_timeout`");
    refused(settings(&["--stall-timeout", "NaN"]), "`stall_timeout`");
    refused(settings(&["--log-format", "xml"]), "text, json or off");
    refused(settings(&["--cors-origin", "example.org"]), "`cors_origin`");
    refused(settings(&["--hf-repo", "kyutai"]), "OWNER/NAME");
    let names = ["POCKET_TTS_SERVER_PORT", "POCKET_TTS_SERVER_API_KEYS", "POCKET_TTS_VOICE", "HOME"];
    layers::check_variables(names.map(Into::into).into_iter()).unwrap();
    let unknown = layers::check_variables(std::iter::once("POCKET_TTS_SERVER_PROT".into())).unwrap_err();
    assert!(unknown.to_string().contains("POCKET_TTS_SERVER_PORT"), "{unknown}");
}

#[test]
fn keys_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    std::fs::write(&path, "# ours\nsesame\n\nother\n").unwrap();
    let file = path.to_str().unwrap();
    let settings = with_file("api_keys: [third]", &["--api-key-file", file]).unwrap();
    assert_eq!(format!("{:?}", settings.keys), "ApiKeys(3)");
    let keys = layers::keys_of(Some("a, b,".into()));
    assert_eq!((keys.0.len(), format!("{keys:?}")), (2, "Secrets(2)".to_owned()));
    std::fs::write(&path, "# none\n").unwrap();
    refused(Settings::of_arguments(&arguments(&["--api-key-file", file])), "no key in this file");
}

#[test]
fn the_length_of_the_first_chunk_is_an_option_or_the_variable_of_the_reference() {
    let of = |text: &str| first_chunk_length_of(Some(text.into()));
    assert_eq!((of("").unwrap(), of(" 1.5 ").unwrap(), of("2").unwrap()), (None, Some(1.5), Some(2.0)));
    assert!(of("long").unwrap_err().to_string().contains("FIRST_CHUNK_LENGTH_SECONDS"));
    assert_eq!(first_chunk_length(Some(1.5)).unwrap(), Duration::from_millis(1_500));
    assert_eq!(first_chunk_length(None).unwrap(), Duration::ZERO);
    for wrong in [-1.0, 61.0, f64::NAN, f64::INFINITY] {
        assert!(first_chunk_length(Some(wrong)).unwrap_err().to_string().contains("from 0 to 60"), "{wrong}");
    }
}
