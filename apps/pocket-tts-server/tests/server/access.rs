//! Keys, rates, origins and ids.

use serde_json::json;

use crate::client::{get, post_form, post_json, request};
use crate::fixture::{TestServer, shared};

const PREFLIGHT: &str =
    "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n";

#[test]
fn everything_except_health_and_the_page_needs_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    std::fs::write(&file, "sesame\nother\n").unwrap();
    let server = TestServer::start(&["--api-key-file", file.to_str().unwrap()]);
    let address = server.address;
    for path in [
        "/",
        "/web/app.js",
        "/docs",
        "/openapi.json",
        "/favicon.ico",
        "/health",
        "/health/live",
        "/health/ready",
    ] {
        assert_eq!(get(address, path).status, 200, "{path}");
    }
    for path in ["/metrics", "/nothing", "/healthy", "/docs/more"] {
        assert!(get(address, path).with_status(401).json()["detail"].is_string(), "{path}");
    }
    for path in ["/v1/models", "/v1/audio/voices"] {
        let answer = get(address, path).with_status(401);
        let error = answer.error();
        assert_eq!(
            (error["type"].as_str(), error["code"].as_str()),
            (Some("authentication_error"), Some("invalid_api_key"))
        );
        assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
    }
    // As all errors of that endpoint.
    let refused = post_form(address, "/tts", "text=a").with_status(401);
    assert!(refused.json()["detail"].as_str().unwrap().contains("needs a key"));
    for (header, status) in [
        ("Authorization: Bearer sesame\r\n", 200),
        ("authorization: bearer other\r\n", 200),
        ("X-Api-Key: sesame\r\n", 200),
        ("Authorization: Basic proxy\r\nX-Api-Key: sesame\r\n", 200),
        ("Authorization: Bearer sesame2\r\n", 401),
        ("Authorization: Bearer sesam\r\n", 401),
        ("Authorization: Basic sesame\r\n", 401),
        ("Authorization: Bearer\r\n", 401),
        ("X-Api-Key: \r\n", 401),
        ("Cookie: key=sesame\r\n", 401),
    ] {
        assert_eq!(request(address, "GET", "/v1/models", header, b"").status, status, "{header}");
    }
}

#[test]
fn a_client_beyond_its_rate_is_told_when_to_retry() {
    let server = TestServer::start(&["--rate-limit", "3"]);
    let ask = || get(server.address, "/v1/models");
    for _ in 0..3 {
        assert_eq!(ask().status, 200);
    }
    let answer = ask().with_status(429);
    assert_eq!(answer.error()["code"], "rate_limit_exceeded");
    let answer_of_tts = post_form(server.address, "/tts", "text=a");
    assert!(answer_of_tts.status == 429 && answer_of_tts.json()["detail"].is_string());
    let wait: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait));
    assert_eq!(get(server.address, "/health").status, 200);
}

#[test]
fn pages_of_other_origins_are_rejected_unless_allowed() {
    let origin = "Origin: https://example.org\r\n";
    let silent = request(shared(), "GET", "/v1/models", origin, b"").with_status(200);
    assert_eq!(silent.header("Access-Control-Allow-Origin"), None);
    let preflight = format!("{origin}{PREFLIGHT}");
    let refused = request(shared(), "OPTIONS", "/v1/audio/speech", &preflight, b"");
    assert_eq!((refused.status, refused.header("Access-Control-Allow-Origin")), (405, None));

    let server = TestServer::start(&["--cors-origin", "https://example.org"]);
    let allowed = request(server.address, "OPTIONS", "/v1/audio/speech", &preflight, b"");
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("Access-Control-Allow-Origin"), Some("https://example.org"));
    assert_eq!(allowed.header("Access-Control-Allow-Credentials"), None);
    let answer = request(server.address, "GET", "/v1/models", origin, b"").with_status(200);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("https://example.org"));
    let other = request(server.address, "GET", "/v1/models", "Origin: https://example.com\r\n", b"");
    assert_eq!(other.header("Access-Control-Allow-Origin"), None);

    let server = TestServer::start(&["--cors-origin", "*"]);
    let answer = request(server.address, "GET", "/v1/models", origin, b"").with_status(200);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
}

#[test]
fn pages_of_other_origins_can_neither_speak_nor_create_nor_delete() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--voices-dir", folder.path().to_str().unwrap(), "--cors-origin", "https://example.org"];
    let server = TestServer::start(&options);
    let address = server.address;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let ask = |method: &str, path: &str, origin: &str, more: &str| {
        let headers = format!("{form}Origin: {origin}\r\n{more}");
        request(address, method, path, &headers, b"text=Hello.")
    };
    for origin in ["https://example.com", "http://test:8000", "null"] {
        for (method, path) in [
            ("POST", "/tts"),
            ("POST", "/v1/audio/speech"),
            ("POST", "/v1/audio/voices"),
            ("DELETE", "/v1/audio/voices/any"),
        ] {
            let refused = ask(method, path, origin, "").with_status(403);
            assert!(refused.text().contains("--cors-origin"), "{method} {path}: {}", refused.text());
        }
    }
    // The tests' client asks for the host `test`.
    for (origin, more) in [
        ("http://test", ""),
        ("https://example.org", ""),
        ("https://own.org", "X-Forwarded-Host: own.org\r\n"),
        ("https://own.org", "Sec-Fetch-Site: same-origin\r\n"),
    ] {
        assert_eq!(ask("POST", "/tts", origin, more).status, 200, "{origin} {more}");
    }
    assert_eq!(post_form(address, "/tts", "text=Hello.").status, 200);
}

#[test]
fn every_response_has_an_id_and_a_plain_one_of_the_client_is_kept() {
    let ask = |headers: &str| {
        let answer = request(shared(), "GET", "/health", headers, b"").with_status(200);
        answer.header("X-Request-Id").unwrap().to_owned()
    };
    assert_eq!(ask("X-Request-Id: job-7_a.b\r\n"), "job-7_a.b");
    for strange in ["a b", "a\tb", "a\"b", &"a".repeat(100)] {
        let id = ask(&format!("X-Request-Id: {strange}\r\n"));
        assert!(id != strange && id.len() == 32, "{id}");
    }
    let refused = post_json(shared(), "/v1/audio/speech", &json!({ "input": "" }));
    assert!(refused.header("X-Request-Id").is_some());
    assert!(get(shared(), "/nothing").header("X-Request-Id").is_some());
}
