//! Settings files, variables and arguments: which wins, and what is rejected. Seeds serve as the setting, as
//! the command prints the one that it used.

use crate::support::{Outcome, Sandbox};

/// The settings file that is read by default.
const OWN_FILE: &str = ".config/pocket-tts/settings.yaml";

#[track_caller]
fn seed(outcome: &Outcome) -> &str {
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let (_, rest) = outcome.stderr.split_once("seed ").unwrap();
    rest.split(',').next().unwrap()
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["generate", "--text", "Hi."], more].concat()
}

#[test]
fn arguments_win_over_variables_over_files() {
    let sandbox = Sandbox::new();
    sandbox.write(OWN_FILE, "seed: 1\n");
    sandbox.write("other.yaml", "seed: 2\n");
    sandbox.write("third.yaml", "seed: 3\n");
    sandbox.write("xdg/pocket-tts/settings.yaml", "seed: 4\n");
    assert_eq!(seed(&sandbox.run(&arguments(&[]))), "1");
    let xdg = sandbox.path("xdg");
    let xdg = ("XDG_CONFIG_HOME", xdg.to_str().unwrap());
    assert_eq!(seed(&sandbox.run_with(&[xdg], &arguments(&[]))), "4");
    let by_variable = [xdg, ("POCKET_TTS_SETTINGS", "other.yaml")];
    assert_eq!(seed(&sandbox.run_with(&by_variable, &arguments(&[]))), "2");
    assert_eq!(seed(&sandbox.run_with(&by_variable, &arguments(&["--settings", "third.yaml"]))), "3");
    let seeded = [by_variable[1], ("POCKET_TTS_SEED", "5")];
    assert_eq!(seed(&sandbox.run_with(&seeded, &arguments(&["--settings", "third.yaml"]))), "5");
    let all = ["--settings", "third.yaml", "--seed", "6"];
    assert_eq!(seed(&sandbox.run_with(&seeded, &arguments(&all))), "6");
}

#[test]
fn every_setting_can_come_from_a_file() {
    let sandbox = Sandbox::new();
    let settings = "language: tiny\nvoice: heart\ntemperature: 1\nsampler_decode_steps: 1\nnoise_clamp: 2.5\n\
                    eos_threshold: -1\nframes_after_eos: 3\noutput_path: speech.flac\nmax_tokens: 30\nseed: 11\n\
                    quiet: false\noffline: true\nno_truncate: true\nresampler: reference\nvoice_cache: kept\n\
                    format: flac\nspeed: 2\nplay: false\nloudness: -20\nprecision: bf16\nquantize: false\nthreads: 2\n\
                    keep_partial: true\n";
    sandbox.write("all.yaml", settings);
    let outcome = sandbox.run(&arguments(&["--settings", "all.yaml"]));
    assert_eq!(seed(&outcome), "11");
    assert_eq!(sandbox.files(), ["all.yaml", "speech.flac"]);
}

#[test]
fn every_setting_can_come_from_a_variable() {
    let sandbox = Sandbox::new();
    let variables = [
        ("POCKET_TTS_LANGUAGE", "tiny"),
        ("POCKET_TTS_VOICE", "heart"),
        ("POCKET_TTS_TEMPERATURE", "0.5"),
        ("POCKET_TTS_SAMPLER_DECODE_STEPS", "1"),
        ("POCKET_TTS_NOISE_CLAMP", "3"),
        ("POCKET_TTS_EOS_THRESHOLD", "-1.5"),
        ("POCKET_TTS_FRAMES_AFTER_EOS", "2"),
        ("POCKET_TTS_OUTPUT_PATH", "speech.mp3"),
        ("POCKET_TTS_MAX_TOKENS", "30"),
        ("POCKET_TTS_SEED", "12"),
        ("POCKET_TTS_OFFLINE", "yes"),
        ("POCKET_TTS_NO_TRUNCATE", "yes"),
        ("POCKET_TTS_RESAMPLER", "reference"),
        ("POCKET_TTS_VOICE_CACHE", "kept"),
        ("POCKET_TTS_PRECISION", "int8"),
        ("POCKET_TTS_THREADS", "1"),
        ("POCKET_TTS_FORMAT", "mp3"),
        ("POCKET_TTS_SPEED", "0.5"),
        ("POCKET_TTS_PLAY", "no"),
        ("POCKET_TTS_LOUDNESS", "-20"),
        ("POCKET_TTS_QUANTIZE", "yes"),
        ("POCKET_TTS_KEEP_PARTIAL", "yes"),
    ];
    assert_eq!(seed(&sandbox.run_with(&variables, &arguments(&[]))), "12");
    assert_eq!(sandbox.files(), ["speech.mp3"]);
    let quiet = sandbox.run_with(&[("POCKET_TTS_QUIET", "1")], &arguments(&[])).succeeded();
    assert_eq!(quiet.stderr, "");
}

/// Settings that change the audio, each with a value other than its default.
const HEARD: [(&str, &str); 9] = [
    ("temperature", "1"),
    ("noise_clamp", "0.3"),
    ("eos_threshold", "-100"),
    ("frames_after_eos", "7"),
    ("max_tokens", "10"),
    ("seed", "11"),
    ("speed", "2"),
    ("loudness", "-40"),
    ("precision", "int8"),
];

/// The audio file for these arguments and variables.
fn speech(sandbox: &Sandbox, variables: &[(&str, &str)], more: &[&str]) -> Vec<u8> {
    let text = "Hello there. How are you today?";
    let arguments = [&["generate", "--text", text, "--output-path", "speech.wav"], more].concat();
    sandbox.run_with(variables, &arguments).succeeded();
    sandbox.read("speech.wav")
}

#[test]
fn settings_that_change_the_audio_work_from_every_source() {
    let sandbox = Sandbox::new();
    let option = |(name, value): (&str, &str)| format!("--{}={value}", name.replace('_', "-"));
    let arguments: Vec<String> = HEARD.into_iter().map(option).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let expected = speech(&sandbox, &[], &arguments);
    let by_file = |settings: &[(&str, &str)]| {
        let lines: Vec<String> = settings.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        sandbox.write("heard.yaml", &lines.join("\n"));
        speech(&sandbox, &[], &["--settings", "heard.yaml"])
    };
    let by_variables = |settings: &[(&str, &str)]| {
        let variable = |name: &str| format!("POCKET_TTS_{}", name.to_uppercase());
        let variables: Vec<(String, &str)> =
            settings.iter().map(|(name, value)| (variable(name), *value)).collect();
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        speech(&sandbox, &variables, &[])
    };
    assert!(by_file(&HEARD) == expected);
    assert!(by_variables(&HEARD) == expected);
    for (name, _) in HEARD {
        let rest: Vec<(&str, &str)> = HEARD.into_iter().filter(|(other, _)| *other != name).collect();
        assert!(by_file(&rest) != expected, "{name} in a file has no effect");
        assert!(by_variables(&rest) != expected, "{name} in a variable has no effect");
    }
}

#[test]
fn other_settings_take_effect_from_every_source() {
    let sandbox = Sandbox::new();
    for (name, wrong, told) in [
        ("language", "klingon", "klingon"),
        ("voice", "nobody", "nobody"),
        ("sampler_decode_steps", "0", "sampler_decode_steps"),
        ("offline", "perhaps", "offline"),
        ("quiet", "perhaps", "quiet"),
        ("no_truncate", "perhaps", "no_truncate"),
        ("resampler", "best", "resampler"),
        ("threads", "none", "threads"),
        ("play", "perhaps", "play"),
        ("loudness", "0", "loudness"),
    ] {
        sandbox.write("wrong.yaml", &format!("{name}: {wrong}\n"));
        sandbox.run(&arguments(&["--settings", "wrong.yaml"])).failed(2, &[told]);
        let variable = format!("POCKET_TTS_{}", name.to_uppercase());
        let told = if told == name { &variable } else { told };
        sandbox.run_with(&[(&variable, wrong)], &arguments(&[])).failed(2, &[told]);
    }
    let english = arguments(&["--language", "english"]);
    sandbox
        .run_with(&[("POCKET_TTS_OFFLINE", "1")], &english)
        .failed(4, &["the network is switched off", "run once without --offline"]);
    sandbox.write("offline.yaml", "offline: true\n");
    let settings = [&english[..], &["--settings", "offline.yaml"]].concat();
    sandbox.run(&settings).failed(4, &["the network is switched off", "run once without --offline"]);
}

#[test]
fn a_model_named_by_an_argument_overrides_a_configuration_from_a_variable() {
    let sandbox = Sandbox::new();
    let variables = [("POCKET_TTS_CONFIG", "missing.yaml")];
    sandbox.run_with(&variables, &arguments(&[])).failed(4, &["missing.yaml"]);
    sandbox.run_with(&variables, &arguments(&["--language", "tiny"])).succeeded();
    let variables = [("POCKET_TTS_LANGUAGE", "tiny")];
    let configured = arguments(&["--config", "missing.yaml"]);
    sandbox.run_with(&variables, &configured).failed(4, &["missing.yaml"]);
}

#[test]
fn a_mistake_in_a_settings_file_is_named() {
    let sandbox = Sandbox::new();
    let fails = |content: &str, parts: &[&str]| {
        sandbox.write(OWN_FILE, content);
        sandbox.run(&arguments(&[])).failed(2, parts);
    };
    fails(
        "pitch: 2\n",
        &["settings.yaml has the unknown setting `pitch`", "known settings are voice, language, config"],
    );
    fails("voice: 5\n", &["invalid value `5` for `voice` in ", "settings.yaml; it must be a text"]);
    fails("seed: [1\n", &["settings.yaml is not a YAML mapping"]);
    fails(
        "temperature: -2\n",
        &["invalid value `-2` for `temperature` in ", "settings.yaml; it must be a number from 0"],
    );
    fails(
        "speed: 5\n",
        &["invalid value `5` for `speed` in ", "settings.yaml; it must be a number from 0.25"],
    );
    fails("format: ogg\n", &["`format` in ", "; it must be one of wav, pcm, mp3, opus"]);
    fails("max_tokens: many\n", &["`max_tokens` in ", "it must be a whole number of 0 or more"]);
    fails("language: tiny\nconfig: a.yaml\n", &["`language` in ", "exclude each other"]);
    assert_eq!(sandbox.files(), [".config"]);
}

#[test]
fn a_byte_order_mark_in_a_settings_file_is_accepted() {
    let sandbox = Sandbox::new();
    sandbox.write(OWN_FILE, "\u{feff}seed: 7\n");
    assert_eq!(seed(&sandbox.run(&arguments(&[]))), "7");
}

#[test]
fn quantize_is_a_setting_and_the_stronger_of_it_and_precision_counts() {
    let sandbox = Sandbox::new();
    let sound = |file: &str, more: &[&str]| {
        sandbox.write(OWN_FILE, file);
        let fixed = ["generate", "--seed", "1", "-t", "Good morning.", "--temperature", "0.7", "-o", "-"];
        sandbox.run(&[&fixed[..], more].concat()).succeeded().stdout
    };
    let (exact, int8) = (sound("", &[]), sound("", &["--precision", "int8"]));
    assert!(exact != int8, "the precision can be heard");
    assert!(sound("quantize: true\n", &[]) == int8);
    assert!(sound("quantize: true\n", &["--precision", "f32"]) == exact);
    assert!(sound("precision: f32\n", &["--quantize"]) == int8);
    assert!(sound("precision: int8\n", &["--no-quantize"]) == exact);
    assert!(sound("precision: int8\nquantize: true\n", &[]) == int8);
    sandbox.write(OWN_FILE, "precision: bf16\nquantize: true\n");
    sandbox.run(&arguments(&[])).failed(2, &["`quantize` in ", "`precision` in ", "exclude each other"]);
}

#[test]
fn a_given_settings_file_must_exist() {
    let sandbox = Sandbox::new();
    let missing = ["cannot read the file missing.yaml"];
    sandbox.run(&arguments(&["--settings", "missing.yaml"])).failed(4, &missing);
    sandbox.run_with(&[("POCKET_TTS_SETTINGS", "missing.yaml")], &arguments(&[])).failed(4, &missing);
}

#[test]
fn a_mistake_in_a_variable_is_named() {
    let sandbox = Sandbox::new();
    let fails = |name: &str, value: &str, parts: &[&str]| {
        sandbox.run_with(&[(name, value)], &arguments(&[])).failed(2, parts);
    };
    fails(
        "POCKET_TTS_PITCH",
        "2",
        &["POCKET_TTS_PITCH is not a setting; known variables are", "POCKET_TTS_MAX_TOKENS"],
    );
    fails("POCKET_TTS_TEXT", "Hi.", &["POCKET_TTS_TEXT is not a setting"]);
    fails(
        "POCKET_TTS_TEMPERATURE",
        "hot",
        &["invalid value `hot` for POCKET_TTS_TEMPERATURE; it must be a number"],
    );
    fails(
        "POCKET_TTS_TEMPERATURE",
        "-1",
        &["invalid value `-1` for POCKET_TTS_TEMPERATURE; it must be a number from 0"],
    );
    fails(
        "POCKET_TTS_QUIET",
        "perhaps",
        &["invalid value `perhaps` for POCKET_TTS_QUIET; it must be 1, true"],
    );
    fails(
        "POCKET_TTS_MAX_TOKENS",
        "0",
        &["invalid value `0` for POCKET_TTS_MAX_TOKENS; it must be 1 or more"],
    );
    assert_eq!(sandbox.files(), [""; 0]);
}
