//! Whether standard output is open, and whether it is a file.
//!
//! Rust's runtime replaces a closed standard output by the null device before `main` begins, so that every write
//! succeeds. So this is checked before that.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Failure;

static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether standard output was closed when the program began, as by `>&-` in a shell.
pub(crate) fn was_closed() -> bool {
    WAS_CLOSED.load(Ordering::Relaxed)
}

/// Prints results.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    put(|| io::stdout().write_all(text.as_bytes()))
}

/// As [`print()`], for a function that prints.
pub(crate) fn put(print: impl FnOnce() -> io::Result<()>) -> Result<(), Failure> {
    if was_closed() {
        return Err(Failure::ClosedResults);
    }
    print().and_then(|()| io::stdout().flush()).map_err(|error| Failure::write("standard output", error))
}

/// Standard output as a file, if it can be written at any position, unlike pipes, devices and files opened to append.
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

/// Unknown on other systems.
#[cfg(not(unix))]
pub(crate) fn as_file() -> Option<File> {
    None
}

#[cfg(unix)]
ctor::declarative::ctor! {
    // The marker is needed because little of the standard library is guaranteed to work before `main`. This only
    // duplicates a descriptor, and a failure would only disable the check.
    #[ctor(unsafe)]
    fn look() {
        use std::os::fd::AsFd;
        let handle = io::stdout().as_fd().try_clone_to_owned();
        WAS_CLOSED.store(handle.is_err(), Ordering::Relaxed);
    }
}
