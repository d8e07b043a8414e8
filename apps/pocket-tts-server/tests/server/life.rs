//! Panics and graceful shutdown.

use std::{net::TcpStream, sync::Arc, thread};

use pocket_tts_server::{Hooks, Server};
use serde_json::json;

use crate::client::{exchange, get, post_form, post_json};
use crate::fixture::{Gate, TestServer, assert_wav, seed, settings, spoken, unused_address, wait_until};

/// Panics before a frame of requests with `panic` in their text.
fn panicking(frame: usize) -> Hooks {
    let hook = move |text: &str, index: usize| {
        assert!(!(text.contains("panic") && index == frame), "as a bug would");
    };
    Hooks { before_frame: Some(Arc::new(hook)), ..Hooks::default() }
}

#[test]
fn a_panic_before_the_first_audio_is_a_status_and_affects_no_other_request() {
    let server = TestServer::start_with(&["--max-streams", "1"], panicking(0));
    for _ in 0..3 {
        let answer = post_json(server.address, "/v1/audio/speech", &json!({ "input": "I panic." }));
        let error = answer.with_status(500).error();
        assert_eq!(error["type"], "server_error");
        assert_eq!(post_form(server.address, "/tts", "text=I+panic.").status, 500);
    }
    let answer = post_form(server.address, "/tts", "text=I+do+not.");
    assert_wav(&answer, &spoken("I do not.", seed(&answer)));
    server.wait_until_idle();
}

#[test]
fn a_panic_during_the_audio_breaks_the_connection() {
    let server = TestServer::start_with(&["--max-streams", "1"], panicking(2));
    for body in [json!({ "input": "I panic." }), json!({ "input": "I panic.", "stream_format": "sse" })] {
        let answer = post_json(server.address, "/v1/audio/speech", &body);
        assert_eq!((answer.status, answer.is_whole), (200, false));
        assert!(!answer.body.is_empty() && !answer.body.ends_with(&[0; 9_600]));
    }
    let text = "text=I+panic.";
    let head = format!(
        "POST /tts HTTP/1.0\r\nContent-Length: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
        text.len()
    );
    let answer = exchange(server.address, &head, text.as_bytes());
    assert!(!answer.is_whole, "a client of HTTP/1.0 took a broken stream for a whole one");
    let answer = post_form(server.address, "/tts", "text=I+do+not.");
    assert_wav(&answer, &spoken("I do not.", seed(&answer)));
    server.wait_until_idle();
}

#[test]
fn graceful_shutdown_finishes_streams_and_rejects_new_requests() {
    let gate = Gate::default();
    let port = unused_address().port().to_string();
    let server = TestServer::start_with(&["--max-streams", "2", "--port", &port], gate.hooks("wait", 2));
    let address = server.address;
    let speaking: Vec<_> =
        (0..2).map(|_| thread::spawn(move || post_form(address, "/tts", "text=I+wait."))).collect();
    wait_until("two speak", || server.figure("pocket_tts_active_streams") >= 2.0);
    let ending = thread::spawn(move || server.stop());
    wait_until("new connections are refused", || TcpStream::connect(address).is_err());
    gate.open();
    for client in speaking {
        let answer = client.join().unwrap();
        assert_wav(&answer, &spoken("I wait.", seed(&answer)));
    }
    ending.join().unwrap();
}

#[test]
fn a_server_whose_model_cannot_be_loaded_stops() {
    // An empty file.
    let config = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    let config = config.path().to_str().unwrap();
    let port = unused_address().port().to_string();
    let server = Server::start(settings(&["--config", config, "--port", &port])).unwrap();
    let address = server.addresses()[0];
    let error = server.wait().unwrap_err();
    assert!(error.to_string().contains(config), "{error}");
    wait_until("nothing listens", || TcpStream::connect(address).is_err());
    let server = Server::start(settings(&["--default-voice", config])).unwrap();
    let error = server.wait().unwrap_err();
    assert!(error.to_string().contains(config), "{error}");
}

#[test]
fn health_reports_the_phase_and_requests_wait_for_the_model() {
    let gate = Gate::default();
    let loading =
        Server::start_with_hooks(settings(&["--queue-timeout", "0.2"]), gate.loading_hooks()).unwrap();
    let address = loading.addresses()[0];
    assert_eq!(get(address, "/health/live").status, 200);
    for path in ["/health", "/health/ready"] {
        assert_eq!(get(address, path).with_status(503).text(), r#"{"status":"loading"}"#);
    }
    let answer = post_json(address, "/v1/audio/speech", &json!({ "input": "Hello." })).with_status(503);
    assert_eq!(answer.error()["code"], "loading");
    assert!(answer.header("Retry-After").is_some());
    gate.open();
    wait_until("the model is loaded", || get(address, "/health").status == 200);
    assert_eq!(post_form(address, "/tts", "text=Hello.").status, 200);
    loading.stop().unwrap();

    let gate = Gate::default();
    let loading = Server::start_with_hooks(settings(&[]), gate.loading_hooks()).unwrap();
    loading.stop().unwrap();
    gate.open();

    let gate = Gate::default();
    let loading = Server::start_with_hooks(settings(&[]), gate.loading_hooks()).unwrap();
    let address = loading.addresses()[0];
    let first = thread::spawn(move || post_form(address, "/tts", "text=Hello."));
    // The connection stays open while other requests are answered.
    for _ in 0..3 {
        assert_eq!(get(address, "/health/ready").status, 503);
    }
    assert!(!first.is_finished());
    gate.open();
    first.join().unwrap().with_status(200);
    loading.stop().unwrap();

    let server = TestServer::start(&[]);
    assert_eq!(get(server.address, "/health/live").with_status(200).text(), r#"{"status":"alive"}"#);
    assert_eq!(get(server.address, "/health/ready").with_status(200).text(), r#"{"status":"ready"}"#);
    assert_eq!(get(server.address, "/health").with_status(200).text(), r#"{"status":"healthy"}"#);
}
