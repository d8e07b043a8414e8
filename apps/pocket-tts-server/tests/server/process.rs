//! The command as a process: signals, the log, a Unix socket.

#![cfg(unix)]

use std::{
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    thread,
};

use serde_json::{Value, json};

use crate::client::{PATIENCE, Part, connect, get, head, post_json, post_multipart, read, request};
use crate::fixture::{recording_path, spoken, wait_until};
use crate::program::Process;

/// A stream without a reader, which delays the shutdown.
fn stuck_stream(address: SocketAddr) -> TcpStream {
    let body = format!("text={}", "We+go+on+and+on+about+the+weather.+".repeat(150));
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let mut stream = connect(address);
    stream.write_all(format!("{}{body}", head("POST", "/tts", kind, body.len())).as_bytes()).unwrap();
    stream.read_exact(&mut [0; 1_000]).unwrap();
    stream
}

#[test]
fn a_signal_drains_and_a_second_one_stops_at_once() {
    let mut server = Process::start(&[], &[]);
    let address = server.address();
    assert_eq!(get(address, "/health").status, 200);
    server.signal("TERM");
    server.wait_for("draining");
    assert_eq!(server.code(), Some(0));

    let mut server = Process::start(&["--max-streams", "1"], &[]);
    let address = server.address();
    let _stuck = stuck_stream(address);
    server.signal("TERM");
    server.wait_for("draining");
    assert!(server.child.try_wait().unwrap().is_none());
    server.signal("TERM");
    assert_eq!(server.code(), Some(143));
}

#[test]
fn a_malformed_request_does_not_fill_the_log() {
    let mut server = Process::start(&[], &[]);
    let address = server.address();
    let mut stream = connect(address);
    let both = "POST /tts HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    stream.write_all(both.as_bytes()).unwrap();
    assert_eq!(read(&mut BufReader::new(stream)).status, 400);
    assert_eq!(get(address, "/nowhere").status, 404);
    server.wait_for("answered");
    assert!(!server.seen.concat().contains("ERROR"), "{:?}", server.seen);
}

#[test]
fn during_the_drain_delay_requests_are_served_and_readiness_fails() {
    let mut server = Process::start(&["--drain-delay", "600"], &[]);
    let address = server.address();
    server.signal("TERM");
    server.wait_for("leaving");
    for path in ["/health", "/health/ready"] {
        assert_eq!(get(address, path).with_status(503).text(), r#"{"status":"draining"}"#);
    }
    assert_eq!(get(address, "/health/live").status, 200);
    let body = json!({ "input": "Hello.", "response_format": "pcm", "seed": 1 });
    assert_eq!(post_json(address, "/v1/audio/speech", &body).with_status(200).body, spoken("Hello.", 1));
    server.signal("TERM");
    assert_eq!(server.code(), Some(143));

    let mut server = Process::start(&["--drain-delay", "0.3"], &[]);
    server.address();
    server.signal("TERM");
    server.wait_for("leaving");
    server.wait_for("draining");
    assert_eq!(server.code(), Some(0));
}

#[test]
fn the_log_holds_nothing_that_a_client_wrote() {
    let mut server = Process::start(&[], &[("POCKET_TTS_SERVER_API_KEYS", "open-sesame,another")]);
    let address = server.address();
    let key = "Authorization: Bearer open-sesame\r\nUser-Agent: spy-agent\r\n";
    let body = json!({ "input": "Top secret\r\n\u{1b}[31mforged", "voice": "voice\nforged", "seed": 1 });
    for body in [body, json!({ "input": "Top secret.\u{1b}[2J" })] {
        request(address, "POST", "/v1/audio/speech", key, body.to_string().as_bytes());
    }
    request(address, "GET", "/forged%0Apath?secret=1", key, b"");
    request(address, "DELETE", "/v1/audio/voices/forged%0d%0a", key, b"");
    request(address, "GET", "/health", "X-Request-Id: \x1b[31mforged\r\n", b"");
    post_json(address, "/v1/audio/speech", &json!({ "input": "forged" }));
    request(address, "GET", "/v1/models", "Authorization: Bearer wrong-forged\r\n", b"").with_status(401);
    server.signal("TERM");
    server.wait_for("draining");
    assert_eq!(server.code(), Some(0));
    let mut answered = 0;
    for line in &server.seen {
        for part in ["secret", "forged", "sesame", "spy", "\u{1b}", "\\u001b"] {
            assert!(!line.contains(part), "{part}: {line}");
        }
        let line: Value = serde_json::from_str(line).unwrap();
        if line["fields"]["message"] == "answered" {
            answered += 1;
            assert!(line["fields"]["status"].is_u64() && line["fields"]["after_ms"].is_u64(), "{line}");
        }
        if line["fields"]["message"] == "ready" {
            assert_eq!(line["fields"]["models"], json!(["tiny"]), "{line}");
            assert_eq!(line["fields"]["addresses"], json!([format!("http://{address}")]), "{line}");
            assert_eq!(line["fields"]["version"], env!("CARGO_PKG_VERSION"), "{line}");
        }
        assert!(line["timestamp"].is_string() && line["level"].is_string());
    }
    assert!(answered >= 5, "{:?}", server.seen);
}

#[test]
fn a_unix_socket_is_served_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tts.sock");
    let mut server = Process::start(&["--unix-socket", path.to_str().unwrap()], &[]);
    let listening = server.wait_for("listening on the socket ");
    assert!(listening.contains(path.to_str().unwrap()), "{listening}");
    assert!(server.wait_for("ready").contains(path.to_str().unwrap()));
    let body = "text=Hello.";
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("{}{body}", head("POST", "/tts", kind, body.len())).as_bytes()).unwrap();
    let answer = read(&mut BufReader::new(stream)).with_status(200);
    assert_eq!(&answer.body[..4], b"RIFF");
    server.signal("INT");
    assert_eq!(server.code(), Some(0));
    assert!(!path.exists());
}

#[test]
fn failures_are_logged_once_and_not_by_libraries() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone.yaml");
    std::fs::write(&gone, "").unwrap();
    let model = format!("gone={}", gone.display());
    let voice = format!("gone={}", recording_path().display());
    let mut server = Process::start(&["--model", &model, "--default-voice", &voice], &[]);
    let address = server.address();
    std::fs::remove_file(&gone).unwrap();
    post_json(address, "/v1/audio/speech", &json!({ "input": "a", "model": "gone" })).with_status(500);
    let recording = std::fs::read(recording_path().with_file_name("ffmpeg_tagged.mp3")).unwrap();
    let parts: [Part<'_>; 2] = [("text", None, b"Hello."), ("voice_wav", Some("a.mp3"), &recording)];
    post_multipart(address, "/tts", &parts).with_status(200);
    server.signal("TERM");
    server.wait_for("draining");
    assert_eq!(server.code(), Some(0));
    let lines: Vec<Value> = server.seen.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failures = lines.iter().filter(|line| line["level"] == "ERROR" || line["level"] == "WARN");
    assert_eq!(failures.count(), 1, "{lines:?}");
    for line in lines {
        assert!(line["target"].as_str().unwrap().starts_with("pocket_tts"), "{line}");
    }
}

#[test]
fn streams_and_waiting_requests_at_the_drain_time_out_are_logged() {
    let mut server = Process::start(&["--max-streams", "1", "--drain-timeout", "2"], &[]);
    let address = server.address();
    let _stuck = stuck_stream(address);
    let waiting =
        thread::spawn(move || post_json(address, "/v1/audio/speech", &json!({ "input": "Hello." })));
    wait_until("one waits", || get(address, "/metrics").text().contains("pocket_tts_queue_length 1"));
    server.signal("TERM");
    server.wait_for("drain time-out is over");
    let sent_away = waiting.join().unwrap().with_status(503);
    assert_eq!(sent_away.error()["code"], "draining");
    assert!(sent_away.header("Retry-After").is_some());
}

#[test]
fn wrong_settings_have_messages_and_exit_codes() {
    for (options, variables, code, part) in [
        (&["--max-streams", "0"][..], &[][..], 2, "--max-streams"),
        (&[], &[("POCKET_TTS_SERVER_PROT", "1")], 2, "POCKET_TTS_SERVER_PROT"),
        (&[], &[("FIRST_CHUNK_LENGTH_SECONDS", "long")], 2, "FIRST_CHUNK_LENGTH_SECONDS"),
        (&[], &[("FIRST_CHUNK_LENGTH_SECONDS", "61")], 2, "invalid value `61` for"),
        (&["--language", "klingon"], &[], 2, "klingon"),
        (&["--model", "a=klingon"], &[], 2, "`klingon` for --model: there is no such file"),
        (
            &["--voice-map", "bob=nosuch"],
            &[],
            2,
            "`bob=nosuch` for --voice-map: no model of this server has this voice",
        ),
        (&[], &[("POCKET_TTS_SERVER_PORT", "many")], 2, "invalid value `many` for POCKET_TTS_SERVER_PORT"),
        (
            &["--max-streams", "0"],
            &[("POCKET_TTS_SERVER_RATE_LIMIT", "")],
            2,
            "invalid value `0` for --max-streams",
        ),
        (&["--wyoming-zeroconf"], &[], 2, "no Wyoming port"),
        (&["--metrics-port", "host"], &[], 2, "invalid value `host` for --metrics-port"),
        (
            &["--wyoming", "0"],
            &[("POCKET_TTS_SERVER_WYOMING_ZEROCONF", "Office")],
            2,
            "other machines cannot reach",
        ),
        (&["--settings", "/nonexistent/server.yaml"], &[], 4, "/nonexistent/server.yaml"),
    ] {
        let mut server = Process::start(options, variables);
        let line = server.wait_for("error: ");
        assert!(line.contains(part), "{line}");
        assert_eq!(server.code(), Some(code), "{line}");
    }
}
