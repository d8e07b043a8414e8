//! The layout of the page.

use serde_json::json;

use crate::{
    fixture::{TestServer, hear_to_the_end},
    webdriver::Window,
};

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn nothing_beside_the_player_stretches_it() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    browser.fill("#text", "Hello there.");
    browser.click("#speak");
    hear_to_the_end(&browser);
    let height = || browser.value("document.getElementById('player').offsetHeight");
    let before = height();
    browser.value("document.querySelectorAll('.choices details').forEach(one => { one.open = true })");
    browser.value("document.getElementById('problem').hidden = false");
    assert!(browser.value("document.querySelector('.choices').offsetHeight").as_u64() > before.as_u64());
    assert_eq!(height(), before);
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
    // The button to speak comes before the settings, and stays visible beside them.
    let top =
        |id: &str| browser.value(&format!("document.getElementById('{id}').getBoundingClientRect().top"));
    assert!(top("speak").as_f64() < top("voices").as_f64());
    browser.value("document.getElementById('seed').scrollIntoView({ block: 'center' })");
    let button = top("speak").as_f64().unwrap();
    assert!((0.0..600.0).contains(&button), "the button is at {button} of 640");
    assert_eq!(browser.value("document.documentElement.scrollWidth"), json!(320));
    let unnamed = "[...document.querySelectorAll('button, input, select, textarea')].filter(one => !(one.labels?.length \
                   || one.getAttribute('aria-label') || one.textContent.trim())).map(one => one.outerHTML)";
    assert_eq!(browser.value(unnamed), json!([]));
    browser.assert_kept_to_its_origin();
}
