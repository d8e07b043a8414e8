//! Writes a model with random weights: `random-model NAME FOLDER`, with the shapes of `configs/NAME.yaml`.

#![expect(clippy::print_stderr, reason = "a command-line program prints its messages")]

use std::{env, path::Path, process::ExitCode};

use pocket_tts_benches::write_random_model;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else {
        eprintln!("usage: random-model NAME FOLDER, where configs/NAME.yaml defines the shapes");
        return ExitCode::from(2);
    };
    match write_random_model(name, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
