//! Runs every check that a change must pass, in order; the first failure ends the run.
//!
//! Each step runs as a separate command, has a time limit, and leaves no process behind. All steps share one profile and
//! nearly one set of features, so that each dependency is compiled once; only the kernels' few dependencies are compiled
//! again, for another processor.
//! It must not know what the checks look for.

mod times;

use std::{
    env,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    error::TaskError,
    process::{self, Ending, Interruption},
    workspace::cargo,
};
use times::{Times, clock};

/// A step of the run.
struct Step {
    name: &'static str,
    /// Several times the duration of the step on two cores after `cargo clean`: it ends steps that hang, not slow ones.
    limit_minutes: u64,
    action: StepAction,
}

enum StepAction {
    /// Arguments of cargo, and an environment variable.
    Cargo(&'static [&'static str], Option<(&'static str, &'static str)>),
    /// The task of this program with the step's name.
    Task,
}

const STEPS: [Step; 14] = [
    Step {
        name: "fmt",
        limit_minutes: 5,
        action: StepAction::Cargo(&["fmt", "--all", "--", "--check"], None),
    },
    Step { name: "layers", limit_minutes: 5, action: StepAction::Task },
    Step { name: "features", limit_minutes: 5, action: StepAction::Task },
    Step { name: "shape", limit_minutes: 5, action: StepAction::Task },
    Step {
        name: "clippy",
        limit_minutes: 30,
        action: StepAction::Cargo(
            &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"],
            None,
        ),
    },
    Step {
        name: "package",
        limit_minutes: 5,
        // Whether each manifest can be packed. The packed sources aren't compiled, which would take a debug build.
        action: StepAction::Cargo(
            &["package", "--workspace", "--no-verify", "--allow-dirty", "--offline", "--quiet"],
            None,
        ),
    },
    Step {
        name: "without features",
        limit_minutes: 15,
        // Without the built-in model and the C++ library. The packages of tests and benchmarks enable the model.
        action: StepAction::Cargo(
            &[
                "clippy",
                "--release",
                "--workspace",
                "--no-default-features",
                "--exclude",
                "pocket-tts-tests",
                "--exclude",
                "pocket-tts-benches",
                "--",
                "-D",
                "warnings",
            ],
            None,
        ),
    },
    Step {
        name: "text without features",
        limit_minutes: 30,
        // The goldens of the text crate, with its own SentencePiece reader.
        action: StepAction::Cargo(
            &[
                "test",
                "--release",
                "--workspace",
                "--no-default-features",
                "--exclude",
                "pocket-tts-tests",
                "--exclude",
                "pocket-tts-benches",
                "--test",
                "golden",
                "--test",
                "splitting",
                "--test",
                "tokenizer",
            ],
            None,
        ),
    },
    Step {
        name: "test",
        limit_minutes: 40,
        action: StepAction::Cargo(&["test", "--release", "--workspace", "--no-fail-fast"], None),
    },
    Step { name: "aarch64", limit_minutes: 20, action: StepAction::Task },
    Step {
        name: "doc",
        limit_minutes: 15,
        // Quiet, so that the results of the tests stay visible.
        action: StepAction::Cargo(
            &["doc", "--quiet", "--release", "--workspace", "--no-deps"],
            Some(("RUSTDOCFLAGS", "-D warnings")),
        ),
    },
    Step {
        name: "browser",
        limit_minutes: 15,
        // Ignored by plain `cargo test`, which must not need a browser.
        action: StepAction::Cargo(
            &["test", "--release", "--workspace", "--test", "browser", "--", "--ignored"],
            None,
        ),
    },
    Step {
        name: "clients",
        limit_minutes: 15,
        // Ignored by plain `cargo test`, which must not need Python, Node or a load balancer.
        action: StepAction::Cargo(
            &[
                "test",
                "--release",
                "--workspace",
                "--no-fail-fast",
                "--test",
                "server",
                "--test",
                "command",
                "--",
                "--ignored",
            ],
            None,
        ),
    },
    // Last, as it needs what the tests have compiled.
    Step { name: "python", limit_minutes: 15, action: StepAction::Task },
];

/// Runs all steps, and prints the duration of each.
///
/// # Errors
///
/// The error of the first step that fails.
pub(crate) fn run() -> Result<(), TaskError> {
    let interruption = Interruption::watch()?;
    let mut times = Times::default();
    let outcome = STEPS.iter().try_for_each(|step| {
        println!("\n==> {}: {}", step.name, step.action.command_line(step.name));
        let started = Instant::now();
        let outcome = step.run(&interruption);
        times.add(step.name, started.elapsed(), step.limit(), outcome.is_ok());
        outcome
    });
    println!("\n{times}");
    outcome?;
    println!("\nci: all {} steps passed", STEPS.len());
    Ok(())
}

impl Step {
    fn limit(&self) -> Duration {
        Duration::from_mins(self.limit_minutes)
    }

    fn run(&self, interruption: &Interruption) -> Result<(), TaskError> {
        let mut command = self.action.command(self.name)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let ended = process::run(&mut command, self.limit(), interruption)
            .map_err(|source| TaskError::Start { program, source })?;
        for process in &ended.left_behind {
            eprintln!("warning: step `{}` left the process {process} behind; it was killed", self.name);
        }
        let failed = |status: String| {
            Err(TaskError::Step { step: self.name, status, command: self.action.command_line(self.name) })
        };
        match ended.how {
            Ending::Exited(status) if status.success() => Ok(()),
            Ending::Exited(status) => failed(status.to_string()),
            Ending::OutOfTime => failed(format!("killed at its limit of {}", clock(self.limit()))),
            Ending::Interrupted => Err(TaskError::Interrupted { step: self.name }),
        }
    }
}

impl StepAction {
    /// The equivalent command line.
    fn command_line(&self, name: &str) -> String {
        match self {
            Self::Cargo(arguments, None) => format!("cargo {}", arguments.join(" ")),
            Self::Cargo(arguments, Some((variable, value))) => {
                format!("{variable}=\"{value}\" cargo {}", arguments.join(" "))
            }
            Self::Task => format!("cargo xtask {name}"),
        }
    }

    fn command(&self, name: &str) -> Result<Command, TaskError> {
        match self {
            Self::Cargo(arguments, variable) => {
                let mut command = Command::new(cargo());
                command.args(*arguments).envs(*variable);
                Ok(command)
            }
            Self::Task => {
                let program = env::current_exe()
                    .map_err(|source| TaskError::Start { program: "xtask".to_owned(), source })?;
                let mut command = Command::new(program);
                command.arg(name);
                Ok(command)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_compiles_in_the_release_profile_and_most_compile_the_workspace() {
        let compiles = |step: &&Step| {
            matches!(step.action, StepAction::Cargo(..)) && !["fmt", "package"].contains(&step.name)
        };
        for step in STEPS.iter().filter(compiles) {
            let words = step.action.command_line(step.name);
            assert!(words.contains("--release"), "{words}");
            let is_special = step.name.ends_with("without features");
            assert!(words.contains("--workspace") || is_special, "{words}");
            assert_eq!(words.contains("features"), is_special, "{words}");
        }
    }

    #[test]
    fn a_step_is_announced_as_the_command_that_repeats_it() {
        let command_line = |name: &str| {
            let step = STEPS.iter().find(|step| step.name == name).unwrap();
            step.action.command_line(name)
        };
        assert_eq!(command_line("fmt"), "cargo fmt --all -- --check");
        assert_eq!(command_line("layers"), "cargo xtask layers");
        assert_eq!(
            command_line("doc"),
            "RUSTDOCFLAGS=\"-D warnings\" cargo doc --quiet --release --workspace --no-deps"
        );
    }

    #[test]
    fn a_step_that_is_a_task_has_the_name_of_one() {
        for step in STEPS.iter().filter(|step| matches!(step.action, StepAction::Task)) {
            assert!(crate::find(&[step.name.to_owned()]).is_ok(), "{}", step.name);
        }
    }
}
