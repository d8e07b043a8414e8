//! Whether the program was given a standard output at all, and whether that is a file.
//!
//! Rust's runtime opens the null device in the place of a closed standard output before `main` begins, so that later
//! nobody can tell and every write succeeds. Hence a look before that.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Failure;

static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether standard output was closed when the program began, as by `>&-` in a shell.
pub(crate) fn was_closed() -> bool {
    WAS_CLOSED.load(Ordering::Relaxed)
}

/// Prints what the user asked for.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    put(|| io::stdout().write_all(text.as_bytes()))
}

/// As [`print()`], for what somebody else prints.
pub(crate) fn put(print: impl FnOnce() -> io::Result<()>) -> Result<(), Failure> {
    if was_closed() {
        return Err(Failure::ClosedAnswer);
    }
    print().and_then(|()| io::stdout().flush()).map_err(|error| Failure::write("standard output", error))
}

/// Standard output as a file that can be written anywhere. Pipes and devices can't, nor can files that are appended to.
#[cfg(unix)]
pub(crate) fn as_file() -> Option<File> {
    use rustix::fs::{OFlags, fcntl_getfl};
    use std::os::fd::AsFd;

    let output = io::stdout();
    let handle = output.as_fd().try_clone_to_owned().ok()?;
    let appends = fcntl_getfl(&handle).is_ok_and(|flags| flags.contains(OFlags::APPEND));
    let file = File::from(handle);
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    (is_file && !appends).then_some(file)
}

/// Here nothing tells.
#[cfg(not(unix))]
pub(crate) fn as_file() -> Option<File> {
    None
}

#[cfg(unix)]
ctor::declarative::ctor! {
    // What is marked is that little of the standard library is promised to work before `main`. This asks the system
    // for one descriptor, and if that failed it would only hide what the program then does as it did without it.
    #[ctor(unsafe)]
    fn look() {
        use std::os::fd::AsFd;
        let handle = io::stdout().as_fd().try_clone_to_owned();
        WAS_CLOSED.store(handle.is_err(), Ordering::Relaxed);
    }
}
