//! The command as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use pocket_tts_test_support::ChildGuard;

use crate::client::PATIENCE;
use crate::fixture::wait_until;

/// A server in a process of its own, which ends with the test.
pub(crate) struct Process {
    pub(crate) child: ChildGuard,
    log: Receiver<String>,
    pub(crate) seen: Vec<String>,
}

impl Process {
    pub(crate) fn start(options: &[&str], variables: &[(&str, &str)]) -> Self {
        // The tests may run with ignored signals, which children inherit.
        let mut command = Command::new("/usr/bin/env");
        command.args(["--default-signal=INT,TERM", env!("CARGO_BIN_EXE_pocket-tts-server")]);
        command.args(["--log-format", "json"]).args(options);
        if !options.contains(&"--host") {
            command.args(["--host", "127.0.0.1"]);
        }
        if !options.contains(&"--port") {
            command.args(["--port", "0"]);
        }
        command.env("HOME", "/nonexistent").envs(variables.iter().copied()).stderr(Stdio::piped());
        let mut child = ChildGuard::spawn(&mut command);
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (tell, log) = channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line))));
        Self { child, log, seen: Vec::new() }
    }

    /// Reads the log up to a line with `part` in it.
    pub(crate) fn wait_for(&mut self, part: &str) -> String {
        loop {
            let line =
                self.log.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never: {part}; {:?}", self.seen));
            self.seen.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Its address, once it is ready.
    pub(crate) fn address(&mut self) -> SocketAddr {
        let address = self.told("listening on http://");
        self.wait_for("ready");
        address
    }

    /// The addresses of HTTP and of the Wyoming protocol, once it is ready.
    pub(crate) fn addresses(&mut self) -> (SocketAddr, SocketAddr) {
        let http = self.told("listening on http://");
        let wyoming = self.told("speaking Wyoming on ");
        self.wait_for("ready");
        (http, wyoming)
    }

    /// The address in the log after `words`.
    fn told(&mut self, words: &str) -> SocketAddr {
        let line = self.wait_for(words);
        line.split(words).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn code(&mut self) -> Option<i32> {
        let mut ended = None;
        wait_until("the process ends", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.and_then(|status| status.code())
    }
}
