//! Voices of the model, and voices that clients create.

use pocket_tts_core::{GenerateOptions, VoiceSource};
use serde_json::json;

use crate::client::{Answer, Part, get, post_json, post_multipart, request};
use crate::fixture::{TestServer, recording, shared, spoken_with};

const VOICES: &str = "/v1/audio/voices";

fn create(server: &TestServer, name: &str, consent: &str, sample: &[u8]) -> Answer {
    let parts: [Part<'_>; 4] = [
        ("name", None, name.as_bytes()),
        ("consent", None, consent.as_bytes()),
        ("type", None, b"audio_sample"),
        ("audio_sample", Some("../../evil.wav"), sample),
    ];
    post_multipart(server.address, VOICES, &parts)
}

#[test]
fn the_models_voices_are_listed_in_both_shapes() {
    let voices = get(shared(), VOICES).with_status(200).json();
    assert_eq!(voices, json!({ "voices": [{ "id": "heart", "name": "heart" }] }));
    let legacy = get(shared(), "/v1/audio/voices?legacy=true").with_status(200).json();
    assert_eq!(legacy, json!({ "voices": ["heart"] }));
    assert_eq!(get(shared(), "/v1/audio/voices?model=gpt-9").with_status(404).error()["param"], "model");
    get(shared(), "/v1/audio/voices?legacy=maybe").with_status(400).error();
}

#[test]
fn a_voice_is_created_used_stored_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--voices-dir", folder.path().to_str().unwrap()];
    let server = TestServer::start(&options);
    let recording = recording();
    let created = create(&server, "Ann", "true", &recording).with_status(200).json();
    let id = created["id"].as_str().unwrap().to_owned();
    assert_eq!((created["object"].as_str(), created["name"].as_str()), (Some("audio.voice"), Some("Ann")));
    assert!(id.starts_with("voice_") && created["created_at"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no path of the client's making");
    server.stop();

    let server = TestServer::start(&options);
    let listed = get(server.address, VOICES).json();
    assert_eq!(listed["voices"][1], json!({ "id": id, "name": "Ann" }));
    let voice = VoiceSource::from_bytes("a recording", recording);
    let expected = spoken_with("Hello.", &voice, &GenerateOptions::default().seed(2));
    for voice in [json!(id), json!("Ann"), json!({ "id": id })] {
        let body = json!({ "input": "Hello.", "voice": voice, "seed": 2, "response_format": "pcm" });
        let answer = post_json(server.address, "/v1/audio/speech", &body).with_status(200);
        assert_eq!(answer.body, expected, "{voice}");
    }
    let path = format!("{VOICES}/{id}");
    let deleted = request(server.address, "DELETE", &path, "", b"").with_status(200).json();
    assert_eq!(deleted, json!({ "id": id, "object": "audio.voice.deleted", "deleted": true }));
    assert_eq!(
        request(server.address, "DELETE", &path, "", b"").with_status(404).error()["code"],
        "voice_not_found"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let body = json!({ "input": "Hello.", "voice": id });
    assert_eq!(post_json(server.address, "/v1/audio/speech", &body).status, 400);
}

#[test]
fn invalid_voices_are_rejected_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let server =
        TestServer::start(&["--voices-dir", path, "--max-voices", "1", "--max-voice-bytes", "300000"]);
    let recording = recording();
    let refused = |answer: Answer, status: u16, param: &str| {
        let error = answer.with_status(status).error();
        assert_eq!(error["param"], param, "{error}");
        assert!(error["code"].is_string(), "{error}");
        error
    };
    for consent in ["", "false", "maybe"] {
        let error = refused(create(&server, "Ann", consent, &recording), 400, "consent");
        assert_eq!(error["code"], "consent_required");
    }
    for name in ["", "..", "a/b", "voice_1", "<script>"] {
        let answer = create(&server, name, "true", &recording);
        assert!(name == ".." || answer.status == 400, "{name}: {}", answer.text());
        if answer.status == 200 {
            let path = format!("{VOICES}/{}", answer.json()["id"].as_str().unwrap());
            request(server.address, "DELETE", &path, "", b"").with_status(200);
        }
    }
    for name in ["heart", "alba", "alloy", "default"] {
        refused(create(&server, name, "true", &recording), 409, "name");
    }
    refused(create(&server, "Ann", "true", b"no sound"), 400, "audio_sample");
    refused(create(&server, "Ann", "true", &vec![0; 300_001]), 413, "audio_sample");
    let parts: [Part<'_>; 2] = [("name", None, b"Ann"), ("consent", None, b"true")];
    refused(post_multipart(server.address, VOICES, &parts), 400, "audio_sample");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    create(&server, "Ann", "true", &recording).with_status(200);
    let error = create(&server, "Ben", "true", &recording).with_status(409).error();
    assert_eq!(error["code"], "too_many_voices");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn ids_never_escape_the_folder() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("voices");
    let victim = outer.path().join("victim");
    std::fs::create_dir(&victim).unwrap();
    std::fs::write(victim.join("sample"), "precious").unwrap();
    let server = TestServer::start(&["--voices-dir", folder.to_str().unwrap()]);
    for id in [
        "..",
        "%2e%2e",
        "..%2Fvictim",
        "%2e%2e%2fvictim",
        "..%5Cvictim",
        "voice_%2F..%2F..%2Fvictim",
        "%00",
        ".",
        "%2F",
    ] {
        let path = format!("{VOICES}/{id}");
        let answer = request(server.address, "DELETE", &path, "", b"");
        assert!([404, 405].contains(&answer.status), "{id}: {}", answer.status);
        let decoded = id.replace("%2e", ".").replace("%2F", "/").replace("%2f", "/").replace("%5C", "\\");
        let body = json!({ "input": "a", "voice": decoded });
        assert_eq!(post_json(server.address, "/v1/audio/speech", &body).status, 400, "{id}");
    }
    assert_eq!(std::fs::read(victim.join("sample")).unwrap(), b"precious");
}

#[test]
fn a_server_without_a_folder_stores_no_voices() {
    let parts: [Part<'_>; 1] = [("name", None, b"Ann")];
    let answer = post_multipart(shared(), VOICES, &parts).with_status(403);
    assert_eq!(answer.error()["code"], "voices_disabled");
    request(shared(), "DELETE", "/v1/audio/voices/voice_1", "", b"").with_status(403);
}

#[test]
fn the_default_voice_is_read_once_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voice.wav");
    std::fs::write(&file, recording()).unwrap();
    let server = TestServer::start(&["--default-voice", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    let voice = VoiceSource::from_bytes("a recording", recording());
    let expected = spoken_with("Hello.", &voice, &GenerateOptions::default().seed(2));
    for voice in [json!("default"), json!(null), json!("alloy")] {
        let body = json!({ "input": "Hello.", "voice": voice, "seed": 2, "response_format": "pcm" });
        let answer = post_json(server.address, "/v1/audio/speech", &body).with_status(200);
        assert_eq!(answer.body, expected, "{voice}");
    }
}

/// A SafeTensors file of eight empty tensors that claim more bytes than can be counted.
fn overflowing_sizes() -> Vec<u8> {
    let size = (1_u64 << 61) - 1;
    let tensor = |index: u64| {
        let (start, end) = (index * size, (index + 1) * size);
        format!(r#""{index}":{{"dtype":"U8","shape":[{size}],"data_offsets":[{start},{end}]}}"#)
    };
    let header = format!("{{{}}}", (0..8).map(tensor).collect::<Vec<_>>().join(","));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat()
}

#[test]
fn a_voice_whose_sizes_overflow_is_the_clients_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start(&["--voices-dir", folder.path().to_str().unwrap()]);
    let error = create(&server, "Ann", "true", &overflowing_sizes()).with_status(400).error();
    assert_eq!(error["param"], "audio_sample", "{error}");
    let parts: [Part<'_>; 2] =
        [("text", None, b"Hello."), ("voice_wav", Some("a.safetensors"), &overflowing_sizes())];
    post_multipart(server.address, "/tts", &parts).with_status(400);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
