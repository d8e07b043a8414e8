//! Several models: their memory, their default voices, and their lists.

use std::{fs, path::Path};

use pocket_tts_core::{GenerateOptions, Location, TtsModel, VoiceSource};
use pocket_tts_server::Server;
use serde_json::json;

use crate::client::{Answer, get, post_form, post_json};
use crate::fixture::{TestServer, settings, shared, spoken, try_settings};
use crate::websocket::Talk;

const SPEECH: &str = "/v1/audio/speech";
/// A small model with random weights.
const OTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/goldens/04_drifting");
const OTHER_VOICE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/goldens/04_drifting/voice_state.safetensors");

fn say(server: &TestServer, model: &str, voice: Option<&str>) -> Answer {
    let mut body = json!({ "input": "Hello.", "model": model, "seed": 1, "response_format": "pcm" });
    if let Some(voice) = voice {
        body["voice"] = json!(voice);
    }
    post_json(server.address, SPEECH, &body)
}

/// The speech of the other model with its voice.
fn spoken_by_other() -> Vec<u8> {
    let model = TtsModel::builder().config(Location::Path(OTHER.into())).build().unwrap();
    let voice = model.voice(&VoiceSource::File(Location::Path(OTHER_VOICE.into()))).unwrap();
    let audio = model.generate("Hello.", &voice, &GenerateOptions::default().seed(1)).unwrap();
    pocket_tts_audio::pcm_s16le(&audio.samples)
}

/// The size of the built-in model in MiB, rounded up.
fn embedded_mib() -> u64 {
    TtsModel::builder().embedded().build().unwrap().memory_bytes().div_ceil(1 << 20)
}

#[test]
fn models_stay_within_their_memory() {
    let room_for_one = (embedded_mib() + 2).to_string();
    let server =
        TestServer::start(&["--model-memory-mb", &room_for_one, "--model", "second=tiny,third=tiny"]);
    for model in ["second", "third", "tiny", "second", "third"] {
        assert_eq!(say(&server, model, None).with_status(200).body, spoken("Hello.", 1), "{model}");
        let loaded = server.figure("pocket_tts_models_loaded");
        assert!((loaded - 1.0).abs() < 0.1, "{loaded} after {model}");
    }
}

#[test]
fn a_model_that_is_larger_than_the_memory_is_refused_by_name() {
    let error = Server::start(settings(&["--model-memory-mb", "1"])).unwrap().wait().unwrap_err().to_string();
    let expected = format!(
        "invalid value `1` for --model-memory-mb: the model `tiny` alone takes {} MiB",
        embedded_mib()
    );
    assert!(error.contains(&expected), "{error}");

    let options =
        ["--config", OTHER, "--default-voice", OTHER_VOICE, "--model-memory-mb", "2", "--model", "big=tiny"];
    let server = TestServer::start(&options);
    for _ in 0..2 {
        let answer = say(&server, "big", None).with_status(503);
        assert_eq!(answer.error()["code"], "model_too_large");
        assert_eq!((answer.header("x-should-retry"), answer.header("Retry-After")), (Some("false"), None));
        assert!(
            answer.text().contains("`big`") && answer.text().contains("--model-memory-mb"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(say(&server, "default", None).status, 200);
}

#[cfg(unix)]
#[test]
fn the_log_reports_loaded_and_dropped_models() {
    let room_for_one = (embedded_mib() + 2).to_string();
    let options = ["--model-memory-mb", &room_for_one, "--model", "second=tiny"];
    let mut server = crate::program::Process::start(&options, &[]);
    let address = server.address();
    let mib = format!(r#""mib":{}"#, embedded_mib());
    post_json(address, SPEECH, &json!({ "input": "Hello.", "model": "second" })).with_status(200);
    let dropped = server.wait_for("dropped a model to make room");
    for part in [r#""model":"tiny""#, r#""needed_for":"second""#, &mib] {
        assert!(dropped.contains(part), "{part}: {dropped}");
    }
    let loaded = server.wait_for("model loaded");
    assert!(loaded.contains(r#""model":"second""#) && loaded.contains(&mib), "{loaded}");
}

#[test]
fn each_model_has_its_own_default_voice() {
    let other = format!("other={OTHER}");
    let voice = format!("other={OTHER_VOICE}");
    let server = TestServer::start(&["--model", &other, "--default-voice", &voice]);
    assert!(say(&server, "other", None).with_status(200).body == spoken_by_other());
    assert!(say(&server, "other", Some("default")).with_status(200).body == spoken_by_other());
    assert_eq!(say(&server, "tiny", None).with_status(200).body, spoken("Hello.", 1));

    let both = format!("heart,other={OTHER_VOICE}");
    let server = TestServer::start(&["--model", &other, "--default-voice", &both]);
    assert!(say(&server, "other", None).with_status(200).body == spoken_by_other());
}

#[test]
fn a_voice_beside_the_configuration_is_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    fs::create_dir(&model).unwrap();
    for name in ["config.yaml", "model.safetensors"] {
        fs::copy(Path::new(OTHER).join(name), model.join(name)).unwrap();
    }
    // The name in its configuration.
    fs::copy(Path::new(OTHER).join("../tokenizer_a.model"), folder.path().join("tokenizer_a.model")).unwrap();
    fs::copy(OTHER_VOICE, model.join("voice.safetensors")).unwrap();
    let server = TestServer::start(&["--config", model.join("config.yaml").to_str().unwrap()]);
    assert!(say(&server, "default", None).with_status(200).body == spoken_by_other());
}

#[test]
fn invalid_default_voices_are_rejected_at_startup() {
    let other = format!("other={OTHER}");
    for (voices, problem) in [
        ("other=no/such.wav", "there is no such file"),
        ("other=heart", "has no named voices"),
        ("tiny=eve", "it has heart"),
        ("nobody", "it has heart"),
        ("heart,tiny=heart", "has another default voice already"),
    ] {
        let options = ["--model", &other, "--default-voice", voices];
        let error = try_settings(&options).unwrap_err().to_string();
        assert!(error.contains("for --default-voice: ") && error.contains(problem), "{voices}: {error}");
    }
}

#[test]
fn an_unavailable_default_voice_has_an_error_of_its_own() {
    // The voice of another model.
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/tiny/voice.safetensors");
    assert!(Path::new(own).exists());
    let (other, voice) = (format!("other={OTHER}"), format!("other={own}"));
    let server = TestServer::start(&["--model", &other, "--default-voice", &voice]);
    let answer = say(&server, "other", None).with_status(503);
    assert_eq!(answer.error()["code"], "default_voice_unavailable");
    assert!(answer.text().contains("--default-voice other=VOICE"), "{}", answer.text());
    assert!(!answer.text().contains(own), "{}", answer.text());
}

#[test]
fn a_model_without_voices_by_name_lists_its_default() {
    let server = TestServer::start(&["--config", OTHER, "--default-voice", OTHER_VOICE]);
    let voices = get(server.address, "/v1/audio/voices").with_status(200).json();
    assert_eq!(voices, json!({ "voices": [{ "id": "default", "name": "default" }] }));
    assert!(say(&server, "default", Some("default")).with_status(200).body == spoken_by_other());
}

#[test]
fn models_are_listed_where_clients_look_for_speech_models() {
    let server = TestServer::start(&["--model", "second=tiny"]);
    let models = get(server.address, "/v1/audio/models").with_status(200).json();
    assert_eq!(
        models["models"],
        json!([{ "id": "tiny", "name": "tiny" }, { "id": "second", "name": "second" }])
    );
    assert_eq!(models["data"], get(server.address, "/v1/models").json()["data"]);
}

#[test]
fn mixes_of_voices_are_rejected_by_every_endpoint() {
    const MIX: &str = "alba(1)+heart(2)";
    const CODE: &str = "voice_mixing_unsupported";
    let body = json!({ "input": "Hello.", "voice": MIX });
    assert_eq!(post_json(shared(), SPEECH, &body).with_status(400).error()["code"], CODE);
    let refused =
        post_form(shared(), "/tts", "text=Hello.&voice_url=alba%281%29%2Bheart%282%29").with_status(400);
    assert!(refused.json()["detail"].as_str().unwrap().contains("cannot be mixed"), "{}", refused.text());
    let path = format!("{SPEECH}?input=Hello.&voice=alba%2Bheart");
    assert_eq!(get(shared(), &path).with_status(400).error()["code"], CODE);

    let mut talk = Talk::open(shared());
    talk.send(&json!({ "type": "setup", "voice": MIX }));
    assert_eq!(talk.next_json()["code"], CODE);

    let server = TestServer::start(&["--wyoming", "0"]);
    let mut client = crate::wyoming::Client::open(&server);
    client.send("synthesize", &json!({ "text": "Hello.", "voice": { "name": MIX } }));
    client.refused(CODE);
}
