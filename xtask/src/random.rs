//! The tests with cases that no run before has drawn, for a schedule: `ci` draws the same cases each time.
//!
//! It must not know what the tests look for.

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
/// Cases of each property that doesn't name a number itself; the usual number is 256.
const CASES: u32 = 2_000;
/// Several times what it takes on two cores.
const LIMIT: Duration = Duration::from_hours(3);

/// Runs all tests with a new seed.
///
/// # Errors
///
/// If a test fails, with the command that draws the same cases.
pub(crate) fn run() -> Result<(), TaskError> {
    let variables = variables(RandomState::new().hash_one(()));
    let in_words = in_words(&variables);
    println!("==> random: {in_words}");
    let interruption = Interruption::watch()?;
    let mut command = Command::new(cargo());
    command.args(ARGUMENTS).envs(variables);
    let ended = process::run(&mut command, LIMIT, &interruption).map_err(|source| TaskError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    let failed = |status: String| Err(TaskError::Step { step: "random", status, command: in_words });
    match ended.how {
        Ending::Exited(status) if status.success() => Ok(()),
        Ending::Exited(status) => failed(status.to_string()),
        Ending::OutOfTime => failed("it was ended at its limit of three hours".to_owned()),
        Ending::Interrupted => Err(TaskError::Interrupted { step: "random" }),
    }
}

fn variables(seed: u64) -> [(&'static str, String); 2] {
    [("PROPTEST_RNG_SEED", seed.to_string()), ("PROPTEST_CASES", CASES.to_string())]
}

fn in_words(variables: &[(&'static str, String); 2]) -> String {
    let [(seed, seed_value), (cases, cases_value)] = variables;
    format!("{seed}={seed_value} {cases}={cases_value} cargo {}", ARGUMENTS.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_announced_as_the_command_that_repeats_it() {
        assert_eq!(
            in_words(&variables(7)),
            "PROPTEST_RNG_SEED=7 PROPTEST_CASES=2000 cargo test --release --workspace --no-fail-fast"
        );
    }
}
