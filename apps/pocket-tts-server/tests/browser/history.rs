//! The history of speeches, and their files.

use serde_json::json;

use crate::{
    fixture::{TestServer, figure, hear_to_the_end},
    webdriver::{Browser, Window},
};

/// The text of each entry, the newest first.
const ENTRIES: &str = "[...document.querySelectorAll('#history-list .said')].map(entry => entry.textContent)";

/// Records the names of saved files instead of saving them.
fn watch_files(browser: &Browser) {
    browser.run(
        "window.files = []
         HTMLAnchorElement.prototype.click = function () { window.files.push(this.download) }",
    );
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn earlier_speeches_are_played_and_saved_again() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    watch_files(&browser);
    let mut lengths = Vec::new();
    for text in ["Hello there.", "The old house by the river is full of cats."] {
        browser.fill("#text", text);
        browser.click("#speak");
        hear_to_the_end(&browser);
        lengths.push(figure(&browser, "received"));
    }
    assert_ne!(lengths[0], lengths[1]);
    assert_eq!(
        browser.value(ENTRIES),
        json!(["The old house by the river is full of cats.", "Hello there."])
    );
    assert!(
        browser
            .value("document.querySelector('#history-list .about').textContent")
            .as_str()
            .unwrap()
            .starts_with("Heart · 0:0")
    );

    browser.click("#history-list li:last-child .replay");
    browser.wait_for("document.getElementById('player').dataset.state === 'playing'");
    hear_to_the_end(&browser);
    assert_eq!(figure(&browser, "received"), lengths[0]);
    assert!(
        server.tells(r#"pocket_tts_requests_total{method="POST",route="/v1/audio/speech",status="200"} 2"#)
    );
    browser.click("#history-list li:first-child .save");
    browser.wait_for("files.length === 1");
    browser.run("document.getElementById('format').value = 'flac'");
    browser.click("#download");
    browser.wait_for("files.length === 2");
    // Names of files end with a whole word.
    assert_eq!(
        browser.value("files"),
        json!(["The old house by the river is full of.wav", "Hello there.flac"])
    );
    browser.click("#clear-history");
    assert_eq!(browser.value("document.getElementById('history').hidden"), json!(true));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn the_history_is_bounded_and_files_have_proper_names() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    browser.run(
        "window.speechOf = (text, seconds) => ({ wish: { text }, voiceName: 'Heart', sampleRate: 24000, isWhole: true,
           samples: { length: 24000 * seconds } })
         const history = await import('/web/history.js')
         for (let count = 0; count < 25; count += 1) history.add(speechOf(`Number ${count}`, 1))",
    );
    let entries = browser.value(ENTRIES);
    assert_eq!((entries.as_array().unwrap().len(), &entries[0]), (20, &json!("Number 24")));
    // At most half an hour of audio is kept, but always the newest entry.
    browser.run(
        "const history = await import('/web/history.js')
         for (const minutes of [20, 15, 40]) history.add(speechOf(`${minutes} minutes`, 60 * minutes))",
    );
    assert_eq!(browser.value(ENTRIES), json!(["40 minutes"]));
    browser.run("(await import('/web/history.js')).add(speechOf('short', 1))");
    assert_eq!(browser.value(ENTRIES), json!(["short"]));

    let names = browser.run(
        "const { fileName } = await import('/web/files.js')
         const name = (text, isWhole = true, format = 'wav') => fileName({ wish: { text }, isWhole }, format)
         return [name('a'.repeat(50)), name('../x: it’s?'), name('…'), name('Hello', false), name('Hello', false, 'mp3'),
                 name('𝒜bc '.repeat(12)), name('Exactly forty characters, counted by me. More.')]",
    );
    let expected = json!([
        format!("{}.wav", "a".repeat(40)),
        "x it’s.wav",
        "speech.wav",
        "Hello (part).wav",
        "Hello.mp3",
        format!("{}.wav", ["𝒜bc"; 10].join(" ")),
        "Exactly forty characters counted by me.wav"
    ]);
    assert_eq!(names, expected);
    browser.assert_kept_to_its_origin();
}
