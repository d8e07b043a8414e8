//! Pauses of the mark-up are exact to the sample at every door.

use base64::{Engine, engine::general_purpose::STANDARD};
use pocket_tts_core::{GenerateOptions, VoiceSource};
use serde_json::{Value, json};

use crate::client::{get, post_form, post_json, post_multipart};
use crate::fixture::{TestServer, assert_wav, shared, spoken, spoken_with};
use crate::websocket::{Talk, of_type};
use crate::wyoming::Client;

const MARKED: &str = "Yes. [pause:0.5s] No.";
const SSML: &str = "<speak>Yes. <break time=\"500ms\"/> No.</speak>";
/// 12,000 samples.
static SILENCE: [u8; 24_000] = [0; 24_000];
const SEED: u64 = 11;

/// The second sentence of a whole text has noise of its own.
fn with_pause(options: &GenerateOptions) -> Vec<u8> {
    let voice = VoiceSource::Named("heart".to_owned());
    let second = options.clone().first_sentence(1);
    [spoken_with("Yes.", &voice, options), SILENCE.to_vec(), spoken_with("No.", &voice, &second)].concat()
}

fn expected() -> Vec<u8> {
    with_pause(&GenerateOptions::default().seed(SEED))
}

/// In a conversation each sentence is a request.
fn expected_in_conversation() -> Vec<u8> {
    [spoken("Yes.", SEED), SILENCE.to_vec(), spoken("No.", SEED)].concat()
}

fn say(mut body: Value) -> Vec<u8> {
    body["seed"] = json!(SEED);
    post_json(shared(), "/v1/audio/speech", &body).with_status(200).body
}

#[test]
fn half_a_second_is_12_000_samples_at_the_reference_s_endpoint() {
    let seed = SEED.to_string();
    for text in [MARKED, "Yes. [PAUSE] No.", SSML] {
        let parts = [("text", None, text.as_bytes()), ("seed", None, seed.as_bytes())];
        assert_wav(&post_multipart(shared(), "/tts", &parts), &expected());
    }
    let form = "text=Yes.+[pause:.5]+No.&seed=11&response_format=pcm";
    assert!(post_form(shared(), "/tts", form).with_status(200).body == expected());
}

#[test]
fn half_a_second_is_12_000_samples_at_openai_s_endpoint() {
    let body = json!({ "input": MARKED, "response_format": "wav", "seed": SEED });
    assert_wav(&post_json(shared(), "/v1/audio/speech", &body), &expected());
    for input in [MARKED, "Yes. [pause:250ms] [pause:250ms] No.", SSML] {
        assert!(say(json!({ "input": input, "response_format": "pcm" })) == expected(), "{input}");
    }
    let events = say(json!({ "input": MARKED, "response_format": "pcm", "stream_format": "sse" }));
    let events = String::from_utf8(events).unwrap();
    let sound = events.lines().filter_map(|line| line.strip_prefix("data: ")).flat_map(|data| {
        let event: Value = serde_json::from_str(data).unwrap();
        STANDARD.decode(event["audio"].as_str().unwrap_or_default()).unwrap()
    });
    assert!(sound.collect::<Vec<u8>>() == expected());
}

#[test]
fn half_a_second_is_12_000_samples_at_a_url() {
    let query = "input=Yes.+%5Bpause%3A0.5s%5D+No.&seed=11&response_format=pcm";
    assert!(get(shared(), &format!("/v1/audio/speech?{query}")).with_status(200).body == expected());
}

#[test]
fn a_pause_is_as_long_at_any_speed() {
    let body = json!({ "input": MARKED, "response_format": "pcm", "speed": 2 });
    assert!(say(body) == with_pause(&GenerateOptions::default().seed(SEED).speed(2.0)));
}

#[test]
fn pauses_at_the_edges_and_alone_are_heard() {
    let spoken = spoken("Yes.", SEED);
    let ask = |input: &str| say(json!({ "input": input, "response_format": "pcm" }));
    let marked = ask("[pause:0.5s] Yes. [pause:0.5s]");
    assert!(marked == [&SILENCE[..], &spoken, &SILENCE].concat());
    assert!(ask("[pause]") == SILENCE);
}

#[test]
fn half_a_second_is_12_000_samples_over_a_websocket() {
    for pieces in [&[MARKED][..], &["Yes. [pau", "se:0.5s", "] No."], &["Yes.", " ", "[pause]", "No."]] {
        let mut talk = Talk::start(shared(), SEED);
        for piece in pieces {
            talk.write(piece);
        }
        talk.end();
        let (sound, messages) = talk.until("end_of_stream");
        assert!(of_type(&messages, "error").is_empty(), "{messages:?}");
        assert!(sound == expected_in_conversation(), "{pieces:?}: {} bytes, {messages:?}", sound.len());
        let last = of_type(&messages, "text").last().unwrap()["stop_s"].as_f64().unwrap();
        assert!((last - sound.len() as f64 / 48_000.0).abs() < 1e-6);
    }
}

#[test]
fn half_a_second_is_12_000_samples_over_wyoming() {
    let server = TestServer::start(&["--wyoming", "0"]);
    let mut client = Client::open(&server);
    for (text, format) in [(MARKED, "text"), (SSML, "ssml"), (SSML, "text")] {
        let data = json!({ "text": text, "text_format": format, "context": { "seed": SEED } });
        client.send("synthesize", &data);
        assert!(client.until("audio-stop").sound == expected(), "{text} as {format}");
    }
    client.send("synthesize", &json!({ "text": MARKED, "context": { "seed": SEED } }));
    assert!(client.until("audio-stop").sound == expected());
    client.send("synthesize-start", &json!({ "context": { "seed": SEED } }));
    for piece in ["Yes. [pa", "use:0.5", "s] N", "o."] {
        client.send("synthesize-chunk", &json!({ "text": piece }));
    }
    client.send("synthesize-stop", &Value::Null);
    assert!(client.until("synthesize-stopped").sound == expected_in_conversation());
}
