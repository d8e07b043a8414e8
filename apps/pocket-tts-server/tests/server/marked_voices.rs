//! Voices of the mark-up, at every door.

use pocket_tts_core::{GenerateOptions, Splitting, VoiceSource};
use serde_json::{Value, json};

use crate::client::{Part, get, post_form, post_json, post_multipart};
use crate::fixture::{TestServer, shared, spoken, spoken_with};
use crate::websocket::{Talk, of_type};
use crate::wyoming::Client;

const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/tiny/voice.safetensors");
const SEED: u64 = 5;

/// An exported voice that isn't the model's own: its state, weakened.
fn other_voice() -> Vec<u8> {
    let mut file = std::fs::read(OWN).unwrap();
    let header = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    // Whole numbers come first, and mustn't change.
    for number in file[header..].chunks_exact_mut(4).skip(96 / 4) {
        let value = f32::from_le_bytes(number.try_into().unwrap());
        number.copy_from_slice(&(0.5 * value).to_le_bytes());
    }
    file
}

/// A server with the created voice Ann, and its folder.
fn server(options: &[&str]) -> (TestServer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let voices = ["--voices-dir", folder.path().to_str().unwrap()];
    let server = TestServer::start(&[&voices, options].concat());
    let file = other_voice();
    let parts: [Part<'_>; 4] = [
        ("name", None, b"Ann"),
        ("consent", None, b"true"),
        ("type", None, b"audio_sample"),
        ("audio_sample", Some("ann.safetensors"), &file),
    ];
    post_multipart(server.address, "/v1/audio/voices", &parts).with_status(200);
    (server, folder)
}

fn by(ann: bool, text: &str, index: u64) -> Vec<u8> {
    let own = VoiceSource::Named("heart".to_owned());
    let voice = if ann { VoiceSource::from_bytes("Ann", other_voice()) } else { own };
    let options = GenerateOptions::default().seed(SEED).splitting(Splitting::Natural);
    spoken_with(text, &voice, &options.first_sentence(index))
}

#[test]
fn one_text_has_several_speakers_at_every_endpoint() {
    let (server, _folder) = server(&["--wyoming", "0"]);
    let id = get(server.address, "/v1/audio/voices").json()["voices"][1]["id"].as_str().unwrap().to_owned();
    let expected = [by(false, "Yes.", 0), by(true, "No.", 1), by(false, "Yes.", 2)].concat();
    assert!(by(true, "No.", 1) != by(false, "No.", 1), "the voices can be told apart");
    for text in [
        "Yes. [voice:Ann] No. [voice] Yes.".to_owned(),
        "[voice:heart] Yes. [Voice: Ann ] No. [voice:default] Yes.".to_owned(),
        format!("[voice:alloy] Yes. [voice:{id}] No. [voice:nova] Yes."),
        "<speak>Yes. <voice name='Ann'>No.</voice> Yes.</speak>".to_owned(),
    ] {
        let body = json!({ "input": text, "seed": SEED, "response_format": "pcm" });
        let answer = post_json(server.address, "/v1/audio/speech", &body).with_status(200);
        assert!(answer.body == expected, "{text}");
        let mut client = Client::open(&server);
        client.send("synthesize", &json!({ "text": text, "context": { "seed": SEED } }));
        assert!(client.until("audio-stop").sound == expected, "{text}");
    }
    let form = "text=Yes.+[voice:Ann]+No.+[voice]+Yes.&seed=5&response_format=pcm";
    assert!(post_form(server.address, "/tts", form).with_status(200).body == expected);
    let query = "input=Yes.+[voice:Ann]+No.+[voice]+Yes.&seed=5&response_format=pcm".replace('[', "%5B");
    let query = query.replace(']', "%5D").replace(':', "%3A");
    let answer = get(server.address, &format!("/v1/audio/speech?{query}")).with_status(200);
    assert!(answer.body == expected);
    // `[voice]` is the voice of the request.
    let body = json!({ "input": "[voice:heart] Yes. [voice] No.", "seed": SEED, "voice": "Ann", "response_format": "pcm" });
    let answer = post_json(server.address, "/v1/audio/speech", &body).with_status(200);
    assert!(answer.body == [by(false, "Yes.", 0), by(true, "No.", 1)].concat());
}

#[test]
fn a_voice_stays_over_the_sentences_and_turns_of_a_conversation() {
    let (server, _folder) = server(&[]);
    let mut talk = Talk::start(server.address, SEED);
    let mut say = |text: &str| {
        talk.write(text);
        talk.send(&json!({ "type": "flush", "id": 1 }));
        let (sound, messages) = talk.until("flushed");
        assert!(of_type(&messages, "error").is_empty(), "{text}: {messages:?}");
        sound
    };
    assert!(say("Yes. [voice:Ann] No. Yes.") == [by(false, "Yes.", 0), by(true, "No. Yes.", 0)].concat());
    // Another turn.
    server.wait_until_idle();
    assert!(say("No.") == by(true, "No.", 0));
    // A mark without words is no error.
    assert!(say("[voice]").is_empty());
    assert!(say("No. [voice:Ann]") == by(false, "No.", 0));
    assert!(say("No.") == by(true, "No.", 0));
    // What a cancelled text chose is forgotten with it.
    talk.send(&json!({ "type": "cancel" }));
    talk.until("cancelled");
    talk.write("No.");
    talk.end();
    assert!(talk.until("end_of_stream").0 == by(false, "No.", 0));
}

#[test]
fn a_voice_stays_over_the_chunks_of_a_wyoming_stream() {
    let (server, _folder) = server(&["--wyoming", "0"]);
    let mut client = Client::open(&server);
    for _ in 0..2 {
        client.send("synthesize-start", &json!({ "context": { "seed": SEED } }));
        for piece in ["Yes. [voi", "ce:Ann] No. Ye", "s. [voice] No."] {
            client.send("synthesize-chunk", &json!({ "text": piece }));
        }
        client.send("synthesize-stop", &Value::Null);
        let expected = [by(false, "Yes.", 0), by(true, "No. Yes.", 0), by(false, "No.", 1)];
        assert!(client.until("synthesize-stopped").sound == expected.concat());
    }
}

#[test]
fn unknown_voices_are_refused_with_the_known_ones() {
    let body = json!({ "input": "Yes. [voice:nobody] No." });
    let error = post_json(shared(), "/v1/audio/speech", &body).with_status(400).error();
    assert_eq!((&error["param"], &error["code"]), (&json!("input"), &json!("voice_not_found")), "{error}");
    let told = "the mark-up of the text: there is no voice `nobody`; `tiny` has heart";
    assert_eq!(error["message"], told);
    let answer = post_form(shared(), "/tts", "text=Yes.+[voice:nobody]+No.").with_status(400);
    assert_eq!(answer.json(), json!({ "detail": told }));
    for wrong in ["../heart", "/etc/passwd", "hf://a/b/c.wav", "https://127.0.0.1/", "alba(1)+heart(1)"] {
        let body = json!({ "input": format!("Yes. [voice:{wrong}] No.") });
        let error = post_json(shared(), "/v1/audio/speech", &body).with_status(400).error();
        assert_eq!(error["param"], "input", "{error}");
    }
    let (server, _folder) = server(&["--wyoming", "0"]);
    let body = json!({ "input": "Yes. [voice:nobody] No." });
    let error = post_json(server.address, "/v1/audio/speech", &body).with_status(400).error();
    assert_eq!(error["code"], "voice_not_found");
    // A conversation goes on in the voice of before.
    let mut talk = Talk::start(server.address, SEED);
    for text in ["[voice:Ann] Yes. ", "[voice:nobody] No. ", "Yes."] {
        talk.write(text);
        talk.send(&json!({ "type": "flush" }));
    }
    talk.end();
    let (sound, messages) = talk.until("end_of_stream");
    let errors = of_type(&messages, "error");
    assert_eq!(errors.len(), 1, "{messages:?}");
    assert_eq!((&errors[0]["param"], &errors[0]["code"]), (&json!("text"), &json!("voice_not_found")));
    assert_eq!(errors[0]["index"], 1);
    assert!(sound == [by(true, "Yes.", 0), by(true, "Yes.", 0)].concat());
    let mut client = Client::open(&server);
    client.send("synthesize", &json!({ "text": "[voice:nobody] No." }));
    assert!(client.refused("voice_not_found").contains("`nobody`"));
    assert!(spoken("Yes.", SEED) == by(false, "Yes.", 0));
}
