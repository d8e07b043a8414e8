//! Servers to test, and the audio that they should send.

use std::{
    net::{SocketAddr, TcpListener},
    ops::Range,
    path::Path,
    sync::{
        Arc, Condvar, LazyLock, Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};

use pocket_tts_audio::pcm_s16le;
use pocket_tts_core::{Check, GenerateOptions, Splitting, TimingEvent, TtsModel, VoiceSource};
use pocket_tts_server::Hooks;

use crate::client::{Answer, get};
pub(crate) use crate::test_server::{PATIENCE, TestServer, settings, try_settings, wait_until};

/// The header that the reference streams in front of 24 kHz sound.
pub(crate) const WAV_HEADER: [u8; 44] =
    *b"RIFF\x24\x94\x35\x77WAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0data\0\x94\x35\x77";
/// Zero bytes at its end.
pub(crate) const TAIL_BYTES: usize = 9_600;

impl TestServer {
    /// A value of `/metrics`, by the start of its line.
    pub(crate) fn figure(&self, name: &str) -> f64 {
        figure(self.address, name)
    }

    /// Waits until there are no streams and the queue is empty.
    pub(crate) fn wait_until_idle(&self) {
        wait_until_idle(self.address);
    }
}

/// A value of a server's `/metrics`, by the start of its line.
pub(crate) fn figure(address: SocketAddr, name: &str) -> f64 {
    let answer = get(address, "/metrics").with_status(200);
    let line = answer.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

/// Waits until a server has no streams and its queue is empty.
pub(crate) fn wait_until_idle(address: SocketAddr) {
    wait_until("no request is active or waiting", || {
        figure(address, "pocket_tts_active_streams") + figure(address, "pocket_tts_queue_length") == 0.0
    });
}

/// The number of cancelled streams of a server.
pub(crate) fn cancelled(address: SocketAddr) -> usize {
    figure(address, r#"pocket_tts_streams_total{outcome="cancelled"}"#) as usize
}

/// Ten minutes of speech, longer than any test.
pub(crate) fn long_text() -> String {
    "We go on and on about the weather. ".repeat(250)
}

/// A server with default options that many tests share.
pub(crate) fn shared() -> SocketAddr {
    // It lives as long as the tests.
    static SHARED: LazyLock<SocketAddr> =
        LazyLock::new(|| Box::leak(Box::new(TestServer::start(&["--max-streams", "8"]))).address);
    *SHARED
}

/// An unused address. Its port is outside the ephemeral range, so no other program gets it
/// after a server has stopped.
pub(crate) fn unused_address() -> SocketAddr {
    const PORTS: Range<u32> = 20_000..32_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Other test processes begin at other ports.
        let index = std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + index % (PORTS.end - PORTS.start);
        let address = SocketAddr::from(([127, 0, 0, 1], port as u16));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

fn model() -> &'static TtsModel {
    static MODEL: LazyLock<TtsModel> = LazyLock::new(|| TtsModel::builder().embedded().build().unwrap());
    &MODEL
}

/// The samples of a text as the library alone speaks it, as bytes. It is split as the server does.
pub(crate) fn spoken(text: &str, seed: u64) -> Vec<u8> {
    let options = GenerateOptions::default().seed(seed).splitting(Splitting::Natural);
    spoken_with(text, &model().default_voice(), &options)
}

/// The samples with these options, and the server's check of the speech.
pub(crate) fn spoken_with(text: &str, voice: &VoiceSource, options: &GenerateOptions) -> Vec<u8> {
    let voice = model().voice(voice).unwrap();
    let options = options.clone().check(Check::RepeatWaiting);
    pcm_s16le(&model().generate(text, &voice, &options).unwrap().samples)
}

/// A word as the library tells it: its text, its bytes of the text, and when it begins and ends, in seconds.
pub(crate) type WordTime = (String, Range<usize>, f64, f64);

/// The words of a text as the library alone times them. It reads and splits the text as the server does.
pub(crate) fn word_times(text: &str, seed: u64) -> Vec<WordTime> {
    let options = GenerateOptions::default().seed(seed).splitting(Splitting::Natural);
    let options = options.normalize(true).check(Check::RepeatWaiting).timings(true);
    let voice = model().voice(&model().default_voice()).unwrap();
    let mut stream = model().stream(text, &voice, &options).unwrap();
    let mut events = Vec::new();
    while let Some(chunk) = stream.next() {
        chunk.unwrap();
        events.extend(stream.take_timings());
    }
    events.extend(stream.take_timings());
    let seconds = |samples: u64| samples as f64 / f64::from(model().sample_rate_hz());
    let words = events.into_iter().filter_map(|event| match event {
        TimingEvent::WordEnd(word) => Some((word.text, word.source, seconds(word.start), seconds(word.end))),
        _ => None,
    });
    words.collect()
}

/// The built-in model without knowledge of the times of words, as the path of a configuration in a folder.
pub(crate) fn without_word_times() -> (tempfile::TempDir, String) {
    tiny_with(&[("timestamp_heads", "")])
}

/// The built-in model with other lines in its configuration, each in the place of the line of a key.
pub(crate) fn tiny_with(lines: &[(&str, &str)]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let tiny = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/tiny"));
    for file in std::fs::read_dir(tiny).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let config = folder.path().join("config.yaml");
    let mut text = std::fs::read_to_string(&config).unwrap();
    for (key, line) in lines {
        let own = text.lines().find(|own| own.starts_with(&format!("{key}:"))).unwrap().to_owned();
        text = text.replace(&own, line);
    }
    std::fs::write(&config, text).unwrap();
    let path = config.to_str().unwrap().to_owned();
    (folder, path)
}

/// The seed of a response.
#[track_caller]
pub(crate) fn seed(answer: &Answer) -> u64 {
    answer.header("X-Seed").unwrap().parse().unwrap()
}

/// Asserts a complete streamed WAV of these samples.
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

/// Blocks requests before a frame until it is opened, and counts frames.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>, Arc<AtomicUsize>);

impl Gate {
    /// Blocks requests with `word` in their text before `frame`.
    pub(crate) fn hooks(&self, word: &'static str, frame: usize) -> Hooks {
        let gate = self.clone();
        Hooks {
            before_frame: Some(Arc::new(move |text, index| {
                if text.contains(word) {
                    gate.1.fetch_add(1, Ordering::Relaxed);
                    if index == frame {
                        gate.pass();
                    }
                }
            })),
            ..Hooks::default()
        }
    }

    /// Blocks the loading of the first model.
    pub(crate) fn loading_hooks(&self) -> Hooks {
        let gate = self.clone();
        Hooks { before_load: Some(Arc::new(move || gate.pass())), ..Hooks::default() }
    }

    /// The number of frames of requests with the word.
    pub(crate) fn frames(&self) -> usize {
        self.1.load(Ordering::Relaxed)
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
