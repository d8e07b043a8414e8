//! The check of speech for words that are missing or said twice.

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use pocket_tts_audio::pcm_s16le;
use pocket_tts_core::{Check, GenerateOptions, Location, Splitting, TtsModel, VoiceSource};
use serde_json::{Value, json};

use crate::client::{get, post_form, post_json};
use crate::fixture::{TestServer, shared, tiny_with, try_settings};
use crate::websocket::{Talk, of_type};

const SPEECH: &str = "/v1/audio/speech";
const REPEATED: &str = "pocket_tts_sentences_repeated_total";
const FLAWED: &str = "pocket_tts_sentences_flawed_total";
/// A threshold with which the built-in model's sentences end too early.
const EARLY_END: (&str, &str) = ("default_eos_threshold", "default_eos_threshold: -9.0");
/// The second sentence is shorter, so nobody waits for it yet while the first one is heard.
const TEXT: &str = "Good morning, my dear friends, we go on and on about the weather, and nobody listens to a word of it. \
                    They say it rains today, and nobody knows a word of it.";

/// A model whose checks fail.
struct Flawed {
    folder: tempfile::TempDir,
    config: String,
    model: TtsModel,
    seed: u64,
}

impl Flawed {
    fn new() -> Self {
        let (folder, config) = tiny_with(&[EARLY_END]);
        let location = Location::Path(PathBuf::from(&config));
        let model = TtsModel::builder().config(location).offline(true).build().unwrap();
        let mut flawed = Self { folder, config, model, seed: 0 };
        // An attempt is replaced by a better one only.
        let is_replaced = |seed: &u64| {
            flawed.seed = *seed;
            flawed.expected(Check::Off) != flawed.expected(Check::RepeatWaiting)
        };
        (1..100).find(is_replaced).unwrap();
        flawed
    }

    fn server(&self, options: &[&str]) -> TestServer {
        TestServer::start(&[&["--config", &self.config], options].concat())
    }

    fn expected(&self, check: Check) -> Vec<u8> {
        let options =
            GenerateOptions::default().seed(self.seed).temperature(0.8).splitting(Splitting::Natural);
        let voice = VoiceSource::from(self.folder.path().join("voice.safetensors").as_path());
        let voice = self.model.voice(&voice).unwrap();
        let audio = self.model.generate(TEXT, &voice, &options.normalize(true).check(check)).unwrap();
        pcm_s16le(&audio.samples)
    }

    fn ask(&self, check: Option<&str>) -> Value {
        json!({
            "input": TEXT, "seed": self.seed, "temperature": 0.8, "response_format": "pcm", "check": check,
        })
    }

    fn say(&self, server: &TestServer, check: Option<&str>) -> Vec<u8> {
        post_json(server.address, SPEECH, &self.ask(check)).with_status(200).body
    }

    /// The last event of a speech.
    fn done(&self, server: &TestServer, check: &str) -> Value {
        let mut body = self.ask(Some(check));
        body["stream_format"] = json!("sse");
        let answer = post_json(server.address, SPEECH, &body).with_status(200);
        let last = answer.text().split_terminator("\n\n").last().unwrap().to_owned();
        serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap()
    }
}

#[test]
fn a_flawed_sentence_is_spoken_again_unless_a_request_or_the_server_says_otherwise() {
    let flawed = Flawed::new();
    let (plain, repeated) = (flawed.expected(Check::Off), flawed.expected(Check::RepeatWaiting));
    let server = flawed.server(&[]);
    for (check, sound) in
        [(None, &repeated), (Some("repeat"), &repeated), (Some("report"), &plain), (Some("off"), &plain)]
    {
        assert!(flawed.say(&server, check) == *sound, "{check:?}");
        let check = check.map(|check| format!("&check={check}")).unwrap_or_default();
        let (text, seed) = (TEXT.replace(' ', "+"), flawed.seed);
        let form = format!("text={text}&seed={seed}&temperature=0.8&response_format=pcm{check}");
        assert!(post_form(server.address, "/tts", &form).with_status(200).body == *sound, "{check}");
        let query = format!("{SPEECH}?{}", form.replacen("text=", "input=", 1));
        assert!(get(server.address, &query).with_status(200).body == *sound, "{check}");
    }
    let off = flawed.server(&["--check", "off"]);
    assert!(flawed.say(&off, None) == plain && flawed.say(&off, Some("repeat")) == repeated);
    // In an answer that is used as a whole, nobody waits for the first sentence either.
    for (check, expected) in [("repeat", Check::Repeat), ("report", Check::Off), ("off", Check::Off)] {
        let mut body = flawed.ask(Some(check));
        body["stream"] = json!(false);
        let object = post_json(server.address, "/dev/captioned_speech", &body).with_status(200).json();
        let sound = STANDARD.decode(object["audio"].as_str().unwrap()).unwrap();
        assert!(sound == flawed.expected(expected), "{check}");
        assert_eq!(object.get("warnings").is_some(), check != "off", "{check}");
    }
}

#[test]
fn problems_are_told_and_counted() {
    let flawed = Flawed::new();
    let server = flawed.server(&[]);
    assert!(flawed.done(&server, "off").get("warnings").is_none());
    assert!(server.figure(FLAWED) + server.figure(REPEATED) == 0.0);
    let event = flawed.done(&server, "report");
    let warnings = event["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 2, "{event}");
    for warning in warnings {
        assert_eq!(warning["code"], "flawed_speech");
        let sentence = warning["sentence"].as_str().unwrap();
        assert!(!sentence.is_empty() && TEXT.contains(sentence.trim()), "{warning}");
        let message = warning["message"].as_str().unwrap();
        assert!(message.contains(warning["problems"][0].as_str().unwrap()), "{warning}");
    }
    assert!((server.figure(FLAWED) - 2.0).abs() < 0.1);
    assert!(server.figure(REPEATED) == 0.0);
    flawed.say(&server, None);
    assert!((server.figure(REPEATED) - 1.0).abs() < 0.1);
    let mut talk = Talk::open(server.address);
    talk.send(&json!({ "type": "setup", "seed": 1, "check": "report" }));
    assert_eq!(talk.next_json()["type"], "ready");
    talk.write(TEXT);
    talk.end();
    let (_, messages) = talk.until("end_of_stream");
    let texts = of_type(&messages, "text");
    assert!(texts.iter().any(|text| text["warnings"][0]["code"] == "flawed_speech"), "{texts:?}");
}

#[test]
fn a_model_without_word_times_speaks_as_without_a_check() {
    let (_folder, config) = tiny_with(&[EARLY_END, ("timestamp_heads", "")]);
    let server = TestServer::start(&["--config", &config]);
    let flawed = Flawed::new();
    let plain = flawed.expected(Check::Off);
    for check in [None, Some("repeat"), Some("report"), Some("off")] {
        assert!(flawed.say(&server, check) == plain, "{check:?}");
    }
    assert!(flawed.done(&server, "report").get("warnings").is_none());
    assert!(server.figure(FLAWED) + server.figure(REPEATED) == 0.0);
}

#[test]
fn other_names_are_rejected() {
    let body = json!({ "input": "a", "check": "on" });
    let error = post_json(shared(), SPEECH, &body).with_status(400).error();
    assert_eq!((&error["param"], &error["code"]), (&json!("check"), &json!("invalid_value")));
    assert!(error["message"].as_str().unwrap().contains("must be one of off, report, repeat"), "{error}");
    let answer = post_form(shared(), "/tts", "text=a&check=on").with_status(400);
    assert!(answer.json()["detail"].as_str().unwrap().contains("`check` is `on`"), "{}", answer.text());
    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "check": "on" }));
    assert_eq!(talk.refused("invalid_value")["param"], "check");
    let error = try_settings(&["--check", "on"]).unwrap_err().to_string();
    assert!(error.contains("`on` for --check; it must be off or report or repeat"), "{error}");
}
