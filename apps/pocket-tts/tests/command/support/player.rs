//! Programs that stand in for players. No sound server can be reached from a sandbox.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::{Outcome, Sandbox};

/// Puts a player of this name into the folder `programs`. `behaviour` is a script of the tests of `pocket-tts-play`.
pub(crate) fn add_player(sandbox: &Sandbox, name: &str, behaviour: &str) {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/pocket-tts-play/tests/programs");
    std::fs::create_dir_all(sandbox.path("programs")).unwrap();
    std::os::unix::fs::symlink(scripts.join(behaviour), sandbox.path("programs").join(name)).unwrap();
}

/// The search path with only these programs.
pub(crate) fn programs(sandbox: &Sandbox) -> OsString {
    sandbox.path("programs").into_os_string()
}

pub(crate) fn run(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    Outcome::of(sandbox.command(arguments).env("PATH", programs(sandbox)).output().unwrap())
}

/// What a player got, 16-bit samples.
pub(crate) fn played(sandbox: &Sandbox, name: &str) -> Vec<u8> {
    std::fs::read(sandbox.path("programs").join(format!("{name}.played"))).unwrap_or_default()
}

/// Waits for a condition that is about to become true.
#[track_caller]
pub(crate) fn wait_for(is_true: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_mins(1), "it does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}
