//! Waiting for long work so that Ctrl-C is heard. It must not know what the work is.

use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use pyo3::prelude::*;

use crate::errors::Class;

/// How long signals may wait.
pub(crate) const PATIENCE: Duration = Duration::from_millis(50);

/// Does `work` in a thread of its own, and returns its result. A signal's exception ends the waiting, not the work, whose
/// result is dropped then.
pub(crate) fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    // A receiver alone must not be lent to the code without the interpreter's lock.
    let receiver = Mutex::new(receiver);
    let spawned = thread::Builder::new().name("pocket-tts-python".to_owned()).spawn(move || {
        // Nobody receives it after a signal.
        let _unheard = sender.send(work());
    });
    if let Err(error) = spawned {
        return Err(Class::Machine.exception(format!("cannot start a thread: {error}")));
    }
    loop {
        let outcome = py.detach(|| {
            let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            receiver.recv_timeout(PATIENCE)
        });
        match outcome {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Class::Speech.exception("a thread panicked, which is a bug of this package"));
            }
        }
    }
}
