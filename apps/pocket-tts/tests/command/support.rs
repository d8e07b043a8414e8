//! Runs the command in an empty folder with an empty environment, so that nothing of this machine shows.

pub(crate) mod epub;
pub(crate) mod hub;
pub(crate) mod player;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder that is both home and working directory.
#[derive(Debug)]
pub(crate) struct Sandbox {
    folder: TempDir,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The names of all files, hidden ones too.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The command, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pocket-tts"));
        command.args(arguments).env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command
    }

    /// As [`command`](Self::command), with default signal handlers although the tests may run with ignored ones,
    /// as under `nohup` and in background jobs.
    #[cfg(target_os = "linux")]
    pub(crate) fn signalled_command(&self, arguments: &[&str]) -> Command {
        self.signalled_command_of("INT,TERM,HUP", arguments)
    }

    /// As [`signalled_command`](Self::signalled_command), of the signals in this list; others of the three are ignored.
    #[cfg(target_os = "linux")]
    pub(crate) fn signalled_command_of(&self, signals: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("/usr/bin/env");
        command.args(["--ignore-signal=INT,TERM,HUP", "/usr/bin/env"]);
        command
            .args([&format!("--default-signal={signals}"), env!("CARGO_BIN_EXE_pocket-tts")])
            .args(arguments);
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(arguments).output().unwrap())
    }

    pub(crate) fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        let variables = variables.iter().copied();
        Outcome::of(self.command(arguments).envs(variables).output().unwrap())
    }

    /// A run that reads `input` from standard input.
    pub(crate) fn run_on(&self, input: &[u8], arguments: &[&str]) -> Outcome {
        use std::io::Write;
        let mut command = self.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pocket_tts_test_support::ChildGuard::spawn(command);
        child.stdin.take().unwrap().write_all(input).unwrap();
        Outcome::of(child.wait_with_output().unwrap())
    }
}

impl Outcome {
    pub(crate) fn of(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).unwrap();
        Self { code: output.status.code(), stdout: output.stdout, stderr }
    }

    /// Asserts success.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// Asserts a failure with this code whose message, what is wrong and what to do, holds all of `parts`. The lines
    /// of the last message are joined by semicolons.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, parts: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert!(self.stdout.is_empty(), "only audio may be on standard output");
        let start =
            self.stderr.rfind("error: ").unwrap_or_else(|| panic!("no error is reported: {}", self.stderr));
        let told = self.stderr[start..].trim_end().replace("\nhelp: ", "; ");
        assert_eq!(told.lines().count(), 1, "{}", self.stderr);
        for part in parts {
            assert!(told.contains(part), "`{part}` is missing in: {told}");
        }
        self
    }

    /// Asserts a failure with this code and exactly this message.
    #[track_caller]
    pub(crate) fn says(self, code: i32, lines: &[&str]) {
        assert_eq!((self.code, self.stderr.lines().collect::<Vec<_>>()), (Some(code), lines.to_vec()));
        assert!(self.stdout.is_empty(), "only audio may be on standard output");
    }
}

/// The samples of a WAV file, after a check of its header: `data_bytes` as declared, or as given.
#[track_caller]
pub(crate) fn samples(wav: &[u8], declared_data_bytes: usize) -> Vec<i16> {
    let word = |at: usize| u32::from_le_bytes(wav[at..at + 4].try_into().unwrap()) as usize;
    let half = |at: usize| u16::from_le_bytes(wav[at..at + 2].try_into().unwrap());
    assert_eq!((&wav[..4], &wav[8..16], &wav[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    assert_eq!((word(4), word(40)), (declared_data_bytes + 36, declared_data_bytes));
    assert_eq!((word(16), half(20), half(22)), (16, 1, 1), "PCM, mono");
    assert_eq!((word(24), word(28), half(32), half(34)), (24_000, 48_000, 2, 16), "24 kHz, 16 bits");
    wav[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
