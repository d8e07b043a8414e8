//! Voices from recordings.

use serde_json::json;

use crate::{
    fixture::{TestServer, hear_to_the_end, recording},
    webdriver::Window,
};

/// The card of the chosen voice.
const CHOSEN: &str = "document.querySelector('.voice:has(:checked)')";

/// The text of each card.
const CARDS: &str = "[...document.querySelectorAll('.voice')].map(card => card.innerText)";

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn a_single_voice_is_shown_and_previewed_without_a_choice() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    assert_eq!(browser.value(CARDS), json!(["Heart\nEnglish"]));
    assert_eq!(browser.value("document.querySelectorAll('input[name=voice]:enabled').length"), json!(0));
    assert_eq!(browser.value("document.getElementById('model-choice').hidden"), json!(true));
    // An error about a field that is not shown appears in the notice.
    let told = "return (await import('/web/fields.js')).tellFault({ param: 'model', message: 'Gone.' })";
    assert_eq!(browser.run(told), json!(false));
    assert_eq!(browser.value("document.getElementById('model-problem').hidden"), json!(true));
    let label =
        |text: &str| format!("document.querySelector('.hear').getAttribute('aria-label') === '{text}'");
    assert_eq!(browser.value(&label("Hear Heart")), json!(true));
    browser.click(".hear");
    browser.wait_for("!document.querySelector('.hear').dataset.state");
    assert_eq!(browser.value(&label("Hear Heart")), json!(true));
    let spoken = r#"pocket_tts_requests_total{method="POST",route="/v1/audio/speech",status="200"} 1"#;
    assert!(server.tells(spoken));
    // It is cached: the second time sends no request.
    browser.click(".hear");
    browser.wait_for("!document.querySelector('.hear').dataset.state");
    assert!(server.tells(spoken));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn several_models_are_offered_by_names_for_people() {
    let server = TestServer::start(&["--model", "second=tiny"]);
    let browser = server.open(Window::Desktop);
    assert_eq!(browser.value("document.getElementById('model-choice').hidden"), json!(false));
    let names = "[...document.getElementById('model').options].map(option => option.textContent)";
    assert_eq!(browser.value(names), json!(["English, small", "Second"]));
    let found = browser.run(
        "const { modelName, voiceName } = await import('/web/names.js')
         return [modelName('french_24l', 'fr'), modelName('english_2026-10', 'en'), modelName('english', 'en'),
                 modelName('de', 'de'), modelName('english_18m_2026-10', 'en'), voiceName('bill_boerst')]",
    );
    let expected = json!([
        "French, large",
        "English, 2026-10",
        "English",
        "German",
        "English, 18 million parameters, 2026-10",
        "Bill Boerst"
    ]);
    assert_eq!(found, expected);
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn a_recording_is_used_with_consent_only_and_can_be_stored_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start(&["--voices-dir", folder.path().to_str().unwrap()]);
    let browser = server.open(Window::Desktop);
    browser.fill("#text", "Hello there.");
    browser.click("#own summary");
    // The built-in model has one voice.
    browser.wait_for("!document.getElementById('no-cloning').hidden");
    browser.choose("#file", &recording());
    browser.wait_for("!document.getElementById('sample').hidden");
    assert_eq!(browser.value("document.getElementById('use').disabled"), json!(true));
    browser.click("#consent");
    browser.click("#use");
    browser.wait_for(&format!("{CHOSEN}.innerText.startsWith('Your recording')"));
    // Arrows move between voices; Tab stops at the button to preview one.
    let stops = "[...document.querySelectorAll('.hear')].filter(button => button.tabIndex === 0)";
    assert_eq!(
        browser.value(&format!("{stops}.map(button => button.getAttribute('aria-label'))")),
        json!(["Hear Your recording"])
    );
    browser.click("#speak");
    hear_to_the_end(&browser);
    assert!(server.tells(r#"pocket_tts_requests_total{method="POST",route="/tts",status="200"} 1"#));

    assert_eq!(browser.value("document.getElementById('keep').disabled"), json!(true));
    for (name, problem) in
        [("Ann/Ben", "A name consists of letters"), ("alba", "A voice with this name already exists")]
    {
        browser.fill("#name", name);
        browser.click("#keep");
        browser.wait_for(&format!(
            "document.getElementById('name-problem').textContent.startsWith('{problem}')"
        ));
        assert_eq!(browser.value("document.activeElement.id"), json!("name"));
        assert_eq!(browser.value("document.getElementById('problem').hidden"), json!(true));
    }
    browser.fill("#name", "Ann");
    browser.click("#keep");
    browser.wait_for(&format!("{CHOSEN}.innerText.startsWith('Ann')"));
    browser.wait_for("document.getElementById('sample').hidden");
    // The choice is remembered.
    browser.visit();
    browser.wait_for(&format!("{CHOSEN}?.innerText.startsWith('Ann')"));
    browser.click("#speak");
    hear_to_the_end(&browser);
    browser.click("#delete-voice");
    browser.accept_question();
    browser.wait_for("document.getElementById('status').textContent.includes('deleted')");
    assert_eq!(browser.value(CARDS), json!(["Heart\nEnglish"]));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn the_microphone_gives_a_recording_that_can_be_played_and_used() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    browser.fill("#text", "Hello there.");
    browser.click("#own summary");
    browser.click("#record");
    browser.wait_for("document.getElementById('recording').dataset.seconds >= 2");
    browser.click("#record");
    browser.wait_for("document.getElementById('preview').duration > 1.9");
    // This server stores no voices, so the page does not offer that.
    assert_eq!(browser.value("document.getElementById('keeping').hidden"), json!(true));
    browser.click("#consent");
    browser.click("#use");
    browser.wait_for(&format!("{CHOSEN}.innerText.startsWith('Your recording')"));
    browser.click("#speak");
    hear_to_the_end(&browser);
    browser.click("#discard");
    browser.wait_for(&format!("{CHOSEN}.innerText.startsWith('Heart')"));
    browser.assert_kept_to_its_origin();
}
