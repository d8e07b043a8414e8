//! The command `pocket-tts-server`. `pocket-tts serve` does the same.

#![forbid(unsafe_code)]

use std::{io::Write, process::ExitCode};

use clap::Parser;
use pocket_tts_server::{ServeArguments, ServerErrorKind, run};

/// Text to speech over HTTP, on an ordinary CPU.
#[derive(Debug, Parser)]
#[command(name = "pocket-tts-server", version, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    serve: ServeArguments,
}

fn main() -> ExitCode {
    let Err(error) = run(&Arguments::parse().serve) else { return ExitCode::SUCCESS };
    let text = error.to_string();
    let lines = match text.split_once("; ") {
        Some((problem, help)) => format!("error: {problem}\nhelp: {help}"),
        None => format!("error: {text}"),
    };
    // A failure to write cannot be reported anywhere.
    drop(writeln!(std::io::stderr(), "{lines}"));
    ExitCode::from(match error.kind() {
        ServerErrorKind::Usage => 2,
        ServerErrorKind::BadModel => 3,
        ServerErrorKind::Environment => 4,
        _ => 70,
    })
}
