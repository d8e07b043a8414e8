//! Servers, and what the page shows of them.

use std::path::PathBuf;

pub(crate) use crate::test_server::{TestServer, wait_until};
use crate::webdriver::{Browser, Window};

/// Whether the page knows its server.
pub(crate) const READY: &str = "document.body.classList.contains('ready')";

/// A text that takes longer than any test.
pub(crate) fn long_text() -> String {
    "We go on and on about the weather. ".repeat(250)
}

impl TestServer {
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

/// A recording.
pub(crate) fn recording() -> PathBuf {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/pocket-tts-audio/tests/recordings/original.wav");
    PathBuf::from(path).canonicalize().unwrap()
}

/// A counter of the current speech: `received`, `played` (in samples) or `underruns`.
pub(crate) fn figure(browser: &Browser, name: &str) -> u64 {
    browser.value(&format!("Number(document.getElementById('player').dataset.{name})")).as_u64().unwrap()
}

/// Waits until the speech has been played to its end, and checks that all of it was.
#[track_caller]
pub(crate) fn hear_to_the_end(browser: &Browser) {
    browser.wait_for("document.getElementById('status').textContent === 'Played'");
    browser.wait_for("document.getElementById('player').dataset.state === 'finished'");
    let (received, played) = (figure(browser, "received"), figure(browser, "played"));
    assert!(received > 12_000 && received == played, "{played} of {received} samples were played");
}
