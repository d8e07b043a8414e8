//! Errors and limits of conversations over a WebSocket.

use std::{io::Write, sync::Arc};

use pocket_tts_server::Hooks;
use serde_json::{Value, json};
use tungstenite::Message;

use crate::client::{get, post_form};
use crate::fixture::{Gate, TestServer, assert_wav, cancelled, seed, shared, spoken, wait_until};
#[cfg(target_os = "linux")]
use crate::program::Process;
#[cfg(target_os = "linux")]
use crate::usage::Usage;
use crate::websocket::{Heard, Talk};

#[test]
fn keys_and_origins_are_checked_in_the_handshake() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    std::fs::write(&file, "sesame\n").unwrap();
    let options = ["--api-key-file", file.to_str().unwrap(), "--cors-origin", "https://example.org"];
    let server = TestServer::start(&options);
    let own = format!("http://{}", server.address);
    let key = ("authorization", "Bearer sesame");
    for (headers, expected) in [
        (vec![], Some((401, "invalid_api_key"))),
        (vec![("authorization", "Bearer guess")], Some((401, "invalid_api_key"))),
        (vec![key, ("origin", "https://example.com")], Some((403, "origin_not_allowed"))),
        (vec![key, ("origin", "null")], Some((403, "origin_not_allowed"))),
        (vec![key], None),
        (vec![("x-api-key", "sesame"), ("origin", own.as_str())], None),
        (vec![key, ("origin", "https://example.org")], None),
    ] {
        let outcome = Talk::try_open(server.address, &headers);
        match (outcome, expected) {
            (Ok(_), None) => {}
            (Err(refused), Some((status, code))) => {
                let body: Value = serde_json::from_str(&refused.body).unwrap();
                assert_eq!((refused.status, &body["error"]["code"]), (status, &json!(code)), "{headers:?}");
            }
            (outcome, _) => panic!("{headers:?}: {outcome:?}"),
        }
    }
    let plain = get(shared(), "/v1/audio/stream").with_status(426);
    assert_eq!(plain.error()["code"], "not_a_websocket");
}

#[test]
fn each_turn_counts_as_a_request() {
    let server = TestServer::start(&["--rate-limit", "2"]);
    let mut talk = Talk::start(server.address, 1);
    talk.write("One more");
    // It ends the turn, so that the next text needs another.
    for code in [None, Some("rate_limit_exceeded")] {
        talk.send(&json!({ "type": "cancel" }));
        talk.until("cancelled");
        talk.write("Again.");
        talk.send(&json!({ "type": "flush" }));
        match code {
            None => drop(talk.until("flushed")),
            Some(code) => drop(talk.refused(code)),
        }
    }
    assert_eq!(talk.closed(), 1_013);
}

#[test]
fn conversations_share_the_slots_and_the_queue_with_all_others() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--max-streams", "1", "--max-queue", "1"], gate.hooks("wait", 0));
    let mut speaking = Talk::start(server.address, 1);
    speaking.write("I wait.");
    speaking.end();
    wait_until("one speaks", || server.figure("pocket_tts_active_streams") >= 1.0);
    let mut waiting = Talk::open(server.address);
    waiting.send(&json!({ "type": "setup", "seed": 2 }));
    wait_until("one waits", || server.figure("pocket_tts_queue_length") >= 1.0);
    let mut refused = Talk::open(server.address);
    refused.send(&json!({ "type": "setup" }));
    assert_eq!(refused.refused("queue_full")["status"], 429);
    assert_eq!(refused.closed(), 1_013);
    assert_eq!(post_form(server.address, "/tts", "text=No.").status, 429);
    gate.open();
    assert!(speaking.until("end_of_stream").0 == spoken("I wait.", 1));
    waiting.write("My turn.");
    waiting.end();
    assert!(waiting.until("end_of_stream").0 == spoken("My turn.", 2));
    server.wait_until_idle();
}

#[test]
fn a_conversation_without_text_releases_its_stream() {
    let server = TestServer::start(&["--max-streams", "1"]);
    let mut talk = Talk::start(server.address, 1);
    let answer = post_form(server.address, "/tts", "text=In+between.");
    assert_wav(&answer, &spoken("In between.", seed(&answer)));
    talk.write("Still here.");
    talk.end();
    assert!(talk.until("end_of_stream").0 == spoken("Still here.", 1));
}

#[test]
fn text_beyond_the_limit_is_rejected_completely() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--max-text-chars", "20"], gate.hooks("wait", 0));
    let mut talk = Talk::start(server.address, 1);
    talk.write("I wait. Then on");
    talk.write("e word.");
    assert_eq!(talk.refused("text_queue_full")["status"], 413);
    talk.write("e.");
    gate.open();
    talk.end();
    assert!(talk.until("end_of_stream").0 == [spoken("I wait.", 1), spoken("Then one.", 1)].concat());
}

#[test]
fn broken_frames_end_a_conversation_and_no_other() {
    let mut witness = Talk::start(shared(), 4);
    witness.write("I see it");
    // Reserved bits; a frame that isn't masked and has a reserved opcode; a close frame that is too long; no UTF-8.
    for frame in [
        &b"\xf1\x80\0\0\0\0"[..],
        b"\x83\x05Hello",
        b"\x88\xfe\0\x80\0\0\0\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        b"\x81\x81\0\0\0\0\xff",
    ] {
        let mut talk = Talk::start(shared(), 1);
        talk.socket.get_mut().write_all(frame).unwrap();
        talk.refused("protocol_error");
        assert_eq!(talk.closed(), 1_002, "{frame:?}");
    }
    let mut talk = Talk::start(shared(), 1);
    talk.write(&"a".repeat(70_000));
    talk.refused("message_too_large");
    assert_eq!(talk.closed(), 1_009);
    witness.write(" all.");
    witness.end();
    assert!(witness.until("end_of_stream").0 == spoken("I see it all.", 4));
}

#[test]
fn a_message_may_come_in_frames_and_pings_are_answered() {
    let mut talk = Talk::start(shared(), 1);
    let socket = talk.socket.get_mut();
    // Text in two frames with a ping between them.
    socket.write_all(b"\x01\x8f\0\0\0\0{\"type\":\"text\",").unwrap();
    socket.write_all(b"\x89\x82\0\0\0\0hi\x80\x92\0\0\0\0\"text\":\"Hello.\"  }").unwrap();
    assert!(matches!(talk.socket.read().unwrap(), Message::Pong(content) if content[..] == b"hi"[..]));
    talk.end();
    assert!(talk.until("end_of_stream").0 == spoken("Hello.", 1));
}

#[test]
fn an_idle_client_times_out_and_one_that_receives_audio_does_not() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--idle-timeout", "5"], gate.hooks("wait", 1));
    let mut listening = Talk::start(server.address, 1);
    listening.write("I wait. I");
    let mut silent = Talk::start(server.address, 1);
    silent.refused("idle_timeout");
    assert_eq!(silent.closed(), 1_008);
    gate.open();
    assert_eq!(listening.until("text").1.last().unwrap()["text"], "I wait. ");
    listening.refused("idle_timeout");
}

#[test]
fn a_panic_ends_its_conversation_with_an_error_and_no_other() {
    let hook = |text: &str, index: usize| assert!(!(text.contains("panic") && index == 2), "as a bug would");
    let hooks = Hooks { before_frame: Some(Arc::new(hook)), ..Hooks::default() };
    let server = TestServer::start_with(&["--max-streams", "1"], hooks);
    for _ in 0..2 {
        let mut talk = Talk::start(server.address, 1);
        talk.write("I panic. Then");
        let (sound, messages) = talk.until("error");
        assert_eq!((sound.len(), &messages.last().unwrap()["status"]), (2 * 3_840, &json!(500)));
        assert_eq!(talk.closed(), 1_011);
    }
    let mut talk = Talk::start(server.address, 1);
    talk.write("I do not.");
    talk.end();
    assert!(talk.until("end_of_stream").0 == spoken("I do not.", 1));
    server.wait_until_idle();
}

#[test]
fn a_stalled_reader_is_disconnected() {
    let server = TestServer::start(&["--stall-timeout", "1", "--max-streams", "2"]);
    let mut talk = Talk::start(server.address, 1);
    // Six minutes of audio, 17 MB.
    for _ in 0..15 {
        talk.write(&"We go on and on about the weather. ".repeat(10));
    }
    let cancelled = r#"pocket_tts_streams_total{outcome="cancelled"}"#;
    wait_until("the reader is dropped", || server.figure(cancelled) >= 1.0);
    server.wait_until_idle();
    wait_until("nothing waits for it", || server.figure("pocket_tts_spool_bytes") == 0.0);
    // Both operating systems buffer some.
    let mut taken = 0;
    loop {
        match talk.socket.read() {
            Ok(Message::Binary(sound)) => taken += sound.len(),
            Ok(Message::Close(_)) => panic!("a broken conversation was closed as if it were whole"),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    assert!((1..9_000_000).contains(&taken), "{taken} bytes of both sides' buffers");
    assert_eq!(post_form(server.address, "/tts", "text=Next.").status, 200);
}

#[cfg(target_os = "linux")]
#[test]
fn conversations_that_end_anywhere_leave_nothing_behind() {
    let mut server = Process::start(&["--max-streams", "4", "--max-queue", "400"], &[]);
    let (address, process) = (server.address(), server.child.id());
    let text = "We go on and on about the weather. ".repeat(20);
    let converse = |messages: usize| {
        let mut talk = Talk::open(address);
        talk.send(&json!({ "type": "setup" }));
        talk.write(&text);
        for _ in 0..messages {
            assert!(!matches!(talk.next(), Heard::Closed(_)));
        }
    };
    let cut_often = |rounds: usize| {
        std::thread::scope(|scope| {
            for client in 0..6 {
                let converse = &converse;
                scope.spawn(move || {
                    (0..rounds).for_each(|round| converse((client * 5 + round * 3) % 24));
                });
            }
        });
    };
    // Warm-up: starts the threads that persist.
    cut_often(1);
    let before = Usage::at_rest(process, address);
    let cancelled_before = cancelled(address);
    cut_often(12);
    before.wait_until_back(process, address);
    // Clients that disconnect in the queue never had a stream.
    let cancelled = cancelled(address) - cancelled_before;
    assert!(cancelled > 24, "{cancelled} of 72 were cut off");
    let mut half = Talk::start(address, 1);
    half.write("A frame that never comes to its end.");
    half.socket.get_mut().write_all(b"\x81\xfe\x0f\xff").unwrap();
    drop(half);
    before.wait_until_back(process, address);
    let mut talk = Talk::start(address, 1);
    talk.write("Still here.");
    talk.end();
    assert!(talk.until("end_of_stream").0 == spoken("Still here.", 1));
}
