//! The line that `bench` prints, and its errors.

use crate::support::{Outcome, Sandbox};
use serde_json::Value;

#[track_caller]
fn figures(outcome: Outcome) -> Value {
    let outcome = outcome.succeeded();
    let stdout = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert_eq!(outcome.stderr, "");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn one_line_has_all_results_and_they_are_consistent() {
    let sandbox = Sandbox::new();
    let arguments = ["bench", "--frames", "10", "--runs", "3", "--warmups", "0"];
    let line = figures(sandbox.run(&arguments));
    let number = |name: &str| line[name].as_f64().unwrap_or_else(|| panic!("{name} is {}", line[name]));
    assert_eq!((number("frames"), number("runs")), (10.0, 3.0));
    assert!(
        number("times_real_time_min") <= number("times_real_time")
            && number("times_real_time") <= number("times_real_time_max")
    );
    assert!(
        (number("times_real_time") * number("wall_s") / 0.8 - 1.0).abs() < 0.01,
        "10 frames are 0.8 s: {line}"
    );
    assert!(number("first_chunk_ms") <= number("first_chunk_ms_max"));
    assert!(number("first_chunk_ms") <= 1e3 * number("wall_s") + 0.1);
    assert!(number("load_s") > 0.0);
    assert!(number("import_s").abs() < f64::EPSILON);
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    for name in ["cpu_cores", "other_cores", "threads", "peak_rss_mb"] {
        assert_eq!(line[name].is_number(), cfg!(target_os = "linux"), "{name} is {}", line[name]);
    }
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn frames_runs_and_text_can_come_from_variables() {
    let sandbox = Sandbox::new();
    let variables = [("FRAMES", "8"), ("RUNS", "2"), ("TEXT", "Hello. And a second sentence, in one piece.")];
    let line = figures(sandbox.run_with(&variables, &["bench", "--warmups", "0"]));
    assert_eq!((line["frames"].as_u64(), line["runs"].as_u64()), (Some(8), Some(2)));
    let arguments = ["bench", "--warmups", "0", "--frames", "9", "--runs", "1"];
    let line = figures(sandbox.run_with(&variables, &arguments));
    assert_eq!((line["frames"].as_u64(), line["runs"].as_u64()), (Some(9), Some(1)));
}

#[test]
fn a_model_in_the_current_folder_is_measured_by_default() {
    let sandbox = Sandbox::new();
    sandbox.write("config.yaml", "no: model\n");
    let quick = ["bench", "--warmups", "0", "--frames", "8", "--runs", "1"];
    figures(sandbox.run(&quick));
    sandbox.write("voice.safetensors", "no voice");
    sandbox.run(&quick).failed(3, &["config.yaml", "unknown key `no`"]);
    figures(sandbox.run(&[&quick[..], &["--language", "tiny"]].concat()));
}

#[test]
fn settings_do_not_change_what_is_measured() {
    let sandbox = Sandbox::new();
    sandbox.write(".config/pocket-tts/settings.yaml", "language: klingon\n");
    let variables = [("POCKET_TTS_LANGUAGE", "klingon")];
    figures(sandbox.run_with(&variables, &["bench", "--warmups", "0", "--frames", "8", "--runs", "1"]));
}

#[test]
fn meaningless_measurements_are_rejected() {
    let sandbox = Sandbox::new();
    let fails = |variables: &[(&str, &str)], arguments: &[&str], parts: &[&str]| {
        sandbox.run_with(variables, &[&["bench"], arguments].concat()).failed(2, parts);
    };
    fails(&[], &["--runs", "0"], &["--runs (or the variable RUNS) is 0, but it must be 1 or more"]);
    fails(&[("FRAMES", "few")], &[], &["the variable FRAMES is `few`, but it must be a whole number"]);
    fails(&[], &["--frames", "100001"], &["error: --frames (or the variable FRAMES) is 100001"]);
    fails(&[], &["--language", "tiny", "--config", "a.yaml"], &["exclude each other"]);
    fails(&[], &["--voice", "nobody"], &["there is no voice `nobody`"]);
    fails(&[], &["--text", " "], &["cannot speak the text"]);
}

#[test]
fn zero_streams_are_an_error() {
    Sandbox::new().run(&["bench", "--streams", "0"]).failed(2, &["--streams is 0, but it must be 1 or more"]);
}
