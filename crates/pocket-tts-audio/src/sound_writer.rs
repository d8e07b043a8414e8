//! Writes sound in any format to any output while it is being generated. Knows bytes only: no file names.

use std::fmt;
use std::io::{self, Seek, SeekFrom, Write};

use crate::encode::{AudioFormat, EncodeError, Encoder, FileEnd};

/// A sound being written.
///
/// The first bytes are written with the first samples, or by [`finish`](Self::finish) if there are none: a run that
/// fails early leaves the output untouched. A writer that is dropped without `finish` leaves an incomplete sound.
pub struct SoundWriter<W> {
    output: W,
    encoder: Encoder,
    /// Bytes written to the output.
    written: u64,
    /// Writes the second argument to the start of the sound; the third is the sound's size in bytes.
    write_head: Option<WriteHead<W>>,
}

type WriteHead<W> = fn(&mut W, &[u8], u64) -> io::Result<()>;

impl<W: Write> SoundWriter<W> {
    /// For outputs that can't seek (pipes, sockets).
    ///
    /// # Errors
    /// [`EncodeError::SampleRate`].
    pub fn for_pipe(output: W, format: AudioFormat, sample_rate_hz: u32) -> Result<Self, EncodeError> {
        let encoder = Encoder::new(format, sample_rate_hz)?;
        Ok(Self { output, encoder, written: 0, write_head: None })
    }

    /// For files: [`finish`](Self::finish) writes the length into the header. The sound starts at the position of
    /// `output` at the first write.
    ///
    /// # Errors
    /// [`EncodeError::SampleRate`].
    pub fn for_file(output: W, format: AudioFormat, sample_rate_hz: u32) -> Result<Self, EncodeError>
    where
        W: Seek,
    {
        let encoder = Encoder::for_file(format, sample_rate_hz)?;
        Ok(Self { output, encoder, written: 0, write_head: Some(write_head) })
    }

    /// For files that others may read while they are written: they start as for a pipe, and [`finish`](Self::finish)
    /// corrects the length.
    ///
    /// # Errors
    /// [`EncodeError::SampleRate`].
    pub fn for_growing_file(output: W, format: AudioFormat, sample_rate_hz: u32) -> Result<Self, EncodeError>
    where
        W: Seek,
    {
        Ok(Self { write_head: Some(write_head), ..Self::for_pipe(output, format, sample_rate_hz)? })
    }

    /// The same without the silence that WAV ends with, see [`Encoder::exact`].
    #[must_use]
    pub fn exact(self) -> Self {
        Self { encoder: self.encoder.exact(), ..self }
    }

    /// Appends `samples`, `[samples]` mono.
    ///
    /// # Errors
    /// The output's errors and, as their source, the errors of [`Encoder::push`].
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        let bytes = self.encoder.push(samples)?;
        // An empty write would wake outputs that flush on each write.
        if !bytes.is_empty() {
            self.output.write_all(&bytes)?;
            self.written += bytes.len() as u64;
        }
        Ok(())
    }

    /// Ends the sound, flushes, and returns the output.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(self) -> io::Result<W> {
        let Self { mut output, encoder, written, write_head } = self;
        let FileEnd { tail, head } = encoder.finish_file()?;
        let written = written + tail.len() as u64;
        output.write_all(&tail)?;
        if let (Some(write_head), Some(head)) = (write_head, head) {
            write_head(&mut output, &head, written)?;
        }
        output.flush()?;
        Ok(output)
    }
}

impl<W> fmt::Debug for SoundWriter<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SoundWriter")
            .field("encoder", &self.encoder)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

/// The position of `output` is at the end of `written` bytes of sound, before and after.
fn write_head<W: Write + Seek>(output: &mut W, head: &[u8], written: u64) -> io::Result<()> {
    let end = output.stream_position()?;
    let start = end.checked_sub(written).ok_or_else(|| {
        io::Error::other(
            "the length of the sound cannot be written: the output does not keep its position; write to a \
             pipe or to another file",
        )
    })?;
    output.seek(SeekFrom::Start(start))?;
    output.write_all(head)?;
    output.seek(SeekFrom::Start(end))?;
    Ok(())
}
