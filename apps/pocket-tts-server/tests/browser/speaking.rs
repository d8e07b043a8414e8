//! Text in, sound out.

use serde_json::json;

use crate::{
    fixture::{TestServer, figure, hear_to_the_end, long_text, wait_until},
    webdriver::{ENTER, ESCAPE, SPACE, TAB, Window},
};

/// The left control key.
const CONTROL: char = '\u{e009}';
/// More steps than there are places for the focus.
const STEPS: usize = 40;

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn the_keyboard_alone_makes_it_speak_and_all_that_comes_is_heard() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    browser.fill("#text", "Hello there.");
    let focus = || browser.value("document.activeElement.id");
    let mut seen = Vec::new();
    while focus() != json!("speak") {
        assert!(seen.len() < STEPS, "Tab never leads to the button: {seen:?}");
        browser.press(TAB, &[]);
        seen.push(focus());
        assert_ne!(
            browser.value("getComputedStyle(document.activeElement).outlineStyle"),
            json!("none"),
            "no outline shows the focus on {}",
            focus()
        );
    }
    assert!(seen.contains(&json!("voice")) && seen.contains(&json!("model")), "{seen:?}");
    browser.press(SPACE, &[]);
    hear_to_the_end(&browser);
    // Whoever pressed the button is still there.
    assert_eq!(focus(), json!("speak"));
    assert!(browser.text("facts").contains("seed "));

    // Once all of it is here, nothing can interrupt it.
    let underruns = figure(&browser, "underruns");
    browser.value("document.getElementById('play').focus()");
    browser.press(ENTER, &[]);
    browser.wait_for("document.getElementById('player').dataset.state === 'playing'");
    assert_eq!(browser.value("document.getElementById('play').getAttribute('aria-label')"), json!("Pause"));
    hear_to_the_end(&browser);
    assert_eq!(figure(&browser, "underruns"), underruns);
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn whoever_stops_frees_the_stream_and_keeps_what_came() {
    let server = TestServer::start(&["--max-streams", "1"]);
    let browser = server.open(Window::Desktop);
    browser.run(&format!("document.getElementById('text').value = {}", json!(long_text())));
    for (stop, cancelled) in [("the button", 1), ("the key", 2)] {
        browser.value("document.getElementById('text').focus()");
        browser.press(ENTER, &[CONTROL]);
        browser.wait_for("document.getElementById('status').textContent === 'Speaking.'");
        if stop == "the button" {
            browser.click("#stop");
        } else {
            browser.press(ESCAPE, &[]);
        }
        browser.wait_for("document.getElementById('status').textContent === 'Stopped.'");
        browser.wait_for("document.getElementById('facts').textContent.startsWith('Only a part')");
        assert_eq!(browser.value("document.getElementById('download').disabled"), json!(false));
        let line = format!(r#"pocket_tts_streams_total{{outcome="cancelled"}} {cancelled}"#);
        wait_until("the stream is free", || {
            server.tells("pocket_tts_active_streams 0") && server.tells(&line)
        });
    }
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn it_fits_a_phone_with_all_of_it_open() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Phone);
    browser.fill("#text", "Hello there.");
    browser.click("#speak");
    hear_to_the_end(&browser);
    browser.value("document.querySelectorAll('details').forEach(one => { one.open = true })");
    assert_eq!(browser.value("innerWidth"), json!(320));
    assert_eq!(browser.value("document.documentElement.scrollWidth"), json!(320));
    let unnamed = "[...document.querySelectorAll('button, input, select, textarea')].filter(one => !(one.labels?.length \
                   || one.getAttribute('aria-label') || one.textContent.trim())).map(one => one.outerHTML)";
    assert_eq!(browser.value(unnamed), json!([]));
    browser.assert_kept_to_its_origin();
}
