//! Playing through a program that reads sound from its standard input.

use std::collections::VecDeque;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::backend::{Backend, Stop};

/// How often a program that plays its last samples is looked at.
const INTERVAL: Duration = Duration::from_millis(5);
/// Lines that a program wrote to standard error and that are kept.
const KEPT_LINES: usize = 2;

/// A program, and how it is told that its standard input are 16-bit little-endian samples.
struct Program {
    name: &'static str,
    arguments: fn(rate: &str) -> Vec<&str>,
    /// An option that must be added if the program's help names it.
    newer_option: Option<&'static str>,
}

/// The programs, in the order in which they are tried: programs of sound servers first, as a server may hold the card.
/// ffplay is none of them, as it succeeds without a sound card.
const PROGRAMS: [Program; 4] = [
    Program {
        name: "pw-play",
        arguments: |rate| vec!["--format", "s16", "--channels", "1", "--rate", rate, "-"],
        // Older versions read samples, newer ones files.
        newer_option: Some("--raw"),
    },
    Program {
        name: "pacat",
        arguments: |rate| vec!["--playback", "--raw", "--format=s16le", "--channels=1", "--rate", rate],
        newer_option: None,
    },
    Program {
        name: "aplay",
        arguments: |rate| vec!["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", rate, "-"],
        newer_option: None,
    },
    Program {
        name: "play",
        arguments: |rate| vec!["-q", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", rate, "-"],
        newer_option: None,
    },
];

/// The installed programs, in the order in which they are tried.
pub(crate) fn installed() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let find = |program: &Program| {
        env::split_paths(&path).map(|folder| folder.join(program.name)).find(|file| is_executable(file))
    };
    PROGRAMS.iter().filter_map(find).collect()
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A program that plays.
pub(crate) struct ProgramPlayer {
    child: Arc<Mutex<Child>>,
    input: Option<ChildStdin>,
    messages: Arc<Mutex<VecDeque<String>>>,
    listener: Option<thread::JoinHandle<()>>,
}

impl ProgramPlayer {
    /// Starts one of the known programs.
    pub(crate) fn open(path: &Path, sample_rate_hz: u32) -> Result<Self, String> {
        let name = path.file_name().unwrap_or_default();
        let program = PROGRAMS.iter().find(|program| name == program.name);
        let program = program.ok_or_else(|| "it is not known how this program plays".to_owned())?;
        let rate = sample_rate_hz.to_string();
        let newer_option = program.newer_option.filter(|option| helps_with(path, option));
        let mut child = Command::new(path)
            .args(newer_option)
            .args((program.arguments)(&rate))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let input = child.stdin.take();
        let messages = Arc::new(Mutex::new(VecDeque::new()));
        let listener = child.stderr.take().map(|stderr| {
            let messages = Arc::clone(&messages);
            thread::spawn(move || keep_last_lines(BufReader::new(stderr), &messages))
        });
        let child = Arc::new(Mutex::new(child));
        Ok(Self { child, input, messages, listener })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Some(input) = &mut self.input else { return Err("it has been stopped".to_owned()) };
        match input.write_all(bytes) {
            Ok(()) => Ok(()),
            // The program says why it doesn't read.
            Err(error) => Err(self.wait().err().unwrap_or_else(|| error.to_string())),
        }
    }

    /// Waits for the end of the program.
    fn wait(&mut self) -> Result<(), String> {
        self.input = None;
        // Without holding the lock, so that it can be stopped meanwhile.
        let status = loop {
            let status = self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait();
            match status.map_err(|error| error.to_string())? {
                Some(status) => break status,
                None => thread::sleep(INTERVAL),
            }
        };
        if status.success() { Ok(()) } else { Err(self.complaint(status)) }
    }

    fn complaint(&mut self, status: ExitStatus) -> String {
        if let Some(listener) = self.listener.take() {
            // It ends with the program.
            drop(listener.join());
        }
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        match messages.iter().map(String::as_str).collect::<Vec<_>>().join(", ") {
            nothing if nothing.is_empty() => format!("it ended with {status}"),
            messages => messages,
        }
    }
}

impl Backend for ProgramPlayer {
    fn write(&mut self, samples: &[f32]) -> Result<(), String> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| in_16_bits(*sample).to_le_bytes()).collect();
        self.put(&bytes)
    }

    fn finish(&mut self) -> Result<(), String> {
        self.wait()
    }

    fn stop(&self) -> Stop {
        let child = Arc::clone(&self.child);
        Box::new(move || end(&child))
    }
}

impl Drop for ProgramPlayer {
    fn drop(&mut self) {
        end(&self.child);
    }
}

/// Ends a program, if it has not ended.
fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // Both do nothing to a program that has ended.
    drop(child.kill());
    drop(child.wait());
}

/// A sample as in a 16-bit WAV file: limited to -1 to 1, times 32767, rounded toward zero.
fn in_16_bits(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0) as i16
}

/// Whether the help of a program names an option.
fn helps_with(path: &Path, option: &str) -> bool {
    let help = Command::new(path).arg("--help").stdin(Stdio::null()).output();
    help.is_ok_and(|help| String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).contains(option))
}

fn keep_last_lines(lines: impl BufRead, kept: &Mutex<VecDeque<String>>) {
    for line in lines.lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(line.trim().to_owned());
    }
}
