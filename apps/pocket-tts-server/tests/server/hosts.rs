//! The host names that a server answers to.

use serde_json::json;

use crate::client::{Answer, exchange};
use crate::fixture::TestServer;

fn ask(server: &TestServer, host: &str, method: &str, path: &str, more: &str) -> Answer {
    let body = json!({ "input": "Hello.", "response_format": "pcm" }).to_string();
    let body = if method == "GET" { "" } else { body.as_str() };
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n{more}\r\n", body.len());
    exchange(server.address, &head, body.as_bytes())
}

#[test]
fn without_keys_public_host_names_are_rejected() {
    let server = TestServer::start(&[]);
    // This is a request of a page whose own name resolves to this server.
    let rebound = "Origin: http://evil.example:8000\r\n";
    for (method, path) in [
        ("POST", "/v1/audio/speech"),
        ("POST", "/tts"),
        ("GET", "/v1/audio/voices"),
        ("GET", "/metrics"),
        ("GET", "/"),
    ] {
        let refused = ask(&server, "evil.example:8000", method, path, rebound).with_status(421);
        assert!(refused.text().contains("--allowed-host"), "{method} {path}: {}", refused.text());
    }
    let refused = ask(&server, "evil.example", "GET", "/v1/models", "");
    assert_eq!(refused.with_status(421).error()["code"], "host_not_allowed");
    for host in ["localhost", "127.0.0.1:8000", "[::1]:8000", "192.0.2.7", "pocket-tts:8000", "nas.local"] {
        ask(&server, host, "GET", "/v1/models", "").with_status(200);
        ask(&server, host, "POST", "/v1/audio/speech", &format!("Origin: http://{host}\r\n"))
            .with_status(200);
    }
    for path in ["/health", "/health/live", "/health/ready"] {
        ask(&server, "evil.example", "GET", path, "").with_status(200);
    }
}

#[test]
fn the_operator_can_allow_further_names() {
    let server = TestServer::start(&["--allowed-host", "tts.example.org"]);
    assert_eq!(ask(&server, "tts.example.org", "GET", "/v1/models", "").status, 200);
    assert_eq!(ask(&server, "example.org", "GET", "/v1/models", "").status, 421);
    let server = TestServer::start(&["--allowed-host", "*"]);
    assert_eq!(ask(&server, "example.org", "GET", "/v1/models", "").status, 200);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    std::fs::write(&file, "sesame\n").unwrap();
    let keys = ["--api-key-file", file.to_str().unwrap()];
    let server = TestServer::start(&keys);
    assert_eq!(ask(&server, "example.org", "GET", "/v1/models", "X-Api-Key: sesame\r\n").status, 200);
    let server = TestServer::start(&[&keys[..], &["--allowed-host", "tts.example.org"]].concat());
    assert_eq!(ask(&server, "example.org", "GET", "/v1/models", "X-Api-Key: sesame\r\n").status, 421);
}

#[cfg(unix)]
#[test]
fn an_open_server_logs_a_warning_at_startup() {
    use crate::program::Process;

    const WARNING: &str = "use it without a key";
    let mut open = Process::start(&["--host", "0.0.0.0"], &[]);
    open.wait_for(WARNING);
    for (options, variables) in
        [(&[][..], &[][..]), (&["--host", "0.0.0.0"], &[("POCKET_TTS_SERVER_API_KEYS", "sesame")])]
    {
        let mut server = Process::start(options, variables);
        server.address();
        assert!(!server.seen.concat().contains(WARNING), "{:?}", server.seen);
    }
}

#[cfg(unix)]
#[test]
fn a_queue_that_one_client_can_fill_is_logged_at_startup() {
    use crate::program::Process;

    const OPTION: &str = "--max-requests-per-client";
    let keys = &[("POCKET_TTS_SERVER_API_KEYS", "sesame")];
    Process::start(&["--host", "0.0.0.0"], keys).wait_for(OPTION);
    Process::start(&["--wyoming", "0.0.0.0:0"], keys).wait_for(OPTION);
    for options in [&[][..], &["--host", "0.0.0.0", OPTION, "4"]] {
        let mut server = Process::start(options, &[]);
        server.address();
        assert!(!server.seen.concat().contains(OPTION), "{:?}", server.seen);
    }
}
