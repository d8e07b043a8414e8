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

/// A program, and how it is told what its standard input is.
struct Program {
    name: &'static str,
    encoding: Encoding,
    arguments: fn(rate: &str) -> Vec<&str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    /// 16-bit little-endian samples.
    Raw,
    /// 16-bit big-endian samples after an AU header, which does not need to state the length.
    Au,
}

/// The programs, in the order in which they are tried: those of sound servers first, as another one may hold the card.
const PROGRAMS: [Program; 5] = [
    Program { name: "pw-play", encoding: Encoding::Au, arguments: |_| vec!["-"] },
    Program {
        name: "pacat",
        encoding: Encoding::Raw,
        arguments: |rate| vec!["--playback", "--raw", "--format=s16le", "--channels=1", "--rate", rate],
    },
    Program {
        name: "aplay",
        encoding: Encoding::Raw,
        arguments: |rate| vec!["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", rate, "-"],
    },
    Program {
        name: "play",
        encoding: Encoding::Raw,
        arguments: |rate| vec!["-q", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", rate, "-"],
    },
    Program {
        name: "ffplay",
        encoding: Encoding::Au,
        arguments: |_| vec!["-nodisp", "-autoexit", "-loglevel", "error", "-f", "au", "-"],
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
    encoding: Encoding,
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
        let mut child = Command::new(path)
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
        let mut player = Self { child, input, encoding: program.encoding, messages, listener };
        if program.encoding == Encoding::Au {
            player.put(&au_header(sample_rate_hz))?;
        }
        Ok(player)
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
        let bytes: Vec<u8> = match self.encoding {
            Encoding::Raw => samples.iter().flat_map(|sample| in_16_bits(*sample).to_le_bytes()).collect(),
            Encoding::Au => samples.iter().flat_map(|sample| in_16_bits(*sample).to_be_bytes()).collect(),
        };
        self.put(&bytes)
    }

    fn finish(&mut self) -> Result<(), String> {
        self.wait()
    }

    fn stop(&self) -> Stop {
        let child = Arc::clone(&self.child);
        // A program that has ended can't be killed.
        Box::new(move || drop(child.lock().unwrap_or_else(PoisonError::into_inner).kill()))
    }
}

impl Drop for ProgramPlayer {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // Without an effect on a program that has ended.
        drop(child.kill());
        drop(child.wait());
    }
}

/// A sample as in a 16-bit WAV file: limited to -1 to 1, times 32767, rounded toward zero.
fn in_16_bits(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0) as i16
}

/// The header of 16-bit mono sound of unknown length.
fn au_header(sample_rate_hz: u32) -> Vec<u8> {
    const HEADER_BYTES: u32 = 24;
    const UNKNOWN: u32 = u32::MAX;
    const PCM_16_BITS: u32 = 3;
    const CHANNELS: u32 = 1;
    let fields = [HEADER_BYTES, UNKNOWN, PCM_16_BITS, sample_rate_hz, CHANNELS];
    b".snd".iter().copied().chain(fields.into_iter().flat_map(u32::to_be_bytes)).collect()
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
