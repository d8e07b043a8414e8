//! A server in the process of its tests; the programs of tests share this file.

#![allow(dead_code, clippy::allow_attributes, reason = "each program uses a part of it")]

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use clap::{Args, Command, FromArgMatches};
use pocket_tts_server::{Hooks, ServeArguments, Server, Settings, SettingsError};

/// Long enough for a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A server for the time of a test.
#[derive(Debug)]
pub(crate) struct TestServer {
    server: Option<Server>,
    pub(crate) address: SocketAddr,
    /// The address of the Wyoming protocol, if it is served.
    pub(crate) wyoming: Option<SocketAddr>,
    /// The address of the server as a URL.
    pub(crate) origin: String,
}

impl TestServer {
    /// Starts a server with these options, and waits until it is ready.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_with(options, Hooks::default())
    }

    pub(crate) fn start_with(options: &[&str], hooks: Hooks) -> Self {
        let server = Server::start_with_hooks(settings(options), hooks).unwrap();
        let address = server.addresses()[0];
        let wyoming = server.wyoming_addresses().first().copied();
        let started = Self { server: Some(server), address, wyoming, origin: format!("http://{address}") };
        wait_until("the server is ready", || {
            ureq::get(format!("{}/health/ready", started.origin)).call().is_ok()
        });
        started
    }

    /// Stops the server gracefully, and waits until it has stopped.
    pub(crate) fn stop(mut self) {
        self.server.take().unwrap().stop().unwrap();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            drop(server.stop());
        }
    }
}

/// Settings of these options; on a port that the system chooses, unless they name one.
pub(crate) fn settings(options: &[&str]) -> Settings {
    try_settings(options).unwrap()
}

#[expect(clippy::unwrap_in_result, reason = "a test that cannot be set up must fail")]
pub(crate) fn try_settings(options: &[&str]) -> Result<Settings, SettingsError> {
    let command = ServeArguments::augment_args(Command::new("serve"));
    let always = ["serve", "--host", "127.0.0.1", "--log-format", "off"];
    let port: &[&str] = if options.contains(&"--port") { &[] } else { &["--port", "0"] };
    let matches = command.try_get_matches_from([&always, port, options].concat()).unwrap();
    Settings::of_arguments(&ServeArguments::from_arg_matches(&matches).unwrap())
}

/// Waits for something to become true.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_true() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
