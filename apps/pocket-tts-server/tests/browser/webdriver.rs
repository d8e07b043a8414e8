//! A browser, by the `WebDriver` protocol: each command is one JSON request to chromedriver.
//!
//! It must not know the page.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use pocket_tts_test_support::ChildGuard;
use serde_json::{Value, json};

use crate::test_server::PATIENCE;

const PAUSE: Duration = Duration::from_millis(50);
const INSTALL: &str = "sudo apt-get install chromium chromium-driver, or set CHROMEDRIVER to its path";
/// What `WebDriver` calls elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys without a character, as `WebDriver` writes them.
pub(crate) const ENTER: char = '\u{e007}';
pub(crate) const ESCAPE: char = '\u{e00c}';
pub(crate) const LEFT: char = '\u{e012}';
pub(crate) const RIGHT: char = '\u{e014}';
pub(crate) const SPACE: char = ' ';
pub(crate) const TAB: char = '\u{e004}';

/// A browser of its own with one page, until dropped.
#[derive(Debug)]
pub(crate) struct Browser {
    _driver: ChildGuard,
    session: String,
    origin: String,
    agent: ureq::Agent,
    /// Browsers are large: there is one at a time.
    _turn: MutexGuard<'static, ()>,
}

/// The browser's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    Desktop,
    /// The narrowest supported width.
    Phone,
}

impl Browser {
    /// Opens the page of a server, `http://…` without a path.
    pub(crate) fn open(origin: &str, window: Window) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut command = Command::new(program);
        let mut driver = ChildGuard::spawn_installed(command.arg("--port=0").stdout(Stdio::piped()), INSTALL);
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let started =
            |line: String| line.split_once("successfully on port ").map(|(_, port)| port.to_owned());
        let port = lines.find_map(started).unwrap();
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let mut browser = Self {
            _driver: driver,
            session: format!("http://127.0.0.1:{}/session", port.trim_end_matches('.')),
            origin: origin.to_owned(),
            agent: config.build().into(),
            _turn: turn,
        };
        let session = browser.post("", &json!({ "capabilities": { "alwaysMatch": capabilities(window) } }));
        browser.session = format!("{}/{}", browser.session, session["sessionId"].as_str().unwrap());
        browser.visit();
        browser
    }

    /// Loads or reloads the page.
    pub(crate) fn visit(&self) {
        self.post("/url", &json!({ "url": format!("{}/", self.origin) }));
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&self, expression: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": format!("return {expression}"), "args": [] }))
    }

    /// Runs the body of an `async` function in the page, and returns its value.
    pub(crate) fn run(&self, body: &str) -> Value {
        let script = format!(
            "const tell = arguments[0]; (async () => {{{body}}})().then(tell, error => tell(`${{error.stack}}`))"
        );
        self.post("/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script in each page that is loaded from now on, before the page's own.
    pub(crate) fn run_first(&self, script: &str) {
        let params = json!({ "source": format!("{{{script}}}") });
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": params }),
        );
    }

    /// Waits for an expression in the page to become true.
    #[track_caller]
    pub(crate) fn wait_for(&self, expression: &str) {
        let end = Instant::now() + PATIENCE;
        while self.value(&format!("Boolean({expression})")) != json!(true) {
            assert!(
                Instant::now() < end,
                "never: {expression}; the page shows {}",
                self.value("document.body.innerText")
            );
            sleep(PAUSE);
        }
    }

    /// The text of an element.
    pub(crate) fn text(&self, id: &str) -> String {
        self.value(&format!("document.getElementById('{id}').textContent")).as_str().unwrap().to_owned()
    }

    /// Clicks in the middle of an element.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Replaces the content of a field by a text, typed.
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Chooses a file.
    pub(crate) fn choose(&self, selector: &str, file: &Path) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/value"), &json!({ "text": file.to_str().unwrap() }));
    }

    /// Presses a key wherever the focus is, while others are held down.
    pub(crate) fn press(&self, key: char, held: &[char]) {
        let down = |key: &char| json!({ "type": "keyDown", "value": key.to_string() });
        let up = |key: &char| json!({ "type": "keyUp", "value": key.to_string() });
        let keys = || held.iter().chain([&key]);
        let actions: Vec<Value> = keys().map(down).chain(keys().rev().map(up)).collect();
        self.post(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }),
        );
    }

    /// Accepts the dialog of the page.
    pub(crate) fn accept_question(&self) {
        self.post("/alert/accept", &json!({}));
    }

    /// Checks that the page sent requests only to its server, and violated no content security policy.
    #[track_caller]
    pub(crate) fn assert_kept_to_its_origin(&self) {
        let log = self.post("/se/log", &json!({ "type": "performance" }));
        let mut requests = 0;
        for entry in log.as_array().unwrap() {
            let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            if entry["message"]["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let url = entry["message"]["params"]["request"]["url"].as_str().unwrap();
            requests += 1;
            let is_own = url.strip_prefix("blob:").unwrap_or(url).starts_with(&self.origin);
            assert!(is_own || url.starts_with("data:"), "the page asked {url}");
        }
        assert!(requests > 10, "{requests} requests were seen");
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        for entry in log.as_array().unwrap() {
            let message = entry["message"].as_str().unwrap();
            // Statuses that tests provoke are reported as well.
            assert!(message.contains("the server responded with a status of"), "{message}");
        }
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn post(&self, command: &str, body: &Value) -> Value {
        let url = format!("{}{command}", self.session);
        let request = self.agent.post(&url).content_type("application/json");
        let mut answer = request.send(body.to_string()).unwrap();
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
        let mut body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer.status(), 200, "{command}: {}", body["value"]["message"]);
        body["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes chromium, which would outlive its driver.
        drop(self.agent.delete(&self.session).call());
    }
}

fn capabilities(window: Window) -> Value {
    let mut arguments = vec![
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
    ];
    let mut chrome = json!({});
    match window {
        Window::Desktop => arguments.push("--window-size=1200,900"),
        Window::Phone => {
            chrome["mobileEmulation"] =
                json!({ "deviceMetrics": { "width": 320, "height": 640, "pixelRatio": 2, "touch": true } });
        }
    }
    chrome["args"] = json!(arguments);
    if let Ok(program) = env::var("CHROME") {
        chrome["binary"] = json!(program);
    }
    json!({
        "goog:chromeOptions": chrome,
        "goog:loggingPrefs": { "performance": "ALL", "browser": "ALL" },
        "timeouts": { "script": 60_000 },
    })
}
