//! Text that is still being written, over a WebSocket: the audio, and interruptions.

use std::{
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use pocket_tts_audio::AudioFormat;
use pocket_tts_server::Hooks;
use serde_json::{Value, json};

use crate::client::post_json;
use crate::fixture::{Gate, TAIL_BYTES, TestServer, WAV_HEADER, shared, spoken, wait_until};
use crate::websocket::{Heard, Talk, of_type};

const TEXT: &str =
    "Good morning, Dr. Smith! I am small. I am fast. I hope that you will like me … and stay. Bye";
const BYTES_PER_SECOND: f64 = 48_000.0;

#[test]
fn text_in_pieces_sounds_as_requests_for_its_sentences() {
    let mut heard = Vec::new();
    for size in [1, 7, 1_000] {
        let mut talk = Talk::start(shared(), 5);
        for piece in TEXT.chars().collect::<Vec<_>>().chunks(size) {
            talk.write(&piece.iter().collect::<String>());
        }
        talk.end();
        let (sound, messages) = talk.until("end_of_stream");
        assert_eq!(talk.closed(), 1_000);
        let sentences = of_type(&messages, "text");
        let texts: Vec<&str> = sentences.iter().map(|sentence| sentence["text"].as_str().unwrap()).collect();
        assert_eq!(texts.concat(), TEXT);
        assert_eq!(texts[0], "Good morning, Dr. Smith! ");
        let mut expected = Vec::new();
        for (index, sentence) in sentences.iter().enumerate() {
            let second = |key: &str| sentence[key].as_f64().unwrap();
            assert!((second("start_s") - expected.len() as f64 / BYTES_PER_SECOND).abs() < 1e-6);
            let body = json!({ "input": sentence["text"], "seed": 5, "response_format": "pcm" });
            expected.extend(post_json(shared(), "/v1/audio/speech", &body).with_status(200).body);
            assert!((second("stop_s") - expected.len() as f64 / BYTES_PER_SECOND).abs() < 1e-6);
            assert_eq!(sentence["index"], index);
        }
        assert!(sound == expected, "{} bytes of sound, {} expected", sound.len(), expected.len());
        assert_eq!(of_type(&messages, "sentence").len(), texts.len());
        heard.push((sound, texts.concat()));
    }
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_sentence_is_spoken_while_the_next_one_is_written() {
    let mut talk = Talk::start(shared(), 1);
    talk.write("The first one is over. The sec");
    let (sound, messages) = talk.until("text");
    assert_eq!(messages.last().unwrap()["text"], "The first one is over. ");
    assert!(sound == spoken("The first one is over.", 1));
    talk.write("ond is not");
    talk.send(&json!({ "type": "flush", "id": "now" }));
    let (sound, messages) = talk.until("flushed");
    assert!(sound == spoken("The second is not", 1));
    assert_eq!(messages.last().unwrap()["id"], "now");
    // The next sentence is a first one again, and text without words is not an error.
    talk.write(" \u{1f600} ");
    talk.send(&json!({ "type": "flush", "flush_id": 2 }));
    let (sound, messages) = talk.until("flushed");
    assert_eq!((sound.len(), &messages.last().unwrap()["id"]), (0, &json!(2)));
    let kinds: Vec<&str> = messages.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sentence", "text", "flushed"]);
    talk.write("Go. On.");
    talk.end();
    let (sound, _) = talk.until("end_of_stream");
    assert!(sound == [spoken("Go.", 1), spoken("On.", 1)].concat());
    assert_eq!(talk.closed(), 1_000);
}

#[test]
fn audio_is_sent_as_a_wav_file_or_in_json_on_request() {
    let mut talk = Talk::open(shared());
    talk.send(&json!({
        "type": "setup", "seed": 3, "format": "wav", "audio": "base64", "voice": { "id": "alloy" },
        "temperature": 0.5, "model": "tts-1",
    }));
    assert_eq!(talk.next_json()["format"], "wav");
    talk.write("One. Two.");
    talk.end();
    let (binary, messages) = talk.until("end_of_stream");
    assert!(binary.is_empty());
    let pieces = of_type(&messages, "audio");
    assert!(pieces.windows(2).all(|pair| pair[0]["stop_s"] == pair[1]["start_s"]));
    let sound: Vec<u8> =
        pieces.iter().flat_map(|piece| STANDARD.decode(piece["audio"].as_str().unwrap()).unwrap()).collect();
    let body = |text: &str| {
        let body = json!({
            "input": text, "seed": 3, "response_format": "pcm", "voice": "alloy", "temperature": 0.5,
        });
        post_json(shared(), "/v1/audio/speech", &body).with_status(200).body
    };
    assert!(sound == [&WAV_HEADER[..], &body("One."), &body("Two."), &[0; TAIL_BYTES]].concat());
}

#[test]
fn audio_is_sent_in_every_format_as_over_http() {
    for format in AudioFormat::ALL.map(AudioFormat::name) {
        let mut talk = Talk::open(shared());
        talk.send(&json!({ "type": "setup", "seed": 3, "format": format }));
        assert_eq!(talk.next_json()["format"], format);
        talk.write("I am one sentence.");
        talk.end();
        let (sound, _) = talk.until("end_of_stream");
        let body = json!({ "input": "I am one sentence.", "seed": 3, "response_format": format });
        let expected = post_json(shared(), "/v1/audio/speech", &body).with_status(200).body;
        assert!(sound == expected, "{format}: {} bytes, {} expected", sound.len(), expected.len());
    }
}

/// Counts the frames of texts with a word in them, besides what a gate does.
fn counting(gate: &Gate, word: &'static str, frame: usize) -> (Hooks, Arc<AtomicUsize>) {
    let frames = Arc::<AtomicUsize>::default();
    let (counted, gated) = (Arc::clone(&frames), gate.hooks(word, frame).before_frame.unwrap());
    let hook = move |text: &str, index: usize| {
        if text.contains(word) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        gated(text, index);
    };
    (Hooks { before_frame: Some(Arc::new(hook)), ..Hooks::default() }, frames)
}

#[test]
fn an_interruption_stops_the_speech_within_a_frame() {
    let gate = Gate::default();
    let (hooks, frames) = counting(&gate, "wait", 3);
    let server = TestServer::start_with(&["--max-streams", "1"], hooks);
    let mut talk = Talk::start(server.address, 1);
    talk.write("Here I wait for you. And then I go on. And on and on, as long as you wish. And half a sen");
    talk.send(&json!({ "type": "flush", "id": 1 }));
    // Three frames have left, and the fourth is held up.
    let mut sound = Vec::new();
    while sound.len() < 3 * 3_840 {
        match talk.next() {
            Heard::Sound(more) => sound.extend(more),
            Heard::Json(message) => assert_eq!(message["type"], "sentence"),
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }
    talk.send(&json!({ "type": "cancel" }));
    let cancelled = talk.next_json();
    assert_eq!((&cancelled["type"], &cancelled["stop_s"]), (&json!("cancelled"), &json!(0.24)));
    gate.open();
    server.wait_until_idle();
    assert_eq!(frames.load(Ordering::Relaxed), 4);
    // Nothing of it arrives later.
    talk.write("New text.");
    talk.end();
    let (sound, messages) = talk.until("end_of_stream");
    assert!(sound == spoken("New text.", 1));
    assert!((of_type(&messages, "text")[0]["start_s"].as_f64().unwrap() - 0.24).abs() < 1e-6);
    assert!(of_type(&messages, "flushed").is_empty());
    assert_eq!(talk.closed(), 1_000);
}

#[test]
fn an_interruption_before_the_first_audio_or_after_the_last_is_harmless() {
    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "seed": 1 }));
    talk.write("This is dropped. And this");
    talk.send(&json!({ "type": "cancel" }));
    let (sound, _) = talk.until("cancelled");
    assert!(spoken("This is dropped.", 1).starts_with(&sound));
    talk.send(&json!({ "type": "cancel" }));
    assert_eq!(talk.next_json()["type"], "cancelled");
    talk.write("Dropped as well. Really");
    talk.end();
    talk.send(&json!({ "type": "cancel" }));
    let (_, messages) = talk.until("end_of_stream");
    assert_eq!(of_type(&messages, "cancelled").len(), 1);
    assert_eq!(talk.closed(), 1_000);
}

#[test]
fn wrong_messages_are_reported_and_change_nothing() {
    let mut talk = Talk::open(shared());
    talk.write("Too early.");
    talk.refused("no_setup");
    talk.send(&json!({ "type": "cancel" }));
    talk.refused("no_setup");
    for (setup, code, param) in [
        (json!({ "voice": "nobody" }), "voice_not_found", json!("voice")),
        (json!({ "model": "gpt-9" }), "model_not_found", json!("model")),
        (json!({ "format": "mp4" }), "unsupported_format", json!("format")),
        (json!({ "temperature": -1 }), "invalid_value", json!("temperature")),
        (json!({ "sed": 1 }), "invalid_message", Value::Null),
    ] {
        let mut setup = setup;
        setup["type"] = json!("setup");
        talk.send(&setup);
        assert_eq!(talk.refused(code)["param"], param);
    }
    talk.send(&json!({ "type": "setup", "seed": 1 }));
    assert_eq!(talk.next_json()["type"], "ready");
    talk.write("I am not");
    for wrong in ["{", "[]", "7", "{}", r#"{"type":"sing"}"#, r#"{"type":"text","text":5}"#, "\u{0}"] {
        talk.socket.send(tungstenite::Message::text(wrong)).unwrap();
        talk.refused("invalid_message");
    }
    talk.socket.send(tungstenite::Message::binary(b"text".as_slice())).unwrap();
    talk.refused("invalid_message");
    talk.send(&json!({ "type": "setup" }));
    talk.refused("already_set_up");
    talk.write(" disturbed.");
    talk.end();
    talk.write("Too late.");
    let (sound, messages) = talk.until("end_of_stream");
    assert!(sound == spoken("I am not disturbed.", 1));
    assert_eq!(of_type(&messages, "error")[0]["code"], "stream_ended");
}

#[test]
fn concurrent_conversations_sound_as_each_alone() {
    let address = shared();
    let expected = spoken("I hope you will like me.", 9);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut talk = Talk::start(address, 9);
                talk.write("I hope you will like me.");
                talk.end();
                assert!(talk.until("end_of_stream").0 == expected);
            });
        }
    });
}

#[test]
fn graceful_shutdown_ends_a_conversation_at_its_next_pause() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--wyoming", "0"], gate.hooks("wait", 1));
    let mut talk = Talk::start(server.address, 1);
    talk.write("I wait. And");
    assert_eq!(talk.next_json()["type"], "sentence");
    let address = server.address;
    let ending = thread::spawn(move || server.stop());
    wait_until("new connections are refused", || TcpStream::connect(address).is_err());
    gate.open();
    let (sound, messages) = talk.until("error");
    assert!(sound == spoken("I wait.", 1));
    assert_eq!(messages.last().unwrap()["code"], "draining");
    assert_eq!(talk.closed(), 1_001);
    ending.join().unwrap();
}
