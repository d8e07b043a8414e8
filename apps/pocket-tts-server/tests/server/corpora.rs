//! Requests that are malformed, excessive or slow on purpose: each gets the right status, and a client that
//! listens meanwhile receives everything.

use std::{
    io::{BufReader, Read, Write},
    thread,
    time::Duration,
};

use serde_json::json;

use crate::client::{Answer, connect, exchange, get, head, multipart, post_form, post_json, read, request};
use crate::fixture::{Gate, TestServer, assert_wav, recording, seed, shared, spoken, wait_until};

const MULTIPART: &str = "Content-Type: multipart/form-data; boundary=frontier\r\n";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "Content-Type: application/json\r\n";
const SPEECH: &str = "/v1/audio/speech";

/// Runs an attack while a client listens, which must receive everything.
fn beside_a_listener(options: &[&str], attack: impl FnOnce(&TestServer)) {
    let gate = Gate::default();
    let server = TestServer::start_with(options, gate.hooks("wait", 1));
    let address = server.address;
    let listener = thread::spawn(move || post_form(address, "/tts", "text=I+wait.&seed=1"));
    wait_until("one speaks", || server.figure("pocket_tts_active_streams") >= 1.0);
    attack(&server);
    gate.open();
    assert_wav(&listener.join().unwrap(), &spoken("I wait.", 1));
    let answer = post_form(address, "/tts", "text=Still+here.");
    assert_wav(&answer, &spoken("Still here.", seed(&answer)));
    server.wait_until_idle();
}

#[test]
fn many_slow_heads_do_not_block_other_clients() {
    beside_a_listener(&["--header-timeout", "1", "--max-streams", "2"], |server| {
        let mut dribbling: Vec<_> = (0..64).map(|_| connect(server.address)).collect();
        for stream in &mut dribbling {
            stream.write_all(b"POST /tts HTTP/1.1\r\nHost: t").unwrap();
        }
        assert_eq!(get(server.address, "/health/live").status, 200);
        assert_eq!(post_form(server.address, "/tts", "text=I+am+quick.").status, 200);
        for mut stream in dribbling {
            // A byte now and then does not extend the time limit.
            let mut answer = Vec::new();
            let mut lines = stream.try_clone().unwrap();
            let drip = thread::spawn(move || {
                while lines.write_all(b"x").is_ok() {
                    thread::sleep(Duration::from_millis(100));
                }
            });
            // A reset is an end, too.
            drop(stream.read_to_end(&mut answer));
            assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
            drop(stream);
            drip.join().unwrap();
        }
    });
}

#[test]
fn slow_bodies_time_out_although_they_never_pause() {
    beside_a_listener(&["--body-timeout", "0.2", "--max-streams", "2"], |server| {
        let attack = |path: &str, kind: &str, begin: &str| {
            let mut stream = connect(server.address);
            stream.write_all(format!("{}{begin}", head("POST", path, kind, 100_000)).as_bytes()).unwrap();
            let mut body = stream.try_clone().unwrap();
            let drip = thread::spawn(move || {
                while body.write_all(b"a").is_ok() {
                    thread::sleep(Duration::from_millis(20));
                }
            });
            let answer = read(&mut BufReader::new(stream));
            drop(drip);
            answer
        };
        let file = "--frontier\r\nContent-Disposition: form-data; name=\"voice_wav\"; filename=\"a\"\r\n\r\n";
        for (path, kind, begin) in [("/tts", FORM, "text="), ("/tts", MULTIPART, file), (SPEECH, JSON, "{\"")]
        {
            let answer = attack(path, kind, begin);
            assert_eq!(answer.status, 408, "{path}: {}", answer.text());
        }
    });
}

#[test]
fn ten_thousand_ranges_are_ignored() {
    let ranges: Vec<String> = (0..10_000).map(|index| format!("{index}-{index}")).collect();
    let many = format!("Range: bytes={}\r\n", ranges.join(","));
    let some = format!("Range: bytes={}\r\n", ranges[..1_000].join(","));
    beside_a_listener(&["--max-streams", "2"], |server| {
        for path in ["/", "/web/app.js", "/openapi.json", "/health"] {
            let whole = get(server.address, path).with_status(200);
            let answer = request(server.address, "GET", path, &some, b"").with_status(200);
            assert!(answer.body == whole.body && answer.header("Content-Range").is_none(), "{path}");
            let answer = request(server.address, "GET", path, &many, b"");
            assert!(
                (answer.status == 200 && answer.body == whole.body) || [400, 431].contains(&answer.status),
                "{path}: {}",
                answer.status
            );
        }
        let answer = request(server.address, "POST", "/tts", &format!("{FORM}{some}"), b"text=Hi.");
        assert_wav(&answer, &spoken("Hi.", seed(&answer)));
    });
}

#[test]
fn heads_that_are_too_large_or_ambiguous_are_refused() {
    beside_a_listener(&["--max-streams", "2"], |server| {
        let refused = |head: &str, body: &[u8]| {
            let answer = exchange(server.address, head, body);
            let shown = head.chars().take(200).collect::<String>();
            assert!((400..500).contains(&answer.status), "{}: {shown}", answer.status);
        };
        let large = "a".repeat(300_000);
        let many = "X: 1\r\n".repeat(1_000);
        refused(&format!("GET /health HTTP/1.1\r\nHost: t\r\nX: {large}\r\n\r\n"), b"");
        refused(&format!("GET /{large} HTTP/1.1\r\nHost: t\r\n\r\n"), b"");
        refused(&format!("GET /health HTTP/1.1\r\nHost: t\r\n{many}\r\n"), b"");
        // Requests that two programs would parse differently.
        let start = "POST /tts HTTP/1.1\r\nHost: t\r\n";
        let chunked = "Transfer-Encoding: chunked\r\n";
        refused(&format!("{start}Content-Length: 6\r\nContent-Length: 7\r\n{FORM}\r\n"), b"text=a");
        refused(&format!("{start}Content-Length: 6\r\n{chunked}{FORM}\r\n"), b"6\r\ntext=a\r\n0\r\n\r\n");
        refused(&format!("{start}{FORM}Content-Length: six\r\n\r\n"), b"text=a");
        refused(&format!("{start}{FORM}Content-Length: -6\r\n\r\n"), b"text=a");
        refused(&format!("{start}{FORM}{chunked}\r\n"), b"six\r\ntext=a\r\n0\r\n\r\n");
        refused(&format!("{start}{FORM}{chunked}\r\n"), b"ffffffffffffffffff\r\ntext=a\r\n");
        refused("GARBAGE\r\n\r\n", b"");
        refused("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}", b"\r\n\r\n");
    });
}

#[test]
fn forms_that_are_cut_anywhere_or_malformed_are_refused() {
    let file = recording();
    let whole = multipart(&[
        ("text", None, b"Hello."),
        ("voice_url", None, b""),
        ("voice_wav", Some("a.wav"), &file[..200]),
    ]);
    let ask = |body: &[u8]| request(shared(), "POST", "/tts", MULTIPART, body);
    let refused = |answer: &Answer, what: &str| {
        assert!([400, 413, 422].contains(&answer.status), "{what}: {}", answer.status);
        assert!(answer.json()["detail"] != json!(null), "{what}");
    };
    assert_eq!(ask(&whole).status, 200);
    // The last line may lack its newline.
    for end in 0..whole.len() - 2 {
        refused(&ask(&whole[..end]), &format!("cut at {end}"));
    }
    let field = "Content-Disposition: form-data; name=";
    let part = format!("{field}\"text\"\r\n\r\n");
    let fields: [usize; 100] = std::array::from_fn(|index| index);
    for body in [
        "--frontier--\r\n".to_owned(),
        "--frontier\r\n--frontier--\r\n".to_owned(),
        "no boundary at all".to_owned(),
        format!("--other\r\n{part}a\r\n--other--\r\n"),
        "--frontier\r\n\r\na\r\n--frontier--\r\n".to_owned(),
        "--frontier\r\nContent-Disposition: attachment\r\n\r\na\r\n--frontier--\r\n".to_owned(),
        "--frontier\r\nContent-Disposition: form-data\r\n\r\na\r\n--frontier--\r\n".to_owned(),
        format!("--frontier\r\nX: {}\r\n{part}a\r\n--frontier--\r\n", "a".repeat(200_000)),
        format!("--frontier\r\n{}{part}a\r\n--frontier--\r\n", "X: 1\r\n".repeat(2_000)),
        fields.map(|index| format!("--frontier\r\n{field}\"{index}\"\r\n\r\na\r\n")).join("")
            + "--frontier--\r\n",
        format!("--frontier\r\nContent-Length: 99999999999\r\n{part}a\r\n--frontier--\r\n"),
    ] {
        refused(&ask(body.as_bytes()), &body.chars().take(80).collect::<String>());
    }
    for kind in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"",
        "multipart/mixed",
    ] {
        let answer = request(shared(), "POST", "/tts", &format!("Content-Type: {kind}\r\n"), &whole);
        refused(&answer, kind);
    }
    let deep = "text=".to_owned() + &"%".repeat(50_000);
    let answer = post_form(shared(), "/tts", &deep);
    assert_eq!(answer.status, 413, "{}", answer.text());
}

#[test]
fn truncated_or_changed_json_never_causes_a_server_error() {
    let whole = r#"{"input":"Hi.","voice":{"id":"heart"},"response_format":"pcm","speed":1.5,"seed":1}"#;
    let ask = |body: &[u8]| request(shared(), "POST", SPEECH, JSON, body);
    for end in 0..whole.len() {
        let answer = ask(&whole.as_bytes()[..end]).with_status(400);
        assert_eq!(answer.error()["code"], "invalid_json", "{end}");
    }
    for index in 0..whole.len() {
        for byte in [b'"', b'{', b'\\', 0, 0xff] {
            let mut body = whole.as_bytes().to_vec();
            body[index] = byte;
            let answer = ask(&body);
            assert!([200, 400].contains(&answer.status), "{byte} at {index}: {}", answer.status);
        }
    }
    for number in ["1e999", "-1e999", "NaN", "1e-999", "0x10", "00", "9".repeat(400).as_str()] {
        let answer = ask(format!(r#"{{"input":"Hi.","speed":{number}}}"#).as_bytes()).with_status(400);
        answer.error();
    }
    let repeated = format!("{{{}\"input\":\"Hi.\"}}", r#""a":1,"#.repeat(20_000));
    assert_eq!(post_json(shared(), SPEECH, &json!({ "input": "Hi.", "a": "b".repeat(100_000) })).status, 200);
    assert_eq!(ask(repeated.as_bytes()).status, 200);
}
