//! Speech at a URL.

use std::io::{Read, Write};

use crate::client::{Answer, connect, get, request};
use crate::fixture::{TestServer, shared, spoken};

const SAY: &str = "/v1/audio/speech?input=Good+morning%21&response_format=pcm&seed=1";

fn ask(server: &TestServer, headers: &str) -> Answer {
    request(server.address, "GET", SAY, headers, b"")
}

#[test]
fn a_player_gets_the_same_audio_as_a_program() {
    let answer = get(shared(), SAY).with_status(200);
    assert_eq!(answer.body, spoken("Good morning!", 1));
    assert_eq!((answer.header("Content-Type"), answer.header("X-Seed")), (Some("audio/pcm"), Some("1")));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let usual = get(shared(), "/v1/audio/speech?input=Yes.&voice=alloy").with_status(200);
    assert_eq!(usual.header("Content-Type"), Some("audio/mpeg"));
    for (query, param) in [
        ("voice=heart", "input"),
        ("input=", "input"),
        ("input=a&input=b", "input"),
        ("input=a&speed=fast", "speed"),
        ("input=a&voice=nobody", "voice"),
        ("input=a&response_format=midi", "response_format"),
    ] {
        let refused = get(shared(), &format!("/v1/audio/speech?{query}")).with_status(400);
        assert_eq!(refused.error()["param"], param, "{query}");
    }
}

#[test]
fn a_player_may_ask_for_the_headers_alone() {
    let server = TestServer::start(&[]);
    let head = |query: &str| {
        let mut stream = connect(server.address);
        let head =
            format!("HEAD /v1/audio/speech?{query} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.to_ascii_lowercase()
    };
    for (query, kind) in [
        ("input=Hi", "audio/mpeg"),
        ("input=Hi&response_format=wav", "audio/wav"),
        ("input=Hi&stream_format=sse", "text/event-stream; charset=utf-8"),
    ] {
        let answer = head(query);
        assert!(answer.starts_with("http/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
        for line in [&format!("content-type: {kind}\r\n"), "cache-control: no-store\r\n"] {
            assert!(answer.contains(line), "{line} is missing in {answer}");
        }
        assert!(answer.contains("x-seed: ") && !answer.contains("content-length"), "{answer}");
    }
    let refused = head("input=Hi&voice=nobody");
    assert!(refused.starts_with("http/1.1 400 ") && refused.ends_with("\r\n\r\n"), "{refused}");
    let spoken = server.figure(r#"pocket_tts_streams_total{outcome="completed"}"#);
    assert_eq!((spoken, server.figure("pocket_tts_active_streams")), (0.0, 0.0));
}

#[test]
fn pages_of_other_sites_cannot_embed_speech() {
    let server = TestServer::start(&[]);
    for headers in [
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Origin: https://example.org\r\n",
        "Referer: https://example.org/\r\n",
    ] {
        let refused = ask(&server, headers).with_status(403);
        assert_eq!(refused.error()["code"], "origin_not_allowed", "{headers}");
    }
    for headers in
        ["", "Sec-Fetch-Site: none\r\n", "Sec-Fetch-Site: same-origin\r\n", "Referer: http://test/\r\n"]
    {
        assert_eq!(ask(&server, headers).status, 200, "{headers}");
    }
    let server = TestServer::start(&["--cors-origin", "https://example.org"]);
    let page = "Sec-Fetch-Site: cross-site\r\nReferer: https://example.org/\r\n";
    assert_eq!(ask(&server, page).status, 200);
}

#[test]
fn a_player_needs_a_key_and_counts_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    std::fs::write(&file, "sesame\n").unwrap();
    let server = TestServer::start(&["--api-key-file", file.to_str().unwrap(), "--rate-limit", "1"]);
    assert_eq!(ask(&server, "").status, 401);
    assert_eq!(ask(&server, "Authorization: Bearer sesame\r\n").status, 200);
    assert_eq!(ask(&server, "Authorization: Bearer sesame\r\n").status, 429);
}
