//! Bodies that are announced to be too large, or compressed.

use std::io::{BufReader, Read, Write};

use crate::client::{connect, get, read, request};
use crate::fixture::TestServer;

const FORM: &str = "Content-Type: multipart/form-data; boundary=frontier\r\n";
const CONTINUE: &str = "Expect: 100-continue\r\n";

#[test]
fn a_body_announced_as_too_large_is_rejected_before_it_is_sent() {
    let server = TestServer::start(&["--voices-dir", tempfile::tempdir().unwrap().path().to_str().unwrap()]);
    for expect in ["", CONTINUE] {
        for (path, kind, length) in [
            ("/v1/audio/speech", "Content-Type: application/json\r\n", 10_000_000_000_u64),
            ("/v1/audio/speech", "", 400_000),
            ("/v1/audio/speech", FORM, 400_000),
            ("/tts", "Content-Type: application/x-www-form-urlencoded\r\n", 400_000),
            ("/tts", FORM, 21_000_000),
            ("/tts", FORM, u64::MAX),
            ("/v1/audio/voices", FORM, 10_000_000_000),
        ] {
            let mut client = connect(server.address);
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: large\r\nContent-Length: {length}\r\n{kind}{expect}\r\n"
            );
            // Nothing of the body is ever sent.
            client.write_all(head.as_bytes()).unwrap();
            let answer = read(&mut BufReader::new(client)).with_status(413);
            assert!(answer.text().contains("is larger than"), "{path}: {}", answer.text());
            assert_eq!(answer.header("X-Request-Id"), Some("large"), "{path}");
        }
    }
    let refused = server.figure(r#"pocket_tts_requests_total{method="POST",route="/tts",status="413"}"#);
    assert!((refused - 6.0).abs() < 0.1, "{refused}");
    assert_eq!(get(server.address, "/health").status, 200);
}

#[test]
fn a_body_that_fits_is_invited_and_accepted() {
    let server = TestServer::start(&[]);
    let body = r#"{"input":"Hello.","response_format":"pcm"}"#;
    let mut client = connect(server.address);
    let head = format!(
        "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{CONTINUE}\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).unwrap();
    let mut invitation = [0; 25];
    client.read_exact(&mut invitation).unwrap();
    assert_eq!(&invitation, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(body.as_bytes()).unwrap();
    assert_eq!(read(&mut BufReader::new(client)).status, 200);
}

#[test]
fn a_compressed_body_is_not_taken_for_a_wrong_one() {
    let server = TestServer::start(&[]);
    for path in ["/v1/audio/speech", "/tts"] {
        let answer = request(server.address, "POST", path, "Content-Encoding: gzip\r\n", b"\x1f\x8b\x08");
        let answer = answer.with_status(415);
        assert!(answer.text().contains("compressed bodies are not supported"), "{}", answer.text());
    }
    let body = br#"{"input":"Hello."}"#;
    let headers = "Content-Encoding: identity\r\n";
    request(server.address, "POST", "/v1/audio/speech", headers, body).with_status(200);
}
