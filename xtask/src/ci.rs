//! Every check that a change must pass, in order; the first failure ends the run.
//!
//! All steps share one profile and one set of features, so that each dependency is compiled once; only the
//! kernels' few are compiled again, for another processor.
//! It must not know what the checks look for.

use std::process::Command;

use crate::{aarch64, error::TaskError, layers, shape, workspace::cargo};

/// A headline and what it announces.
struct Step {
    name: &'static str,
    action: Action,
}

enum Action {
    /// Arguments of cargo, and an environment variable for it.
    Cargo(&'static [&'static str], Option<(&'static str, &'static str)>),
    /// A check of this program.
    Check(fn() -> Result<(), TaskError>),
}

const STEPS: [Step; 9] = [
    Step { name: "fmt", action: Action::Cargo(&["fmt", "--all", "--", "--check"], None) },
    Step { name: "layers", action: Action::Check(layers::run) },
    Step { name: "shape", action: Action::Check(shape::run) },
    Step {
        name: "clippy",
        action: Action::Cargo(
            &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"],
            None,
        ),
    },
    Step { name: "test", action: Action::Cargo(&["test", "--release", "--workspace"], None) },
    Step { name: "aarch64", action: Action::Check(aarch64::run) },
    Step {
        name: "doc",
        // Quiet, so that the results of the tests stay in sight.
        action: Action::Cargo(
            &["doc", "--quiet", "--release", "--workspace", "--no-deps"],
            Some(("RUSTDOCFLAGS", "-D warnings")),
        ),
    },
    Step {
        name: "browser",
        // Left out of plain `cargo test`, so that it needs no browser.
        action: Action::Cargo(
            &["test", "--release", "--workspace", "--test", "browser", "--", "--ignored"],
            None,
        ),
    },
    Step {
        name: "clients",
        // Left out of plain `cargo test`, so that it needs neither Python, Node nor a load balancer.
        action: Action::Cargo(
            &["test", "--release", "--workspace", "--test", "server", "--", "--ignored"],
            None,
        ),
    },
];

/// Runs all steps.
///
/// # Errors
///
/// That of the first step that fails.
pub(crate) fn run() -> Result<(), TaskError> {
    for step in &STEPS {
        println!("\n==> {}: {}", step.name, step.action.in_words(step.name));
        match &step.action {
            Action::Cargo(arguments, variable) => run_cargo(step, arguments, *variable)?,
            Action::Check(check) => check()?,
        }
    }
    println!("\nci: all {} steps passed: {}", STEPS.len(), STEPS.map(|step| step.name).join(", "));
    Ok(())
}

impl Action {
    /// The command to type to do the same.
    fn in_words(&self, name: &str) -> String {
        match self {
            Self::Cargo(arguments, None) => format!("cargo {}", arguments.join(" ")),
            Self::Cargo(arguments, Some((variable, value))) => {
                format!("{variable}=\"{value}\" cargo {}", arguments.join(" "))
            }
            Self::Check(_) => format!("cargo xtask {name}"),
        }
    }
}

fn run_cargo(step: &Step, arguments: &[&str], variable: Option<(&str, &str)>) -> Result<(), TaskError> {
    let cargo = cargo();
    let status = Command::new(&cargo)
        .args(arguments)
        .envs(variable)
        .status()
        .map_err(|source| TaskError::Start { program: cargo.to_string_lossy().into_owned(), source })?;
    if status.success() {
        return Ok(());
    }
    let command = step.action.in_words(step.name);
    Err(TaskError::Step { step: step.name, status: status.to_string(), command })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_that_compiles_does_so_in_the_release_profile_for_the_whole_workspace() {
        for step in
            STEPS.iter().filter(|step| ["clippy", "test", "doc", "browser", "clients"].contains(&step.name))
        {
            let words = step.action.in_words(step.name);
            assert!(words.contains("--release --workspace") && !words.contains("features"), "{words}");
        }
    }

    #[test]
    fn a_step_is_announced_as_the_command_that_repeats_it() {
        let in_words: Vec<String> = STEPS.iter().map(|step| step.action.in_words(step.name)).collect();
        assert_eq!(in_words[0], "cargo fmt --all -- --check");
        assert_eq!(in_words[1], "cargo xtask layers");
        assert_eq!(
            in_words[6],
            "RUSTDOCFLAGS=\"-D warnings\" cargo doc --quiet --release --workspace --no-deps"
        );
    }
}
