//! The tests of `tests/kernels`, compiled for loom and `AddressSanitizer`.
//!
//! Each tool has its own target folder, as everything is compiled for it. That is little: the crate contains the kernels
//! without the other dependencies of `pocket-tts-tensor`. It must not know what the tests check.

use std::process::Command;

use crate::{
    error::TaskError,
    workspace::{Workspace, cargo},
};

/// The tests of this crate only.
const TESTS: [&str; 5] = ["test", "--release", "--package", "pocket-tts-kernel-tests", "--lib"];

/// Explores how threads share work, in every interleaving.
///
/// # Errors
///
/// If a test fails.
pub(crate) fn loom() -> Result<(), TaskError> {
    run("loom", &[], &[("RUSTFLAGS", "--cfg loom")])
}

/// Runs the kernels' tests under `AddressSanitizer`, and with wrapping arithmetic, as in programs that depend on this
/// project and have other profile settings.
///
/// # Errors
///
/// If this machine has no `AddressSanitizer`, or if a test fails.
pub(crate) fn asan() -> Result<(), TaskError> {
    let Some(target) = sanitized_target(std::env::consts::ARCH, std::env::consts::OS) else {
        println!("skipped: AddressSanitizer comes with Rust for Linux on x86_64 and aarch64, and for macOS");
        return Ok(());
    };
    // With an explicit target, build scripts and macros are compiled as usual.
    run(
        "asan",
        &["--features", "asan", "--target", target, "--config", "profile.release.overflow-checks=false"],
        &[
            ("RUSTFLAGS", "-Zsanitizer=address"),
            // Stable compilers contain the sanitizer, but accept the option only with this variable.
            ("RUSTC_BOOTSTRAP", "1"),
            // Memory that is allocated at exit is not an error of a kernel.
            ("ASAN_OPTIONS", "detect_leaks=0"),
        ],
    )
}

/// The target to compile for on such a machine, if it has `AddressSanitizer`.
fn sanitized_target(arch: &str, os: &str) -> Option<&'static str> {
    match (arch, os) {
        ("x86_64", "linux") => Some("x86_64-unknown-linux-gnu"),
        ("aarch64", "linux") => Some("aarch64-unknown-linux-gnu"),
        ("aarch64", "macos") => Some("aarch64-apple-darwin"),
        ("x86_64", "macos") => Some("x86_64-apple-darwin"),
        _ => None,
    }
}

fn run(name: &'static str, options: &[&str], variables: &[(&str, &str)]) -> Result<(), TaskError> {
    let cargo = cargo();
    let status = Command::new(&cargo)
        .args(TESTS)
        .args(options)
        .arg("--target-dir")
        .arg(Workspace::load()?.target.join(name))
        .envs(variables.iter().copied())
        .status()
        .map_err(|source| TaskError::Start { program: cargo.to_string_lossy().into_owned(), source })?;
    if status.success() {
        return Ok(());
    }
    let command = format!("cargo xtask {name}");
    Err(TaskError::Step { step: name, status: status.to_string(), command })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_without_the_sanitizer_are_known() {
        assert_eq!(sanitized_target("x86_64", "linux"), Some("x86_64-unknown-linux-gnu"));
        assert_eq!(sanitized_target("x86_64", "windows"), None);
    }
}
