//! Warnings about a text, which every endpoint sends before it is spoken.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::client::{Answer, get, post_form, post_json};
use crate::fixture::{shared, spoken};
use crate::websocket::{Talk, of_type};

/// The built-in model does not know digits.
const DOUBTFUL: &str = "I have 25 cats, and you have 2.";

/// A sentence without a mark, of more tokens than the model takes at once.
fn endless() -> String {
    "we go on and on about the weather ".repeat(12)
}

/// The value of the header, decoded.
fn text_warning(answer: &Answer) -> Option<String> {
    let value = answer.header("X-Text-Warning")?;
    Some(percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned())
}

#[test]
fn the_header_has_warnings_before_the_audio() {
    let body = json!({
        "input": format!("{DOUBTFUL} 日 {}", endless()), "seed": 1, "normalize": false, "split": "reference",
    });
    let form = format!("text={DOUBTFUL} 日 {}&normalize=false&split=reference", endless());
    for answer in [
        post_json(shared(), "/v1/audio/speech", &body).with_status(200),
        post_form(shared(), "/tts", &form).with_status(200),
    ] {
        let warning = text_warning(&answer).unwrap();
        for part in ["2 (2 times)", "5", "日", "1 sentence is longer than"] {
            assert!(warning.contains(part), "{part} is missing in {warning}");
        }
    }
    let plain = post_json(shared(), "/v1/audio/speech", &json!({ "input": "Hello." })).with_status(200);
    assert_eq!(text_warning(&plain), None);
}

#[test]
fn the_first_event_has_warnings() {
    let body = json!({
        "input": DOUBTFUL, "seed": 1, "stream_format": "sse", "response_format": "pcm", "normalize": false,
    });
    let answer = post_json(shared(), "/v1/audio/speech", &body).with_status(200);
    let events: Vec<Value> = answer
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(events[0]["type"], "speech.audio.delta");
    assert_eq!(events[0]["warnings"][0]["code"], "unknown_characters");
    assert_eq!(events[0]["warnings"][0]["characters"], json!(["2", "5"]));
    assert!(events[1..].iter().all(|event| event.get("warnings").is_none()));
    let sound: Vec<u8> = events
        .iter()
        .filter_map(|event| event["audio"].as_str())
        .flat_map(|audio| STANDARD.decode(audio).unwrap())
        .collect();
    assert!(sound == spoken(DOUBTFUL, 1));
}

#[test]
fn a_conversation_has_warnings_with_the_sentence() {
    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "normalize": false }));
    assert_eq!(talk.next_json()["type"], "ready");
    talk.write("Hello. I have 25 cats in my small house. Bye now, my dear friend.");
    talk.end();
    let (_, messages) = talk.until("end_of_stream");
    let sentences = of_type(&messages, "sentence");
    let told: Vec<bool> = sentences.iter().map(|sentence| sentence.get("warnings").is_some()).collect();
    assert_eq!(told, [false, true, false], "{messages:?}");
    assert_eq!(sentences[1]["warnings"][0]["characters"], json!(["2", "5"]));
}

#[test]
fn a_text_can_be_checked_without_speaking() {
    let check = |input: &str| {
        let body = json!({ "input": input, "normalize": false, "split": "reference" });
        post_json(shared(), "/v1/audio/check", &body)
    };
    let answer = check(&format!("{DOUBTFUL} {}", endless())).with_status(200).json();
    assert_eq!(answer["warnings"][0]["code"], "unknown_characters");
    assert_eq!(answer["warnings"][1]["code"], "overlong_sentences");
    assert!(answer["tokens"].as_u64().unwrap() > 50);
    assert_eq!(check("Hello.").with_status(200).json()["warnings"], json!([]));
    assert_eq!(get(shared(), "/v1/audio/check").status, 405);
    // What is put into words, or split, is no problem.
    let body = json!({ "input": format!("{DOUBTFUL} \u{1f600} It's $5. [pause:1s] {}", endless()) });
    let answer = post_json(shared(), "/v1/audio/check", &body).with_status(200).json();
    assert_eq!(answer["warnings"], json!([]));
}

#[test]
fn a_text_with_nothing_to_say_is_rejected_by_every_endpoint() {
    for text in ["...", "?", "你好", "42", "\u{200b}", "\u{1f600}"] {
        let body = json!({ "input": text, "normalize": false });
        for path in ["/v1/audio/speech", "/v1/audio/check"] {
            let error = post_json(shared(), path, &body).with_status(400).error();
            assert_eq!(error["code"], "nothing_to_say", "{text} at {path}");
            assert_eq!(error["param"], "input");
        }
        let form = form_urlencoded(text);
        post_form(shared(), "/tts", &format!("text={form}&normalize=false")).with_status(400);
    }
    for text in ["...", "\u{1f600}", "[voice:heart]", "<speak/>"] {
        let error =
            post_json(shared(), "/v1/audio/speech", &json!({ "input": text })).with_status(400).error();
        assert_eq!(error["code"], "nothing_to_say", "{text}");
    }
}

fn form_urlencoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
