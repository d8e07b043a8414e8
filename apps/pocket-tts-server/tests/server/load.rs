//! Many clients at once: which are admitted, and what each receives.

use std::{
    io::{BufReader, Write},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use serde_json::json;

use crate::client::{Answer, connect, get, head, post_form, post_json, read};
use crate::fixture::{Gate, TestServer, assert_wav, seed, spoken, wait_until};

const TEXTS: [&str; 8] = [
    "Good morning.",
    "The weather has been lovely this week.",
    "One two three four.",
    "I hope you will like me. I am small. I am fast.",
    "Where did she go?",
    "A long sentence without any stop that goes on and on.",
    "Yes!",
    "It was the best of times, it was the worst of times.",
];

#[test]
fn one_is_served_four_wait_and_fifteen_are_rejected() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--max-streams", "1", "--max-queue", "4"], gate.hooks("wait", 1));
    let address = server.address;
    let body = json!({ "input": "I wait.", "response_format": "wav", "seed": 1 });
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let body = body.clone();
            thread::spawn(move || post_json(address, "/v1/audio/speech", &body))
        })
        .collect();
    let refused = r#"pocket_tts_requests_total{method="POST",route="/v1/audio/speech",status="429"}"#;
    wait_until("fifteen are sent away", || server.figure(refused) >= 15.0);
    assert_eq!(get(address, "/health").status, 200);
    assert!((server.figure("pocket_tts_active_streams") - 1.0).abs() < 0.1);
    assert!((server.figure("pocket_tts_queue_length") - 4.0).abs() < 0.1);
    let answer = post_form(address, "/tts", "text=One+more.");
    assert_eq!(answer.status, 429);
    assert!(answer.json()["detail"].as_str().unwrap().contains("busy"));
    gate.open();
    let answers: Vec<Answer> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    let (accepted, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((accepted.len(), refused.len()), (5, 15));
    for answer in accepted {
        assert_wav(answer, &spoken("I wait.", 1));
    }
    for answer in refused {
        assert_eq!((answer.status, answer.error()["code"].as_str()), (429, Some("queue_full")));
        // One second for each of the five requests ahead.
        assert!(answer.header("Retry-After").unwrap().parse::<u64>().unwrap() >= 5);
    }
    server.wait_until_idle();
}

#[test]
fn requests_within_the_limits_are_served_and_health_checks_answered() {
    let server = TestServer::start(&["--max-streams", "8", "--max-queue", "56"]);
    let address = server.address;
    let solo: Vec<Vec<u8>> = TEXTS.iter().zip(1..).map(|(text, seed)| spoken(text, seed)).collect();
    for clients in [1, 4, 16, 64] {
        let left = AtomicUsize::new(clients);
        thread::scope(|scope| {
            for client in 0..clients {
                let (left, index) = (&left, client % TEXTS.len());
                let expected = &solo[index];
                scope.spawn(move || {
                    let body = json!({ "input": TEXTS[index], "seed": index + 1, "response_format": "wav" });
                    let answer = post_json(address, "/v1/audio/speech", &body);
                    left.fetch_sub(1, Ordering::Relaxed);
                    assert_wav(&answer, expected);
                });
            }
            while left.load(Ordering::Relaxed) > 0 {
                get(address, "/health/live").with_status(200);
            }
        });
    }
    server.wait_until_idle();
}

#[test]
fn concurrent_clients_receive_the_same_audio_as_a_single_one() {
    let server = TestServer::start(&["--max-streams", "8"]);
    let address = server.address;
    thread::scope(|scope| {
        for (index, text) in TEXTS.iter().enumerate() {
            scope.spawn(move || {
                for round in 0..2_u64 {
                    let seed = index as u64 * 10 + round;
                    let body = json!({ "input": text, "seed": seed, "response_format": "wav" });
                    let answer = post_json(address, "/v1/audio/speech", &body);
                    assert_wav(&answer, &spoken(text, seed));
                }
            });
        }
    });
}

#[test]
fn a_client_that_leaves_the_queue_makes_room_in_it() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--max-streams", "1", "--max-queue", "2"], gate.hooks("wait", 0));
    let address = server.address;
    let ask = || {
        let body = "text=I+wait.";
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let mut stream = connect(address);
        stream.write_all(format!("{}{body}", head("POST", "/tts", kind, body.len())).as_bytes()).unwrap();
        stream
    };
    let speaking = ask();
    wait_until("one speaks", || server.figure("pocket_tts_active_streams") >= 1.0);
    let waiting = [ask(), ask()];
    wait_until("two wait", || server.figure("pocket_tts_queue_length") >= 2.0);
    drop(waiting);
    wait_until("the queue is empty", || server.figure("pocket_tts_queue_length") < 0.5);
    gate.open();
    let answer = read(&mut BufReader::new(speaking));
    assert_wav(&answer, &spoken("I wait.", seed(&answer)));
}
