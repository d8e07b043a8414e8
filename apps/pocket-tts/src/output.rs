//! Where the sound goes: into a file, whole or not at all, or to standard output while it is being made.
//!
//! It must not know models.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Stdout, Write};
use std::path::{Path, PathBuf};

use pocket_tts_audio::{AudioFormat, SoundWriter, looks_like_sound};
use pocket_tts_files::{AtomicFile, remove_abandoned_files};

use crate::exit::Failure;
use crate::standard_output;

/// Enough of a file to tell what it is.
const BEGINNING_BYTES: u64 = 256;
/// The path that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// Where the sound is to go.
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
    /// Standard output, which is a file.
    GrowingFile(SoundWriter<File>),
    File(SoundWriter<AtomicFile>),
}

/// Passes everything on at once, so that a player gets each frame as soon as it exists.
#[derive(Debug)]
struct Prompt<W>(W);

impl Output {
    /// Reads an output as a user writes it.
    pub(crate) fn parse(path: &str) -> Self {
        if path == STANDARD_OUTPUT { Self::StandardOutput } else { Self::File(PathBuf::from(path)) }
    }

    /// The format that the ending of the file's name stands for.
    pub(crate) fn named_format(&self) -> Option<AudioFormat> {
        match self {
            Self::StandardOutput => None,
            Self::File(path) => AudioFormat::of_path(path),
        }
    }

    /// Whether an interrupted run leaves something that can be ended as a whole sound.
    pub(crate) fn can_be_ended_early(&self) -> bool {
        match self {
            Self::StandardOutput => standard_output::as_file().is_some(),
            Self::File(_) => true,
        }
    }

    /// Finds out before the work whether its result could be written, in the format that was `asked` for.
    pub(crate) fn check(&self, asked: Option<AudioFormat>) -> Result<(), Failure> {
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
            Self::File(path) => {
                if let (None, None, Some(extension)) = (asked, AudioFormat::of_path(path), path.extension()) {
                    return Err(unknown_ending(path, &extension.to_string_lossy()));
                }
                refuse_other_kinds(path, asked)?;
                clear_abandoned(path);
                Ok(AtomicFile::create(path).map(drop)?)
            }
        }
    }

    /// Keeps a file that is read from being written over.
    pub(crate) fn refuse_input(&self, input: &Path, role: &str) -> Result<(), Failure> {
        match self {
            Self::File(path) if same_file(path, input) => Err(Failure::Usage(format!(
                "the output {} is the {role} itself, which would be lost; name another file",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// What may be unexpected about the format that [`open`](Self::open) will choose.
    pub(crate) fn format_warning(&self, asked: Option<AudioFormat>) -> Option<String> {
        let (asked, named) = (asked?, self.named_format()?);
        let name = self.to_string();
        (asked != named)
            .then(|| format!("{name} will hold {asked}, as asked for, although its name says {named}"))
    }

    /// Starts to write, in the format that was asked for, or else that of the file's name, or else WAV.
    pub(crate) fn open(&self, asked: Option<AudioFormat>, sample_rate_hz: u32) -> Result<Sink, Failure> {
        let format = asked.or(self.named_format()).unwrap_or(AudioFormat::Wav);
        let writer = match self {
            Self::StandardOutput => {
                if let Some(file) = standard_output::as_file() {
                    Writer::GrowingFile(SoundWriter::for_growing_file(file, format, sample_rate_hz)?)
                } else {
                    let output = Prompt(io::stdout());
                    Writer::StandardOutput(SoundWriter::for_pipe(output, format, sample_rate_hz)?)
                }
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
            Writer::GrowingFile(sound) => sound.write(samples),
            Writer::File(sound) => sound.write(samples),
        };
        outcome.map_err(|error| Failure::write(&self.target, error))
    }

    /// Whether it has been given no sound yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// How much sound it has been given.
    pub(crate) fn duration_s(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate_hz)
    }

    /// Ends the sound; a file appears under its name only now.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.writer {
            Writer::StandardOutput(sound) => {
                sound.finish().map(drop).map_err(|error| Failure::write(&self.target, error))
            }
            Writer::GrowingFile(sound) => {
                sound.finish().map(drop).map_err(|error| Failure::write(&self.target, error))
            }
            Writer::File(sound) => {
                let file = sound.finish().map_err(|error| Failure::write(&self.target, error))?;
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

/// Removes what runs left that were killed while they wrote beside `path`.
pub(crate) fn clear_abandoned(path: &Path) {
    let target = path.canonicalize();
    let folder = target.as_deref().unwrap_or(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    remove_abandoned_files(folder.unwrap_or(Path::new(".")));
}

fn unknown_ending(path: &Path, extension: &str) -> Failure {
    let endings: Vec<String> = AudioFormat::ALL
        .iter()
        .flat_map(|format| format.extensions())
        .map(|extension| format!(".{extension}"))
        .collect();
    Failure::Usage(format!(
        "{} cannot be written: .{extension} stands for no format that is written; name a file that ends in {}, or say \
         with --format what it is to hold",
        path.display(),
        endings.join(", ")
    ))
}

/// Refuses to replace a file that is no sound, unless its name says that it is one.
fn refuse_other_kinds(path: &Path, asked: Option<AudioFormat>) -> Result<(), Failure> {
    // Nothing in it would tell a file of bare samples.
    if AudioFormat::of_path(path).is_some() || asked == Some(AudioFormat::Pcm) {
        return Ok(());
    }
    let mut beginning = Vec::new();
    // Whether it can be written is found out next.
    let read = File::open(path).and_then(|file| file.take(BEGINNING_BYTES).read_to_end(&mut beginning));
    if read.is_err() || beginning.is_empty() || looks_like_sound(&beginning) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{} exists and is no sound, so it is not replaced; name another file, or remove it first",
        path.display()
    )))
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
