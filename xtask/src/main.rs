//! The project's own checks and measurements, run as `cargo xtask`: lists the tasks and selects one.
//!
//! It must not know how a task works.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints its messages")]

mod aarch64;
mod bench;
mod ci;
mod error;
mod features;
mod kernels;
mod layers;
mod modules;
mod process;
mod python;
mod random;
mod shape;
mod workspace;

use std::{env, process::ExitCode};

use error::TaskError;

/// A task, run as `cargo xtask NAME`.
struct Task {
    name: &'static str,
    summary: &'static str,
    action: TaskAction,
}

enum TaskAction {
    /// Without options.
    Plain(fn() -> Result<(), TaskError>),
    /// With the arguments after its name.
    WithOptions(fn(&[String]) -> Result<(), TaskError>),
}

const TASKS: [Task; 12] = [
    Task {
        name: "ci",
        summary: "run every check that a change must pass",
        action: TaskAction::Plain(ci::run),
    },
    Task {
        name: "aarch64",
        summary: "test the kernels on an emulated aarch64",
        action: TaskAction::Plain(aarch64::run),
    },
    Task {
        name: "loom",
        summary: "explore thread interleavings of work sharing",
        action: TaskAction::Plain(kernels::loom),
    },
    Task {
        name: "asan",
        summary: "test the kernels under AddressSanitizer",
        action: TaskAction::Plain(kernels::asan),
    },
    Task {
        name: "layers",
        summary: "check that crates use lower layers only, and files no cycles; --graph draws them",
        action: TaskAction::WithOptions(layers::run),
    },
    Task {
        name: "features",
        summary: "check that running and testing share one build of each dependency",
        action: TaskAction::Plain(features::run),
    },
    Task {
        name: "shape",
        summary: "check file lengths, leftovers and machine paths",
        action: TaskAction::Plain(shape::run),
    },
    Task {
        name: "python",
        summary: "build the Python package, install it and test it",
        action: TaskAction::Plain(python::run),
    },
    Task {
        name: "ray",
        summary: "build the Python package and test its programs for a Ray cluster",
        action: TaskAction::Plain(python::ray),
    },
    Task {
        name: "random",
        summary: "run the property tests with new random cases",
        action: TaskAction::Plain(random::run),
    },
    Task {
        name: "bench",
        summary: "measure speed and memory, of other programs too (bench --help)",
        action: TaskAction::WithOptions(bench::run),
    },
    Task {
        name: "help",
        summary: "list the tasks",
        action: TaskAction::Plain(|| {
            help();
            Ok(())
        }),
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = find(&arguments).and_then(|(task, words)| match task.action {
        TaskAction::Plain(run) => run(),
        TaskAction::WithOptions(run) => run(words),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// The task, and its arguments.
fn find(arguments: &[String]) -> Result<(&'static Task, &[String]), TaskError> {
    let Some((name, words)) = arguments.split_first() else {
        return Err(TaskError::Usage { tasks: task_names() });
    };
    let task = TASKS
        .iter()
        .find(|task| task.name == name)
        .ok_or_else(|| TaskError::UnknownTask { name: name.clone(), tasks: task_names() })?;
    match (&task.action, words.first()) {
        (TaskAction::Plain(_), Some(found)) => {
            Err(TaskError::Unexpected { task: task.name, found: found.clone(), tasks: task_names() })
        }
        _ => Ok((task, words)),
    }
}

fn help() {
    println!("Usage: cargo xtask TASK\n");
    for task in &TASKS {
        println!("  {:<9}{}", task.name, task.summary);
    }
}

fn task_names() -> String {
    TASKS.map(|task| task.name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Result<(&'static str, usize), TaskError> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        find(&arguments).map(|(task, words)| (task.name, words.len()))
    }

    #[test]
    fn a_task_is_found_by_its_name() {
        assert_eq!(found("layers").unwrap(), ("layers", 0));
    }

    #[test]
    fn the_arguments_after_a_task_are_its_options() {
        assert_eq!(found("bench --rounds 3").unwrap(), ("bench", 2));
    }

    #[test]
    fn an_unknown_task_is_refused_with_the_known_ones() {
        let error = found("laters").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no task `laters`; the tasks are: ci, aarch64, loom, asan, layers, features, shape, python, ray, random, bench, help"
        );
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn no_task_and_two_tasks_are_wrong_usage() {
        for (line, problem) in
            [("", "name a task"), ("ci layers", "`ci` takes no options, but was given `layers`")]
        {
            let error = found(line).unwrap_err();
            assert!(error.to_string().starts_with(problem), "{error}");
            assert!(
                error.to_string().ends_with(
                    "the tasks are: ci, aarch64, loom, asan, layers, features, shape, python, ray, random, bench, help"
                ),
                "{error}"
            );
            assert_eq!(error.exit_code(), 2);
        }
    }
}
