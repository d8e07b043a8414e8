//! Which place wins, and what is rejected.

use std::{ffi::OsString, time::Duration};

use clap::{Args, Command, FromArgMatches};

use pocket_tts_core::Precision;
use pocket_tts_settings::SettingsError;

use super::{
    arguments::ServeArguments,
    check::Settings,
    layers,
    limits::{first_chunk_length, first_chunk_length_of},
};
use crate::{intake::checking::SpeechCheck, models::choice::ModelChoice};

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
fn a_wrong_port_in_the_file_is_described_in_plain_words() {
    for port in ["abc", "70000", "-1", "1.5"] {
        let message = with_file(&format!("port: {port}\n"), &[]).unwrap_err().to_string();
        assert!(message.starts_with(&format!("invalid value `{port}` for `port` in ")), "{message}");
        assert!(message.ends_with("; it must be a whole number from 0 to 65535"), "{message}");
    }
}

#[test]
fn the_wyoming_protocol_has_a_port_on_any_host_if_wanted() {
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
        refused(settings(&["--wyoming", text]), "for --wyoming");
    }
}

#[test]
fn metrics_have_a_port_of_their_own_if_wanted() {
    let metrics =
        |text: &str| settings(&["--host", "example.org", "--metrics-port", text]).unwrap().listen.metrics;
    assert_eq!(settings(&[]).unwrap().listen.metrics, None);
    assert_eq!(metrics("9100"), Some(("example.org".to_owned(), 9_100)));
    assert_eq!(metrics("[::1]:9100"), Some(("::1".to_owned(), 9_100)));
    let of_file = with_file("metrics_port: 9100", &[]).unwrap();
    assert_eq!(of_file.listen.metrics, Some(("localhost".to_owned(), 9_100)));
    refused(settings(&["--metrics-port", "host"]), "for --metrics-port");
}

#[test]
fn pairs_are_a_mapping_a_list_or_one_of_them() {
    for file in ["voice_map: {alloy: eve, nova: ann}", "voice_map: [alloy=eve, nova=ann]"] {
        let map = with_file(file, &[]).unwrap().voices.map;
        let pairs: Vec<(&str, &str)> =
            map.iter().map(|(name, voice)| (name.as_str(), voice.as_str())).collect();
        assert_eq!(pairs, [("alloy", "eve"), ("nova", "ann")], "{file}");
    }
    assert_eq!(with_file("voice_map: alloy=eve", &[]).unwrap().voices.map.len(), 1);
    assert!(with_file("voice_map: {}", &[]).unwrap().voices.map.is_empty());
    let models = with_file("model: {fr: french}", &[]).unwrap().models;
    assert_eq!(models[1], ("fr".to_owned(), ModelChoice::Language("french".to_owned())));
    // A flag replaces the whole mapping.
    let map = with_file("voice_map: {alloy: eve}", &["--voice-map", "nova=ann"]).unwrap().voices.map;
    assert_eq!(map.keys().collect::<Vec<_>>(), ["nova"]);
    for (file, part) in [
        ("voice_map: {\"a=b\": eve}", "`a=b` must not hold"),
        ("voice_map: {alloy: {voice: eve}}", "{name: value}"),
        ("voice_map: [{alloy: eve}]", "{name: value}"),
    ] {
        refused(with_file(file, &[]), part);
        refused(with_file(file, &[]), "voice_map");
    }
}

#[test]
fn the_wyoming_port_is_advertised_if_wanted() {
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
    assert_eq!(
        of_file("wyoming: 1\nwyoming_zeroconf: true").unwrap(),
        Some(crate::zeroconf::name::default_name())
    );
    assert_eq!(of_file("wyoming_zeroconf: false").unwrap(), None);
    let with_list = with_file("wyoming: 1\nwyoming_zeroconf: [a]", &[]);
    refused(with_list, "it must be a name, true or false");
    for wrong in ["", "a.b", &"n".repeat(59)] {
        refused(settings(&["--wyoming", "1", "--wyoming-zeroconf", wrong]), "1 to 58 bytes");
    }
    refused(
        settings(&["--wyoming-zeroconf"]),
        "give one that other machines reach, as in --wyoming 0.0.0.0:10200",
    );
}

#[test]
fn several_models_have_names() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let own = format!("own={}", file.path().display());
    let flags = ["--language", "english", "--model", "fr=french", "--model", &own];
    let models = settings(&flags).unwrap().models;
    assert_eq!(models.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["english", "fr", "own"]);
    assert_eq!(models[1].1, ModelChoice::Language("french".to_owned()));
    assert!(matches!(models[2].1, ModelChoice::Config(_)));
    refused(settings(&["--model", "french"]), "NAME=LANGUAGE");
    refused(settings(&["--model", "a=french,a=german"]), "two models with this name");
    refused(settings(&["--model", "a=frensh"]), "`frensh` for --model: there is no such file, nor a model");
    refused(settings(&["--config", "none.yaml"]), "`none.yaml` for --config: there is no such file");
}

#[test]
fn what_is_wrong_is_named() {
    refused(with_file("prot: 1", &[]), "unknown setting `prot`; did you mean `port`?");
    refused(with_file("port: many", &[]), "port");
    refused(with_file("- 1", &[]), "not a YAML mapping");
    refused(with_file("language: a\nconfig: b", &[]), "exclude each other");
    refused(settings(&["--max-streams", "0"]), "`0` for --max-streams");
    refused(settings(&["--stall-timeout", "0"]), "for --stall-timeout");
    refused(settings(&["--stall-timeout", "NaN"]), "for --stall-timeout");
    refused(settings(&["--log-format", "xml"]), "text, json or off");
    refused(settings(&["--cors-origin", "example.org"]), "for --cors-origin");
    refused(settings(&["--hf-repo", "kyutai"]), "OWNER/NAME");
    refused(
        settings(&["--trusted-proxy", "10.0.0.0/8,proxy.example"]),
        "`proxy.example` for --trusted-proxy",
    );
    refused(settings(&["--allowed-host", "https://example.org"]), "`https://example.org` for --allowed-host");
    refused(with_file("api_keys: ['laptop:']", &[]), "there is no key after the label");
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
        assert!(first_chunk_length(Some(wrong)).unwrap_err().problem.contains("from 0 to 60"), "{wrong}");
    }
}

/// The settings of these arguments over these variables.
fn with_variables(pairs: &[(&str, &str)], flags: &[&str]) -> Result<Settings, SettingsError> {
    let arguments = arguments(flags);
    let variables = pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let variable =
        |wanted: &str| pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.into());
    let stack = layers::stack(&arguments, variables, variable)?;
    Settings::check(layers::merge(&arguments, &stack)?, &stack)
}

#[test]
fn variables_lie_between_the_file_and_options_and_empty_ones_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.yaml");
    std::fs::write(&path, "port: 1\nhost: file\nrate_limit: 5\nlanguage: french\nprecision: bf16\n").unwrap();
    let variables = [
        ("POCKET_TTS_SERVER_SETTINGS", path.to_str().unwrap()),
        ("POCKET_TTS_SERVER_PORT", "2"),
        ("POCKET_TTS_SERVER_HOST", "variable"),
        ("POCKET_TTS_SERVER_RATE_LIMIT", ""),
        ("POCKET_TTS_SERVER_WYOMING", ""),
        ("POCKET_TTS_SERVER_LANGUAGE", ""),
        ("POCKET_TTS_SERVER_CORS_ORIGIN", "https://a.org,https://b.org"),
        ("POCKET_TTS_SERVER_OFFLINE", "true"),
        ("POCKET_TTS_SERVER_QUANTIZE", "true"),
        ("POCKET_TTS_SERVER_API_KEYS", "secret"),
        ("POCKET_TTS_VOICE", "alba"),
        ("HOME", "/"),
    ];
    let settings = with_variables(&variables, &["--port", "3"]).unwrap();
    assert_eq!((settings.listen.host.as_str(), settings.listen.port), ("variable", 3));
    assert_eq!((settings.rate_limit, settings.models[0].0.as_str()), (Some(5), "french"));
    assert_eq!(settings.cors_origins, ["https://a.org", "https://b.org"]);
    assert_eq!((settings.offline, settings.precision), (true, Precision::Int8));
}

#[test]
fn an_error_names_the_variable_or_the_option() {
    let error = |name: &str, value: &str| with_variables(&[(name, value)], &[]).unwrap_err().to_string();
    assert!(error("POCKET_TTS_SERVER_PROT", "1").contains("did you mean `POCKET_TTS_SERVER_PORT`?"));
    assert!(
        error("POCKET_TTS_SERVER_PITCH", "1")
            .contains("known variables are POCKET_TTS_SERVER_SETTINGS, POCKET")
    );
    for (name, value, problem) in [
        ("POCKET_TTS_SERVER_PORT", "many", "; it must be a whole number"),
        ("POCKET_TTS_SERVER_OFFLINE", "perhaps", "; it must be true or false"),
        ("POCKET_TTS_SERVER_PRECISION", "f64", "; it must be f32 or bf16 or int8 or q4"),
    ] {
        let error = error(name, value);
        assert!(error.starts_with(&format!("invalid value `{value}` for {name}{problem}")), "{error}");
    }
    let zero = [("POCKET_TTS_SERVER_MAX_STREAMS", "0")];
    let message = |flags: &[&str]| with_variables(&zero, flags).unwrap_err().to_string();
    assert!(message(&[]).starts_with("invalid value `0` for POCKET_TTS_SERVER_MAX_STREAMS; it must"));
    let of_option = message(&["--max-streams", "1", "--log-format", "xml"]);
    assert!(of_option.starts_with("invalid value `xml` for --log-format"), "{of_option}");
    let both = [("POCKET_TTS_SERVER_QUANTIZE", "true"), ("POCKET_TTS_SERVER_PRECISION", "f32")];
    refused(with_variables(&both, &[]), "exclude each other");
}

#[test]
fn precision_and_threads_are_those_of_the_command() {
    let precision = |flags: &[&str]| settings(flags).unwrap().precision;
    assert_eq!(precision(&[]), Precision::F32);
    assert_eq!(precision(&["--precision", "bf16"]), Precision::Bf16);
    assert_eq!(
        (precision(&["--quantize"]), precision(&["--no-quantize"])),
        (Precision::Int8, Precision::F32)
    );
    assert_eq!(with_file("quantize: true", &["--precision", "f32"]).unwrap().precision, Precision::F32);
    assert_eq!(settings(&["--threads", "2"]).unwrap().threads, Some(2));
    refused(with_file("precision: f64", &[]), "server.yaml; it must be f32 or bf16 or int8 or q4");
    refused(settings(&["--threads", "0"]), "invalid value `0` for --threads; it must be from 1 to");
}

#[test]
fn a_list_of_one_may_be_that_one_in_the_file() {
    let settings =
        with_file("cors_origin: '*'\nmodel: fr=french\napi_keys: secret\nhf_repo:\n", &[]).unwrap();
    assert_eq!((settings.cors_origins, settings.models.len()), (vec!["*".to_owned()], 2));
    assert_eq!(format!("{:?}", settings.keys), "ApiKeys(1)");
    refused(with_file("cors_origin: 5", &[]), "a list of texts such as");
}

#[test]
fn a_key_file_may_begin_with_a_mark_of_its_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    std::fs::write(&path, "\u{feff}sesame\r\n").unwrap();
    let keys = settings(&["--api-key-file", path.to_str().unwrap()]).unwrap().keys;
    let mut headers = actix_web::http::header::HeaderMap::new();
    headers.insert("x-api-key".parse().unwrap(), "sesame".parse().unwrap());
    assert!(keys.check(&headers).unwrap().is_some());
}

#[test]
fn nested_brackets_are_refused_before_they_are_parsed() {
    refused(with_file(&"[".repeat(100_000), &[]), "opening brackets");
}

#[test]
fn texts_are_read_as_flags_variables_and_the_file_say() {
    let reading = |settings: Result<Settings, SettingsError>| {
        let reading = settings.unwrap().reading;
        (reading.normalize, reading.markup)
    };
    assert_eq!(reading(settings(&[])), (true, true));
    assert_eq!(reading(settings(&["--no-normalize", "--markup=false"])), (false, false));
    assert_eq!(reading(settings(&["--no-markup", "--markup", "--normalize=false"])), (false, true));
    assert_eq!(reading(with_file("normalize: false\nmarkup: false\n", &["--normalize"])), (true, false));
    assert_eq!(reading(with_file("normalize: true\n", &["--no-normalize"])), (false, true));
    let off = [("POCKET_TTS_SERVER_NORMALIZE", "false"), ("POCKET_TTS_SERVER_MARKUP", "false")];
    assert_eq!(reading(with_variables(&off, &[])), (false, false));
    assert_eq!(reading(with_variables(&off, &["--markup"])), (false, true));
    let named = with_variables(&[("POCKET_TTS_SERVER_NORMALIZE", "perhaps")], &[]);
    refused(named, "invalid value `perhaps` for POCKET_TTS_SERVER_NORMALIZE; it must be true or false");
    refused(with_variables(&[("POCKET_TTS_SERVER_NO_MARKUP", "true")], &[]), "POCKET_TTS_SERVER_MARKUP");
    refused(with_file("split: words", &[]), "server.yaml; it must be natural or reference");
    refused(with_file("check: maybe", &[]), "server.yaml; it must be off or report or repeat");
    assert_eq!(settings(&[]).unwrap().reading.check, SpeechCheck::Repeat);
    let report = with_file("check: off", &["--check", "report"]).unwrap().reading.check;
    assert_eq!(report, SpeechCheck::Report);
    // In YAML 1.1 the word is a boolean.
    assert_eq!(with_file("check: off", &[]).unwrap().reading.check, SpeechCheck::Off);
    let pauses =
        with_file("split: reference\nsentence_pause: 0.5\n", &["--paragraph-pause", "1"]).unwrap().reading;
    assert_eq!(pauses.splitting, pocket_tts_core::Splitting::Reference);
    assert_eq!(
        (pauses.sentence_pause, pauses.paragraph_pause),
        (Duration::from_millis(500), Duration::from_secs(1))
    );
}
