//! Where the sound goes: into a file, whole or not at all, or to standard output while it is being made.
//!
//! It must not know models.

use std::fmt;
use std::fs;
use std::io::{self, IsTerminal, Stdout, Write};
use std::path::{Path, PathBuf};

use pocket_tts_audio::{AtomicFile, AudioFormat, SoundWriter};

use crate::exit::Failure;
use crate::standard_output;

/// The path that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// Where the sound shall go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    StandardOutput,
    File(PathBuf),
}

/// Where the sound goes.
#[derive(Debug)]
pub(crate) struct Sink {
    target: String,
    sample_rate_hz: u32,
    samples: usize,
    writer: Writer,
}

#[derive(Debug)]
enum Writer {
    StandardOutput(SoundWriter<Prompt<Stdout>>),
    File(SoundWriter<AtomicFile>),
}

/// Passes everything on at once: a player shall hear each frame as soon as it exists.
#[derive(Debug)]
struct Prompt<W>(W);

impl Output {
    /// Reads an output as a user writes it.
    pub(crate) fn parse(path: &str) -> Self {
        if path == STANDARD_OUTPUT { Self::StandardOutput } else { Self::File(PathBuf::from(path)) }
    }

    /// Finds out before the work whether its result could be written.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self {
            Self::StandardOutput if standard_output::was_closed() => Err(Failure::ClosedOutput),
            Self::StandardOutput if io::stdout().is_terminal() => Err(Failure::Usage(
                "standard output is a terminal, which can't play sound; pipe it to a player, as in \
                 `pocket-tts generate --output-path - | aplay`, or name a file"
                    .to_owned(),
            )),
            Self::StandardOutput => Ok(()),
            // Opening and closing a named pipe would end its reader.
            Self::File(path) if is_special(path) => Ok(()),
            Self::File(path) => Ok(AtomicFile::create(path).map(drop)?),
        }
    }

    /// Keeps a file that is read from being written over.
    pub(crate) fn refuse_input(&self, input: &Path) -> Result<(), Failure> {
        match self {
            Self::File(path) if same_file(path, input) => Err(Failure::Usage(format!(
                "the output {} is the voice itself, which would be lost; name another file",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// What may be unexpected about the format that [`open`](Self::open) will choose.
    pub(crate) fn format_warning(&self, asked: Option<AudioFormat>) -> Option<String> {
        let Self::File(path) = self else { return None };
        let extension = path.extension()?.display();
        let name = path.display();
        match (asked, AudioFormat::of_path(path)) {
            (Some(asked), Some(named)) if asked != named => {
                Some(format!("{name} will hold {asked}, as --format says, although its name says {named}"))
            }
            (None, None) => Some(format!(
                "{name} will hold WAV, since .{extension} stands for no format that is written; those are {}",
                AudioFormat::ALL.map(|format| format!(".{}", format.extensions()[0])).join(", ")
            )),
            _ => None,
        }
    }

    /// Starts to write, in the format that was asked for, or else that of the file's name, or else WAV.
    pub(crate) fn open(&self, asked: Option<AudioFormat>, sample_rate_hz: u32) -> Result<Sink, Failure> {
        let named = match self {
            Self::StandardOutput => None,
            Self::File(path) => AudioFormat::of_path(path),
        };
        let format = asked.or(named).unwrap_or(AudioFormat::Wav);
        let writer = match self {
            Self::StandardOutput => {
                Writer::StandardOutput(SoundWriter::for_pipe(Prompt(io::stdout()), format, sample_rate_hz)?)
            }
            Self::File(path) => {
                let file = AtomicFile::create(path)?;
                Writer::File(if file.is_seekable() {
                    SoundWriter::for_file(file, format, sample_rate_hz)?
                } else {
                    SoundWriter::for_pipe(file, format, sample_rate_hz)?
                })
            }
        };
        Ok(Sink { target: self.to_string(), sample_rate_hz, samples: 0, writer })
    }
}

impl fmt::Display for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardOutput => formatter.write_str("standard output"),
            Self::File(path) => write!(formatter, "{}", path.display()),
        }
    }
}

impl Sink {
    /// Appends samples.
    pub(crate) fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        self.samples += samples.len();
        let outcome = match &mut self.writer {
            Writer::StandardOutput(sound) => sound.write(samples),
            Writer::File(sound) => sound.write(samples),
        };
        outcome.map_err(|error| failed(&self.target, error))
    }

    /// How much sound it has been given.
    pub(crate) fn duration_s(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate_hz)
    }

    /// Ends the sound; a file appears under its name only now.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.writer {
            Writer::StandardOutput(sound) => {
                sound.finish().map(drop).map_err(|error| failed(&self.target, error))
            }
            Writer::File(sound) => {
                let file = sound.finish().map_err(|error| failed(&self.target, error))?;
                Ok(file.commit()?)
            }
        }
    }
}

impl<W: Write> Write for Prompt<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.0.flush()?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What it means that a write to `target` failed.
pub(crate) fn failed(target: &str, source: io::Error) -> Failure {
    if source.kind() == io::ErrorKind::BrokenPipe {
        Failure::ClosedPipe
    } else {
        Failure::Write { target: target.to_owned(), source }
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
