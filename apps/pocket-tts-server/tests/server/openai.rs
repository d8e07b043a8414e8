//! OpenAI's speech API, as its clients use it.

use pocket_tts_audio::DecodeLimits;
use pocket_tts_core::{GenerateOptions, VoiceSource};
use pocket_tts_server::Server;
use serde_json::{Value, json};

use crate::client::{Answer, get, post_json, request};
use crate::fixture::{TestServer, assert_wav, recording_path, seed, settings, shared, spoken, spoken_with};

const SPEECH: &str = "/v1/audio/speech";

fn speech(body: &Value) -> Answer {
    post_json(shared(), SPEECH, body)
}

/// Demands an error that names this field.
#[track_caller]
fn refused(body: &Value, status: u16, param: &str) -> Value {
    let error = speech(body).with_status(status).error();
    assert_eq!(error["param"], param, "{error}");
    assert!(error["code"].is_string(), "{error}");
    error
}

#[test]
fn a_request_of_the_official_client_is_spoken() {
    let body = json!({
        "input": "Hello world.", "model": "gpt-4o-mini-tts", "voice": "alloy", "instructions": "Be kind.",
        "response_format": "wav", "speed": 1.0, "seed": 7, "unknown": [1],
    });
    let headers =
        "Content-Type: application/json\r\nAccept: application/octet-stream\r\nAuthorization: Bearer x\r\n";
    let answer = request(shared(), "POST", SPEECH, headers, body.to_string().as_bytes()).with_status(200);
    assert_eq!(answer.header("Content-Type"), Some("audio/wav"));
    assert_eq!(seed(&answer), 7);
    assert_wav(&answer, &spoken("Hello world.", 7));
}

#[test]
fn pcm_has_no_header_and_a_random_seed_can_be_reused() {
    let body = json!({ "input": "Good morning.", "voice": { "id": "heart" }, "response_format": "pcm" });
    let answer = speech(&body).with_status(200);
    assert_eq!(answer.header("Content-Type"), Some("audio/pcm"));
    let seed = seed(&answer);
    assert_eq!(answer.body, spoken("Good morning.", seed));
    let again = json!({ "input": "Good morning.", "response_format": "pcm", "seed": seed });
    assert_eq!(speech(&again).body, answer.body);
}

#[test]
fn every_format_is_complete_and_as_long_as_the_speech() {
    let ask = |format: &str| json!({ "input": "Good morning.", "response_format": format, "seed": 5 });
    let samples = speech(&ask("pcm")).body.len() / 2;
    for (format, mime_type, most_extra) in [
        ("wav", "audio/wav", 4_800),
        ("mp3", "audio/mpeg", 575),
        ("aac", "audio/aac", 2_047),
        ("flac", "audio/flac", 0),
    ] {
        let answer = speech(&ask(format)).with_status(200);
        assert_eq!(answer.header("Content-Type"), Some(mime_type));
        let decoded = pocket_tts_audio::decode(&answer.body, &DecodeLimits::default()).unwrap();
        let extra = decoded.samples.len().checked_sub(samples).expect(format);
        assert!(extra <= most_extra, "{format}: {extra} samples more than {samples}");
        assert!(decoded.samples.iter().any(|x| x.abs() > 0.05), "{format} is silent");
    }
    let opus = speech(&ask("opus")).with_status(200);
    assert_eq!(opus.header("Content-Type"), Some("audio/ogg"));
    assert!(opus.body.starts_with(b"OggS") && opus.body.len() > 1_000);
    let unsaid = json!({ "input": "Good morning.", "seed": 5 });
    assert_eq!(speech(&unsaid).body, speech(&ask("mp3")).body, "MP3 is what OpenAI sends");
}

#[test]
fn a_speed_changes_only_the_length() {
    let ask = |speed: f32| {
        let body = json!({ "input": "Good morning.", "response_format": "pcm", "seed": 5, "speed": speed });
        speech(&body).with_status(200).body.len()
    };
    let as_spoken = ask(1.0);
    for speed in [0.25, 0.5, 2.0, 4.0] {
        let ratio = ask(speed) as f32 * speed / as_spoken as f32;
        assert!((ratio - 1.0).abs() < 0.02, "at {speed}: {ratio} of the length that it should have");
    }
}

#[test]
fn temperature_and_language_have_an_effect() {
    let body = json!({
        "input": "Hello.", "response_format": "pcm", "seed": 3, "temperature": 0.9, "language": "en-GB",
    });
    let options = GenerateOptions::default().seed(3).temperature(0.9);
    let voice = VoiceSource::Named("heart".to_owned());
    assert_eq!(speech(&body).with_status(200).body, spoken_with("Hello.", &voice, &options));
    let error = refused(&json!({ "input": "a", "language": "fr" }), 400, "language");
    assert!(error["message"].as_str().unwrap().contains("french"), "{error}");
    refused(&json!({ "input": "a", "language": "klingon" }), 400, "language");
    refused(&json!({ "input": "a", "temperature": -1 }), 400, "temperature");
}

#[test]
fn events_hold_the_same_audio_and_usage() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let body =
        json!({ "input": "Hello world.", "response_format": "pcm", "stream_format": "sse", "seed": 9 });
    let answer = speech(&body).with_status(200);
    assert_eq!(answer.header("Content-Type"), Some("text/event-stream; charset=utf-8"));
    let mut sound = Vec::new();
    let mut events = Vec::new();
    for event in answer.text().split_terminator("\n\n") {
        let event: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
        if event["type"] == "speech.audio.delta" {
            sound.extend(STANDARD.decode(event["audio"].as_str().unwrap()).unwrap());
        }
        events.push(event);
    }
    let expected = spoken("Hello world.", 9);
    assert_eq!(sound, expected);
    let done = events.pop().unwrap();
    assert_eq!(done["type"], "speech.audio.done");
    let (input, output) = (&done["usage"]["input_tokens"], &done["usage"]["output_tokens"]);
    assert_eq!(output.as_u64(), Some(expected.len() as u64 / 3_840));
    assert!(input.as_u64().unwrap() > 0);
    assert_eq!(
        done["usage"]["total_tokens"].as_u64(),
        Some(input.as_u64().unwrap() + output.as_u64().unwrap())
    );
    assert_eq!(events.len() as u64, output.as_u64().unwrap(), "each frame leaves by itself");
    refused(&json!({ "input": "a", "stream_format": "xml" }), 400, "stream_format");
}

#[test]
fn errors_name_the_wrong_field() {
    let error = refused(&json!({ "input": "a", "response_format": "ogg\r\nX: 1" }), 400, "response_format");
    assert!(error["message"].as_str().unwrap().contains("must be one of wav, pcm, mp3"), "{error}");
    refused(&json!({ "input": "" }), 400, "input");
    refused(&json!({ "input": " \n" }), 400, "input");
    refused(&json!({ "input": "a".repeat(10_001) }), 400, "input");
    refused(&json!({ "input": "“”" }), 400, "input");
    refused(&json!({ "input": "a", "speed": 0.1 }), 400, "speed");
    let error = refused(&json!({ "input": "a", "model": "gpt-9" }), 404, "model");
    assert_eq!(
        (error["code"].as_str(), error["type"].as_str()),
        (Some("model_not_found"), Some("invalid_request_error"))
    );
    for voice in ["nobody", "../heart", "/etc/passwd", "hf://a/b/c.wav", "https://127.0.0.1/"] {
        let error = refused(&json!({ "input": "a", "voice": voice }), 400, "voice");
        assert_eq!(error["code"], "voice_not_found");
    }
}

#[test]
fn malformed_bodies_are_refused() {
    for (body, code) in [
        ("{}", "missing_required_parameter"),
        (r#"{"input":1}"#, "invalid_type"),
        (r#"{"input":"a","voice":1}"#, "invalid_type"),
        (r#"{"input":"a","seed":-1}"#, "invalid_value"),
        (r#"{"input":"a","seed":1.5}"#, "invalid_type"),
        (r#"{"input":"a","speed":"fast"}"#, "invalid_type"),
    ] {
        let error = request(shared(), "POST", SPEECH, "", body.as_bytes()).with_status(400).error();
        assert_eq!(error["code"], code, "{body}");
        let param = error["param"].as_str().unwrap();
        assert!(error["message"].as_str().unwrap().contains(&format!("`{param}`")), "{error}");
    }
    for body in ["", "{", "[]", "null", "\"a\"", "{\"input\":\"\u{0}"] {
        let answer = request(shared(), "POST", SPEECH, "Content-Type: application/json\r\n", body.as_bytes());
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.error()["code"], "invalid_json", "{body}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(request(shared(), "POST", SPEECH, "", deep.as_bytes()).status, 400);
    let invalid = [b"{\"input\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat();
    assert_eq!(request(shared(), "POST", SPEECH, "", &invalid).status, 400);
    let huge = vec![b' '; 400_000];
    let answer = request(shared(), "POST", SPEECH, "", &huge);
    assert_eq!((answer.status, answer.error()["code"].as_str()), (413, Some("body_too_large")));
}

#[test]
fn models_are_listed_and_found_by_their_names_and_those_of_openai() {
    let models = get(shared(), "/v1/models").with_status(200).json();
    assert_eq!((models["object"].as_str(), models["data"][0]["id"].as_str()), (Some("list"), Some("tiny")));
    assert_eq!(get(shared(), "/v1/models/tiny").with_status(200).json()["object"], "model");
    assert_eq!(get(shared(), "/v1/models/tts-1").with_status(200).json()["id"], "tiny");
    assert_eq!(get(shared(), "/v1/models/gpt-9").with_status(404).error()["code"], "model_not_found");
    assert_eq!(get(shared(), "/v1/nothing").with_status(404).error()["message"], "Not Found");
}

#[test]
fn further_models_are_loaded_on_demand() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let further = format!("second=tiny,gone={}", file.path().display());
    let server = TestServer::start(&["--model", &further]);
    assert!((server.figure("pocket_tts_models_loaded") - 1.0).abs() < 0.1);
    let body = json!({ "input": "Hello.", "model": "second", "seed": 1, "response_format": "pcm" });
    assert_eq!(post_json(server.address, SPEECH, &body).with_status(200).body, spoken("Hello.", 1));
    assert!((server.figure("pocket_tts_models_loaded") - 2.0).abs() < 0.1);
    let answer =
        post_json(server.address, SPEECH, &json!({ "input": "a", "model": "gone" })).with_status(500);
    assert_eq!(answer.header("x-should-retry"), Some("false"));
    assert!(!answer.text().contains(file.path().to_str().unwrap()), "{}", answer.text());
}

#[test]
fn the_operator_can_map_voice_names() {
    let server = TestServer::start(&["--strict-voices", "--voice-map", "alloy=heart,Friend=heart"]);
    for (voice, status) in [("alloy", 200), ("Friend", 200), ("echo", 400), ("default", 200)] {
        let answer = post_json(server.address, SPEECH, &json!({ "input": "Hi.", "voice": voice }));
        assert_eq!(answer.status, status, "{voice}");
    }
}

#[test]
fn a_mapped_voice_is_never_replaced_by_another() {
    let recording = recording_path().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let map = format!("bob={recording},ann=later");
    let voices_dir = folder.path().to_str().unwrap();
    let server = TestServer::start(&["--voice-map", &map, "--voices-dir", voices_dir]);
    let ask = |voice: &str| {
        let body = json!({ "input": "Hello.", "voice": voice, "seed": 1, "response_format": "pcm" });
        post_json(server.address, SPEECH, &body)
    };
    let voice = VoiceSource::from_bytes("recording", std::fs::read(recording).unwrap());
    let expected = spoken_with("Hello.", &voice, &GenerateOptions::default().seed(1));
    assert!(ask("bob").with_status(200).body == expected);
    // A voice that may be created later.
    let error = ask("ann").with_status(400).error();
    assert_eq!(error["code"], "voice_not_found");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("`later`, to which --voice-map maps `ann`, does not exist"),
        "{error}"
    );
    for (map, part) in [
        ("bob=nosuch", "`bob=nosuch` for --voice-map: no model of this server has this voice"),
        ("bob=none/such.wav", "there is no such file"),
        ("alloy=eve", "`tiny` has heart"),
    ] {
        let error = Server::start(settings(&["--voice-map", map])).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
