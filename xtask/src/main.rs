//! The project's own checks, run as `cargo xtask`: names the tasks and picks one.
//!
//! It must not know how a task works.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks on its terminal")]

mod aarch64;
mod ci;
mod error;
mod layers;
mod shape;
mod workspace;

use std::{env, process::ExitCode};

use error::TaskError;

/// Something that `cargo xtask NAME` does.
struct Task {
    name: &'static str,
    summary: &'static str,
    run: fn() -> Result<(), TaskError>,
}

const TASKS: [Task; 5] = [
    Task { name: "ci", summary: "run every check that a change must pass", run: ci::run },
    Task { name: "aarch64", summary: "test the kernels on an emulated aarch64", run: aarch64::run },
    Task { name: "layers", summary: "check that crates only use crates of lower layers", run: layers::run },
    Task { name: "shape", summary: "check file lengths, leftovers and machine paths", run: shape::run },
    Task {
        name: "help",
        summary: "list the tasks",
        run: || {
            help();
            Ok(())
        },
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match find(&arguments).and_then(|task| (task.run)()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn find(arguments: &[String]) -> Result<&'static Task, TaskError> {
    let [name] = arguments else {
        return Err(TaskError::Usage { tasks: task_names(), found: arguments.len() });
    };
    TASKS
        .iter()
        .find(|task| task.name == name)
        .ok_or_else(|| TaskError::UnknownTask { name: name.clone(), tasks: task_names() })
}

fn help() {
    println!("Usage: cargo xtask TASK\n");
    for task in &TASKS {
        println!("  {:<8}{}", task.name, task.summary);
    }
}

fn task_names() -> String {
    TASKS.map(|task| task.name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(arguments: &[&str]) -> Result<&'static str, TaskError> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        find(&arguments).map(|task| task.name)
    }

    #[test]
    fn a_task_is_found_by_its_name() {
        assert_eq!(found(&["layers"]).unwrap(), "layers");
    }

    #[test]
    fn an_unknown_task_is_refused_with_the_known_ones() {
        let error = found(&["laters"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no task `laters`; the tasks are: ci, aarch64, layers, shape, help"
        );
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn no_task_and_two_tasks_are_wrong_usage() {
        for arguments in [&[][..], &["ci", "layers"][..]] {
            let error = found(arguments).unwrap_err();
            assert!(
                error.to_string().ends_with("the tasks are: ci, aarch64, layers, shape, help"),
                "{error}"
            );
            assert_eq!(error.exit_code(), 2);
        }
    }
}
