//! A sound in a file, of which parts are read without decoding the rest. Knows samples and their places; `stream` knows
//! packets.

mod block;
mod media;
mod stream;
mod wav;
mod webm;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::audio::{check_sample_rate, check_samples};
use crate::error::AudioError;
use crate::source::Stop;
use block::Block;
use stream::Stream;

/// Reading a part takes no longer than this, so that no file stops a thread forever.
const MAX_TIME: Duration = Duration::from_mins(1);
/// More damaged packets in a row mean that the data is of another kind.
const MAX_DAMAGED_IN_A_ROW: usize = 64;

/// A sound in a file, of which parts are read.
///
/// A part is a slice of the whole: its samples are the ones at these places when the file is decoded from its start.
/// How exactly depends on the format:
///
/// | format | a part is found by | its samples |
/// |---|---|---|
/// | WAV | its place in the file | equal the whole's, bit for bit |
/// | FLAC, Ogg FLAC | bisection | equal |
/// | MP3 | the headers of the frames in front of it, and decoding some of them, mostly five | equal |
/// | M4A | the file's table | equal for ALAC; AAC as below |
/// | AAC | the headers of the frames in front of it | equal, except for frames that a coder filled with noise |
/// | Ogg Vorbis | bisection | equal |
/// | Opus in Ogg, `WebM`, M4A | bisection, or a list of all packets (`WebM`, which is kept in memory) | close to the whole's (the decoder's state converges within the 0.4 s that are decoded in front); the same samples however the file was read before |
///
/// Damaged packets are silence here, so that later samples stay in their places. Memory does not grow with the file,
/// except for `WebM`. The value can be sent to another thread.
pub struct SoundFile {
    path: PathBuf,
    stream: Stream,
    sample_rate_hz: u32,
    channels: usize,
    /// Samples that have been decoded and may be asked for next.
    decoded: Block,
    /// Whether the packets follow one another since `decoded`; otherwise only a seek leads on.
    is_continuous: bool,
}

impl SoundFile {
    /// Opens a file, by its content, and reads its headers.
    ///
    /// # Errors
    /// See [`AudioError`].
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        guarded(|| Self::open_unguarded(path))
    }

    fn open_unguarded(path: &Path) -> Result<Self, AudioError> {
        let failed = |reason| AudioError::Read { name: path.display().to_string(), reason };
        // Opening a named pipe would wait for its writer.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            let reason = std::io::Error::other("it is not a regular file, in which parts can be found");
            return Err(failed(reason));
        }
        let stream = Stream::open(File::open(path).map_err(failed)?, path)?;
        let mut opened = Self {
            path: path.to_owned(),
            stream,
            sample_rate_hz: 0,
            channels: 0,
            decoded: Block::default(),
            is_continuous: true,
        };
        (opened.sample_rate_hz, opened.channels) = if let Some(spec) = opened.stream.spec() {
            spec
        } else {
            // Only the first packet with sound states rate and channels reliably.
            let deadline = Instant::now() + MAX_TIME;
            if !opened.advance(deadline)? {
                return Err(AudioError::NoSamples);
            }
            (opened.decoded.sample_rate_hz, opened.decoded.channels)
        };
        check_sample_rate(opened.sample_rate_hz)?;
        Ok(opened)
    }

    /// Samples per second of each channel.
    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Samples of each channel as far as the file states them, or as an estimate from its size (AAC, and MP3 without a
    /// header). `None` if neither is there.
    pub fn frames(&self) -> Option<u64> {
        self.stream.frames()
    }

    /// [`frames`](Self::frames) in seconds.
    pub fn duration_s(&self) -> Option<f64> {
        self.frames().map(|frames| frames as f64 / f64::from(self.sample_rate_hz))
    }

    /// Counts the samples of each channel by reading to the end: exact, and as slow as decoding all.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn count_frames(&mut self) -> Result<u64, AudioError> {
        let mut samples = Vec::new();
        let mut position = 0;
        loop {
            samples.clear();
            match self.read(position, self.sample_rate_hz as usize * 10, &mut samples)? {
                0 => return Ok(position),
                frames => position += frames as u64,
            }
        }
    }

    /// Appends `frames` samples of each channel, interleaved, from sample `start` on. Returns how many there are: fewer
    /// at the end of the sound, and none behind it.
    ///
    /// # Errors
    /// See [`AudioError`]; the file can be read again at another place.
    pub fn read(&mut self, start: u64, frames: usize, output: &mut Vec<f32>) -> Result<usize, AudioError> {
        let begin = output.len();
        let outcome = guarded(|| self.read_unguarded(start, frames, output));
        let outcome = outcome.and_then(|frames| check_samples(&output[begin..]).map(|()| frames));
        if outcome.is_err() {
            output.truncate(begin);
            self.is_continuous = false;
            self.decoded = Block::default();
        }
        outcome
    }

    fn read_unguarded(
        &mut self,
        start: u64,
        frames: usize,
        output: &mut Vec<f32>,
    ) -> Result<usize, AudioError> {
        let deadline = Instant::now() + MAX_TIME;
        self.go_to(start)?;
        let end = start.saturating_add(frames as u64);
        let mut position = start;
        while position < end {
            if self.decoded.end() <= position {
                if !self.advance(deadline)? {
                    break;
                }
                continue;
            }
            // Damaged packets leave a gap.
            let gap = self.decoded.start.min(end).saturating_sub(position);
            output.resize(output.len() + gap as usize * self.channels, 0.0);
            position += gap;
            let part = self.decoded.part(position, end);
            output.extend_from_slice(part);
            position += (part.len() / self.channels) as u64;
        }
        Ok((position - start) as usize)
    }

    /// Makes the packets around sample `start` the next ones.
    fn go_to(&mut self, start: u64) -> Result<(), AudioError> {
        let follows = self.decoded.start <= start && start <= self.decoded.end();
        // The samples of other formats depend on where reading began.
        if self.is_continuous && follows && self.stream.is_exact() {
            return Ok(());
        }
        self.decoded = Block::default();
        self.is_continuous = false;
        let failed = |error| match error {
            Stop::Failed(error) | Stop::Damaged(error) => Err(error),
            Stop::End => Ok(()),
        };
        self.stream.seek(start).or_else(failed)?;
        self.is_continuous = true;
        Ok(())
    }

    /// Decodes the next packet with sound. Returns whether there is one.
    fn advance(&mut self, deadline: Instant) -> Result<bool, AudioError> {
        let mut damaged = 0;
        loop {
            if Instant::now() >= deadline {
                return Err(AudioError::TooSlow { max_time: MAX_TIME });
            }
            match self.stream.next(&mut self.decoded) {
                Ok(()) if self.decoded.is_empty() => {}
                Ok(()) => {
                    let spec = (self.decoded.sample_rate_hz, self.decoded.channels);
                    if self.channels != 0 && spec != (self.sample_rate_hz, self.channels) {
                        return Err(AudioError::ChangedMidway);
                    }
                    return Ok(true);
                }
                Err(Stop::End) => {
                    // Even the start lies elsewhere: a block without samples seems to precede it.
                    self.is_continuous = false;
                    return Ok(false);
                }
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Damaged(error)) if damaged >= MAX_DAMAGED_IN_A_ROW => return Err(error),
                Err(Stop::Damaged(_)) => damaged += 1,
            }
        }
    }
}

impl std::fmt::Debug for SoundFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SoundFile")
            .field("path", &self.path)
            .field("sample_rate_hz", &self.sample_rate_hz)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

/// A panic of a decoder is an error, as files may be hostile.
fn guarded<T>(work: impl FnOnce() -> Result<T, AudioError>) -> Result<T, AudioError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(AudioError::Decoder { reason: "the decoder panicked, so the file is damaged".to_owned() })
    })
}
