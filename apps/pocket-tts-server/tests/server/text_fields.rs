//! Fields that say how a text is read, and what is wrong with a text.

use pocket_tts_core::{GenerateOptions, VoiceSource};
use serde_json::{Value, json};

use crate::client::{get, post_form, post_json, post_multipart};
use crate::fixture::{TestServer, shared, spoken, spoken_with, try_settings};
use crate::websocket::{Talk, of_type};
use crate::wyoming::Client;

const SPEECH: &str = "/v1/audio/speech";
const SEED: u64 = 3;
/// A text that each stage changes.
const TEXT: &str = "I paid $5 \u{1f600} for it. [pause:1s] Dr. Hill didn't.\n\nSo what?";

/// The audio of a request to this server with these fields.
fn say_at(server: &TestServer, mut body: Value) -> Vec<u8> {
    body["seed"] = json!(SEED);
    body["response_format"] = json!("pcm");
    post_json(server.address, SPEECH, &body).with_status(200).body
}

fn say(mut body: Value) -> Vec<u8> {
    body["seed"] = json!(SEED);
    body["response_format"] = json!("pcm");
    post_json(shared(), SPEECH, &body).with_status(200).body
}

/// Asserts an error about this field.
#[track_caller]
fn refused(body: &Value, param: &str, code: &str, parts: &[&str]) {
    let error = post_json(shared(), SPEECH, body).with_status(400).error();
    assert_eq!((&error["param"], &error["code"]), (&json!(param), &json!(code)), "{error}");
    let message = error["message"].as_str().unwrap();
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in {message}");
    }
}

#[test]
fn with_everything_off_the_speech_is_the_reference_s() {
    let voice = VoiceSource::Named("heart".to_owned());
    let expected = spoken_with(TEXT, &voice, &GenerateOptions::default().seed(SEED));
    let off = json!({
        "input": TEXT, "normalize": false, "markup": false, "split": "reference", "paragraph_pause": 0,
    });
    assert!(say(off.clone()) == expected);
    assert!(say(json!({ "input": TEXT })) != expected);
    for field in ["normalize", "markup"] {
        let mut on = off.clone();
        on.as_object_mut().unwrap().remove(field);
        assert!(say(on) != expected, "{field}");
    }
    let form = format!(
        "text={}&normalize=false&markup=false&split=reference&paragraph_pause=0&seed={SEED}&response_format=pcm",
        percent_encoding::utf8_percent_encode(TEXT, percent_encoding::NON_ALPHANUMERIC)
    );
    assert!(post_form(shared(), "/tts", &form).with_status(200).body == expected);
    let query = form.replacen("text=", "input=", 1);
    assert!(get(shared(), &format!("{SPEECH}?{query}")).with_status(200).body == expected);
    let parts = form.split('&').map(|field| {
        let (name, value) = field.split_once('=').unwrap();
        let value = percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned();
        (name.to_owned(), value)
    });
    let parts: Vec<(String, String)> = parts.collect();
    let parts: Vec<_> = parts.iter().map(|(name, value)| (name.as_str(), None, value.as_bytes())).collect();
    assert!(post_multipart(shared(), "/tts", &parts).with_status(200).body == expected);
    // The server's own settings can be the reference's, too, and a request can differ.
    let server = TestServer::start(&[
        "--no-normalize",
        "--no-markup",
        "--split",
        "reference",
        "--paragraph-pause",
        "0",
        "--wyoming",
        "0",
    ]);
    assert!(say_at(&server, json!({ "input": TEXT })) == expected);
    let on = json!({
        "input": TEXT, "normalize": true, "markup": true, "split": "natural", "paragraph_pause": 0.4,
    });
    assert!(say_at(&server, on) == say(json!({ "input": TEXT })));
    let mut client = Client::open(&server);
    client.send("synthesize", &json!({ "text": TEXT, "context": { "seed": SEED } }));
    assert!(client.until("audio-stop").sound == expected);
    // What is asked for by name is read.
    let ssml = "<speak>Yes. <break time='1s'/></speak>";
    client.send("synthesize", &json!({ "text": ssml, "text_format": "ssml", "context": { "seed": SEED } }));
    let sound = client.until("audio-stop").sound;
    assert!(sound == [spoken("Yes.", SEED), vec![0; 48_000]].concat());
}

#[test]
fn numbers_are_spoken_in_the_language_of_the_text() {
    let words = |text: &str| say(json!({ "input": text, "normalize": false }));
    assert!(say(json!({ "input": "It has 12 of them." })) == words("It has twelve of them."));
    for language in ["fr", "french", "fr-CA", "French"] {
        let body = json!({ "input": "Il y en a 12.", "text_language": language });
        assert!(say(body) == words("Il y en a douze."), "{language}");
    }
    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "seed": SEED, "text_language": "fr" }));
    talk.write("Il y en a 12.");
    talk.end();
    assert!(talk.until("end_of_stream").0 == words("Il y en a douze."));
    refused(
        &json!({ "input": "a", "text_language": "klingon" }),
        "text_language",
        "invalid_value",
        &["`klingon`", "english, french"],
    );
}

#[test]
fn markdown_and_html_are_spoken_without_their_formatting() {
    let plain = say(json!({ "input": "A title.\n\nSome words." }));
    for (text, format) in [
        ("# A title\n\nSome **words**.", "markdown"),
        ("<h1>A title</h1><p>Some <b>words</b>.</p>", "html"),
        ("# A title\n\nSome **words**.", "auto"),
        ("A title.\n\nSome words. \u{1f600}", "text"),
    ] {
        assert!(say(json!({ "input": text, "input_format": format })) == plain, "{text} as {format}");
    }
    refused(
        &json!({ "input": "a", "input_format": "pdf" }),
        "input_format",
        "invalid_value",
        &["text, markdown, html, auto"],
    );
    refused(
        &json!({ "input": "a", "text_format": "xml" }),
        "text_format",
        "invalid_value",
        &["auto, plain, ssml"],
    );
    refused(&json!({ "input": "a", "split": "words" }), "split", "invalid_value", &["natural, reference"]);
}

#[test]
fn a_dictionary_respells_words() {
    let expected = say(json!({ "input": "The engine x is on." }));
    let toml = "[words]\n\"Nginx\" = \"engine x\"";
    for dictionary in [json!({ "Nginx": "engine x" }), json!(toml)] {
        let body = json!({ "input": "The nginx is on.", "dictionary": dictionary });
        assert!(say(body) == expected, "{dictionary}");
    }
    let form = "text=The+nginx+is+on.&seed=3&response_format=pcm&dictionary=[words]%0ANginx%3D%22engine+x%22";
    assert!(post_form(shared(), "/tts", form).with_status(200).body == expected);
    let query = form.replacen("text=", "input=", 1).replace('[', "%5B").replace(']', "%5D");
    assert!(get(shared(), &format!("{SPEECH}?{query}")).with_status(200).body == expected);
    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "seed": SEED, "dictionary": { "Nginx": "engine x" } }));
    talk.write("The nginx is on.");
    talk.end();
    assert!(talk.until("end_of_stream").0 == expected);
    // The operator's words hold, unless a request says otherwise.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[words]\nNginx = \"engine x\"\nGIF = \"jiff\"\n").unwrap();
    let server = TestServer::start(&["--dictionary", file.path().to_str().unwrap()]);
    assert!(say_at(&server, json!({ "input": "The nginx is on." })) == expected);
    let body = json!({ "input": "The nginx is a GIF.", "dictionary": { "GIF": "picture" } });
    assert!(say_at(&server, body) == say(json!({ "input": "The engine x is a picture." })));
}

#[test]
fn errors_of_a_dictionary_name_the_line_and_the_entry() {
    let refused = |dictionary: Value, parts: &[&str]| {
        refused(&json!({ "input": "a", "dictionary": dictionary }), "dictionary", "invalid_value", parts);
    };
    refused(
        json!("[words]\n\"a\" = \"b\"\n\"GIF\" = 5\n"),
        &[
            "`dictionary` cannot be used: line 3, column 9: entry `GIF`: a respelling is not a number",
            "; write",
        ],
    );
    refused(json!("[wrds]\n"), &["line 1, column 2: `wrds` is not known here"]);
    refused(json!("Nginx = "), &["line 1, column"]);
    refused(json!({ "": "a" }), &["`dictionary` cannot be used: entry ``: the word is empty; write"]);
    refused(json!({ "x".repeat(101): "a" }), &["the word is longer than 100 bytes"]);
    let many: serde_json::Map<String, Value> = (0..1_001).map(|n| (format!("w{n}"), json!("a"))).collect();
    refused(Value::Object(many), &["it has 1001 words, but 1000 are allowed"]);
    for wrong in [json!(5), json!(["a"]), json!({ "GIF": { "say": "jiff" } })] {
        let error = post_json(shared(), SPEECH, &json!({ "input": "a", "dictionary": wrong }))
            .with_status(400)
            .error();
        assert_eq!(
            (&error["param"], &error["code"]),
            (&json!("dictionary"), &json!("invalid_type")),
            "{error}"
        );
        assert_eq!(
            error["message"],
            "`dictionary` must be an object of words and respellings, or a TOML text"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("words.toml");
    let problem = || try_settings(&["--dictionary", file.to_str().unwrap()]).unwrap_err().to_string();
    assert!(problem().contains("for --dictionary: it cannot be read: "), "{}", problem());
    std::fs::write(&file, "[words]\nGIF = { sya = 'jiff' }\n").unwrap();
    assert!(
        problem()
            .contains("for --dictionary: line 2, column 9: entry `GIF`: `sya` is not known here; write "),
        "{}",
        problem()
    );
}

#[test]
fn pauses_between_sentences_and_paragraphs_have_bounds() {
    let say_all = |more: Value| {
        let mut body = json!({ "input": "Yes.\n\nNo." });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        say(body)
    };
    let voice = VoiceSource::Named("heart".to_owned());
    let options = GenerateOptions::default().seed(SEED);
    let halves = [spoken("Yes.", SEED), spoken_with("No.", &voice, &options.first_sentence(1))];
    for (more, samples) in [
        (json!({}), 9_600),
        (json!({ "paragraph_pause": 0 }), 0),
        (json!({ "paragraph_pause": 0.25 }), 6_000),
        (json!({ "paragraph_pause": 0, "sentence_pause": 1 }), 24_000),
    ] {
        let expected = [&halves[0][..], &vec![0; 2 * samples], &halves[1]].concat();
        assert!(say_all(more.clone()) == expected, "{more}");
    }
    for field in ["sentence_pause", "paragraph_pause"] {
        for value in [json!(-0.1), json!(60.1), json!(1e300)] {
            refused(
                &json!({ "input": "a", field: value }),
                field,
                "invalid_value",
                &["must be from 0 to 60"],
            );
        }
        refused(&json!({ "input": "a", field: "long" }), field, "invalid_type", &["must be a number"]);
        for value in ["-1", "61", "nan", "long"] {
            let answer = post_form(shared(), "/tts", &format!("text=a&{field}={value}")).with_status(400);
            assert!(answer.text().contains(field), "{}", answer.text());
            let answer = get(shared(), &format!("{SPEECH}?input=a&{field}={value}")).with_status(400);
            assert_eq!(answer.error()["param"], field);
        }
        let option = format!("--{}", field.replace('_', "-"));
        let error = try_settings(&[&option, "61"]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("invalid value `61` for {option}; it must be from 0 to 60"))
                || error.contains(&format!("for {option}: it must be from 0 to 60")),
            "{error}"
        );
    }
}

#[test]
fn switches_must_be_true_or_false() {
    let form = "text=It+has+12.&seed=3&response_format=pcm&normalize=False&markup=TRUE";
    let heard = post_form(shared(), "/tts", form).with_status(200).body;
    assert!(heard == say(json!({ "input": "It has 12.", "normalize": false })));
    for field in ["normalize", "markup"] {
        refused(&json!({ "input": "a", field: "no" }), field, "invalid_type", &["true or false"]);
        let answer = post_form(shared(), "/tts", &format!("text=a&{field}=no")).with_status(400);
        assert_eq!(answer.json()["detail"], format!("`{field}` is `no`, but must be true or false"));
        let answer = get(shared(), &format!("{SPEECH}?input=a&{field}=no")).with_status(400);
        assert_eq!(
            (&answer.error()["param"], &answer.error()["code"]),
            (&json!(field), &json!("invalid_value"))
        );
    }
}

#[test]
fn errors_of_the_mark_up_have_a_line_and_a_column() {
    for (text, place, problem) in [
        ("Yes.\nNo. [pause:long]", "line 2, column 5", "`long` is not a length of time; write [pause]"),
        ("Yes [pause:1s", "line 1, column 5", "[pause: has no closing bracket"),
        ("[voice: ] Yes.", "line 1, column 1", "[voice:] names no voice"),
        ("é [pause:61s] Yes.", "line 1, column 3", "a pause of 61 s is longer than 60 s"),
        ("<speak>Yes.\n<audio src='a'/></speak>", "line 2, column 1", "<audio> is not supported"),
        ("<speak>Yes.", "line 1, column", "speak"),
        ("<speak>Yes. <break time='long'/></speak>", "line 1, column", "`long`"),
        ("<speak>Yes. <lang xml:lang='tlh'>Qapla</lang></speak>", "line 1, column 34", "the language `tlh`"),
    ] {
        let told = format!("the mark-up of the text is wrong in {place}");
        refused(&json!({ "input": text }), "input", "invalid_markup", &[&told, problem]);
        let error =
            post_json(shared(), "/v1/audio/check", &json!({ "input": text })).with_status(400).error();
        assert_eq!((&error["param"], &error["code"]), (&json!("input"), &json!("invalid_markup")));
        let answer = post_multipart(shared(), "/tts", &[("text", None, text.as_bytes())]).with_status(400);
        assert!(answer.json()["detail"].as_str().unwrap().starts_with(&told), "{}", answer.text());
        // Without mark-up it is text.
        post_json(shared(), SPEECH, &json!({ "input": text, "markup": false, "seed": 1 })).with_status(200);
    }
    let server = TestServer::start(&["--wyoming", "0"]);
    let mut client = Client::open(&server);
    client.send("synthesize", &json!({ "text": "Yes. [pause:long]" }));
    assert!(client.refused("invalid_markup").contains("line 1, column 6: `long`"));
    let mut client = Client::open(&server);
    client.send("synthesize", &json!({ "text": "Yes.", "text_format": "ssml" }));
    client.refused("invalid_markup");
}

#[test]
fn a_conversation_goes_on_after_wrong_mark_up() {
    let mut talk = Talk::start(shared(), SEED);
    for text in ["Yes. ", "No [pause:long] more. ", "So."] {
        talk.write(text);
        talk.send(&json!({ "type": "flush" }));
    }
    talk.end();
    let (sound, messages) = talk.until("end_of_stream");
    assert!(sound == [spoken("Yes.", SEED), spoken("So.", SEED)].concat(), "{messages:?}");
    let errors = of_type(&messages, "error");
    assert_eq!(errors.len(), 1, "{messages:?}");
    let error = errors[0];
    assert_eq!((&error["code"], &error["param"]), (&json!("invalid_markup"), &json!("text")), "{error}");
    assert_eq!((&error["index"], &error["status"]), (&json!(1), &json!(400)));
    assert!(error["message"].as_str().unwrap().contains("line 1, column 9: `long`"), "{error}");
    assert_eq!(talk.closed(), 1_000);
    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "seed": SEED, "markup": false, "normalize": false }));
    assert_eq!(talk.next_json()["type"], "ready");
    talk.write("So [pause:long] it is.");
    talk.end();
    assert!(talk.until("end_of_stream").0 == spoken("So [pause:long] it is.", SEED));
}

#[test]
fn a_conversation_takes_the_fields_of_its_setup_only() {
    for (field, value, code) in [
        ("text_language", json!("klingon"), "invalid_value"),
        ("dictionary", json!("[wrds]"), "invalid_value"),
        ("normalize", json!("no"), "invalid_message"),
        ("input_format", json!("markdown"), "invalid_message"),
        ("text_format", json!("ssml"), "invalid_message"),
    ] {
        let mut talk = Talk::open(shared());
        talk.send(&json!({ "type": "setup", field: value }));
        talk.refused(code);
        talk.send(&json!({ "type": "setup" }));
        assert_eq!(talk.next_json()["type"], "ready", "a wrong setup changes nothing");
    }
}

#[test]
fn the_description_has_the_fields_of_texts() {
    let description = get(shared(), "/openapi.json").with_status(200).json();
    let schemas = &description["components"]["schemas"];
    let fields = [
        "normalize",
        "text_language",
        "markup",
        "text_format",
        "input_format",
        "dictionary",
        "split",
        "sentence_pause",
        "paragraph_pause",
    ];
    for schema in ["SpeechRequest", "CheckRequest", "TtsRequest"] {
        for field in fields {
            let described = &schemas[schema]["properties"][field];
            assert!(described["description"].is_string(), "{schema}.{field}: {described}");
        }
        assert_eq!(schemas[schema]["properties"]["paragraph_pause"]["maximum"], 60);
        let names = &schemas[schema]["properties"]["input_format"]["enum"];
        assert!(
            names.as_array().unwrap().starts_with(&["text", "markdown", "html", "auto"].map(Value::from))
        );
        assert!(
            !schemas[schema]["required"]
                .as_array()
                .unwrap()
                .iter()
                .any(|name| fields.contains(&name.as_str().unwrap()))
        );
    }
    let parameters = description["paths"][SPEECH]["get"]["parameters"].as_array().unwrap();
    for field in fields {
        let described = parameters.iter().find(|parameter| parameter["name"] == field);
        let described = described.unwrap_or_else(|| panic!("{field} is missing"));
        assert_eq!(
            (&described["in"], &described["required"]),
            (&json!("query"), &json!(false)),
            "{described}"
        );
    }
    for field in ["normalize", "text_language", "markup", "dictionary"] {
        assert!(schemas["StreamSetup"]["properties"][field].is_object(), "{field}");
    }
}
