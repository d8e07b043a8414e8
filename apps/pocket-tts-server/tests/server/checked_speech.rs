//! The check of speech for words that are missing or said twice.

use pocket_tts_core::{Check, GenerateOptions, Splitting, VoiceSource};
use serde_json::{Value, json};

use crate::client::{get, post_form, post_json};
use crate::fixture::{TestServer, shared, spoken_as, try_settings, without_word_times};
use crate::websocket::{Talk, of_type};

const SPEECH: &str = "/v1/audio/speech";
const REPEATED: &str = "pocket_tts_sentences_repeated_total";
const FLAWED: &str = "pocket_tts_sentences_flawed_total";
/// A text of which the built-in model drops words, also in its second sentence, which nobody waits for.
const HARD: &str = "We go on and on about the weather today. Xkcd qwrtz.";
const SEED: u64 = 1;

/// The samples of the hard text as the library alone speaks it.
fn expected(check: Check) -> Vec<u8> {
    let options = GenerateOptions::default().seed(SEED).splitting(Splitting::Natural).normalize(true);
    let voice = VoiceSource::Named("heart".to_owned());
    spoken_as(HARD, &voice, &options.check(check))
}

fn ask(check: Option<&str>) -> Value {
    json!({ "input": HARD, "seed": SEED, "response_format": "pcm", "check": check })
}

fn say(server: &TestServer, check: Option<&str>) -> Vec<u8> {
    post_json(server.address, SPEECH, &ask(check)).with_status(200).body
}

/// The last event of a speech.
fn done(server: &TestServer, check: &str) -> Value {
    let mut body = ask(Some(check));
    body["stream_format"] = json!("sse");
    let answer = post_json(server.address, SPEECH, &body).with_status(200);
    let last = answer.text().split_terminator("\n\n").last().unwrap().to_owned();
    serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap()
}

#[test]
fn a_flawed_sentence_is_spoken_again_unless_a_request_or_the_server_says_otherwise() {
    let (plain, repeated) = (expected(Check::Off), expected(Check::RepeatWaiting));
    assert!(plain != repeated, "nothing is wrong with this text");
    let server = TestServer::start(&[]);
    for (check, sound) in
        [(None, &repeated), (Some("repeat"), &repeated), (Some("report"), &plain), (Some("off"), &plain)]
    {
        assert!(say(&server, check) == *sound, "{check:?}");
        let check = check.map(|check| format!("&check={check}")).unwrap_or_default();
        let form = format!("text={}&seed={SEED}&response_format=pcm{check}", HARD.replace(' ', "+"));
        assert!(post_form(server.address, "/tts", &form).with_status(200).body == *sound, "{check}");
        let query = format!("{SPEECH}?{}", form.replacen("text=", "input=", 1));
        assert!(get(server.address, &query).with_status(200).body == *sound, "{check}");
    }
    let off = TestServer::start(&["--check", "off"]);
    assert!(say(&off, None) == plain && say(&off, Some("repeat")) == repeated);
    let whole = |check: &str| {
        let mut body = ask(Some(check));
        body["stream"] = json!(false);
        let object = post_json(server.address, "/dev/captioned_speech", &body).with_status(200).json();
        base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            object["audio"].as_str().unwrap(),
        )
        .unwrap()
    };
    // An answer that is sent whole has no sentence that is waited for.
    assert!(whole("repeat") == expected(Check::Repeat) && whole("off") == plain);
}

#[test]
fn problems_are_told_and_counted() {
    let server = TestServer::start(&[]);
    assert!(done(&server, "off").get("warnings").is_none());
    assert!(server.figure(FLAWED) + server.figure(REPEATED) == 0.0);
    let event = done(&server, "report");
    let warnings = event["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty(), "{event}");
    for warning in warnings {
        assert_eq!(warning["code"], "flawed_speech");
        let sentence = warning["sentence"].as_str().unwrap();
        assert!(!sentence.is_empty() && HARD.contains(sentence.trim()), "{warning}");
        let message = warning["message"].as_str().unwrap();
        assert!(message.contains(warning["problems"][0].as_str().unwrap()), "{warning}");
    }
    assert!((server.figure(FLAWED) - warnings.len() as f64).abs() < 0.1);
    assert!(server.figure(REPEATED) == 0.0);
    say(&server, None);
    assert!(server.figure(REPEATED) >= 1.0);
    let mut talk = Talk::open(server.address);
    talk.send(&json!({ "type": "setup", "seed": SEED, "check": "report" }));
    assert_eq!(talk.next_json()["type"], "ready");
    talk.write(HARD);
    talk.end();
    let (_, messages) = talk.until("end_of_stream");
    let texts = of_type(&messages, "text");
    assert!(texts.iter().any(|text| text["warnings"][0]["code"] == "flawed_speech"), "{texts:?}");
}

#[test]
fn a_model_without_word_times_speaks_as_without_a_check() {
    let (_folder, config) = without_word_times();
    let server = TestServer::start(&["--config", &config]);
    let plain = expected(Check::Off);
    for check in [None, Some("repeat"), Some("report"), Some("off")] {
        assert!(say(&server, check) == plain, "{check:?}");
    }
    assert!(done(&server, "report").get("warnings").is_none());
    assert!(server.figure(FLAWED) + server.figure(REPEATED) == 0.0);
}

#[test]
fn other_names_are_rejected() {
    let error = post_json(shared(), SPEECH, &ask(Some("on"))).with_status(400).error();
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
