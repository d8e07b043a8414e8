//! Checks that `cargo run` and `cargo test --workspace` build each dependency once.
//!
//! Cargo unifies a dependency's features over the packages that are built together. If a test enables a feature that the
//! program doesn't, the dependency and its dependents are compiled twice.

use std::{collections::BTreeSet, process::Command};

use crate::{error::TaskError, workspace::cargo};

/// The packages that `cargo run` builds, and the packages that `cargo test --workspace` builds.
const PROGRAM: [&str; 4] = ["--package", "pocket-tts", "--edges", "normal,build"];
const WORKSPACE: [&str; 3] = ["--workspace", "--edges", "normal,build,dev"];

/// Compares the two.
///
/// # Errors
///
/// If a dependency of the program is built with other features for the tests.
pub(crate) fn run() -> Result<(), TaskError> {
    let (program, workspace) = (builds(&PROGRAM)?, builds(&WORKSPACE)?);
    let findings = differences(&program, &workspace);
    if findings.is_empty() {
        println!("features: {} packages, each built once for running and testing", program.len());
        return Ok(());
    }
    Err(TaskError::Findings { check: "features", findings })
}

/// A line for each package with its features.
fn builds(selection: &[&str]) -> Result<BTreeSet<String>, TaskError> {
    let program = cargo();
    let output = Command::new(&program)
        .args(["tree", "--quiet", "--prefix", "none", "--format", "{p} [{f}]"])
        .args(selection)
        .output()
        .map_err(|source| TaskError::Start { program: program.to_string_lossy().into_owned(), source })?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(TaskError::Metadata { reason });
    }
    // A repeated package is marked.
    let lines = String::from_utf8_lossy(&output.stdout);
    Ok(lines.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect())
}

fn differences(program: &BTreeSet<String>, workspace: &BTreeSet<String>) -> Vec<String> {
    let package = |line: &str| line.rsplit_once(" [").map_or(line, |(package, _)| package).to_owned();
    program
        .difference(workspace)
        .map(|alone| {
            let others: Vec<&str> = workspace
                .iter()
                .filter(|line| package(line) == package(alone))
                .map(String::as_str)
                .collect();
            format!(
                "{alone} is built for the program and {} for the tests: name the features in the workspace's dependencies",
                others.join(", ")
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> BTreeSet<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn other_features_of_a_dependency_of_the_program_are_found() {
        let workspace = lines(&["a v1.0.0 [std]", "b v1.0.0 []", "only-tests v1.0.0 []"]);
        assert_eq!(differences(&lines(&["a v1.0.0 [std]", "b v1.0.0 []"]), &workspace), [""; 0]);
        assert_eq!(
            differences(&lines(&["a v1.0.0 []", "b v1.0.0 []"]), &workspace),
            [
                "a v1.0.0 [] is built for the program and a v1.0.0 [std] for the tests: name the features in the \
                 workspace's dependencies"
            ]
        );
    }
}
