//! Child processes that don't outlive their test.

use std::{
    io,
    ops::{Deref, DerefMut},
    process::{Child, Command, Output},
};

/// A child process that is killed and waited for when this value is dropped, so that a failed assertion leaves
/// nothing behind.
#[derive(Debug)]
pub struct ChildGuard(Option<Child>);

impl ChildGuard {
    /// Starts a command.
    ///
    /// # Panics
    ///
    /// If it can't be started.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Self {
        let child = command.spawn();
        let program = command.get_program().display();
        Self(Some(child.unwrap_or_else(|error| panic!("cannot start {program}: {error}"))))
    }

    /// Starts a command that may be missing; `install` says how to install it.
    ///
    /// # Panics
    ///
    /// If it can't be started.
    #[track_caller]
    pub fn spawn_installed(command: &mut Command, install: &str) -> Self {
        let child = command.spawn();
        let program = command.get_program().display();
        Self(Some(
            child.unwrap_or_else(|error| panic!("cannot start {program}: {error}; install it: {install}")),
        ))
    }

    /// Waits for the end, and returns the output in the pipes.
    ///
    /// # Errors
    ///
    /// If a pipe can't be read.
    ///
    /// # Panics
    ///
    /// Never: the child exists until this value is dropped.
    pub fn wait_with_output(mut self) -> io::Result<Output> {
        self.0.take().expect("a child until it is dropped").wait_with_output()
    }
}

impl Deref for ChildGuard {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.0.as_ref().expect("a child until it is dropped")
    }
}

impl DerefMut for ChildGuard {
    fn deref_mut(&mut self) -> &mut Child {
        self.0.as_mut().expect("a child until it is dropped")
    }
}

impl Drop for ChildGuard {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // This fails if the child has already ended.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{path::Path, process::Stdio};

    use super::*;

    #[test]
    fn a_child_ends_with_its_guard() {
        let guard = ChildGuard::spawn(Command::new("sleep").arg("600"));
        let process = guard.id();
        let is_running = || {
            let status =
                Command::new("kill").args(["-0", &process.to_string()]).stderr(Stdio::null()).status();
            status.expect("the program `kill`").success()
        };
        assert!(is_running());
        drop(guard);
        assert!(!is_running());
    }

    #[test]
    fn the_output_of_a_child_is_returned() {
        let guard = ChildGuard::spawn(Command::new("echo").arg("words").stdout(Stdio::piped()));
        assert_eq!(guard.wait_with_output().expect("a readable pipe").stdout, b"words\n");
    }

    #[test]
    #[should_panic(expected = "cannot start")]
    fn a_missing_program_is_named() {
        let program = Path::new("/nonexistent/program");
        drop(ChildGuard::spawn(&mut Command::new(program)));
    }
}
