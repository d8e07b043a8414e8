//! The order of the layers, and rejected settings. Nothing is read from disk or the environment.

use std::ffi::OsString;
use std::path::PathBuf;

use pocket_tts_settings::{Layer, Origin, SettingsError};

use super::Settings;
use super::check::stack;
use super::raw::{RawSettings, of_environment, schema};
use crate::exit::Failure;
use crate::model_choice::ModelChoice;

fn file(text: &str) -> Layer {
    Layer::parse(PathBuf::from("settings.yaml"), text, &schema()).unwrap()
}

fn environment(variables: &[(&str, &str)]) -> Result<Layer, SettingsError> {
    let pairs = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    of_environment(pairs, &schema())
}

fn check(layers: Vec<Layer>) -> Result<Settings, Failure> {
    Settings::check(&stack(layers)?, None)
}

fn message(layers: Vec<Layer>) -> String {
    check(layers).unwrap_err().to_string()
}

fn arguments(settings: &RawSettings) -> Layer {
    Layer::of_struct(Origin::Arguments, settings).unwrap()
}

#[test]
fn nested_brackets_are_refused_before_they_are_parsed() {
    let error = Layer::parse(PathBuf::from("settings.yaml"), &"[".repeat(100_000), &schema()).unwrap_err();
    assert!(error.to_string().contains("opening brackets"), "{error}");
}

#[test]
fn a_model_of_higher_precedence_overrides_another() {
    let of = |layers| check(layers).unwrap().model;
    let variable = |name| environment(&[(name, "b.yaml")]).unwrap();
    assert_eq!(of(vec![]), ModelChoice::Default);
    let choice = of(vec![file("language: french"), variable("POCKET_TTS_CONFIG")]);
    assert!(matches!(choice, ModelChoice::Config(_)), "{choice:?}");
    let language = arguments(&RawSettings { language: Some("german".to_owned()), ..RawSettings::default() });
    let choice = of(vec![file("config: a.yaml"), variable("POCKET_TTS_CONFIG"), language]);
    assert_eq!(choice, ModelChoice::Language("german".to_owned()));
}

/// The variables that files of a folder name.
fn named_variables(path: &std::path::Path, names: &mut std::collections::BTreeSet<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            named_variables(&entry.unwrap().path(), names);
        }
        return;
    }
    let bytes = std::fs::read(path).unwrap();
    for part in String::from_utf8_lossy(&bytes).split("POCKET_TTS_").skip(1) {
        let rest = part.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_').next().unwrap();
        if !rest.is_empty() && !rest.ends_with('_') {
            names.insert(format!("POCKET_TTS_{rest}"));
        }
    }
}

#[test]
fn every_variable_that_the_project_names_is_let_through() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut names = std::collections::BTreeSet::new();
    for place in ["README.md", "CONTRIBUTING.md", "BENCHMARKS.md", "benches", "apps/pocket-tts-server"] {
        named_variables(&root.join(place), &mut names);
    }
    assert!(names.contains("POCKET_TTS_API_KEYS") && names.contains("POCKET_TTS_BENCH_MODEL"), "{names:?}");
    for name in names {
        let refused = environment(&[(&name, "1")]).err();
        let is_unknown = matches!(refused, Some(SettingsError::UnknownVariable { .. }));
        assert!(!is_unknown, "{name}");
    }
}

#[test]
fn two_models_of_one_place_are_refused() {
    let message = message(vec![file("language: french\nconfig: a.yaml")]);
    assert!(
        message.starts_with("`language` in settings.yaml and `config` in settings.yaml exclude"),
        "{message}"
    );
}

#[test]
fn a_wrong_value_is_named_by_the_place_it_came_from() {
    let at = |layer| message(vec![layer]);
    assert!(
        at(file("temperature: -1"))
            .starts_with("invalid value `-1` for `temperature` in settings.yaml; it must be")
    );
    assert!(at(file("temperature: .nan")).contains("; it must be a number from 0 to 100"));
    assert!(at(file("voice: [a]")).contains("; it must be a text"));
    assert!(at(file("max_tokens: 2.5")).contains("; it must be a whole number"));
    assert!(
        at(file("voice: 12")).contains("invalid value `12` for `voice` in settings.yaml; it must be a text")
    );
    assert!(at(file("max_tokens: -3")).contains("it must be a whole number of 0 or more"));
    let variable = environment(&[("POCKET_TTS_NOISE_CLAMP", "-0.5")]).unwrap();
    assert!(
        at(variable)
            .starts_with("invalid value `-0.5` for POCKET_TTS_NOISE_CLAMP; it must be a number of 0 or more")
    );
    let flag = arguments(&RawSettings { max_tokens: Some(0), ..RawSettings::default() });
    assert!(at(flag).starts_with("invalid value `0` for --max-tokens; it must be 1 or more"));
}

#[test]
fn an_empty_file_or_variable_or_key_says_nothing() {
    let layers =
        vec![file("# nothing\n"), file("voice:\n"), environment(&[("POCKET_TTS_VOICE", "")]).unwrap()];
    let settings = check(layers).unwrap();
    assert_eq!((settings.voice, settings.model), (None, ModelChoice::Default));
}
