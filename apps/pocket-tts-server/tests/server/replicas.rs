//! Several servers: a shared folder of voices, and a load balancer in front of them.

#![cfg(unix)]

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use pocket_tts_core::{GenerateOptions, VoiceSource};
use pocket_tts_test_support::ChildGuard;
use serde_json::{Value, json};

use crate::client::{Answer, Part, connect, get, head, post_form, post_json, post_multipart, request};
use crate::fixture::{TestServer, assert_wav, recording, spoken, spoken_with, unused_address, wait_until};
use crate::program::Process;

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/haproxy.cfg");
const VOICES: &str = "/v1/audio/voices";
const CLIENTS: usize = 4;
/// More connections than all servers accept.
const STUCK: usize = 900;
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn create(address: SocketAddr, name: &str) -> Answer {
    let recording = recording();
    let parts: [Part<'_>; 3] = [
        ("name", None, name.as_bytes()),
        ("consent", None, b"true"),
        ("audio_sample", Some("voice.wav"), &recording),
    ];
    post_multipart(address, VOICES, &parts)
}

fn speak(address: SocketAddr, voice: &Value) -> Answer {
    let body = json!({ "input": "Hello.", "voice": voice, "seed": 2, "response_format": "pcm" });
    post_json(address, "/v1/audio/speech", &body)
}

/// "Hello." in the voice of the recording.
fn cloned() -> Vec<u8> {
    let voice = VoiceSource::from_bytes("a recording", recording());
    spoken_with("Hello.", &voice, &GenerateOptions::default().seed(2))
}

#[test]
fn a_voice_created_on_one_server_works_on_all() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--voices-dir", folder.path().to_str().unwrap(), "--wyoming", "0"];
    let (one, other) = (TestServer::start(&options), TestServer::start(&options));
    let id = create(one.address, "Ann").with_status(200).json()["id"].as_str().unwrap().to_owned();
    // By its id, as an object, by its name, and before the voices are listed.
    for voice in [json!({ "id": id }), json!(id), json!("Ann")] {
        assert!(speak(other.address, &voice).with_status(200).body == cloned(), "{voice}");
    }
    let form = "text=Hello.&voice_url=Ann&seed=2&response_format=pcm";
    assert!(post_form(other.address, "/tts", form).with_status(200).body == cloned());
    create(other.address, "Ben").with_status(200);
    let listed = get(one.address, VOICES).with_status(200).json();
    let names: Vec<&str> =
        listed["voices"].as_array().unwrap().iter().map(|voice| voice["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Ann") && names.contains(&"Ben"), "{names:?}");
    let mut wyoming = crate::wyoming::Client::open(&one);
    wyoming.send(
        "synthesize",
        &json!({ "text": "Hello.", "voice": { "name": "Ben" }, "context": { "seed": 2 } }),
    );
    assert!(wyoming.until("audio-stop").sound == cloned());

    assert_eq!(create(other.address, "Ann").with_status(409).error()["code"], "name_taken");
    request(other.address, "DELETE", &format!("{VOICES}/{id}"), "", b"").with_status(200);
    for address in [one.address, other.address] {
        let error = speak(address, &json!(id)).with_status(400).error();
        assert_eq!((&error["param"], &error["code"]), (&json!("voice"), &json!("voice_not_found")));
    }
    request(one.address, "DELETE", &format!("{VOICES}/{id}"), "", b"").with_status(404);
    let unknown = post_form(one.address, "/tts", "text=Hello.&voice_url=nobody").with_status(400);
    assert_eq!(unknown.json()["detail"], "voice_url must start with http://, https://, or hf://");
}

/// The load balancer, with the configuration of `deploy`.
struct Balancer {
    _child: ChildGuard,
    address: SocketAddr,
}

impl Balancer {
    fn start(replicas: [SocketAddr; 2]) -> Self {
        let address = unused_address();
        let mut command = Command::new("haproxy");
        command.arg("-f").arg(Path::new(CONFIG)).env("BALANCER_BIND", address.to_string());
        for (index, replica) in replicas.iter().enumerate() {
            command.env(format!("REPLICA_{}", index + 1), replica.to_string());
        }
        let install = "sudo apt-get install haproxy";
        let child = ChildGuard::spawn_installed(command.stdout(Stdio::null()), install);
        wait_until("the balancer listens", || TcpStream::connect(address).is_ok());
        Self { _child: child, address }
    }
}

/// Stops the clients, even if the test has failed.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Lets this process open `count` files and sockets.
fn allow_descriptors(count: usize) {
    let process = std::process::id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &process, &format!("--nofile={count}:")]).status();
    assert!(raised.unwrap().success(), "this test needs {count} open files: raise `ulimit -Hn`");
}

/// A server that can be restarted at the same address.
fn replica(address: SocketAddr, folder: &Path) -> Process {
    let port = address.port().to_string();
    let options = ["--port", &port, "--voices-dir", folder.to_str().unwrap(), "--max-streams", "4"];
    // Twice the time that the balancer needs to notice.
    let mut started = Process::start(&[&options[..], &["--drain-delay", "8"]].concat(), &[]);
    started.address();
    started
}

#[test]
#[ignore = "needs HAProxy; `cargo xtask ci` runs it"]
fn endless_bodies_do_not_block_other_clients() {
    let folder = tempfile::tempdir().unwrap();
    let addresses = [unused_address(), unused_address()];
    let _replicas = addresses.map(|address| replica(address, folder.path()));
    let balancer = Balancer::start(addresses);
    let address = balancer.address;
    wait_until("both are served from", || get(address, "/health/ready").status == 200);
    let begin = format!("{}text=", head("POST", "/tts", FORM, 1_000));
    let open = || {
        let mut stream = connect(address);
        stream.write_all(begin.as_bytes()).unwrap();
        stream
    };
    allow_descriptors(4 * STUCK);
    let waiting: Vec<TcpStream> = (0..STUCK).map(|_| open()).collect();
    // Through several checks of each server.
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(8) {
        get(address, "/health/ready").with_status(200);
        assert_wav(&post_form(address, "/tts", "text=Hello.&seed=1"), &spoken("Hello.", 1));
    }
    drop(waiting);
}

#[test]
#[ignore = "needs HAProxy; `cargo xtask ci` runs it"]
fn a_rolling_restart_breaks_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let addresses = [unused_address(), unused_address()];
    let mut replicas = addresses.map(|address| replica(address, folder.path()));
    let balancer = Balancer::start(addresses);
    let address = balancer.address;
    wait_until("both are served from", || get(address, "/health/ready").status == 200);
    assert_eq!(get(address, "/metrics").status, 404);
    let voice = create(address, "Ann").with_status(200).json()["id"].clone();

    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let long = "I hope you will like me. I am small. ".repeat(3);
    let (expected, cloned, recording) = (spoken(long.trim(), 1), cloned(), recording());
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (over, answered, voice, long) = (&over, &answered, &voice, long.trim());
            let (expected, cloned, recording) = (&expected, &cloned, &recording);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    match client {
                        0 => {
                            // Larger than the balancer's buffer for retries.
                            let sample: Part<'_> = ("voice_wav", Some("a.wav"), recording);
                            let parts = [("text", None, &b"Hello."[..]), ("seed", None, b"2"), sample];
                            let answer = post_multipart(address, "/tts", &parts).with_status(200);
                            assert!(answer.body[44..].starts_with(cloned));
                        }
                        1 => assert!(speak(address, voice).with_status(200).body == *cloned),
                        _ => {
                            let body = json!({ "input": long, "seed": 1, "response_format": "wav" });
                            assert_wav(&post_json(address, "/v1/audio/speech", &body), expected);
                        }
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let more = |count: usize| {
            let before = answered.load(Ordering::Relaxed);
            wait_until("clients are answered", || answered.load(Ordering::Relaxed) >= before + count);
        };
        let _ending = Ending(&over);
        for (old, at) in replicas.iter_mut().zip(addresses) {
            more(2 * CLIENTS);
            old.signal("TERM");
            old.wait_for("leaving");
            old.wait_for("draining");
            assert_eq!(old.code(), Some(0));
            more(CLIENTS);
            *old = replica(at, folder.path());
            wait_until("it is sent requests again", || {
                let figures = get(at, "/metrics").with_status(200);
                figures.text().contains(r#"pocket_tts_streams_total{outcome="completed"} "#)
            });
        }
        more(2 * CLIENTS);
    });
}
