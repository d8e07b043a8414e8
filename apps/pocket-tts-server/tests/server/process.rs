//! The command as a process: signals, the log, a Unix socket.

#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    os::unix::net::UnixStream,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::{Value, json};

use crate::client::{PATIENCE, connect, get, head, post_json, read, request};
use crate::fixture::{spoken, wait_until};

/// A server in a process of its own, which ends with the test.
struct Process {
    child: Child,
    log: Receiver<String>,
    seen: Vec<String>,
}

impl Process {
    fn start(options: &[&str], variables: &[(&str, &str)]) -> Self {
        // Whoever runs the tests may ignore signals, which children inherit.
        let mut command = Command::new("/usr/bin/env");
        command.args(["--default-signal=INT,TERM", env!("CARGO_BIN_EXE_pocket-tts-server")]);
        command.args(["--host", "127.0.0.1", "--port", "0", "--log-format", "json"]).args(options);
        command.env("HOME", "/nonexistent").envs(variables.iter().copied()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (tell, log) = channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line))));
        Self { child, log, seen: Vec::new() }
    }

    /// Reads the log up to a line with `part` in it.
    fn wait_for(&mut self, part: &str) -> String {
        loop {
            let line =
                self.log.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never: {part}; {:?}", self.seen));
            self.seen.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }

    fn address(&mut self) -> SocketAddr {
        let line = self.wait_for("listening on http://");
        let address = line.split("http://").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        self.wait_for("ready");
        address
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    fn code(&mut self) -> Option<i32> {
        let mut ended = None;
        wait_until("the process ends", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.and_then(|status| status.code())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_request_to_terminate_drains_and_a_second_one_ends_at_once() {
    let mut server = Process::start(&[], &[]);
    let address = server.address();
    assert_eq!(get(address, "/health").status, 200);
    server.signal("TERM");
    server.wait_for("draining");
    assert_eq!(server.code(), Some(0));

    let mut server = Process::start(&["--max-streams", "1"], &[]);
    let address = server.address();
    // A stream that nobody reads keeps the server from ending.
    let body = format!("text={}", "We+go+on+and+on+about+the+weather.+".repeat(150));
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let mut stuck = connect(address);
    stuck.write_all(format!("{}{body}", head("POST", "/tts", kind, body.len())).as_bytes()).unwrap();
    stuck.read_exact(&mut [0; 1_000]).unwrap();
    server.signal("TERM");
    server.wait_for("draining");
    assert!(server.child.try_wait().unwrap().is_none());
    server.signal("TERM");
    assert_eq!(server.code(), Some(143));
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
        answered += usize::from(line["fields"]["message"] == "answered");
        assert!(line["timestamp"].is_string() && line["level"].is_string());
    }
    assert!(answered >= 5, "{:?}", server.seen);
}

#[test]
fn a_unix_socket_answers_and_goes_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tts.sock");
    let mut server = Process::start(&["--unix-socket", path.to_str().unwrap()], &[]);
    server.wait_for("ready");
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
fn wrong_settings_are_told_with_their_exit_code() {
    for (options, variables, code, part) in [
        (&["--max-streams", "0"][..], &[][..], 2, "max_streams"),
        (&[], &[("POCKET_TTS_SERVER_PROT", "1")], 2, "POCKET_TTS_SERVER_PROT"),
        (&["--language", "klingon"], &[], 2, "klingon"),
        (&["--settings", "/nonexistent/server.yaml"], &[], 4, "/nonexistent/server.yaml"),
    ] {
        let mut server = Process::start(options, variables);
        let line = server.wait_for("error: ");
        assert!(line.contains(part), "{line}");
        assert_eq!(server.code(), Some(code), "{line}");
    }
}

#[test]
fn models_beyond_the_memory_limit_take_turns() {
    let mut server = Process::start(&["--model", "second=tiny", "--model-memory-mb", "1"], &[]);
    let address = server.address();
    let loaded = || get(address, "/metrics").text().contains("pocket_tts_models_loaded 1\n");
    assert!(loaded());
    for model in ["second", "tiny", "second"] {
        let body = json!({ "input": "Hello.", "model": model, "response_format": "pcm", "seed": 1 });
        let answer = post_json(address, "/v1/audio/speech", &body).with_status(200);
        assert_eq!(answer.body, spoken("Hello.", 1));
        assert!(loaded(), "{model} came without the other going");
    }
}
