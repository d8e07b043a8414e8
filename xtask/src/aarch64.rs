//! The kernels' tests on aarch64, run by an emulator where this machine is none.
//!
//! It links with what comes with Rust, so that no C compiler for aarch64 is needed.
//! It must not know what the tests look for.

use std::{
    env::consts,
    path::Path,
    process::{Command, Stdio},
};

use crate::{error::TaskError, workspace::cargo};

/// Its programs are linked statically, by the linker of Rust, and need no files of a foreign system.
const TARGET: &str = "aarch64-unknown-linux-musl";
const EMULATOR: &str = "qemu-aarch64";
/// A processor with every instruction that kernels are compiled for.
const PROCESSOR: &str = "max";

/// Builds and runs the tests.
///
/// # Errors
///
/// If something is missing, with the command that installs it, or if a test fails.
pub(crate) fn run() -> Result<(), TaskError> {
    match reason_to_leave_out(consts::ARCH, consts::OS) {
        Some(reason) => {
            println!("{reason}");
            Ok(())
        }
        None => run_emulated(),
    }
}

/// Why the step has nothing to do on such a machine, if so.
fn reason_to_leave_out(arch: &str, os: &str) -> Option<&'static str> {
    if arch == "aarch64" {
        return Some("nothing to do: this machine is an aarch64, so that `cargo test` runs these tests");
    }
    (os != "linux").then_some("left out: the emulator runs single programs on Linux only")
}

fn run_emulated() -> Result<(), TaskError> {
    if !starts(EMULATOR) {
        let install = "sudo apt-get install qemu-user".to_owned();
        return Err(TaskError::Missing { what: EMULATOR, install });
    }
    if !is_installed(TARGET)? {
        return Err(TaskError::Missing { what: TARGET, install: format!("rustup target add {TARGET}") });
    }
    let cargo = cargo();
    let status = Command::new(&cargo)
        .args(["test", "--release", "--package", "pocket-tts-tensor", "--lib", "--target", TARGET])
        // The kernels are compiled as they are used; optimising what they are tested with takes longer than it
        // saves.
        .args(["--config", "profile.release.package.\"*\".opt-level=0"])
        .args(["--config", "profile.release.debug=false"])
        .env(variable("LINKER"), "rust-lld")
        .env(variable("RUNNER"), format!("{EMULATOR} -cpu {PROCESSOR}"))
        .status()
        .map_err(|source| TaskError::Start { program: cargo.to_string_lossy().into_owned(), source })?;
    if status.success() {
        return Ok(());
    }
    let command = "cargo xtask aarch64".to_owned();
    Err(TaskError::Step { step: "aarch64", status: status.to_string(), command })
}

/// The environment variable by which cargo takes a setting of [`TARGET`].
fn variable(setting: &str) -> String {
    format!("CARGO_TARGET_{}_{setting}", TARGET.to_uppercase().replace('-', "_"))
}

fn starts(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// Whether Rust's standard library for `target` is there.
fn is_installed(target: &str) -> Result<bool, TaskError> {
    let program = "rustc";
    let output = Command::new(program)
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .map_err(|source| TaskError::Start { program: program.to_owned(), source })?;
    Ok(Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_linux_on_another_processor_needs_the_emulator() {
        assert!(reason_to_leave_out("x86_64", "linux").is_none());
        assert!(reason_to_leave_out("aarch64", "linux").unwrap().contains("`cargo test`"));
        assert!(reason_to_leave_out("x86_64", "windows").unwrap().contains("Linux"));
    }

    #[test]
    fn what_is_not_installed_is_missed() {
        assert!(!starts("no-such-program-anywhere"));
        assert!(!is_installed("no-such-target").unwrap());
    }

    #[test]
    fn settings_of_the_target_are_named_as_cargo_names_them() {
        assert_eq!(variable("RUNNER"), "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER");
    }
}
