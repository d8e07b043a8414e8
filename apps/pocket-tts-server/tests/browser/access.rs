//! What the page tells when the server says no, and what it remembers.

use serde_json::json;

use crate::{
    fixture::TestServer,
    webdriver::{Browser, Window},
};

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn a_key_is_asked_for_and_whoever_asks_too_often_is_told_when_to_return() {
    // The page asks for models and voices; there is nothing left for a speech.
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "open-sesame").unwrap();
    let server = TestServer::start(&["--api-key-file", keys.path().to_str().unwrap(), "--rate-limit", "2"]);
    let browser = Browser::open(&server.origin, Window::Desktop);
    browser.wait_for("document.getElementById('key-dialog').open");
    browser.fill("#key", "wrong");
    browser.click("#key-form .primary");
    browser.wait_for("document.getElementById('key-title').textContent.includes('known')");
    browser.fill("#key", "open-sesame");
    browser.click("#key-form .primary");
    browser.wait_for("document.getElementById('voice').options.length > 1");
    assert_eq!(browser.value("sessionStorage.getItem('pocket-tts.key')"), json!("open-sesame"));
    assert!(!browser.value("JSON.stringify(localStorage)").as_str().unwrap().contains("sesame"));

    browser.fill("#text", "Hello there.");
    browser.click("#speak");
    browser.wait_for("/^Try again in \\d+ s$/.test(document.getElementById('again').textContent)");
    assert_eq!(browser.value("document.getElementById('again').disabled"), json!(true));
    assert!(browser.text("problem-text").starts_with("That was too often for now. More than 2 requests"));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn choices_outlast_the_visit_and_wrong_ones_are_named() {
    let server = TestServer::start(&["--max-text-chars", "100"]);
    let browser = server.open(Window::Desktop);
    let theme = || browser.value("document.documentElement.dataset.theme");
    let ground = || browser.value("getComputedStyle(document.body).backgroundColor");
    assert_eq!(theme(), json!("light"));
    let light = ground();
    browser.value("document.querySelector('input[value=dark]').click()");
    assert_eq!(theme(), json!("dark"));
    assert_ne!(ground(), light);

    browser.click("#advanced summary");
    for (field, wrong, right) in [("seed", "1.5", "18446744073709551615"), ("temperature", "6", "0.5")] {
        browser.fill(&format!("#{field}"), wrong);
        browser.click("#speak");
        browser.wait_for(&format!(
            "document.getElementById('problem-text').textContent.includes('The {field} must')"
        ));
        assert_eq!(browser.value("document.activeElement.id"), json!(field));
        browser.fill(&format!("#{field}"), right);
    }
    browser.fill("#text", &"Hello there. ".repeat(10));
    browser.click("#speak");
    browser.wait_for("document.getElementById('problem-text').textContent.includes('100 characters')");

    browser.visit();
    browser.wait_for("document.getElementById('voice').options.length > 1");
    assert_eq!(theme(), json!("dark"));
    assert_eq!(browser.value("document.getElementById('temperature').value"), json!("0.5"));
    browser.fill("#text", "Hello there.");
    browser.click("#speak");
    browser.wait_for("document.getElementById('facts').textContent.includes('seed 18446744073709551615')");
    browser.assert_kept_to_its_origin();
}
