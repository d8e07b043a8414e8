//! Runs the kernels' tests on aarch64, in an emulator on other machines.
//!
//! It links with the linker that comes with Rust, so no C compiler for aarch64 is needed.
//! It must not know what the tests check.

use std::{
    env::consts,
    path::Path,
    process::{Command, Stdio},
};

use crate::{error::TaskError, workspace::cargo};

/// Its programs are statically linked and need no files of another system.
const TARGET: &str = "aarch64-unknown-linux-musl";
const EMULATOR: &str = "qemu-aarch64";
/// A processor with every instruction that kernels are compiled for.
const PROCESSOR: &str = "max";

/// Builds and runs the tests.
///
/// # Errors
///
/// If a tool is missing, with the command that installs it, or if a test fails.
pub(crate) fn run() -> Result<(), TaskError> {
    match skip_reason(consts::ARCH, consts::OS) {
        Some(reason) => {
            println!("{reason}");
            Ok(())
        }
        None => run_emulated(),
    }
}

/// Why the step is skipped on such a machine, if it is.
fn skip_reason(arch: &str, os: &str) -> Option<&'static str> {
    if arch == "aarch64" {
        return Some("skipped: this machine is an aarch64, so `cargo test` runs these tests");
    }
    (os != "linux").then_some("skipped: the emulator runs single programs on Linux only")
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
        // The kernels are compiled as usual; optimising the dependencies of their tests takes longer than it saves.
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

/// The environment variable of a cargo setting of [`TARGET`].
fn variable(setting: &str) -> String {
    format!("CARGO_TARGET_{}_{setting}", TARGET.to_uppercase().replace('-', "_"))
}

fn starts(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// Whether Rust's standard library for `target` is installed.
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
        assert!(skip_reason("x86_64", "linux").is_none());
        assert!(skip_reason("aarch64", "linux").unwrap().contains("`cargo test`"));
        assert!(skip_reason("x86_64", "windows").unwrap().contains("Linux"));
    }

    #[test]
    fn missing_tools_are_detected() {
        assert!(!starts("no-such-program-anywhere"));
        assert!(!is_installed("no-such-target").unwrap());
    }

    #[test]
    fn settings_of_the_target_have_the_names_of_cargo() {
        assert_eq!(variable("RUNNER"), "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER");
    }
}
