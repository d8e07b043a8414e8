//! Errors and limits of the Wyoming protocol.

use std::{net::Shutdown, thread};

use pocket_tts_server::Hooks;
use serde_json::{Value, json};

use crate::fixture::{Gate, TestServer, cancelled, long_text, spoken, wait_until};
#[cfg(target_os = "linux")]
use crate::program::Process;
#[cfg(target_os = "linux")]
use crate::usage::Usage;
use crate::wyoming::Client;

#[test]
fn errors_are_sent_before_the_connection_closes() {
    let server = TestServer::start(&["--wyoming", "0", "--max-text-chars", "100"]);
    let stream = |events: &[(&str, Value)]| {
        let mut client = Client::open(&server);
        for (kind, data) in events {
            client.send(kind, data);
        }
        client
    };
    let start = || ("synthesize-start", json!({}));
    for (events, code, part) in [
        (vec![("synthesize", json!({}))], "invalid_event", "text"),
        (vec![("synthesize", json!({ "text": 5 }))], "invalid_event", "text"),
        (vec![("synthesize", json!({ "text": " " }))], "empty_text", "empty"),
        (vec![("synthesize", json!({ "text": "!!" }))], "nothing_to_say", "nothing to say"),
        (vec![("synthesize", json!({ "text": "a".repeat(101) }))], "string_above_max_length", "101"),
        (vec![("synthesize-start", json!({ "text_format": "ssml" }))], "unsupported_text_format", "`text`"),
        (
            vec![("synthesize", json!({ "text": "a", "voice": { "name": "nobody" } }))],
            "voice_not_found",
            "`nobody`",
        ),
        (
            vec![("synthesize", json!({ "text": "a", "voice": { "language": "klingon" } }))],
            "language_not_found",
            "klingon",
        ),
        (vec![("synthesize-chunk", json!({ "text": "a" }))], "invalid_event", "synthesize-start"),
        (vec![("synthesize-stop", json!({}))], "invalid_event", "synthesize-start"),
        (vec![start(), start()], "invalid_event", "synthesize-stop"),
        (vec![start(), ("synthesize-chunk", json!({}))], "invalid_event", "text"),
        (vec![start(), ("synthesize-chunk", json!({ "text": "a".repeat(101) }))], "text_queue_full", "101"),
    ] {
        let told = stream(&events).refused(code);
        assert!(told.contains(part), "{told}");
    }
    let mut client = stream(&[("synthesize", json!({ "text": "Fine.", "context": { "seed": 1 } }))]);
    assert!(client.until("audio-stop").sound == spoken("Fine.", 1));
}

#[test]
fn invalid_bytes_end_only_their_own_connection() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--wyoming", "0"], gate.hooks("wait", 1));
    let mut witness = Client::open(&server);
    witness.send("synthesize", &json!({ "text": "I wait.", "context": { "seed": 1 } }));
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\n",
        b"\xff\xfe\n",
        b"{\"type\": \"describe\", \"data_length\": 99999999999}\n",
        b"{\"type\": \"describe\", \"data_length\": 4}\nnull",
        b"{\"type\": \"audio-chunk\", \"payload_length\": 2000000}\n",
        &vec![b'a'; 66_000],
    ] {
        let mut client = Client::open(&server);
        client.write(bytes);
        client.refused("malformed_event");
    }
    gate.open();
    assert!(witness.until("audio-stop").sound == spoken("I wait.", 1));
}

#[test]
fn a_client_that_disconnects_releases_its_stream() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--wyoming", "0", "--max-streams", "1"], gate.hooks("wait", 2));
    let mut leaving = Client::open(&server);
    leaving.send("synthesize", &json!({ "text": format!("I wait. {}", long_text()) }));
    leaving.expect("audio-start");
    leaving.expect("audio-chunk");
    leaving.stream().shutdown(Shutdown::Both).unwrap();
    gate.open();
    server.wait_until_idle();
    assert_eq!(cancelled(server.address), 1);
    // The whole text would be thousands of frames. A few may be generated before the disconnect is noticed.
    assert!(gate.frames() < 1_000, "{} frames were generated for no reader", gate.frames());
    let mut next = Client::open(&server);
    next.send("synthesize", &json!({ "text": "My turn.", "context": { "seed": 1 } }));
    assert!(next.until("audio-stop").sound == spoken("My turn.", 1));
}

#[cfg(target_os = "linux")]
#[test]
fn clients_that_disconnect_anywhere_leave_nothing_behind() {
    let mut server =
        Process::start(&["--wyoming", "127.0.0.1:0", "--max-streams", "4", "--max-queue", "400"], &[]);
    let (address, wyoming) = server.addresses();
    let process = server.child.id();
    let text = "We go on and on about the weather. ".repeat(20);
    let leave_after = |events: usize| {
        let mut client = Client::connect(wyoming);
        client.send("synthesize", &json!({ "text": text }));
        for _ in 0..events {
            client.read().unwrap();
        }
    };
    let leave_often = |rounds: usize| {
        thread::scope(|scope| {
            for client in 0..6 {
                let leave_after = &leave_after;
                scope.spawn(move || {
                    (0..rounds).for_each(|round| leave_after((client * 5 + round * 3) % 24));
                });
            }
        });
    };
    // Warm-up: starts the threads that persist.
    leave_often(1);
    let before = Usage::at_rest(process, address);
    let cancelled_before = cancelled(address);
    leave_often(12);
    before.wait_until_back(process, address);
    // Clients that disconnect in the queue never had a stream.
    let cancelled = cancelled(address) - cancelled_before;
    assert!(cancelled > 24, "{cancelled} of 72 were cut off");
}

#[test]
fn a_client_that_sends_nothing_or_half_an_event_times_out() {
    let server = TestServer::start(&["--wyoming", "0", "--idle-timeout", "0.3"]);
    Client::open(&server).refused("idle_timeout");
    let mut half = Client::open(&server);
    half.write(b"{\"type\": \"ping\", \"data_length\": 5}\n{\"te");
    half.refused("idle_timeout");
}

#[test]
fn a_stalled_reader_is_disconnected_and_a_full_queue_is_reported() {
    let server = TestServer::start(&[
        "--wyoming",
        "0",
        "--stall-timeout",
        "1",
        "--max-streams",
        "1",
        "--max-queue",
        "0",
    ]);
    let mut stuck = Client::open(&server);
    let text = "We go on and on about the weather. ".repeat(250);
    stuck.send("synthesize", &json!({ "text": text }));
    wait_until("it speaks", || server.figure("pocket_tts_active_streams") >= 1.0);
    let mut refused = Client::open(&server);
    refused.send("synthesize", &json!({ "text": "Hello." }));
    refused.refused("queue_full");
    server.wait_until_idle();
    let mut next = Client::open(&server);
    next.send("synthesize", &json!({ "text": "My turn.", "context": { "seed": 1 } }));
    assert!(next.until("audio-stop").sound == spoken("My turn.", 1));
}

#[test]
fn idle_clients_are_evicted_for_new_ones() {
    let gate = Gate::default();
    let hooks = Hooks { eviction_threshold: Some(20), ..gate.hooks("wait", 1) };
    let server = TestServer::start_with(&["--wyoming", "0", "--idle-timeout", "600"], hooks);
    let mut speaking = Client::open(&server);
    speaking.send("synthesize", &json!({ "text": "I wait.", "context": { "seed": 1 } }));
    wait_until("one speaks", || server.figure("pocket_tts_active_streams") >= 1.0);
    let mut silent = Vec::new();
    for index in 0..300 {
        let mut client = Client::open(&server);
        if index % 2 == 0 {
            // Half an event.
            client.write(b"{\"type\": \"ping\", \"data_length\": 5}\n{\"te");
        } else if index % 50 == 1 {
            // A stream without a text.
            client.send("synthesize-start", &json!({}));
        }
        silent.push(client);
        if index % 10 == 9 {
            let mut visitor = Client::open(&server);
            visitor.send("ping", &json!({ "text": "Hello" }));
            assert_eq!(visitor.expect("pong"), json!({ "text": "Hello" }), "{index}");
        }
    }
    let mut next = Client::open(&server);
    next.send("synthesize", &json!({ "text": "My turn.", "context": { "seed": 1 } }));
    assert!(next.until("audio-stop").sound == spoken("My turn.", 1));
    gate.open();
    assert!(speaking.until("audio-stop").sound == spoken("I wait.", 1));
    drop(silent);
}
