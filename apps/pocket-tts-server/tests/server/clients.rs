//! Clients in common use: the packages `openai` for Python and for Node, the packages `wyoming` and `zeroconf`, and
//! curl.
//!
//! They are not on every machine, so these tests are ignored by default:
//! `cargo test --release --workspace --test server -- --ignored`. `tests/clients/install.sh` installs them.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use pocket_tts_core::{GenerateOptions, VoiceSource};
use pocket_tts_test_support::ChildGuard;

use crate::client::post_form;
use crate::decoding::assert_sounds_like;
use crate::fixture::{Gate, TestServer, WAV_HEADER, recording_path, spoken, spoken_with, wait_until};
use crate::program::Process;

pub(crate) const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
/// Where `install.sh` puts packages.
pub(crate) const PACKAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/clients");
const FORMATS: [&str; 6] = ["wav", "pcm", "mp3", "opus", "aac", "flac"];

/// The text and the seed of the scripts.
const TEXT: &str = "Good morning.";
const SEED: u64 = 7;

/// Python with the packages.
fn python() -> Command {
    let program = Path::new(PACKAGES).join("venv/bin/python");
    assert!(program.exists(), "{} is missing; run {SCRIPTS}/install.sh", program.display());
    Command::new(program)
}

/// Node with the package.
fn node() -> Command {
    let packages = Path::new(PACKAGES).join("node/node_modules");
    assert!(
        packages.join("openai").exists(),
        "{}/openai is missing; run {SCRIPTS}/install.sh",
        packages.display()
    );
    let mut command = Command::new("node");
    command.env("NODE_PATH", packages);
    command
}

/// Runs a program, asserts that it succeeds, and returns its output.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> Vec<u8> {
    let name = command.get_program().to_owned();
    let output = command
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .env_remove("all_proxy")
        .env_remove("ALL_PROXY")
        .output()
        .unwrap_or_else(|error| panic!("{} can't be started: {error}; install it", name.display()));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {}: {told}", name.display(), output.status);
    output.stdout
}

fn script(name: &str) -> PathBuf {
    Path::new(SCRIPTS).join(name)
}

/// The servers for both packages of OpenAI.
struct Servers {
    open: TestServer,
    locked: TestServer,
    busy: TestServer,
    _voices: tempfile::TempDir,
    gate: Gate,
}

impl Servers {
    fn start() -> Self {
        let voices = tempfile::tempdir().unwrap();
        let open = TestServer::start(&["--voices-dir", voices.path().to_str().unwrap()]);
        let keys = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(keys.path(), "sesame").unwrap();
        let locked = TestServer::start(&["--api-key-file", keys.path().to_str().unwrap()]);
        let gate = Gate::default();
        let busy = TestServer::start_with(&["--max-streams", "1", "--max-queue", "0"], gate.hooks("wait", 0));
        let address = busy.address;
        thread::spawn(move || post_form(address, "/tts", "text=I+wait."));
        wait_until("the only stream is taken", || busy.figure("pocket_tts_active_streams") >= 1.0);
        Self { open, locked, busy, _voices: voices, gate }
    }

    /// Runs a script against them, and looks into the files that it leaves.
    #[track_caller]
    fn try_out(self, command: &mut Command, script: &Path) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let origins = [&self.open, &self.locked, &self.busy].map(|server| server.origin.as_str());
        command.arg(script).arg(folder.path()).args(origins);
        if script.extension().is_some_and(|extension| extension == "py") {
            command.arg(recording_path());
        }
        succeed(command);
        self.gate.open();
        let expected = spoken(TEXT, SEED);
        for format in FORMATS {
            assert_sounds_like(&folder.path().join("speech").with_extension(format), &expected);
        }
        assert!(std::fs::read(folder.path().join("speech.pcm")).unwrap() == expected);
        folder
    }
}

#[test]
#[ignore = "needs Python's package openai and ffmpeg; `cargo xtask ci` runs it"]
fn openai_for_python_is_served() {
    let folder = Servers::start().try_out(&mut python(), &script("openai_client.py"));
    let voice = VoiceSource::from_bytes("a recording", std::fs::read(recording_path()).unwrap());
    let expected = spoken_with(TEXT, &voice, &GenerateOptions::default().seed(SEED));
    for name in ["own_voice.pcm", "own_voice_by_id.pcm"] {
        assert!(std::fs::read(folder.path().join(name)).unwrap() == expected, "{name}");
    }
}

#[test]
#[ignore = "needs Node's package openai and ffmpeg; `cargo xtask ci` runs it"]
fn openai_for_node_is_served() {
    Servers::start().try_out(&mut node(), &script("openai_client.cjs"));
}

#[test]
#[ignore = "needs Python's package wyoming; `cargo xtask ci` runs it"]
fn wyoming_for_python_is_served() {
    let server = TestServer::start(&["--wyoming", "127.0.0.1:0"]);
    let address = server.wyoming.unwrap();
    succeed(python().arg(script("wyoming_client.py")).arg(format!("tcp://{address}")));
}

#[test]
#[ignore = "needs Python's packages wyoming and zeroconf, and a network interface; `cargo xtask ci` runs it"]
fn zeroconf_for_python_finds_the_server_until_it_leaves() {
    let name = format!("Küche, links ({})", std::process::id());
    let options = ["--wyoming", "0.0.0.0:0", "--wyoming-zeroconf", &name, "--drain-delay", "600"];
    let mut server = Process::start(&options, &[]);
    server.address();
    server.wait_for("the Wyoming port is advertised over Zeroconf");
    let mut client = python();
    client.arg(script("zeroconf_client.py")).arg(&name).stdout(Stdio::piped());
    let mut client = ChildGuard::spawn(&mut client);
    let mut output = BufReader::new(client.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.starts_with("found at port "), "{line}");
    server.signal("TERM");
    server.wait_for("leaving");
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(client.wait().unwrap().success() && rest == "withdrawn\n", "{rest}");
    // It was withdrawn before the server stopped.
    server.signal("TERM");
    assert_eq!(server.code(), Some(143));
}

#[test]
#[ignore = "needs curl and ffmpeg; `cargo xtask ci` runs it"]
fn curl_is_served_as_the_reference_serves_it() {
    let server = TestServer::start(&[]);
    let url = format!("{}/tts", server.origin);
    let folder = tempfile::tempdir().unwrap();
    let curl = |options: &[&str]| {
        let mut command = Command::new("curl");
        succeed(
            command.args(["--silent", "--show-error", "--fail", "--max-time", "60"]).args(options).arg(&url),
        )
    };
    let sample = format!("voice_wav=@{}", recording_path().display());
    let voice = VoiceSource::from_bytes("a recording", std::fs::read(recording_path()).unwrap());
    let cloned = spoken_with(TEXT, &voice, &GenerateOptions::default().seed(SEED));
    for (options, expected) in [
        (&["-F", "text=Good morning.", "-F", "seed=7"][..], spoken(TEXT, SEED)),
        (&["--data-urlencode", "text=Good morning.", "-d", "seed=7"], spoken(TEXT, SEED)),
        (&["-F", "text=Good morning.", "-F", "seed=7", "-F", &sample], cloned),
    ] {
        let sound = curl(options);
        assert!(sound.starts_with(&WAV_HEADER) && sound[44..].starts_with(&expected), "{options:?}");
        let file = folder.path().join("speech.wav");
        std::fs::write(&file, sound).unwrap();
        assert_sounds_like(&file, &expected);
    }
    let mut refused = Command::new("curl");
    let refused = refused.args(["--silent", "--fail", "--max-time", "60", "-d", "text="]).arg(&url).output();
    // What curl reports of a status of 400 or more.
    assert_eq!(refused.unwrap().status.code(), Some(22));
}
