//! The command as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use crate::client::PATIENCE;
use crate::fixture::wait_until;

/// A server in a process of its own, which ends with the test.
pub(crate) struct Process {
    pub(crate) child: Child,
    log: Receiver<String>,
    pub(crate) seen: Vec<String>,
}

impl Process {
    pub(crate) fn start(options: &[&str], variables: &[(&str, &str)]) -> Self {
        // Whoever runs the tests may ignore signals, which children inherit.
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
        let mut child = command.spawn().unwrap();
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

    pub(crate) fn address(&mut self) -> SocketAddr {
        let line = self.wait_for("listening on http://");
        let address = line.split("http://").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        self.wait_for("ready");
        address
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

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
