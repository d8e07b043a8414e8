//! What `doctor` finds on this machine.

use pocket_tts_hub::testing::{Hub, deserted_endpoint};
use serde_json::Value;

use crate::support::{Outcome, Sandbox};

fn report(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.stdout).unwrap()
}

/// The findings of a check.
fn findings<'a>(report: &'a Value, check: &str) -> Vec<&'a Value> {
    report["checks"].as_array().unwrap().iter().filter(|finding| finding["check"] == check).collect()
}

#[test]
fn every_check_has_a_line_and_all_is_well_offline() {
    let outcome = Sandbox::new().run(&["doctor", "--offline"]).succeeded();
    assert_eq!(outcome.stderr, "");
    let told = String::from_utf8(outcome.stdout).unwrap();
    for check in ["version", "processor", "memory", "settings", "cache", "models", "speech", "audio", "hub"] {
        let has =
            |status: &str| told.lines().any(|line| line.starts_with(&format!("{status:7}  {check:9}  ")));
        assert!(has("ok") || has("warning"), "{check}: {told}");
    }
    assert!(told.contains("ok       speech     the built-in model speaks at "), "{told}");
    assert!(told.contains("ok       hub        not asked, as the network is switched off"), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("warning")) {
        assert!(lines[index + 1].starts_with("         help: "), "{line}");
    }
    assert!(!told.contains('\u{1b}'));
}

#[test]
fn the_hub_is_asked_only_with_a_network() {
    let hub = Hub::start(Vec::new());
    let endpoint = hub.endpoint();
    let sandbox = Sandbox::new();
    let run = |variables: &[(&str, &str)], more: &[&str]| {
        let outcome = sandbox.run_with(variables, &[&["doctor", "--json"], more].concat()).succeeded();
        let report = report(&outcome);
        findings(&report, "hub")[0].clone()
    };
    let switches = [("HF_ENDPOINT", endpoint.as_str()), ("HF_HUB_OFFLINE", "1")];
    for finding in [
        run(&switches[..1], &["--offline"]),
        run(&switches, &[]),
        run(&[switches[0], ("POCKET_TTS_OFFLINE", "1")], &[]),
    ] {
        assert!(finding["message"].as_str().unwrap().starts_with("not asked"), "{finding}");
    }
    assert_eq!(hub.requests().len(), 0);
    let finding = run(&switches[..1], &[]);
    assert_eq!((&finding["status"], hub.requests().len()), (&"ok".into(), 1), "{finding}");
    assert!(finding["message"].as_str().unwrap().contains("without an access token"), "{finding}");
    let nobody = deserted_endpoint();
    let finding = run(&[("HF_ENDPOINT", &nobody)], &[]);
    assert_eq!(finding["status"], "warning");
    assert!(finding["advice"].as_str().unwrap().contains("the built-in model needs no network"), "{finding}");
}

#[test]
fn a_problem_is_told_with_advice_and_ends_with_1() {
    let sandbox = Sandbox::new();
    sandbox.write(".config/pocket-tts/settings.yaml", "voise: alba\n");
    let outcome = sandbox.run(&["doctor", "--offline"]);
    assert_eq!(outcome.code, Some(1));
    let told = String::from_utf8(outcome.stdout).unwrap();
    assert!(told.contains("problem  settings   ") && told.contains("voise"), "{told}");
    assert_eq!(outcome.stderr, "error: 1 problem found\nhelp: follow the lines that begin with help\n");
    let outcome = sandbox.run(&["doctor", "--offline", "--json"]);
    assert_eq!((outcome.code, &report(&outcome)["problems"]), (Some(1), &1.into()));
}

#[test]
fn a_model_of_the_settings_that_is_not_here_is_a_warning() {
    let sandbox = Sandbox::new();
    let variables = [("POCKET_TTS_LANGUAGE", "french")];
    let report = report(&sandbox.run_with(&variables, &["doctor", "--offline", "--json"]).succeeded());
    let finding = findings(&report, "models")[0];
    assert_eq!(finding["status"], "warning", "{finding}");
    assert_eq!(finding["advice"], "`pocket-tts download french` fetches it");
    assert_eq!(sandbox.files(), [""; 0], "a check leaves nothing");
}
