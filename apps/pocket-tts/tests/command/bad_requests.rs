//! Every kind of failure: the message, the exit code, and that no file is left.

use crate::support::{Sandbox, text};

/// Runs `generate` and asserts a failure that leaves nothing behind.
#[track_caller]
fn fails(arguments: &[&str], code: i32, parts: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.run(&[&["generate"], arguments].concat()).failed(code, parts);
    assert_eq!(sandbox.files(), [""; 0], "nothing may be written");
}

#[test]
fn a_text_with_nothing_to_say_is_refused() {
    fails(&["--text", ""], 2, &["the text is empty", "give some text"]);
    fails(&["--text", " \n\t"], 2, &["the text is empty"]);
    fails(&[""], 2, &["the text is empty"]);
    // The built-in model's configuration deletes these quotation marks.
    fails(&["--text", "“”"], 2, &["cannot speak the text"]);
}

#[test]
fn standard_input_must_hold_a_text() {
    let sandbox = Sandbox::new();
    let arguments = ["generate", "--text", "-"];
    sandbox.run_on(b"", &arguments).failed(2, &["there is no text on standard input"]);
    sandbox.run_on(b" \n", &arguments).failed(2, &["there is no text on standard input"]);
    sandbox.run_on(b"caf\xe9", &arguments).failed(2, &["not UTF-8", "byte 3"]);
    let nothing = ["there is no text on standard input", "pocket-tts generate \"Hello.\""];
    sandbox.run_on(b"", &["generate"]).failed(2, &nothing);
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn an_unknown_model_is_refused_with_a_guess() {
    fails(&["--language", "engish"], 2, &["engish", "did you mean `english`"]);
    fails(&["--language", "klingon"], 2, &["klingon", "known models are", "french_24l"]);
}

#[test]
fn two_models_at_once_are_refused() {
    let both = ["--language", "tiny", "--config", "a.yaml"];
    fails(&both, 2, &["--language and --config exclude each other"]);
}

#[test]
fn an_unknown_voice_is_refused() {
    fails(&["--voice", "nobody"], 2, &["there is no voice `nobody`", "heart"]);
    fails(&["--voice", "alba"], 2, &["the voice `alba`", "give a recording instead"]);
    fails(&["--voice", "ftp://host/a.wav"], 2, &["--voice is not a location", "ftp"]);
    fails(&["--voice", "missing.wav"], 4, &["missing.wav"]);
    fails(&["--voice", "missing.safetensors"], 4, &["missing.safetensors"]);
}

#[test]
fn a_file_that_is_not_a_voice_is_rejected() {
    let sandbox = Sandbox::new();
    sandbox.write("noise.wav", "this is no sound");
    sandbox.write("noise.safetensors", "this is no state");
    sandbox.run(&["generate", "--voice", "noise.wav"]).failed(2, &["cannot take a voice from `noise.wav`"]);
    let refused = ["`noise.safetensors` is not a voice for this model"];
    sandbox.run(&["generate", "--voice", "noise.safetensors"]).failed(2, &refused);
    assert_eq!(sandbox.files(), ["noise.safetensors", "noise.wav"]);
}

#[test]
fn a_configuration_must_exist_and_be_valid() {
    fails(&["--config", "missing.yaml"], 4, &["missing.yaml"]);
    fails(&["--config", "ftp://host/a.yaml"], 2, &["--config is not a location"]);
    let sandbox = Sandbox::new();
    sandbox.write("odd.yaml", "flow_lm: 3\n");
    sandbox.run(&["generate", "--config", "odd.yaml"]).failed(3, &["odd.yaml", "flow_lm"]);
    sandbox.write("model.txt", "");
    sandbox.run(&["generate", "--config", "model.txt"]).failed(3, &["must be a YAML file"]);
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_the_work() {
    fails(&["--output-path", "missing/a.wav"], 4, &["the folder missing does not exist"]);
    fails(&["--output-path", ""], 2, &["invalid value `` for --output-path; it must name a file"]);
    let sandbox = Sandbox::new();
    let folder = sandbox.path("folder");
    std::fs::create_dir(&folder).unwrap();
    // The model would be asked for next, and isn't there: the output is looked at first.
    let arguments = ["generate", "--language", "english", "--offline", "--output-path", text(&folder)];
    sandbox.run(&arguments).failed(4, &["it is a folder"]);
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let sandbox = Sandbox::new();
    let path = sandbox.write("a.wav", "precious");
    let mut permissions = path.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    sandbox.run(&["generate", "--output-path", "a.wav"]).failed(4, &["the file exists and is read-only"]);
    assert_eq!(sandbox.read("a.wav"), b"precious");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    fails(&["--output-path", "/dev/full"], 4, &["cannot write to /dev/full", "No space left"]);
}

#[test]
fn a_failed_run_leaves_an_existing_file_as_it_was() {
    let sandbox = Sandbox::new();
    sandbox.write("tts_output.wav", "precious");
    sandbox.run(&["generate", "--text", "“”"]).failed(2, &["cannot speak"]);
    sandbox.run(&["generate", "--voice", "nobody"]).failed(2, &["nobody"]);
    assert_eq!(sandbox.read("tts_output.wav"), b"precious");
    assert_eq!(sandbox.files(), ["tts_output.wav"]);
}

#[test]
fn numbers_must_be_numbers_within_their_ranges() {
    for (option, allowed) in [("--temperature", "from 0 to 100"), ("--noise-clamp", "of 0 or more")] {
        for value in ["-1", "nan", "inf"] {
            fails(&[option, value], 2, &[option, "it must be a number", allowed]);
        }
        fails(&[option, "warm"], 2, &[option, "it must be a number"]);
    }
    fails(
        &["--temperature", "1e30"],
        2,
        &["invalid value `1", "for --temperature; it must be a number from 0 to 100"],
    );
    fails(&["--eos-threshold", "nan"], 2, &["invalid value `NaN` for --eos-threshold; it must be a number"]);
    for option in ["--max-tokens", "--sampler-decode-steps", "--frames-after-eos"] {
        fails(&[option, "-1"], 2, &[option, "it must be a whole number of 0 or more"]);
        fails(&[option, "1.5"], 2, &[option, "it must be a whole number of 0 or more"]);
        fails(
            &[option, "999999999"],
            2,
            &[&format!("error: invalid value `999999999` for {option}; it must be from")],
        );
        let name = format!("POCKET_TTS_{}", option[2..].replace('-', "_").to_ascii_uppercase());
        let outcome = Sandbox::new().run_with(&[(&name, "999999999")], &["generate", "--text", "Hi."]);
        outcome.failed(2, &[&format!("error: invalid value `999999999` for {name}; it must be from")]);
    }
    for option in ["--max-tokens", "--sampler-decode-steps"] {
        fails(&[option, "0"], 2, &[option, "it must be 1 or more"]);
    }
    for value in ["0", "-1", "0.2", "4.1", "nan", "inf"] {
        fails(&["--speed", value], 2, &[" for --speed; it must be a number from 0.25 (slow) to 4 (fast)"]);
    }
    fails(&["--format", "midi"], 2, &["invalid value 'midi' for '--format <FORMAT>'"]);
    fails(&["--seed", "-1"], 2, &["--seed", "it must be a whole number from 0 to 18446744073709551615"]);
}

#[test]
fn what_only_the_python_package_can_do_is_refused() {
    fails(&["--device", "cuda"], 2, &["--device cuda", "CPU only"]);
    fails(&["--quantize", "--precision", "bf16"], 2, &["--quantize", "--precision", "cannot be used with"]);
    fails(&["--precision", "int4"], 2, &["--precision", "int4"]);
    fails(&["--threads", "0"], 2, &["--threads", "0", "from 1 to 1024"]);
    fails(&["--checkpoint", "a.pt"], 2, &["--checkpoint a.pt", "convert it to .safetensors"]);
}

#[test]
fn a_large_model_without_a_network_is_never_replaced_by_another() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["generate", "--language", "english", "--offline"]);
    let outcome =
        outcome.failed(4, &["not in the cache", "the network is switched off", "run once without --offline"]);
    assert!(outcome.stderr.contains("\nhelp: run once without --offline"), "{}", outcome.stderr);
    let help = "leave out --language and --config to use the built-in model, which needs no network";
    assert!(outcome.stderr.contains(help), "{}", outcome.stderr);
    assert!(!sandbox.path("tts_output.wav").exists());
    let by_variable = sandbox.run_with(&[("HF_HUB_OFFLINE", "1")], &["generate", "--language", "english"]);
    by_variable.failed(4, &["the network is switched off"]);
    assert!(!sandbox.path("tts_output.wav").exists());
}

#[test]
fn an_unknown_option_or_no_subcommand_is_a_usage_error() {
    fails(&["--pitch", "2"], 2, &["unexpected argument '--pitch'"]);
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&[]).code, Some(2));
    sandbox.run(&["sing"]).failed(2, &["unrecognized subcommand 'sing'"]);
}

#[test]
fn failures_say_what_is_wrong_and_then_what_to_do() {
    let sandbox = Sandbox::new();
    let says = |arguments: &[&str], code, lines: &[&str]| sandbox.run(arguments).says(code, lines);
    says(
        &["generate", "--language", "tiny", "--config", "a.yaml"],
        2,
        &[
            "error: --language and --config exclude each other",
            "help: each says which model to load, so leave one out",
        ],
    );
    says(
        &["generate", "--output-path", "missing/a.wav"],
        4,
        &[
            "error: cannot write missing/a.wav: the folder missing does not exist",
            "help: create it first or choose another",
        ],
    );
    sandbox.write("noise.wav", "this is no sound");
    says(
        &["generate", "-q", "--voice", "noise.wav"],
        2,
        &[
            "error: cannot take a voice from `noise.wav`: this is not a supported audio file",
            "help: allowed are WAV, MP3, FLAC, Ogg (Vorbis or Opus), WebM (Opus), AAC and M4A (AAC or ALAC), whatever \
             the file's name; convert it, for example with `ffmpeg -i INPUT output.wav`",
        ],
    );
    says(
        &["generate", "--format", "midi"],
        2,
        &[
            "error: invalid value 'midi' for '--format <FORMAT>'",
            "help: possible values: wav, pcm, mp3, opus, aac, flac",
            "help: --help lists all options",
        ],
    );
    says(
        &["generate", "--pitch", "2"],
        2,
        &[
            "error: unexpected argument '--pitch' found",
            "help: to pass '--pitch' as a value, use '-- --pitch'",
            "help: usage: pocket-tts generate [OPTIONS] [TEXT]...",
            "help: --help lists all options",
        ],
    );
    says(
        &["serve", "--port", "abc"],
        2,
        &[
            "error: invalid value 'abc' for '--port <PORT>': it must be a whole number",
            "help: --help lists all options",
        ],
    );
    says(
        &["export-voice", "me.wav"],
        2,
        &[
            "error: the following required arguments were not provided: <SOURCE>...",
            "help: usage: pocket-tts export-voice <SOURCE>... <OUTPUT>",
            "help: --help lists all options",
        ],
    );
}

#[test]
fn a_file_that_is_not_audio_is_never_replaced() {
    let sandbox = Sandbox::new();
    sandbox.write("Makefile", "all: build");
    for more in [&[][..], &["--format", "flac"]] {
        let outcome = sandbox.run(&[&["generate", "--text", "Hi.", "-o", "Makefile"], more].concat());
        outcome.failed(2, &["Makefile exists and is not audio", "name another file, or remove it first"]);
    }
    sandbox.write("notes.txt", "Good morning.");
    let outcome = sandbox.run(&["generate", "--text", "Hi.", "-o", "notes.txt", "--format", "wav"]);
    outcome.failed(2, &["notes.txt exists and is not audio"]);
    assert_eq!(
        (sandbox.read("Makefile"), sandbox.read("notes.txt")),
        (b"all: build".to_vec(), b"Good morning.".to_vec())
    );
    // A sound without an ending is replaced by another, and so is nothing.
    sandbox.write("speech", "");
    sandbox.run(&["generate", "--text", "Hi.", "-o", "speech"]).succeeded();
    sandbox.run(&["generate", "--text", "Hi.", "-o", "speech", "--format", "flac"]).succeeded();
    sandbox.run(&["generate", "--text", "Hi.", "-o", "speech", "--format", "opus"]).succeeded();
    assert!(sandbox.read("speech").starts_with(b"OggS"));
}

#[test]
fn the_text_file_is_never_overwritten() {
    let sandbox = Sandbox::new();
    sandbox.write("text.wav", "Good morning.");
    let outcome = sandbox.run(&["generate", "-f", "text.wav", "-o", "text.wav"]);
    outcome.failed(2, &["the output text.wav is the text itself", "name another file"]);
    assert_eq!(sandbox.read("text.wav"), b"Good morning.");
}

#[test]
fn the_voice_file_is_never_overwritten() {
    let sandbox = Sandbox::new();
    sandbox.write("me.wav", "a recording");
    let outcome = sandbox.run(&["generate", "--voice", "me.wav", "--output-path", "./me.wav"]);
    outcome.failed(2, &["the voice itself", "name another file"]);
    assert_eq!(sandbox.read("me.wav"), b"a recording");
}
