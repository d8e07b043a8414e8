//! What `voice_url` must never lead to. No test here reaches any network: a listener on this machine tells of
//! every connection.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::client::{Part, post_multipart};
use crate::fixture::TestServer;

/// Counts connections on all loopback addresses of a port.
fn canary() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&connections);
    thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    (port, connections)
}

#[test]
fn addresses_that_lead_inside_are_refused_without_a_packet() {
    let (port, connections) = canary();
    let server = TestServer::start(&["--allow-voice-urls"]);
    let strict = TestServer::start(&[]);
    let urls = [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f000001/",
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://127.1/",
        "https://0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://169.254.169.254/",
        "https://100.64.0.1/",
        "https://192.168.0.1/",
        "https://localhost/",
        "https://localhost./",
        "https://metadata.google.internal/computeMetadata/v1/",
        "https://user@127.0.0.1/",
        "https://example.org@127.0.0.1/",
        "https://example.org:22/",
        "HTTPS://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "//127.0.0.1/",
        "/etc/passwd",
        "../../etc/passwd",
        "hf://../../etc/passwd",
        "hf://a/b/../../x@y@z",
        "hf://kyutai/tts-voices/../../../etc/passwd",
        "hf://kyutai/tts-voices/%2e%2e/secret",
        "hf://somebody/else/voice.wav",
        "hf://kyutai/tts-voices",
        "hf://kyutai/tts-voices/README.md",
        "\u{0}",
        "https://",
    ];
    let with_port: Vec<String> =
        ["127.0.0.1", "localhost", "[::1]"].iter().map(|host| format!("https://{host}:{port}/")).collect();
    for url in urls.into_iter().chain(with_port.iter().map(String::as_str)) {
        for address in [server.address, strict.address] {
            let parts: [Part<'_>; 2] = [("text", None, b"a"), ("voice_url", None, url.as_bytes())];
            let answer = post_multipart(address, "/tts", &parts);
            assert_eq!(answer.status, 400, "{url}: {}", answer.text());
            assert!(answer.json()["detail"].is_string());
        }
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}

#[test]
fn without_leave_nothing_is_fetched_from_the_web() {
    let server = TestServer::start(&[]);
    let parts: [Part<'_>; 2] = [("text", None, b"a"), ("voice_url", None, b"https://example.org/voice.wav")];
    let answer = post_multipart(server.address, "/tts", &parts).with_status(400);
    assert!(answer.text().contains("--allow-voice-urls"), "{}", answer.text());
}
