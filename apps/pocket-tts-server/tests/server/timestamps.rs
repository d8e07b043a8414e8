//! Events that tell when sentences and words are heard, over HTTP and WebSocket.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::client::{get, post_json, request};
use crate::fixture::{TestServer, WordTime, shared, spoken, without_word_times, word_times};
use crate::websocket::{Heard, Talk, of_type};

const SPEECH: &str = "/v1/audio/speech";
/// A text with numbers and with characters of one to four bytes.
const TEXT: &str = "It costs $12.50 at Zoe’s \u{1f600} shop. Good morning, my dear friends.";
const SEED: u64 = 5;
const BYTES_PER_SECOND: f64 = 48_000.0;

/// The events of a response.
fn events(text: &str) -> Vec<Value> {
    let data = text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap());
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn ask(text: &str) -> Value {
    json!({
        "input": text, "response_format": "pcm", "stream_format": "sse", "timestamps": true, "seed": SEED,
    })
}

fn sound_of(event: &Value) -> Vec<u8> {
    event["audio"].as_str().map(|audio| STANDARD.decode(audio).unwrap()).unwrap_or_default()
}

/// The part of a text that an event is about, by bytes; it must be the same by UTF-16 units.
#[track_caller]
fn part(text: &str, event: &Value) -> String {
    let place = |field: &str, index: usize| event[field][index].as_u64().unwrap() as usize;
    let units: Vec<u16> = text.encode_utf16().collect();
    let by_units = String::from_utf16(&units[place("utf16", 0)..place("utf16", 1)]).unwrap();
    assert_eq!(by_units, text[place("utf8", 0)..place("utf8", 1)], "{event}");
    by_units
}

fn close(one: &Value, other: f64) -> bool {
    (one.as_f64().unwrap() - other).abs() < 1e-4
}

/// Asserts that these events are the library's words.
#[track_caller]
fn assert_words(ends: &[&Value], expected: &[WordTime]) {
    assert_eq!(ends.len(), expected.len(), "{ends:?}");
    for (index, (event, (text, source, start, end))) in ends.iter().zip(expected).enumerate() {
        let told = (&event["text"], &event["utf8"], &event["word"]);
        assert_eq!(told, (&json!(text), &json!([source.start, source.end]), &json!(index)), "{event}");
        assert!(close(&event["start"], *start) && close(&event["end"], *end), "{event}: {start} to {end}");
    }
}

/// Asserts that each event comes before the audio that it lies in. `name` gives the types their names.
#[track_caller]
fn assert_in_time(events: &[(Value, f64)], name: impl Fn(&str) -> String) {
    for (event, sent_s) in events {
        let kind = event["type"].as_str().unwrap();
        let is_start = [name("sentence start"), name("word start")].iter().any(|start| start == kind);
        assert_eq!(event.get("end").is_none(), is_start, "{event}");
        let at = event[if is_start { "start" } else { "end" }].as_f64().unwrap();
        assert!(*sent_s <= at + 1e-4, "{event} comes after {sent_s} s of audio");
    }
}

#[test]
fn words_and_sentences_are_told_before_their_audio() {
    let answer = post_json(shared(), SPEECH, &ask(TEXT)).with_status(200);
    let events = events(answer.text());
    assert_eq!(events[0], json!({ "type": "speech.timestamps", "word_times": true }));
    assert_eq!(events[1]["type"], "speech.sentence.start");
    assert_eq!(events.last().unwrap()["type"], "speech.audio.done");
    let mut sound = Vec::new();
    let mut timed = Vec::new();
    for event in &events[1..events.len() - 1] {
        if event["type"] == "speech.audio.delta" {
            sound.extend(sound_of(event));
        } else {
            timed.push((event.clone(), sound.len() as f64 / BYTES_PER_SECOND));
        }
    }
    assert_in_time(&timed, |name| format!("speech.{}", name.replace(' ', ".")));
    let ends = of_type(&events, "speech.word.end");
    assert_words(&ends, &word_times(TEXT, SEED));
    assert_eq!(of_type(&events, "speech.word.start").len(), ends.len());
    let parts: Vec<String> = ends.iter().map(|event| part(TEXT, event)).collect();
    // All words of a number stand for the same part.
    assert_eq!(parts.iter().filter(|part| *part == "$12.50").count(), 5, "{parts:?}");
    assert!(parts.contains(&"morning".to_owned()) || parts.contains(&"morning,".to_owned()), "{parts:?}");
    let sentences = of_type(&events, "speech.sentence.end");
    assert_eq!(sentences.len(), 2, "{sentences:?}");
    assert_eq!(part(TEXT, sentences[1]).trim(), "Good morning, my dear friends.");
    let total_s = sound.len() as f64 / BYTES_PER_SECOND;
    assert!(close(&sentences[1]["end"], total_s), "{sentences:?}: {total_s}");
    // The audio is the same as without times.
    let mut plain = ask(TEXT);
    plain.as_object_mut().unwrap().remove("timestamps");
    let answer = post_json(shared(), SPEECH, &plain).with_status(200);
    assert!(sound == self::events(answer.text()).iter().flat_map(sound_of).collect::<Vec<u8>>());
}

#[test]
fn times_come_with_any_format_and_speed_and_over_get() {
    let words = |format: &str, speed: f64| {
        let mut body = ask("Good morning, my dear friends.");
        body["response_format"] = json!(format);
        body["speed"] = json!(speed);
        let events = events(post_json(shared(), SPEECH, &body).with_status(200).text());
        let ends = of_type(&events, "speech.word.end").into_iter().cloned();
        ends.collect::<Vec<Value>>()
    };
    let plain = words("pcm", 1.0);
    assert_eq!(plain.len(), 5);
    for format in ["wav", "mp3", "opus", "aac", "flac"] {
        assert_eq!(words(format, 1.0), plain, "{format}");
    }
    let fast = words("pcm", 2.0);
    assert_eq!(fast.len(), plain.len());
    let (last, last_of_fast) = (plain[4]["end"].as_f64().unwrap(), fast[4]["end"].as_f64().unwrap());
    assert!((last / last_of_fast - 2.0).abs() < 0.2, "{last} and {last_of_fast}");
    let query = format!(
        "{SPEECH}?input=Good+morning,+my+dear+friends.&seed={SEED}&response_format=pcm&stream_format=sse&timestamps=true"
    );
    let answer = get(shared(), &query).with_status(200);
    let ends = events(answer.text());
    assert_eq!(of_type(&ends, "speech.word.end"), plain.iter().collect::<Vec<_>>());
}

#[test]
fn a_model_that_only_knows_sentences_says_so() {
    let (_folder, config) = without_word_times();
    let server = TestServer::start(&["--config", &config]);
    let answer = post_json(server.address, SPEECH, &ask(TEXT)).with_status(200);
    let events = events(answer.text());
    assert_eq!(events[0], json!({ "type": "speech.timestamps", "word_times": false }));
    assert_eq!(of_type(&events, "speech.sentence.start").len(), 2);
    assert_eq!(of_type(&events, "speech.sentence.end").len(), 2);
    assert!(events.iter().all(|event| !event["type"].as_str().unwrap().starts_with("speech.word")));
    let mut talk = Talk::open(server.address);
    talk.send(&json!({ "type": "setup", "timestamps": true }));
    assert_eq!(talk.next_json()["word_times"], json!(false));
    talk.write("Good morning.");
    talk.end();
    let (_, messages) = talk.until("end_of_stream");
    assert_eq!(of_type(&messages, "sentence_end").len(), 1);
    assert!(of_type(&messages, "word_end").is_empty());
}

#[test]
fn audio_alone_has_no_room_for_times() {
    for framing in [Value::Null, json!("audio")] {
        let body = json!({ "input": "Hello.", "timestamps": true, "stream_format": framing });
        let error = post_json(shared(), SPEECH, &body).with_status(400).error();
        assert_eq!((&error["param"], &error["code"]), (&json!("timestamps"), &json!("invalid_value")));
        assert!(error["message"].as_str().unwrap().contains("set `stream_format` to sse"), "{error}");
    }
    let head = format!("{SPEECH}?input=Hello.&timestamps=true");
    assert_eq!(request(shared(), "HEAD", &head, "", b"").status, 400);
    let untold = json!({ "input": "Hello.", "timestamps": false });
    post_json(shared(), SPEECH, &untold).with_status(200);
}

#[test]
fn a_conversation_counts_from_its_start() {
    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "seed": SEED, "timestamps": true }));
    let ready = talk.next_json();
    assert_eq!((&ready["type"], &ready["word_times"]), (&json!("ready"), &json!(true)), "{ready}");
    let pieces = [
        "It costs $12.50 at Zo",
        "e’s \u{1f600} shop. Good mor",
        "ning, my dear friends. ",
        "[pause:500ms] Bye now.",
    ];
    for piece in pieces {
        talk.write(piece);
    }
    talk.send(&json!({ "type": "end_of_stream" }));
    let (mut sound, mut messages, mut timed) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match talk.next() {
            Heard::Sound(piece) => sound.extend(piece),
            Heard::Json(message) => {
                if message.get("utf8").is_some() {
                    timed.push((message.clone(), sound.len() as f64 / BYTES_PER_SECOND));
                }
                let is_last = message["type"] == "end_of_stream";
                messages.push(message);
                if is_last {
                    break;
                }
            }
            Heard::Closed(code) => panic!("{code}"),
        }
    }
    assert_in_time(&timed, |name| name.replace(' ', "_"));
    let text = pieces.concat();
    let words = of_type(&messages, "word_end");
    let parts: Vec<String> = words.iter().map(|event| part(&text, event)).collect();
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let plain: Vec<String> = parts.iter().map(|part| letters(part)).collect();
    let expected = ["It", "costs", "1250", "1250", "1250", "1250", "1250", "at", "Zoes", "shop"];
    let more = ["Good", "morning", "my", "dear", "friends", "Bye", "now"];
    assert_eq!(plain, [&expected[..], &more].concat());
    let numbers: Vec<u64> = words.iter().map(|event| event["word"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..17).collect::<Vec<_>>());
    let sentences = of_type(&messages, "sentence_end");
    let numbers: Vec<u64> = sentences.iter().map(|event| event["sentence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2]);
    // A text's message comes around its sentences, and the first word of a text after the pause before it.
    let texts = of_type(&messages, "text");
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(sentences[1]["start"].as_f64() >= texts[1]["start_s"].as_f64());
    assert!(words[15]["start"].as_f64().unwrap() >= texts[2]["start_s"].as_f64().unwrap() + 0.4, "{words:?}");
    let told = |seed| word_times("Good morning, my dear friends. ", seed);
    assert_eq!(told(SEED).len(), 5);
    let total_s = sound.len() as f64 / BYTES_PER_SECOND;
    assert!(close(&texts[2]["stop_s"], total_s) && words[16]["end"].as_f64().unwrap() <= total_s + 1e-4);
}

#[test]
fn text_that_was_cancelled_still_counts_for_places() {
    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "seed": SEED, "timestamps": true }));
    assert_eq!(talk.next_json()["type"], "ready");
    let dropped = "é \u{1f600} This is dropped";
    talk.write(dropped);
    talk.send(&json!({ "type": "cancel" }));
    talk.write(" Good morning.");
    talk.end();
    let (_, messages) = talk.until("end_of_stream");
    let words = of_type(&messages, "word_start");
    let text = format!("{dropped} Good morning.");
    let parts: Vec<String> = words.iter().map(|event| part(&text, event)).collect();
    assert!(parts.len() == 2 && parts[0] == "Good" && parts[1].starts_with("morning"), "{parts:?}");
}

#[test]
fn without_the_field_nothing_is_told() {
    let body = json!({ "input": "Hello.", "response_format": "pcm", "stream_format": "sse", "seed": SEED });
    let answer = post_json(shared(), SPEECH, &body).with_status(200);
    let told = events(answer.text());
    assert!(
        told.iter().all(|event| event["type"].as_str().unwrap().starts_with("speech.audio.")),
        "{told:?}"
    );
    let sound: Vec<u8> = told.iter().flat_map(sound_of).collect();
    assert!(sound == spoken("Hello.", SEED));
    let mut talk = Talk::start(shared(), SEED);
    talk.write("Hello.");
    talk.end();
    let (_, messages) = talk.until("end_of_stream");
    assert!(messages.iter().all(|message| message.get("utf8").is_none()), "{messages:?}");
}
