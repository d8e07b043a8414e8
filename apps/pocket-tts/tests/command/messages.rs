//! The messages about wrong input as users see them, compared with the files in `tests/snapshots/messages`.
//!
//! The sandbox stands in them as `SANDBOX`.

use std::path::Path;

use crate::help::difference;
use crate::support::Sandbox;

/// A wrong input.
struct Case {
    /// The file with the expected message.
    name: &'static str,
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    /// Names and contents of files.
    files: &'static [(&'static str, &'static str)],
}

const fn case(name: &'static str, arguments: &'static [&'static str]) -> Case {
    Case { name, arguments, variables: &[], files: &[] }
}

impl Case {
    const fn with_files(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { files, ..self }
    }

    const fn with_variables(self, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { variables, ..self }
    }

    /// What the program prints on standard error.
    fn message(&self) -> String {
        let sandbox = Sandbox::new();
        for (name, content) in self.files {
            sandbox.write(name, content);
        }
        let outcome = sandbox.run_with(self.variables, self.arguments);
        assert!(outcome.stdout.is_empty() && outcome.code != Some(0), "{}", self.name);
        outcome.stderr.replace(sandbox.path("").to_str().unwrap(), "SANDBOX/")
    }
}

#[track_caller]
fn agree(cases: &[Case]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/messages");
    let differences: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let path = folder.join(case.name).with_extension("txt");
            let (expected, found) = (std::fs::read_to_string(path).unwrap_or_default(), case.message());
            let difference = difference(&expected, &found)?;
            Some(format!("{} differs, {difference}\nthe whole message is:\n{found}", case.name))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn messages_about_texts_and_options_are_as_reviewed() {
    agree(&[
        case("empty_text", &["generate", "--text", ""]),
        case("missing_text_file", &["generate", "--text-file", "missing.txt"]),
        case("unknown_option", &["generate", "--pitch", "2"]),
        case("text_with_a_dash", &["generate", "-hello"]),
        case("unknown_format", &["generate", "--format", "midi"]),
        case("not_a_number", &["generate", "--speed", "fast"]),
        case("out_of_range", &["generate", "--temperature", "-1"]),
        case("out_of_the_model_s_range", &["generate", "--max-tokens", "999999999"]),
        case("unsupported_device", &["generate", "--device", "cuda"]),
        case("missing_argument", &["export-voice", "me.wav"]),
    ]);
}

#[test]
fn messages_about_how_a_text_is_read_are_as_reviewed() {
    agree(&[
        case("markup_pause", &["generate", "Yes. [pause:long] No."]),
        case("markup_unclosed", &["generate", "Yes.\nNo [voice:heart"]),
        case("markup_voice", &["generate", "Yes. [voice:hart] No."]),
        case("ssml_element", &["generate", "<speak>Yes. <audio src='a.wav'/></speak>"]),
        case("ssml_end", &["generate", "<speak>Yes.", "--text-format", "ssml"]),
        case("ssml_language", &["generate", "<speak><lang xml:lang='ja'>Hai.</lang></speak>"]),
        case("text_language", &["generate", "Hi.", "--text-language", "klingon"]),
        case("text_format", &["generate", "Hi.", "--text-format", "xml"]),
        case("paragraph_pause", &["generate", "Hi.", "--paragraph-pause", "3601"]),
        case("dictionary_missing", &["generate", "Hi.", "--dictionary", "words.toml"]),
        case("dictionary_entry", &["generate", "Hi.", "--dictionary", "words.toml"])
            .with_files(&[("words.toml", "[words]\n\"GIF\" = { sya = \"jiff\" }\n")]),
        case("dictionary_no_toml", &["generate", "Hi.", "--dictionary", "words.txt"])
            .with_files(&[("words.txt", "Nginx: engine x\n")]),
        case("normalize_language", &["normalize", "12", "--language", "klingon"]),
        case("normalize_rule", &["normalize", "12", "--without", "numbers"]),
    ]);
}

#[test]
fn messages_about_outputs_are_as_reviewed() {
    agree(&[
        case("missing_folder", &["generate", "--output-path", "missing/a.wav"]),
        case("unknown_extension", &["generate", "--output-path", "speech.doc"]),
        case("empty_extension", &["generate", "--output-path", "speech."]),
        case("not_audio", &["generate", "-o", "Makefile"]).with_files(&[("Makefile", "all: build")]),
        case("voice_to_standard_output", &["export-voice", "me.wav", "-"]),
        case("not_a_voice_file", &["export-voice", "me.wav", "notes.txt"])
            .with_files(&[("me.wav", "a recording"), ("notes.txt", "important")]),
    ]);
}

#[test]
fn messages_about_manifests_are_as_reviewed() {
    let batch = &["batch", "m.jsonl", "--out", "out", "-q"];
    agree(&[
        case("batch_missing_manifest", batch),
        case("batch_shard", &["batch", "m.jsonl", "--out", "out", "--shard", "5/4"]),
        case("batch_line_no_json", batch).with_files(&[("m.jsonl", "text: Hello.\n")]),
        case("batch_line_field", batch)
            .with_files(&[("m.jsonl", "{\"text\": \"Hi.\", \"voise\": \"alba\"}\n")]),
        case("batch_line_name", batch)
            .with_files(&[("m.jsonl", "{\"text\": \"Hi.\", \"name\": \"../a\"}\n")]),
        case("batch_line_duplicate", batch)
            .with_files(&[("m.jsonl", "{\"text\": \"Hi.\", \"name\": \"000002\"}\n{\"text\": \"Hi.\"}\n")]),
        case("batch_line_setting", batch)
            .with_files(&[("m.jsonl", "{\"text\": \"Hi.\", \"speed\": \"fast\"}\n")]),
        case("batch_line_voice", batch)
            .with_files(&[("m.jsonl", "{\"text\": \"Hi.\", \"voice\": \"alba\"}\n")]),
    ]);
}

#[test]
fn messages_about_models_and_voices_are_as_reviewed() {
    agree(&[
        case("mistyped_model", &["generate", "--language", "engish"]),
        case("two_models", &["generate", "--language", "tiny", "--config", "a.yaml"]),
        case("missing_config", &["generate", "--config", "missing.yaml"]),
        case("wrong_config", &["generate", "--config", "odd.yaml"])
            .with_files(&[("odd.yaml", "flow_lm: 3\n")]),
        case("unknown_voice", &["generate", "--voice", "nobody"]),
        case("voice_of_other_models", &["generate", "--voice", "alba"]),
        case("wrong_location", &["generate", "--voice", "ftp://host/a.wav"]),
        case("not_a_recording", &["generate", "-q", "--voice", "noise.wav"])
            .with_files(&[("noise.wav", "this is not audio")]),
        case("not_an_exported_voice", &["generate", "-q", "--voice", "noise.safetensors"])
            .with_files(&[("noise.safetensors", "this is not a voice")]),
        case("model_without_network", &["generate", "--language", "english", "--offline"]),
    ]);
}

#[test]
fn messages_about_settings_are_as_reviewed() {
    agree(&[
        case("missing_settings_file", &["generate", "--settings", "missing.yaml"]),
        case("mistyped_setting", &["generate"])
            .with_files(&[(".config/pocket-tts/settings.yaml", "voise: alba\n")]),
        case("unknown_setting", &["generate", "--settings", "own.yaml"])
            .with_files(&[("own.yaml", "pitch: 2\n")]),
        case("setting_of_another_type", &["generate", "--settings", "own.yaml"])
            .with_files(&[("own.yaml", "max_tokens: many\n")]),
        case("settings_of_another_form", &["generate", "--settings", "own.yaml"])
            .with_files(&[("own.yaml", "- voice\n")]),
        case("unknown_variable", &["generate"]).with_variables(&[("POCKET_TTS_PITCH", "2")]),
        case("variable_out_of_range", &["generate"]).with_variables(&[("POCKET_TTS_MAX_TOKENS", "0")]),
    ]);
}

#[test]
fn messages_of_the_server_are_as_reviewed() {
    agree(&[
        case("server_dictionary", &["serve", "--dictionary", "words.toml"])
            .with_files(&[("words.toml", "[words]\nGIF = 5\n")]),
        case("server_split", &["serve", "--split", "words"]),
        case("server_port", &["serve", "--port", "abc"]),
        case("server_limit", &["serve", "--max-streams", "0"]),
        case("server_variable", &["serve"]).with_variables(&[("POCKET_TTS_SERVER_OFFLINE", "perhaps")]),
        case("server_setting", &["serve", "--settings", "own.yaml"])
            .with_files(&[("own.yaml", "max_stream: 2\n")]),
        case("server_model", &["serve", "--config", "missing.yaml"]),
        case("server_zeroconf", &["serve", "--wyoming-zeroconf=Office"]),
    ]);
}
