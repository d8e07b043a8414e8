//! Writes the audio: to a file, completely or not at all, or to standard output while it is being generated.
//!
//! It must not know models.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Stdout, Write};
use std::path::{Path, PathBuf};

use pocket_tts_audio::wav::FINAL_SILENCE_S;
use pocket_tts_audio::{AudioFormat, SoundWriter, looks_like_sound};
use pocket_tts_files::{AtomicFile, remove_abandoned_files};

use crate::exit::Failure;
use crate::leveling::Leveling;
use crate::standard_output;

/// Enough of a file to recognize its format.
const BEGINNING_BYTES: u64 = 256;
/// The path that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// The destination of the audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    StandardOutput,
    File(PathBuf),
    /// Nothing is written, as the speech is only played.
    Nowhere,
}

/// An open destination.
#[derive(Debug)]
pub(crate) struct Sink {
    target: String,
    sample_rate_hz: u32,
    samples: usize,
    /// Samples of silence that the format appends.
    final_silence: usize,
    leveling: Option<Leveling>,
    writer: Writer,
}

#[derive(Debug)]
enum Writer {
    StandardOutput(SoundWriter<Prompt<Stdout>>),
    /// Standard output that is a file.
    GrowingFile(SoundWriter<File>),
    File(SoundWriter<AtomicFile>),
    Nowhere,
}

/// Flushes each write, so that a player gets each frame as soon as it exists.
#[derive(Debug)]
struct Prompt<W>(W);

impl Output {
    /// Parses an output as a user writes it.
    pub(crate) fn parse(path: &str) -> Self {
        if path == STANDARD_OUTPUT { Self::StandardOutput } else { Self::File(PathBuf::from(path)) }
    }

    /// The format of the file's extension.
    pub(crate) fn named_format(&self) -> Option<AudioFormat> {
        match self {
            Self::StandardOutput | Self::Nowhere => None,
            Self::File(path) => AudioFormat::of_path(path),
        }
    }

    /// Whether somebody may take the audio while it is being generated.
    pub(crate) fn is_streamed(&self) -> bool {
        match self {
            Self::StandardOutput => true,
            Self::File(path) => is_special(path),
            Self::Nowhere => false,
        }
    }

    /// Whether an interrupted run can leave a complete file.
    pub(crate) fn can_be_ended_early(&self) -> bool {
        match self {
            Self::StandardOutput => standard_output::as_file().is_some(),
            Self::File(_) => true,
            Self::Nowhere => false,
        }
    }

    /// Checks before the work that its result can be written, in the `requested` format.
    pub(crate) fn check(&self, requested: Option<AudioFormat>) -> Result<(), Failure> {
        match self {
            Self::StandardOutput if standard_output::was_closed() => Err(Failure::ClosedOutput),
            Self::StandardOutput if io::stdout().is_terminal() => Err(Failure::Usage(
                "standard output is a terminal, which cannot play audio; pipe it to a player, as in \
                 `pocket-tts generate --output-path - | aplay`, or name a file"
                    .to_owned(),
            )),
            Self::StandardOutput | Self::Nowhere => Ok(()),
            // Opening and closing a named pipe would end its reader.
            Self::File(path) if is_special(path) => Ok(()),
            Self::File(path) => {
                if let (None, None, Some(extension)) =
                    (requested, AudioFormat::of_path(path), path.extension())
                {
                    return Err(unknown_ending(path, &extension.to_string_lossy()));
                }
                refuse_other_kinds(path, requested)?;
                clear_abandoned(path);
                Ok(AtomicFile::create(path).map(drop)?)
            }
        }
    }

    /// Protects an input file from being overwritten.
    pub(crate) fn refuse_input(&self, input: &Path, role: &str) -> Result<(), Failure> {
        match self {
            Self::File(path) if same_file(path, input) => Err(Failure::Usage(format!(
                "the output {} is the {role} itself, which would be lost; name another file",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// A warning if the format differs from the extension.
    pub(crate) fn format_warning(&self, requested: Option<AudioFormat>) -> Option<String> {
        let (requested, named) = (requested?, self.named_format()?);
        let name = self.to_string();
        (requested != named).then(|| {
            format!("{name} will contain {requested}, as --format says, although its extension means {named}")
        })
    }

    /// Starts to write in the requested format, or else in the one of the extension, or else as WAV.
    pub(crate) fn open(&self, requested: Option<AudioFormat>, sample_rate_hz: u32) -> Result<Sink, Failure> {
        let format = requested.or(self.named_format()).unwrap_or(AudioFormat::Wav);
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
            Self::Nowhere => Writer::Nowhere,
        };
        let silence_s = if format == AudioFormat::Wav { FINAL_SILENCE_S } else { 0.0 };
        Ok(Sink {
            target: self.to_string(),
            sample_rate_hz,
            samples: 0,
            final_silence: (silence_s * f64::from(sample_rate_hz)).round() as usize,
            leveling: None,
            writer,
        })
    }
}

impl fmt::Display for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardOutput => formatter.write_str("standard output"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Nowhere => formatter.write_str("nothing"),
        }
    }
}

impl Sink {
    /// Brings the audio to a loudness before it is written.
    pub(crate) fn leveled(self, leveling: Option<Leveling>) -> Self {
        Self { leveling, ..self }
    }

    /// Appends samples.
    pub(crate) fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        self.samples += samples.len();
        match &mut self.leveling {
            None => self.writer.write(samples, &self.target),
            Some(leveling) => self.writer.write(&leveling.push(samples)?, &self.target),
        }
    }

    /// Whether no audio has been written yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// The duration of the audio so far, in seconds.
    pub(crate) fn duration_s(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate_hz)
    }

    /// Completes the audio. A file appears under its name only now.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        if let Some(leveling) = self.leveling.take() {
            leveling.finish(self.final_silence, |samples| self.writer.write(samples, &self.target))?;
        }
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
            Writer::Nowhere => Ok(()),
        }
    }
}

impl Writer {
    fn write(&mut self, samples: &[f32], target: &str) -> Result<(), Failure> {
        let outcome = match self {
            Self::StandardOutput(sound) => sound.write(samples),
            Self::GrowingFile(sound) => sound.write(samples),
            Self::File(sound) => sound.write(samples),
            Self::Nowhere => Ok(()),
        };
        outcome.map_err(|error| Failure::write(target, error))
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

/// Removes unfinished files beside `path` that killed runs left.
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
    let problem = if extension.is_empty() {
        "its name has no ending after the dot".to_owned()
    } else {
        format!(".{extension} is not an audio format")
    };
    Failure::Usage(format!(
        "cannot write {}, as {problem}; use one of the extensions {}, or give --format",
        path.display(),
        endings.join(", ")
    ))
}

/// Rejects replacing a file that is not audio, unless its extension says that it is.
fn refuse_other_kinds(path: &Path, requested: Option<AudioFormat>) -> Result<(), Failure> {
    // A file of raw samples has no header to recognize.
    if AudioFormat::of_path(path).is_some() || requested == Some(AudioFormat::Pcm) {
        return Ok(());
    }
    let mut beginning = Vec::new();
    // Whether it can be written is checked next.
    let read = File::open(path).and_then(|file| file.take(BEGINNING_BYTES).read_to_end(&mut beginning));
    if read.is_err() || beginning.is_empty() || looks_like_sound(&beginning) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{} exists and is not audio, so it is not replaced; name another file, or remove it first",
        path.display()
    )))
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
