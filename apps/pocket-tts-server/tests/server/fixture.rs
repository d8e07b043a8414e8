//! Servers to test, and what they should say.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Condvar, LazyLock, Mutex},
    time::{Duration, Instant},
};

use clap::{Args, Command, FromArgMatches};
use pocket_tts_audio::pcm_s16le;
use pocket_tts_core::{GenerateOptions, TtsModel, VoiceSource};
use pocket_tts_server::{Hooks, ServeArguments, Server, Settings, SettingsError};

use crate::client::{Answer, PATIENCE, get};

/// The header that the reference streams in front of 24 kHz sound.
pub(crate) const WAV_HEADER: [u8; 44] =
    *b"RIFF\x24\x94\x35\x77WAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0data\0\x94\x35\x77";
/// Zero bytes at its end.
pub(crate) const TAIL_BYTES: usize = 9_600;

/// A server for the time of a test.
#[derive(Debug)]
pub(crate) struct TestServer {
    server: Option<Server>,
    pub(crate) address: SocketAddr,
    /// Where the Wyoming protocol is spoken, if the options say so.
    pub(crate) wyoming: Option<SocketAddr>,
}

impl TestServer {
    /// A server with these options, ready to speak.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_with(options, Hooks::default())
    }

    pub(crate) fn start_with(options: &[&str], hooks: Hooks) -> Self {
        let server = Server::start_with_hooks(settings(options), hooks).unwrap();
        let address = server.addresses()[0];
        let wyoming = server.wyoming_addresses().first().copied();
        let started = Self { server: Some(server), address, wyoming };
        wait_until("the server is ready", || get(address, "/health/ready").status == 200);
        started
    }

    /// Ends the server as a request to terminate does, and waits for its end.
    pub(crate) fn stop(mut self) {
        self.server.take().unwrap().stop().unwrap();
    }

    /// Where the server is, as clients write it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A figure of `/metrics`, by the line that it stands in.
    pub(crate) fn figure(&self, name: &str) -> f64 {
        let answer = get(self.address, "/metrics").with_status(200);
        let line = answer.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Waits until nothing speaks and nothing waits.
    pub(crate) fn wait_until_idle(&self) {
        wait_until("nobody speaks or waits", || {
            self.figure("pocket_tts_active_streams") + self.figure("pocket_tts_queue_length") == 0.0
        });
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            drop(server.stop());
        }
    }
}

/// A server with default options that many tests share.
pub(crate) fn shared() -> SocketAddr {
    // It lives as long as the tests.
    static SHARED: LazyLock<SocketAddr> =
        LazyLock::new(|| Box::leak(Box::new(TestServer::start(&["--max-streams", "8"]))).address);
    *SHARED
}

pub(crate) fn settings(options: &[&str]) -> Settings {
    try_settings(options).unwrap()
}

#[expect(clippy::unwrap_in_result, reason = "a test that cannot be set up must fail")]
pub(crate) fn try_settings(options: &[&str]) -> Result<Settings, SettingsError> {
    let command = ServeArguments::augment_args(Command::new("serve"));
    let always = ["serve", "--host", "127.0.0.1", "--port", "0", "--log-format", "off"];
    let matches = command.try_get_matches_from([&always, options].concat()).unwrap();
    Settings::of_arguments(&ServeArguments::from_arg_matches(&matches).unwrap())
}

/// Waits for something to become true.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_true() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn model() -> &'static TtsModel {
    static MODEL: LazyLock<TtsModel> = LazyLock::new(|| TtsModel::builder().embedded().build().unwrap());
    &MODEL
}

/// The samples of a text as the library alone speaks it, as bytes.
pub(crate) fn spoken(text: &str, seed: u64) -> Vec<u8> {
    spoken_with(text, &model().default_voice(), &GenerateOptions::default().seed(seed))
}

pub(crate) fn spoken_with(text: &str, voice: &VoiceSource, options: &GenerateOptions) -> Vec<u8> {
    let voice = model().voice(voice).unwrap();
    pcm_s16le(&model().generate(text, &voice, options).unwrap().samples)
}

/// The seed that an answer was spoken with.
#[track_caller]
pub(crate) fn seed(answer: &Answer) -> u64 {
    answer.header("X-Seed").unwrap().parse().unwrap()
}

/// Demands a whole streamed WAV of these samples.
#[track_caller]
pub(crate) fn assert_wav(answer: &Answer, samples: &[u8]) {
    assert!(answer.is_whole && answer.status == 200, "{}", answer.status);
    let (header, rest) = answer.body.split_at(44);
    assert_eq!(header, WAV_HEADER);
    let (sound, tail) = rest.split_at(rest.len() - TAIL_BYTES);
    assert!(tail.iter().all(|byte| *byte == 0));
    assert!(
        !sound.is_empty() && sound == samples,
        "{} bytes of sound, {} expected",
        sound.len(),
        samples.len()
    );
}

/// Holds requests up before a frame until it is opened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Holds up requests with `word` in their text before `frame`.
    pub(crate) fn hooks(&self, word: &'static str, frame: usize) -> Hooks {
        let gate = self.clone();
        Hooks {
            before_frame: Some(Arc::new(move |text, index| {
                if index == frame && text.contains(word) {
                    gate.pass();
                }
            })),
            ..Hooks::default()
        }
    }

    /// Holds up the loading of the first model.
    pub(crate) fn loading_hooks(&self) -> Hooks {
        let gate = self.clone();
        Hooks { before_load: Some(Arc::new(move || gate.pass())), ..Hooks::default() }
    }

    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let is_open = self.0.0.lock().unwrap();
        let (is_open, _) = self.0.1.wait_timeout_while(is_open, PATIENCE, |is_open| !*is_open).unwrap();
        assert!(*is_open, "the gate was never opened");
    }
}

/// The file of a recording.
pub(crate) fn recording_path() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/pocket-tts-audio/tests/recordings/original.wav"
    ))
}

/// A recording.
pub(crate) fn recording() -> Vec<u8> {
    std::fs::read(recording_path()).unwrap()
}
