//! Text in, audio out.

use serde_json::json;

use crate::{
    fixture::{READY, TestServer, figure, hear_to_the_end, long_text, wait_until},
    webdriver::{ENTER, ESCAPE, SPACE, TAB, Window},
};

/// The left control key.
const CONTROL: char = '\u{e009}';
/// More steps than there are elements to focus.
const STEPS: usize = 60;

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn the_keyboard_alone_starts_speech_and_all_of_it_is_played() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    browser.fill("#text", "Hello there.");
    let focus = || browser.value("document.activeElement.id");
    // The button comes before the settings.
    browser.press(TAB, &[]);
    assert_eq!(focus(), json!("speak"));
    browser.press(SPACE, &[]);
    hear_to_the_end(&browser);
    // The focus is where it was.
    assert_eq!(focus(), json!("speak"));
    assert!(browser.text("facts").contains("seed "));
    let mut seen = Vec::new();
    while browser.value("document.activeElement.tagName") != json!("A") {
        assert!(seen.len() < STEPS, "Tab never leads to the end: {seen:?}");
        let outline = browser.value("getComputedStyle(document.activeElement).outlineStyle");
        assert_ne!(outline, json!("none"), "no outline shows the focus after {seen:?}");
        browser.press(TAB, &[]);
        let label = "document.activeElement.getAttribute('aria-label') || document.activeElement.id";
        seen.push(browser.value(label));
    }
    for reached in ["Play", "Position", "volume", "playback-speed", "download", "Hear Heart", "clear-history"]
    {
        assert!(seen.contains(&json!(reached)), "{reached}: {seen:?}");
    }

    // Once all of it has arrived, it cannot be interrupted.
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
fn stopping_releases_the_stream_and_keeps_received_audio() {
    let server = TestServer::start(&["--max-streams", "1"]);
    let browser = server.open(Window::Desktop);
    browser.run(&format!("document.getElementById('text').value = {}", json!(long_text())));
    for (stop, cancelled) in [("the button", 1), ("the key", 2)] {
        browser.value("document.getElementById('text').focus()");
        browser.press(ENTER, &[CONTROL]);
        browser.wait_for("document.getElementById('status').textContent === 'Generating'");
        if stop == "the button" {
            browser.click("#stop");
        } else {
            browser.press(ESCAPE, &[]);
        }
        browser.wait_for("document.getElementById('status').textContent === 'Stopped'");
        browser.wait_for("document.getElementById('facts').textContent.startsWith('Incomplete')");
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
fn generating_and_playing_are_separate_states() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    let status = |text: &str| format!("document.getElementById('status').textContent === '{text}'");
    let place =
        |pattern: &str| format!("/^ · {pattern}$/.test(document.getElementById('place').textContent)");
    let is_shown = |id: &str| browser.value(&format!("!document.getElementById('{id}').hidden"));
    browser.run(&format!("document.getElementById('text').value = {}", json!(long_text())));
    browser.click("#speak");
    browser.wait_for(&format!(
        "{} && {}",
        status("Generating"),
        place("\\d+:\\d\\d generated · playing \\d:\\d\\d")
    ));
    browser.click("#stop");
    browser.wait_for(&status("Stopped"));

    browser.fill("#text", "It was a bright cold day in April, and the clocks were striking. We go on.");
    browser.click("#speak");
    // A pause keeps the playback from ending before all of it is generated.
    browser.wait_for("document.getElementById('player').dataset.state === 'playing'");
    browser.click("#play");
    browser.wait_for(&format!("{} && {}", status("Ready"), place("paused at 0:\\d\\d")));
    assert_eq!((is_shown("speak"), is_shown("stop")), (json!(true), json!(false)));
    browser.click("#play");
    browser.wait_for(&format!(
        "{} && {} && !document.getElementById('stop').hidden",
        status("Ready"),
        place("playing 0:\\d\\d")
    ));
    browser.click("#stop");
    browser.wait_for(&status("Stopped"));
    assert_eq!((is_shown("speak"), is_shown("stop")), (json!(true), json!(false)));
    browser.click("#play");
    browser.wait_for(&status("Played"));
    assert_eq!((browser.text("place"), is_shown("speak")), (String::new(), json!(true)));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn volume_and_playback_speed_are_remembered_and_nothing_is_lost() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    let set = |id: &str, value: &str| {
        browser.run(&format!(
            "const field = document.getElementById('{id}')
             field.value = '{value}'
             field.dispatchEvent(new Event('input'))"
        ));
    };
    set("volume", "0.5");
    browser.fill("#text", "Hello there.");
    for speed in ["2", "0.5", "1"] {
        set("playback-speed", speed);
        browser.click("#speak");
        hear_to_the_end(&browser);
    }
    set("playback-speed", "1.5");
    browser.visit();
    browser.wait_for(READY);
    assert_eq!(browser.value("document.getElementById('volume').value"), json!("0.5"));
    assert_eq!(browser.value("document.getElementById('playback-speed').value"), json!("1.5"));
    browser.assert_kept_to_its_origin();
}
