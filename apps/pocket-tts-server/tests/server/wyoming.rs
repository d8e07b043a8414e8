//! The Wyoming protocol, as Home Assistant speaks it, byte for byte as the package `wyoming` 1.10.2 writes it.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
};

use serde::Serialize;
use serde_json::{Serializer, Value, json, ser::Formatter};

use crate::client::{connect, post_json};
use crate::fixture::{Gate, TestServer, spoken, wait_until};

const TEXT: &str = "Good morning. I hope you will like me. I am small. Bye";

/// A client.
#[derive(Debug)]
pub(crate) struct Client(BufReader<TcpStream>);

/// A message from the server.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) kind: String,
    pub(crate) data: Value,
    payload: Vec<u8>,
}

/// The audio and events of one speech.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) sound: Vec<u8>,
    /// The types of all events, in order, repetitions left out.
    pub(crate) kinds: Vec<String>,
}

/// Separators as Python writes them.
struct PythonJson;

impl Formatter for PythonJson {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// An event's bytes as the package writes them: the data behind the line, never in it.
fn event(kind: &str, data: &Value) -> Vec<u8> {
    let mut written = Vec::new();
    if !data.is_null() {
        data.serialize(&mut Serializer::with_formatter(&mut written, PythonJson)).unwrap();
    }
    let length =
        if written.is_empty() { String::new() } else { format!(", \"data_length\": {}", written.len()) };
    let mut bytes = format!("{{\"type\": \"{kind}\", \"version\": \"1.10.2\"{length}}}\n").into_bytes();
    bytes.extend(written);
    bytes
}

impl Client {
    pub(crate) fn open(server: &TestServer) -> Self {
        Self::connect(server.wyoming.unwrap())
    }

    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(connect(address)))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    pub(crate) fn send(&mut self, kind: &str, data: &Value) {
        self.write(&event(kind, data));
    }

    /// The next event, as the package reads it; none at the end.
    #[expect(
        clippy::unwrap_in_result,
        reason = "an end is an outcome; half an event is the failure of the test"
    )]
    pub(crate) fn read(&mut self) -> Option<Told> {
        let mut line = String::new();
        if self.0.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        let header: Value = serde_json::from_str(&line).unwrap();
        let mut part = |key: &str| {
            let mut bytes = vec![0; header[key].as_u64().unwrap_or(0) as usize];
            self.0.read_exact(&mut bytes).unwrap();
            bytes
        };
        let data = part("data_length");
        let data = if data.is_empty() { Value::Null } else { serde_json::from_slice(&data).unwrap() };
        let kind = header["type"].as_str().unwrap().to_owned();
        Some(Told { kind, data, payload: part("payload_length") })
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, kind: &str) -> Value {
        let told = self.read().unwrap_or_else(|| panic!("the end, not {kind}"));
        assert_eq!(told.kind, kind, "{}", told.data);
        told.data
    }

    /// All events up to one of this type, which have to make sense together.
    #[track_caller]
    pub(crate) fn until(&mut self, last: &str) -> Heard {
        self.go_on(Vec::new(), last)
    }

    /// As [`until`](Self::until), after what has been heard of the speech already.
    #[track_caller]
    fn go_on(&mut self, sound: Vec<u8>, last: &str) -> Heard {
        let mut heard = Heard { sound, kinds: Vec::new() };
        loop {
            let told = self.read().unwrap_or_else(|| panic!("the end, not {last}: {:?}", heard.kinds));
            let milliseconds = heard.sound.len() / 48;
            match told.kind.as_str() {
                "audio-start" | "audio-chunk" => {
                    let format =
                        json!({ "rate": 24_000, "width": 2, "channels": 1, "timestamp": milliseconds });
                    assert_eq!(told.data, format);
                }
                "audio-stop" => assert_eq!(told.data, json!({ "timestamp": milliseconds })),
                _ => {}
            }
            heard.sound.extend(told.payload);
            if heard.kinds.last() != Some(&told.kind) {
                heard.kinds.push(told.kind.clone());
            }
            if told.kind == last {
                return heard;
            }
        }
    }

    /// An error of this code, and the end of the connection.
    #[track_caller]
    pub(crate) fn refused(mut self, code: &str) -> String {
        let error = self.expect("error");
        assert_eq!(error["code"], code, "{error}");
        assert!(self.read().is_none());
        error["text"].as_str().unwrap().to_owned()
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        self.0.get_ref()
    }
}

fn server() -> TestServer {
    TestServer::start(&["--wyoming", "0"])
}

#[test]
fn events_are_written_here_as_the_package_writes_them() {
    for (event, expected) in [
        (event("describe", &Value::Null), "{\"type\": \"describe\", \"version\": \"1.10.2\"}\n"),
        (
            event("ping", &json!({ "text": "é" })),
            "{\"type\": \"ping\", \"version\": \"1.10.2\", \"data_length\": 14}\n{\"text\": \"é\"}",
        ),
        (
            event("synthesize", &json!({ "text": "Good \"day\", é.", "voice": { "name": "alba" } })),
            "{\"type\": \"synthesize\", \"version\": \"1.10.2\", \"data_length\": 56}\n\
             {\"text\": \"Good \\\"day\\\", é.\", \"voice\": {\"name\": \"alba\"}}",
        ),
    ] {
        assert_eq!(String::from_utf8(event).unwrap(), expected);
    }
}

#[test]
fn a_text_sounds_as_over_http() {
    let server = server();
    let mut client = Client::open(&server);
    let body = json!({ "input": TEXT, "seed": 7, "response_format": "pcm" });
    let expected = post_json(server.address, "/v1/audio/speech", &body).with_status(200).body;
    // One connection may be used again and again.
    for _ in 0..2 {
        client.send("synthesize", &json!({ "text": TEXT, "context": { "seed": 7 } }));
        let heard = client.until("audio-stop");
        assert!(heard.sound == expected);
        assert_eq!(heard.kinds, ["audio-start", "audio-chunk", "audio-stop"]);
    }
}

#[test]
fn a_stream_of_text_is_spoken_by_sentences_and_its_repetition_ignored() {
    let server = server();
    let mut client = Client::open(&server);
    client.send("synthesize-start", &json!({ "voice": { "name": "default" }, "context": { "seed": 3 } }));
    for piece in TEXT.as_bytes().chunks(5) {
        client.send("synthesize-chunk", &json!({ "text": std::str::from_utf8(piece).unwrap() }));
    }
    client.send("synthesize", &json!({ "text": TEXT }));
    client.send("synthesize-stop", &Value::Null);
    let heard = client.until("synthesize-stopped");
    let sentences = ["Good morning.", "I hope you will like me.", "I am small. Bye"];
    assert!(heard.sound == sentences.map(|sentence| spoken(sentence, 3)).concat());
    assert_eq!(heard.kinds, ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]);
    // The audio of the first sentence does not wait for the second.
    client.send("synthesize-start", &json!({ "context": { "seed": 1 } }));
    client.send("synthesize-chunk", &json!({ "text": "First. Sec" }));
    let first = spoken("First.", 1);
    let mut sound = Vec::new();
    while sound.len() < first.len() {
        sound.extend(client.read().unwrap().payload);
    }
    client.send("synthesize-chunk", &json!({ "text": "ond." }));
    client.send("synthesize-stop", &json!({}));
    let sound = client.go_on(sound, "synthesize-stopped").sound;
    assert!(sound == [first, spoken("Second.", 1)].concat());
    // A stream without text ends at once.
    client.send("synthesize-start", &json!({}));
    client.send("synthesize-stop", &json!({}));
    assert_eq!(client.until("synthesize-stopped").kinds, ["synthesize-stopped"]);
}

#[test]
fn describe_is_answered_each_time() {
    let server = TestServer::start(&["--wyoming", "0", "--model", "fr=french"]);
    let mut client = Client::open(&server);
    for _ in 0..3 {
        client.send("describe", &Value::Null);
        let info = client.expect("info");
        for kind in ["asr", "handle", "intent", "wake", "mic", "snd"] {
            assert_eq!(info[kind], json!([]), "{kind}");
        }
        let program = &info["tts"][0];
        assert_eq!(program["supports_synthesize_streaming"], true);
        let voices = program["voices"].as_array().unwrap();
        for artifact in voices.iter().chain([program]) {
            assert!(artifact["name"].is_string() && artifact["version"].is_string());
            assert!(artifact["description"].is_string() && artifact["installed"] == true);
            assert!(
                artifact["attribution"]["name"].is_string() && artifact["attribution"]["url"].is_string()
            );
        }
        let languages = |name: &str| {
            voices.iter().find(|voice| voice["name"] == name).map(|voice| voice["languages"].clone())
        };
        assert_eq!(voices[0]["languages"], json!(["en"]));
        assert_eq!(languages("fr/estelle"), Some(json!(["fr"])));
        // Every voice of the first model can be requested by its name.
        let name = voices[0]["name"].as_str().unwrap();
        client.send("synthesize", &json!({ "text": "Hi.", "voice": { "name": name, "speaker": null } }));
        assert!(!client.until("audio-stop").sound.is_empty());
        client.send("synthesize", &json!({ "text": "Hi.", "voice": { "language": "en_US" } }));
        assert!(!client.until("audio-stop").sound.is_empty());
    }
}

#[test]
fn pings_are_answered_and_other_events_ignored_during_speech() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--wyoming", "0"], gate.hooks("wait", 0));
    let mut client = Client::open(&server);
    client.send("select-program", &json!({ "name": "pocket-tts" }));
    client.send("synthesize", &json!({ "text": "I wait.", "context": { "seed": 1 } }));
    client.write(b"{\"type\": \"audio-chunk\", \"data\": {}, \"payload_length\": 7}\n{}\n{}\n\n");
    client.send("ping", &json!({ "text": "é" }));
    assert_eq!(client.expect("pong"), json!({ "text": "é" }));
    client.send("ping", &json!({ "text": null }));
    assert_eq!(client.expect("pong"), json!({ "text": null }));
    // It is handled when the first text is complete.
    client.send("synthesize", &json!({ "text": "Next.", "context": { "seed": 2 } }));
    gate.open();
    assert!(client.until("audio-stop").sound == spoken("I wait.", 1));
    assert!(client.until("audio-stop").sound == spoken("Next.", 2));
    // A client that sends one line and closes its side still gets its answer.
    let mut short = Client::open(&server);
    short.send("describe", &Value::Null);
    short.stream().shutdown(Shutdown::Write).unwrap();
    short.expect("info");
    assert!(short.read().is_none());
}

#[test]
fn graceful_shutdown_lets_running_speech_finish() {
    let gate = Gate::default();
    let server = TestServer::start_with(&["--wyoming", "127.0.0.1:0"], gate.hooks("wait", 1));
    let address = server.wyoming.unwrap();
    let mut client = Client::open(&server);
    let mut idle = Client::open(&server);
    client.send("synthesize", &json!({ "text": "I wait.", "context": { "seed": 1 } }));
    wait_until("it speaks", || server.figure("pocket_tts_active_streams") >= 1.0);
    let ending = thread::spawn(move || server.stop());
    wait_until("new connections are refused", || TcpStream::connect(address).is_err());
    assert!(idle.read().is_none());
    gate.open();
    assert!(client.until("audio-stop").sound == spoken("I wait.", 1));
    assert!(client.read().is_none());
    ending.join().unwrap();
}
