//! Speech at a URL.

use crate::client::{Answer, get, request};
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
        ("input=a&speed=fast", "speed"),
        ("input=a&voice=nobody", "voice"),
        ("input=a&response_format=midi", "response_format"),
    ] {
        let refused = get(shared(), &format!("/v1/audio/speech?{query}")).with_status(400);
        assert_eq!(refused.error()["param"], param, "{query}");
    }
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
