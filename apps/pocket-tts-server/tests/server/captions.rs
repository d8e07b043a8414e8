//! `POST /dev/captioned_speech`, as clients of Kokoro-FastAPI use it.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::client::{Answer, get, post_json};
use crate::fixture::{TestServer, WordTime, seed, shared, spoken, without_word_times, word_times};

const PATH: &str = "/dev/captioned_speech";
const TEXT: &str = "Good morning, my dear friends. It is half past seven.";
const SEED: u64 = 5;

fn ask(format: &str) -> Value {
    json!({
        "model": "kokoro", "input": TEXT, "voice": "heart", "speed": 1.0, "response_format": format, "seed": SEED,
        "return_download_link": false, "lang_code": "a", "volume_multiplier": 1.0,
        "normalization_options": { "normalize": true, "unit_normalization": false },
    })
}

fn lines(answer: &Answer) -> Vec<Value> {
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn sound(object: &Value) -> Vec<u8> {
    STANDARD.decode(object["audio"].as_str().unwrap()).unwrap()
}

#[track_caller]
fn assert_words<'a>(told: impl IntoIterator<Item = &'a Value>, expected: &[WordTime]) {
    let told: Vec<&Value> = told.into_iter().collect();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (word, (text, _, start, end)) in told.iter().zip(expected) {
        assert_eq!(word["word"], json!(text));
        for (field, time) in [("start_time", start), ("end_time", end)] {
            assert!((word[field].as_f64().unwrap() - time).abs() < 1e-4, "{word}: {time}");
        }
    }
}

#[test]
fn each_line_has_audio_and_the_words_that_ended_in_it() {
    let answer = post_json(shared(), PATH, &ask("pcm")).with_status(200);
    assert_eq!(answer.header("Content-Type"), Some("application/x-ndjson"));
    assert_eq!(answer.header("Content-Disposition"), Some("attachment; filename=speech.pcm"));
    assert_eq!(seed(&answer), SEED);
    let lines = lines(&answer);
    assert!(lines.len() > 10, "the audio is sent as it is made");
    let mut sent = Vec::new();
    for line in &lines {
        assert_eq!(line["audio_format"], "audio/pcm");
        let sound = sound(line);
        assert!(!sound.is_empty());
        sent.extend(sound);
        for word in line["timestamps"].as_array().unwrap() {
            assert!(word["end_time"].as_f64().unwrap() <= sent.len() as f64 / 48_000.0 + 1e-4, "{word}");
        }
    }
    assert!(sent == spoken(TEXT, SEED));
    let words = lines.iter().flat_map(|line| line["timestamps"].as_array().unwrap());
    assert_words(words, &word_times(TEXT, SEED));
}

#[test]
fn kokoro_s_voices_are_told_to_be_mapped() {
    let mut body = ask("pcm");
    body["voice"] = json!("af_bella");
    body["model"] = json!("tts-1");
    for path in [PATH, "/v1/audio/speech"] {
        let answer = post_json(shared(), path, &body).with_status(400);
        let told = "there is no voice `af_bella`; `tiny` has heart; the server's option `--voice-map af_bella=heart` lets one \
                    of them stand for this name";
        assert!(answer.text().contains(told), "{path}: {}", answer.text());
    }
    body["voice"] = json!("nobody");
    let answer = post_json(shared(), PATH, &body).with_status(400);
    assert!(!answer.text().contains("--voice-map"), "{}", answer.text());
}

#[test]
fn one_object_has_everything_in_any_format() {
    for format in ["pcm", "wav", "mp3", "opus", "aac", "flac"] {
        let mut body = ask(format);
        body["stream"] = json!(false);
        // The check of a whole answer may speak again where a stream doesn't.
        body["check"] = json!("off");
        let answer = post_json(shared(), PATH, &body).with_status(200);
        assert_eq!(answer.header("Content-Type"), Some("application/json"));
        let object = answer.json();
        let speech = json!({ "input": TEXT, "seed": SEED, "response_format": format, "check": "off" });
        let speech = post_json(shared(), "/v1/audio/speech", &speech).with_status(200);
        assert_eq!(object["audio_format"].as_str(), speech.header("Content-Type"), "{format}");
        assert!(sound(&object) == speech.body, "{format}");
        assert_eq!(object["timestamps"].as_array().unwrap().len(), 10, "{format}");
        assert!(object.get("word_times").is_none());
    }
}

#[test]
fn times_can_be_left_out() {
    let mut body = ask("pcm");
    body["return_timestamps"] = json!(false);
    let answer = post_json(shared(), PATH, &body).with_status(200);
    assert!(lines(&answer).iter().all(|line| line["timestamps"] == json!([])));
    body["stream"] = json!(false);
    let object = post_json(shared(), PATH, &body).with_status(200).json();
    assert_eq!(object.get("timestamps"), Some(&Value::Null));
    assert!(object.get("word_times").is_none());
}

#[test]
fn a_model_without_times_of_words_says_so() {
    let (_folder, config) = without_word_times();
    let server = TestServer::start(&["--config", &config]);
    let mut body = ask("pcm");
    // Its only voice has no name.
    body["voice"] = Value::Null;
    let answer = post_json(server.address, PATH, &body).with_status(200);
    let told: Vec<Value> = lines(&answer).iter().map(|line| line["word_times"].clone()).collect();
    assert_eq!(told[0], json!(false));
    assert!(told[1..].iter().all(Value::is_null));
    assert!(lines(&answer).iter().all(|line| line["timestamps"] == json!([])));
    body["stream"] = json!(false);
    let object = post_json(server.address, PATH, &body).with_status(200).json();
    assert_eq!((&object["word_times"], &object["timestamps"]), (&json!(false), &json!([])));
}

#[test]
fn errors_have_the_shape_of_fastapi() {
    for (field, value, status) in [
        ("input", json!(" "), 400),
        ("model", json!("gpt-9"), 404),
        ("voice", json!("af_nobody"), 400),
        ("speed", json!(9), 400),
        ("response_format", json!("midi"), 400),
        ("check", json!("on"), 400),
        ("stream", json!("yes"), 400),
    ] {
        let mut body = ask("pcm");
        body[field] = value;
        let answer = post_json(shared(), PATH, &body).with_status(status);
        assert!(answer.json()["detail"].is_string(), "{field}: {}", answer.text());
    }
    assert_eq!(get(shared(), PATH).status, 405);
}
