//! Allowed and forbidden targets of `voice_url`. No test here uses the network: a listener on this machine
//! counts connections, and a local hub has the voices.

use std::{
    net::TcpListener,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use pocket_tts_core::{GenerateOptions, VoiceSource};
use pocket_tts_hub::testing::{Hub, HubFile, files_below};

use crate::client::{Part, post_form, post_multipart};
use crate::fixture::{TestServer, recording, spoken_with};
use crate::program::Process;

/// Counts connections on all loopback addresses of a port.
fn canary() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&connections);
    thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    (port, connections)
}

#[test]
fn local_addresses_are_rejected_without_a_packet() {
    let (port, connections) = canary();
    let server = TestServer::start(&["--allow-voice-urls"]);
    let strict = TestServer::start(&[]);
    let urls = [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f000001/",
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://127.1/",
        "https://0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://169.254.169.254/",
        "https://100.64.0.1/",
        "https://192.168.0.1/",
        "https://localhost/",
        "https://localhost./",
        "https://metadata.google.internal/computeMetadata/v1/",
        "https://user@127.0.0.1/",
        "https://example.org@127.0.0.1/",
        "https://example.org:22/",
        "HTTPS://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "//127.0.0.1/",
        "/etc/passwd",
        "../../etc/passwd",
        "hf://../../etc/passwd",
        "hf://a/b/../../x@y@z",
        "hf://kyutai/tts-voices/../../../etc/passwd",
        "hf://kyutai/tts-voices/%2e%2e/secret",
        "hf://somebody/else/voice.wav",
        "hf://kyutai/tts-voices",
        "hf://kyutai/tts-voices/README.md",
        "\u{0}",
        "https://",
    ];
    let with_port: Vec<String> =
        ["127.0.0.1", "localhost", "[::1]"].iter().map(|host| format!("https://{host}:{port}/")).collect();
    for url in urls.into_iter().chain(with_port.iter().map(String::as_str)) {
        for address in [server.address, strict.address] {
            let parts: [Part<'_>; 2] = [("text", None, b"a"), ("voice_url", None, url.as_bytes())];
            let answer = post_multipart(address, "/tts", &parts);
            assert_eq!(answer.status, 400, "{url}: {}", answer.text());
            assert!(answer.json()["detail"].is_string());
        }
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}

#[test]
fn fetching_from_the_web_is_disabled_by_default() {
    let server = TestServer::start(&[]);
    let parts: [Part<'_>; 2] = [("text", None, b"a"), ("voice_url", None, b"https://example.org/voice.wav")];
    let answer = post_multipart(server.address, "/tts", &parts).with_status(400);
    assert!(answer.text().contains("--allow-voice-urls"), "{}", answer.text());
}

#[test]
fn a_voice_of_the_hub_is_used_unless_its_file_is_too_large() {
    const REPO: &str = "kyutai/tts-voices";
    let recording = recording();
    let padded = [&recording[..], &vec![0; 20_000_001 - recording.len()]].concat();
    let hub = Hub::start(vec![
        HubFile::small(REPO, "small.wav", &recording),
        HubFile::large(REPO, "large.wav", &padded),
        HubFile::large(REPO, "just.wav", &padded[..20_000_000]),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let variables = [("HF_ENDPOINT", hub.endpoint()), ("HF_HOME", folder.path().display().to_string())];
    let mut server = Process::start(&[], &variables.each_ref().map(|(name, value)| (*name, value.as_str())));
    let address = server.address();
    let ask = |file: &str| {
        let form = format!("text=Hello.&seed=2&response_format=pcm&voice_url=hf://{REPO}/{file}");
        post_form(address, "/tts", &form)
    };
    let voice = VoiceSource::from_bytes("a recording", recording);
    let expected = spoken_with("Hello.", &voice, &GenerateOptions::default().seed(2));
    assert!(ask("small.wav").with_status(200).body == expected);
    assert!(ask("just.wav").with_status(200).body == expected, "what follows the sound is left alone");
    let refused = ask("large.wav").with_status(400);
    assert!(refused.json()["detail"].as_str().unwrap().contains("20000000 bytes"), "{}", refused.text());
    let is_large = |file: &PathBuf| folder.path().join(file).metadata().unwrap().len() > 20_000_000;
    assert!(!files_below(folder.path()).iter().any(is_large), "nothing of it is kept");
    assert_eq!(ask("missing.wav").status, 502);
}
