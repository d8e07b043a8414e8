//! Voices from recordings.

use serde_json::json;

use crate::{
    fixture::{TestServer, hear_to_the_end, recording},
    webdriver::Window,
};

const VOICE: &str = "document.getElementById('voice')";

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn a_recording_speaks_with_consent_only_and_can_be_kept_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start(&["--voices-dir", folder.path().to_str().unwrap()]);
    let browser = server.open(Window::Desktop);
    browser.fill("#text", "Hello there.");
    browser.click("#own summary");
    // The model on board knows one voice.
    browser.wait_for("!document.getElementById('no-cloning').hidden");
    browser.choose("#file", &recording());
    browser.wait_for("!document.getElementById('sample').hidden");
    assert_eq!(browser.value("document.getElementById('use').disabled"), json!(true));
    browser.click("#consent");
    browser.click("#use");
    browser.wait_for(&format!("{VOICE}.value === 'recording:'"));
    browser.click("#speak");
    hear_to_the_end(&browser);
    assert!(server.tells(r#"pocket_tts_requests_total{method="POST",route="/tts",status="200"} 1"#));

    assert_eq!(browser.value("document.getElementById('keep').disabled"), json!(true));
    browser.fill("#name", "Ann");
    browser.click("#keep");
    browser.wait_for(&format!("{VOICE}.selectedOptions[0].textContent === 'Ann'"));
    browser.wait_for("document.getElementById('sample').hidden");
    // The choice outlasts the visit.
    browser.visit();
    browser.wait_for(&format!("{VOICE}.selectedOptions[0]?.textContent === 'Ann'"));
    browser.click("#speak");
    hear_to_the_end(&browser);
    browser.click("#delete-voice");
    browser.accept_question();
    browser.wait_for("document.getElementById('status').textContent.includes('deleted')");
    assert_eq!(browser.value(&format!("{VOICE}.value")), json!(""));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn the_microphone_gives_a_recording_that_can_be_heard_and_used() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    browser.fill("#text", "Hello there.");
    browser.click("#own summary");
    browser.click("#record");
    browser.wait_for("document.getElementById('recorded').textContent.startsWith('0:02')");
    browser.click("#record");
    browser.wait_for("document.getElementById('preview').duration > 1.9");
    // This server keeps no voices, and so the page offers nothing of the kind.
    assert_eq!(browser.value("document.getElementById('keeping').hidden"), json!(true));
    browser.click("#consent");
    browser.click("#use");
    browser.wait_for(&format!("{VOICE}.value === 'recording:'"));
    browser.click("#speak");
    hear_to_the_end(&browser);
    browser.click("#discard");
    browser.wait_for(&format!("{VOICE}.value === ''"));
    browser.assert_kept_to_its_origin();
}
