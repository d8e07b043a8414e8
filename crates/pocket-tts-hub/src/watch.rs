//! Gives up on work that shows no sign of life.
//!
//! It knows threads and clocks. It must not know what the work is.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// No sign of life for the whole timeout. The thread is left behind until its own end.
    Stalled,
    /// The thread panicked, or could not be started.
    Died,
}

/// What the work shows its signs of life with.
#[derive(Debug)]
pub(super) struct Heartbeat(Sender<()>);

impl Heartbeat {
    /// A sign of life.
    pub(super) fn beat(&self) {
        // Nobody listens once the work was given up, and it has no other way to learn of that.
        let _ = self.0.send(());
    }
}

/// Runs `work` on a thread of its own for as long as it beats at least once in `stall_timeout`.
///
/// Work that drops its heartbeat is waited for without limit.
pub(super) fn watch<T: Send + 'static>(
    stall_timeout: Duration,
    work: impl FnOnce(Heartbeat) -> T + Send + 'static,
) -> Result<T, Stopped> {
    let (sender, beats) = mpsc::channel();
    let worker = thread::Builder::new().name("pocket-tts-fetch".to_owned());
    let worker = worker.spawn(move || work(Heartbeat(sender))).map_err(|_| Stopped::Died)?;
    loop {
        match beats.recv_timeout(stall_timeout) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return Err(Stopped::Stalled),
            Err(RecvTimeoutError::Disconnected) => return worker.join().map_err(|_| Stopped::Died),
        }
    }
}
