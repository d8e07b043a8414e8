//! Errors of the server as the page shows them, and what the page remembers.

use serde_json::json;

use crate::{
    fixture::{READY, TestServer},
    webdriver::{Browser, Window},
};

/// More requests than are restored meanwhile.
const TRIES: usize = 10;

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn the_page_prompts_for_a_key_and_shows_when_to_retry() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "open-sesame").unwrap();
    let server = TestServer::start(&["--api-key-file", keys.path().to_str().unwrap(), "--rate-limit", "2"]);
    let browser = Browser::open(&server.origin, Window::Desktop);
    browser.wait_for("document.getElementById('key-dialog').open");
    browser.fill("#key", "wrong");
    browser.click("#key-form .primary");
    browser.wait_for("document.getElementById('key-title').textContent.includes('rejected')");
    browser.fill("#key", "open-sesame");
    browser.click("#key-form .primary");
    browser.wait_for(READY);
    assert_eq!(browser.value("sessionStorage.getItem('pocket-tts.key')"), json!("open-sesame"));
    assert!(!browser.value("JSON.stringify(localStorage)").as_str().unwrap().contains("sesame"));

    // The page has asked for models and voices, but on a slow machine there may be a request left again: one
    // comes back every 30 s.
    browser.fill("#text", "Hello there.");
    let is_refused = "/^Try again in \\d+ s$/.test(document.getElementById('again').textContent) \
                      && document.getElementById('again').disabled";
    for _ in 0..TRIES {
        browser.click("#speak");
        browser.wait_for(&format!(
            "document.getElementById('status').textContent === 'Played' || ({is_refused})"
        ));
        if browser.value(is_refused) == json!(true) {
            break;
        }
    }
    assert!(browser.text("problem-text").starts_with("Too many requests. More than 2 requests"));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn choices_are_remembered_and_invalid_ones_named() {
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
            "document.getElementById('{field}-problem').textContent.startsWith('The {field} must')"
        ));
        assert_eq!(
            browser.value(&format!("document.getElementById('{field}-problem').hidden")),
            json!(false)
        );
        assert_eq!(browser.value("document.getElementById('problem').hidden"), json!(true));
        assert_eq!(browser.value("document.activeElement.id"), json!(field));
        browser.fill(&format!("#{field}"), right);
        assert_eq!(browser.value(&format!("document.getElementById('{field}-problem').hidden")), json!(true));
    }
    browser.fill("#text", &"Hello there. ".repeat(10));
    browser.click("#speak");
    browser.wait_for("document.getElementById('text-problem').textContent.includes('100 characters')");

    browser.visit();
    browser.wait_for(READY);
    assert_eq!(theme(), json!("dark"));
    assert_eq!(browser.value("document.getElementById('temperature').value"), json!("0.5"));
    browser.fill("#text", "Hello there.");
    browser.click("#speak");
    browser.wait_for("document.getElementById('facts').textContent.includes('seed 18446744073709551615')");
    browser.assert_kept_to_its_origin();
}
