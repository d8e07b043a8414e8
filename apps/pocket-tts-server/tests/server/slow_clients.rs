//! Clients that send or read slowly, and requests that take too long.

use std::{
    io::{BufReader, Read, Write},
    net::Shutdown,
    thread,
    time::Duration,
};

use pocket_tts_server::Hooks;
use serde_json::json;

use crate::client::{Answer, connect, get, head, post_form, post_json, read, read_chunk, read_head};
use crate::fixture::{Gate, TestServer, assert_wav, cancelled, long_text, seed, spoken, wait_until};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const REFUSED: &str = r#"pocket_tts_streams_total{outcome="refused"}"#;

#[test]
fn a_stalled_reader_uses_little_memory_blocks_no_one_and_is_disconnected() {
    let server = TestServer::start(&["--max-streams", "2", "--stall-timeout", "2"]);
    // Six minutes of audio, 17 MB.
    let body = format!("text={}", "We+go+on+and+on+about+the+weather.+".repeat(150));
    let mut stuck = connect(server.address);
    stuck.write_all(format!("{}{body}", head("POST", "/tts", FORM, body.len())).as_bytes()).unwrap();
    let mut reader = BufReader::with_capacity(1, stuck);
    let mut answer = Answer::default();
    read_head(&mut reader, &mut answer).unwrap();
    assert_eq!(answer.status, 200);
    for _ in 0..3 {
        let answer = post_form(server.address, "/tts", "text=I+am+quick.");
        assert_wav(&answer, &spoken("I am quick.", seed(&answer)));
    }
    wait_until("the reader is dropped", || server.figure(REFUSED) >= 1.0);
    server.wait_until_idle();
    // Buffered data arrives; the end of the body does not.
    while let Ok(more) = read_chunk(&mut reader, &mut answer) {
        assert!(more, "a broken stream passed for a whole one");
    }
    let megabytes = answer.body.len() as f64 / 1e6;
    assert!((0.1..7.0).contains(&megabytes), "{megabytes} MB of both sides' buffers");
}

#[test]
fn a_slow_but_steady_reader_receives_everything() {
    let server = TestServer::start(&["--stall-timeout", "2"]);
    let text = "We go on and on about the weather. ".repeat(20);
    let body = json!({ "input": text, "seed": 1, "response_format": "pcm" }).to_string();
    let mut slow = connect(server.address);
    slow.write_all(format!("{}{body}", head("POST", "/v1/audio/speech", "", body.len())).as_bytes()).unwrap();
    let mut reader = BufReader::with_capacity(4_096, slow);
    let mut answer = Answer::default();
    read_head(&mut reader, &mut answer).unwrap();
    while read_chunk(&mut reader, &mut answer).unwrap() {
        thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(answer.body, spoken(&text, 1));
}

#[test]
fn a_time_limit_is_a_status_before_the_audio_and_a_broken_connection_after_it() {
    let take_too_long = |option: &str, frame: usize, status: u16| {
        let gate = Gate::default();
        // Time enough for three frames on any machine.
        let options = [option, "5", "--max-streams", "1"];
        let server = TestServer::start_with(&options, gate.hooks("wait", frame));
        let body = json!({ "input": "I wait for it.", "response_format": "wav" });
        let answer = post_json(server.address, "/v1/audio/speech", &body);
        assert_eq!((answer.status, answer.is_whole), (status, status != 200));
        if status == 504 {
            assert_eq!(answer.error()["code"], "request_timeout");
        } else {
            assert_eq!(answer.body.len(), 44 + 3 * 3_840, "the frames before the break arrive");
        }
        gate.open();
        server.wait_until_idle();
        assert_eq!(post_form(server.address, "/tts", "text=Next.").status, 200);
    };
    thread::scope(|scope| {
        scope.spawn(|| take_too_long("--first-audio-timeout", 0, 504));
        scope.spawn(|| take_too_long("--request-timeout", 0, 504));
        scope.spawn(|| take_too_long("--request-timeout", 3, 200));
    });
}

#[test]
fn a_client_that_disconnects_during_the_audio_releases_its_stream() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--max-streams", "1"], gate.hooks("wait", 2));
    let body = json!({ "input": format!("I wait. {}", long_text()) }).to_string();
    let mut leaving = connect(server.address);
    leaving
        .write_all(format!("{}{body}", head("POST", "/v1/audio/speech", "", body.len())).as_bytes())
        .unwrap();
    read_head(&mut BufReader::new(&leaving), &mut Answer::default()).unwrap();
    leaving.shutdown(Shutdown::Both).unwrap();
    gate.open();
    server.wait_until_idle();
    assert_eq!(cancelled(server.address), 1);
    // The whole text would be thousands of frames. A few may be generated before the disconnect is noticed.
    assert!(gate.frames() < 1_000, "{} frames were generated for no reader", gate.frames());
    let answer = post_form(server.address, "/tts", "text=My+turn.");
    assert_wav(&answer, &spoken("My turn.", seed(&answer)));
}

#[test]
fn a_wait_in_the_queue_beyond_the_limit_ends_with_503() {
    let gate = Gate::default();
    let options = ["--queue-timeout", "0.3", "--max-streams", "1"];
    let server = TestServer::start_with(&options, gate.hooks("wait", 0));
    let address = server.address;
    let speaking = thread::spawn(move || post_form(address, "/tts", "text=I+wait."));
    wait_until("one speaks", || server.figure("pocket_tts_active_streams") >= 1.0);
    let answer = post_json(address, "/v1/audio/speech", &json!({ "input": "Hello." })).with_status(503);
    assert_eq!(answer.error()["code"], "queue_timeout");
    assert!(answer.header("Retry-After").is_some());
    gate.open();
    assert_eq!(speaking.join().unwrap().status, 200);
}

#[test]
fn a_slow_head_times_out() {
    let server = TestServer::start(&["--header-timeout", "0.5"]);
    let mut stream = connect(server.address);
    stream.write_all(b"POST /tts HTTP/1.1\r\nHost: t").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_stalled_body_times_out() {
    let server = TestServer::start(&["--body-timeout", "0.5"]);
    let multipart = "Content-Type: multipart/form-data; boundary=B\r\n";
    for (path, kind, begin) in [
        ("/tts", FORM, "text=a"),
        ("/tts", multipart, "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nab"),
        ("/v1/audio/speech", "", "{\"input\":"),
    ] {
        let mut stream = connect(server.address);
        stream.write_all(format!("{}{begin}", head("POST", path, kind, 1_000)).as_bytes()).unwrap();
        let answer = read(&mut BufReader::new(stream));
        assert_eq!(answer.status, 408, "{path}: {}", answer.text());
    }
}

#[test]
fn large_uploads_are_limited_and_small_ones_are_not() {
    let server = TestServer::start(&[]);
    let kind = "Content-Type: multipart/form-data; boundary=B\r\n";
    let begin = "--B\r\nContent-Disposition: form-data; name=\"voice_wav\"; filename=\"a.wav\"\r\n\r\n";
    let part = vec![0; 1_200_000];
    let upload = || {
        let mut stream = connect(server.address);
        stream.write_all(format!("{}{begin}", head("POST", "/tts", kind, 5_000_000)).as_bytes()).unwrap();
        stream.write_all(&part).unwrap();
        stream
    };
    let mut held = Vec::new();
    wait_until("one too many is refused", || {
        let stream = upload();
        // The server waits for the rest of the admitted uploads.
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let answer = read(&mut BufReader::new(stream.try_clone().unwrap()));
        held.push(stream);
        answer.status == 503
    });
    assert!(held.len() > 16, "{}", held.len());
    assert_eq!(post_form(server.address, "/tts", "text=I+am+small.").status, 200);
    drop(held);
    wait_until("there is room again", || {
        let mut stream = upload();
        // This upload is complete, but not a recording.
        let rest = vec![b'a'; 5_000_000 - begin.len() - part.len() - 9];
        let sent = stream.write_all(&rest).and_then(|()| stream.write_all(b"\r\n--B--\r\n"));
        drop(sent);
        read(&mut BufReader::new(stream)).status == 422
    });
}

#[test]
fn idle_clients_are_evicted_for_new_ones() {
    let gate = Gate::default();
    let hooks = Hooks { eviction_threshold: Some(100), ..gate.hooks("wait", 1) };
    // The silent clients wait as long as they can.
    let server = TestServer::start_with(&["--header-timeout", "600", "--body-timeout", "600"], hooks);
    let address = server.address;
    let speaking = thread::spawn(move || post_form(address, "/tts", "text=I+wait."));
    wait_until("one speaks", || server.figure("pocket_tts_active_streams") >= 1.0);
    let mut silent = Vec::new();
    for index in 0..500 {
        let mut stream = connect(address);
        // Some never send a head, some never the whole body.
        if index % 2 == 0 {
            stream.write_all(format!("{}text=", head("POST", "/tts", FORM, 1_000)).as_bytes()).unwrap();
        }
        silent.push(stream);
        if index % 10 == 9 {
            assert_eq!(get(address, "/health/live").status, 200, "{index}");
            assert_eq!(get(address, "/health/ready").status, 200, "{index}");
        }
    }
    assert_wav(&post_form(address, "/tts", "text=Hello.&seed=1"), &spoken("Hello.", 1));
    gate.open();
    let answer = speaking.join().unwrap();
    assert_wav(&answer, &spoken("I wait.", seed(&answer)));
    drop(silent);
}
