//! Servers, and what the page shows of them.

use std::{path::PathBuf, thread::sleep, time::Instant};

use clap::{Args, Command, FromArgMatches};
use pocket_tts_server::{ServeArguments, Server, Settings};

use crate::webdriver::{Browser, PATIENCE, PAUSE, Window};

/// Whether the page knows its server.
pub(crate) const READY: &str = "document.body.classList.contains('ready')";

/// More than anybody wants to hear.
pub(crate) fn long_text() -> String {
    "We go on and on about the weather. ".repeat(250)
}

/// A server for the time of a test.
#[derive(Debug)]
pub(crate) struct TestServer {
    server: Option<Server>,
    pub(crate) origin: String,
}

impl TestServer {
    /// A server with these options, ready to speak.
    pub(crate) fn start(options: &[&str]) -> Self {
        let command = ServeArguments::augment_args(Command::new("serve"));
        let always = ["serve", "--host", "127.0.0.1", "--port", "0", "--log-format", "off"];
        let matches = command.try_get_matches_from([&always, options].concat()).unwrap();
        let arguments = ServeArguments::from_arg_matches(&matches).unwrap();
        let server = Server::start(Settings::of_arguments(&arguments).unwrap()).unwrap();
        let origin = format!("http://{}", server.addresses()[0]);
        let started = Self { server: Some(server), origin };
        wait_until("the server is ready", || {
            ureq::get(format!("{}/health/ready", started.origin)).call().is_ok()
        });
        started
    }

    /// Opens the page, and waits until it knows its server.
    pub(crate) fn open(&self, window: Window) -> Browser {
        let browser = Browser::open(&self.origin, window);
        browser.wait_for(READY);
        browser
    }

    /// Whether `/metrics` has this line.
    pub(crate) fn tells(&self, line: &str) -> bool {
        let mut answer = ureq::get(format!("{}/metrics", self.origin)).call().unwrap();
        answer.body_mut().read_to_string().unwrap().lines().any(|told| told == line)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            drop(server.stop());
        }
    }
}

/// Waits for something outside the page to become true.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_true() {
        assert!(Instant::now() < end, "never: {what}");
        sleep(PAUSE);
    }
}

/// A recording.
pub(crate) fn recording() -> PathBuf {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/pocket-tts-audio/tests/recordings/original.wav");
    PathBuf::from(path).canonicalize().unwrap()
}

/// A figure of the speech on show: `received`, `played` (in samples) or `underruns`.
pub(crate) fn figure(browser: &Browser, name: &str) -> u64 {
    browser.value(&format!("Number(document.getElementById('player').dataset.{name})")).as_u64().unwrap()
}

/// Waits until the speech is heard to its end, and demands that all of it was.
#[track_caller]
pub(crate) fn hear_to_the_end(browser: &Browser) {
    browser.wait_for("document.getElementById('status').textContent === 'Played'");
    browser.wait_for("document.getElementById('player').dataset.state === 'finished'");
    let (received, played) = (figure(browser, "received"), figure(browser, "played"));
    assert!(received > 12_000 && received == played, "{played} of {received} samples were played");
}
