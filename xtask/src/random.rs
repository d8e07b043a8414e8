//! Runs the tests with new random cases, for scheduled runs: `ci` uses the same cases each time.
//!
//! It must not know what the tests check.

use std::{
    hash::{BuildHasher, RandomState},
    process::Command,
    time::Duration,
};

use crate::{
    error::TaskError,
    process::{self, Ending, Interruption},
    workspace::cargo,
};

const ARGUMENTS: [&str; 4] = ["test", "--release", "--workspace", "--no-fail-fast"];
/// Cases of each property without its own number; the default is 256.
const CASES: u32 = 2_000;
/// Several times the duration on two cores.
const LIMIT: Duration = Duration::from_hours(3);

/// Runs all tests with a new seed.
///
/// # Errors
///
/// If a test fails, with the command that repeats the same cases.
pub(crate) fn run() -> Result<(), TaskError> {
    let variables = variables(RandomState::new().hash_one(()));
    let line = command_line(&variables);
    println!("==> random: {line}");
    let interruption = Interruption::watch()?;
    let mut command = Command::new(cargo());
    command.args(ARGUMENTS).envs(variables);
    let ended = process::run(&mut command, LIMIT, &interruption).map_err(|source| TaskError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    let failed = |status: String| Err(TaskError::Step { step: "random", status, command: line });
    match ended.how {
        Ending::Exited(status) if status.success() => Ok(()),
        Ending::Exited(status) => failed(status.to_string()),
        Ending::OutOfTime => failed("killed at its limit of three hours".to_owned()),
        Ending::Interrupted => Err(TaskError::Interrupted { step: "random" }),
    }
}

fn variables(seed: u64) -> [(&'static str, String); 2] {
    [("PROPTEST_RNG_SEED", seed.to_string()), ("PROPTEST_CASES", CASES.to_string())]
}

fn command_line(variables: &[(&'static str, String); 2]) -> String {
    let [(seed, seed_value), (cases, cases_value)] = variables;
    format!("{seed}={seed_value} {cases}={cases_value} cargo {}", ARGUMENTS.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_announced_as_the_command_that_repeats_it() {
        assert_eq!(
            command_line(&variables(7)),
            "PROPTEST_RNG_SEED=7 PROPTEST_CASES=2000 cargo test --release --workspace --no-fail-fast"
        );
    }
}
