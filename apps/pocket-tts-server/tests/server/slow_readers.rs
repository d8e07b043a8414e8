//! Clients that read more slowly than speech is generated.

use std::{
    io::{BufReader, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use serde_json::json;

use crate::client::{Answer, connect, head, post_form, post_json, read_chunk, read_head, request};
use crate::fixture::{Gate, TestServer, spoken, wait_until};
use crate::websocket::Talk;

const SENTENCE: &str = "We go on and on about the weather. ";
const ACTIVE: &str = "pocket_tts_active_streams";
const FAILED: &str = r#"pocket_tts_streams_total{outcome="failed"}"#;
const REFUSED: &str = r#"pocket_tts_streams_total{outcome="refused"}"#;
const CANCELLED: &str = r#"pocket_tts_streams_total{outcome="cancelled"}"#;
const COMPLETED: &str = r#"pocket_tts_streams_total{outcome="completed"}"#;
/// Longer than any test waits.
const NO_STALL: [&str; 2] = ["--stall-timeout", "600"];

/// A client that has requested PCM and read only the head.
fn ask_and_wait(server: &TestServer, text: &str) -> (BufReader<TcpStream>, Answer) {
    let body = json!({ "input": text, "seed": 1, "response_format": "pcm" }).to_string();
    let mut stream = connect(server.address);
    stream
        .write_all(format!("{}{body}", head("POST", "/v1/audio/speech", "", body.len())).as_bytes())
        .unwrap();
    let mut reader = BufReader::with_capacity(4_096, stream);
    let mut answer = Answer::default();
    read_head(&mut reader, &mut answer).unwrap();
    assert_eq!(answer.status, 200);
    (reader, answer)
}

fn read_rest((mut reader, mut answer): (BufReader<TcpStream>, Answer)) -> Vec<u8> {
    while read_chunk(&mut reader, &mut answer).unwrap() {}
    answer.body
}

#[test]
fn stalled_readers_release_their_streams_and_receive_everything_later() {
    let server = TestServer::start(&[&NO_STALL[..], &["--max-streams", "2"]].concat());
    // Three minutes of audio each, 9 MB.
    let text = SENTENCE.repeat(80);
    let stopped = [ask_and_wait(&server, &text), ask_and_wait(&server, &text)];
    wait_until("all speech is made", || server.figure(ACTIVE) == 0.0);
    assert!(server.figure(COMPLETED) < 0.5, "nothing is delivered yet");
    for _ in 0..3 {
        assert_eq!(post_form(server.address, "/tts", "text=I+am+quick.").status, 200);
    }
    let expected = spoken(&text, 1);
    for reader in stopped {
        assert!(read_rest(reader) == expected);
    }
    wait_until("all is delivered", || server.figure(COMPLETED) >= 5.0);
}

#[test]
fn without_disk_space_speech_waits_for_its_reader() {
    let server = TestServer::start(&[&NO_STALL[..], &["--max-streams", "2", "--max-spool-mb", "1"]].concat());
    let text = SENTENCE.repeat(80);
    let stopped = [ask_and_wait(&server, &text), ask_and_wait(&server, &text)];
    let unread = "pocket_tts_spool_bytes";
    wait_until("the disk is full", || server.figure(unread) > f64::from((1 << 20) - 2 * 4_000));
    assert!(server.figure(unread) <= f64::from(1 << 20));
    let expected = spoken(&text, 1);
    thread::scope(|scope| {
        for reader in stopped {
            let expected = &expected;
            scope.spawn(move || assert!(read_rest(reader) == *expected));
        }
    });
    wait_until("the disk is free", || server.figure(unread) == 0.0);
}

#[test]
fn a_reader_below_the_minimum_rate_is_disconnected() {
    let server = TestServer::start(&["--stall-timeout", "1", "--min-read-rate", "100000000"]);
    let (mut reader, mut answer) = ask_and_wait(&server, &SENTENCE.repeat(80));
    let mut outcome = Ok(true);
    while matches!(outcome, Ok(true)) {
        thread::sleep(Duration::from_millis(20));
        outcome = read_chunk(&mut reader, &mut answer);
    }
    assert!(outcome.is_err(), "a broken stream passed for a whole one");
    wait_until("it counts as refused", || server.figure(REFUSED) >= 1.0);
    assert!(server.figure(FAILED) < 0.5);
}

#[test]
fn an_unread_conversation_releases_its_stream_and_is_received_later() {
    let server = TestServer::start(&[&NO_STALL[..], &["--max-streams", "1"]].concat());
    let mut talk = Talk::start(server.address, 1);
    let text = SENTENCE.repeat(80);
    for _ in 0..2 {
        talk.write(&SENTENCE.repeat(40));
    }
    talk.end();
    wait_until("speech is being made", || server.figure(ACTIVE) >= 1.0);
    wait_until("all speech is made", || server.figure(ACTIVE) == 0.0);
    assert_eq!(post_form(server.address, "/tts", "text=I+am+quick.").status, 200);
    let (sound, messages) = talk.until("end_of_stream");
    let sentences = messages.iter().filter(|message| message["type"] == "text");
    let texts: Vec<&str> = sentences.map(|sentence| sentence["text"].as_str().unwrap()).collect();
    assert_eq!(texts.concat(), text);
    let expected: Vec<u8> = texts.iter().flat_map(|text| spoken(text.trim_end(), 1)).collect();
    assert!(sound == expected, "{} bytes, {} expected", sound.len(), expected.len());
}

#[test]
fn requests_at_once_are_limited_per_client() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "first\nsecond\n").unwrap();
    let gate = Gate::default();
    let options = ["--max-requests-per-client", "1", "--api-key-file", keys.path().to_str().unwrap()];
    let server = TestServer::start_with(&options, gate.hooks("wait", 0));
    let address = server.address;
    let speak = move |key: &str, text: &str| {
        let headers = format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n");
        let body = json!({ "input": text, "seed": 1 }).to_string();
        request(address, "POST", "/v1/audio/speech", &headers, body.as_bytes())
    };
    let held = thread::spawn(move || speak("first", "I wait."));
    wait_until("one speaks", || {
        let headers = "Authorization: Bearer second\r\n";
        request(address, "GET", "/metrics", headers, b"").text().contains("pocket_tts_active_streams 1")
    });
    let refused = speak("first", "Hello.").with_status(429);
    assert_eq!(refused.error()["code"], "too_many_requests_of_client");
    speak("second", "Hello.").with_status(200);
    gate.open();
    held.join().unwrap().with_status(200);
    wait_until("the first is done", || speak("first", "Hello.").status == 200);
}

#[test]
fn seconds_of_audio_are_limited_by_request_and_by_client() {
    let server = TestServer::start(&["--max-audio", "2"]);
    let long = json!({ "input": SENTENCE.repeat(10), "seed": 1, "response_format": "pcm" });
    let broken = post_json(server.address, "/v1/audio/speech", &long);
    assert!(!broken.is_whole && broken.body.len() <= 2 * 48_000, "{} bytes", broken.body.len());
    let short = json!({ "input": "Hello.", "seed": 1, "response_format": "pcm" });
    assert!(
        post_json(server.address, "/v1/audio/speech", &short).with_status(200).body == spoken("Hello.", 1)
    );

    let server = TestServer::start(&["--max-audio-per-client", "1"]);
    post_json(server.address, "/v1/audio/speech", &long).with_status(200);
    let refused = post_json(server.address, "/v1/audio/speech", &short).with_status(429);
    assert_eq!(refused.error()["code"], "audio_limit_exceeded");
    assert!(refused.header("Retry-After").unwrap().parse::<u64>().unwrap() > 60);
}

#[test]
fn a_client_that_leaves_pays_only_for_what_it_took() {
    let server = TestServer::start(&[&NO_STALL[..], &["--max-audio-per-client", "1"]].concat());
    let text = SENTENCE.repeat(150);
    let (mut reader, mut answer) = ask_and_wait(&server, &text);
    wait_until("all speech is made", || server.figure(ACTIVE) == 0.0);
    while answer.body.len() < 6 * 48_000 {
        assert!(read_chunk(&mut reader, &mut answer).unwrap());
    }
    drop(reader);
    wait_until("the server notices", || server.figure(CANCELLED) >= 1.0);
    let short = json!({ "input": "Hello." });
    let refused = post_json(server.address, "/v1/audio/speech", &short).with_status(429);
    let wait_s: f64 = refused.header("Retry-After").unwrap().parse().unwrap();
    // At 1 s a minute, each second of audio takes a minute.
    let (charged_s, made_s) = (1.0 + wait_s / 60.0, spoken(&text, 1).len() as f64 / 48_000.0);
    // What the buffers of both sides hold counts as taken.
    assert!(charged_s >= 5.0 && charged_s < made_s / 2.0, "{charged_s} s of {made_s} s");
}

#[test]
fn a_slow_reader_receives_the_audio_from_before_a_failure() {
    let server = TestServer::start(&[&NO_STALL[..], &["--max-audio", "20"]].concat());
    let text = SENTENCE.repeat(40);
    let (mut reader, mut answer) = ask_and_wait(&server, &text);
    wait_until("all speech is made", || server.figure(ACTIVE) == 0.0);
    while let Ok(more) = read_chunk(&mut reader, &mut answer) {
        assert!(more, "a broken stream passed for a whole one");
    }
    // 20 s are 250 frames, of which the last ones may be lost on the way when the connection breaks.
    let heard = answer.body.len();
    assert!((200 * 3_840..=250 * 3_840).contains(&heard), "{heard} bytes");
    assert!(spoken(&text, 1).starts_with(&answer.body));
}
