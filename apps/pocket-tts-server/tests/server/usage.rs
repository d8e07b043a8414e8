//! The resources of a server's process, measured where nothing else runs in it.

#![cfg(target_os = "linux")]

use std::{fs, net::SocketAddr, thread, time::Duration};

use crate::fixture::{wait_until, wait_until_idle};

/// The resources of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) threads: usize,
    pub(crate) descriptors: usize,
    pub(crate) resident_bytes: usize,
}

impl Usage {
    pub(crate) fn of(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let field = |name: &str| -> usize {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).unwrap().count();
        Self { threads: field("Threads:"), descriptors, resident_bytes: field("VmRSS:") << 10 }
    }

    /// The resources of an idle server whose request threads have ended.
    pub(crate) fn at_rest(process: u32, address: SocketAddr) -> Self {
        wait_until_idle(address);
        let mut last = Self::of(process);
        wait_until("all threads of requests have ended", || {
            thread::sleep(Duration::from_millis(200));
            let now = Self::of(process);
            let is_settled = now.threads == last.threads && now.descriptors == last.descriptors;
            last = now;
            is_settled
        });
        last
    }

    /// Waits until the server is idle and holds no more threads and descriptors than this.
    pub(crate) fn wait_until_back(&self, process: u32, address: SocketAddr) {
        wait_until_idle(address);
        wait_until("threads and descriptors are given back", || {
            let now = Self::of(process);
            now.threads <= self.threads && now.descriptors <= self.descriptors
        });
    }
}
