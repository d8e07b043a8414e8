//! Wakers of streams: of a thread that waits, of a Python callable, and of several of them. It must not know streams.
//!
//! A model's workers wake. They must not wait for the interpreter's lock, so a thread of this module calls Python.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        mpsc::{self, Sender},
    },
    task::{Wake, Waker},
    thread::{self, Thread},
};

use pyo3::prelude::*;

/// Unparks a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A waker that unparks the thread that calls this.
pub(crate) fn this_thread() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// Calls a Python callable, once.
struct Call(Mutex<Option<Py<PyAny>>>);

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        let callable = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(callable), Some(caller)) = (callable, caller()) {
            // The thread ends with the interpreter only.
            let _unheard = caller.send(callable);
        }
    }
}

/// A waker that has `callable` called without arguments, on another thread.
pub(crate) fn call(callable: Py<PyAny>) -> Waker {
    Waker::from(Arc::new(Call(Mutex::new(Some(callable)))))
}

/// All who wait for one stream, which keeps a single waker: this one. It wakes them all, and forgets them.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<Vec<Waker>>);

impl Waiters {
    /// Adds a waker.
    pub(crate) fn add(&self, waker: &Waker) {
        let mut wakers = self.lock();
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    /// Removes a waker, if it has not been woken.
    pub(crate) fn remove(&self, waker: &Waker) {
        self.lock().retain(|known| !known.will_wake(waker));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        let wakers = mem::take(&mut *self.lock());
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// The thread that calls; `None` if the system has none to spare.
fn caller() -> Option<Sender<Py<PyAny>>> {
    static CALLER: OnceLock<Option<Sender<Py<PyAny>>>> = OnceLock::new();
    let start = || {
        let (sender, receiver) = mpsc::channel::<Py<PyAny>>();
        let calls = move || {
            for callable in receiver {
                let called = Python::try_attach(|py| {
                    if let Err(error) = callable.call0(py) {
                        error.write_unraisable(py, Some(callable.bind(py)));
                    }
                    drop(callable);
                });
                if called.is_none() {
                    return;
                }
            }
        };
        thread::Builder::new().name("pocket-tts-wakes".to_owned()).spawn(calls).ok().map(|_thread| sender)
    };
    CALLER.get_or_init(start).clone()
}
