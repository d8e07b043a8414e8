//! Writes 16-bit mono WAV while the sound is being generated. Knows bytes only: no file names, no other formats.
//!
//! Source: `pocket_tts/data/audio.py`, `StreamingWAVWriter`; the bytes are the same.

use std::fmt;
use std::io::{self, Seek, SeekFrom, Write};

/// Length of the header in front of the samples.
pub const HEADER_BYTES: usize = 44;

/// Bytes of one sample.
pub const BYTES_PER_SAMPLE: usize = 2;

/// Silence appended at the end, because some players stop early.
pub const FINAL_SILENCE_S: f64 = 0.2;

/// The number of samples that the header of a pipe declares, as the real one is unknown.
pub const PIPE_SAMPLES: u32 = 1_000_000_000;

/// The RIFF size includes the header without its first 8 bytes.
const RIFF_OVERHEAD_BYTES: u32 = HEADER_BYTES as u32 - 8;

/// Samples as 16-bit little-endian bytes, `[2 * samples]`: limited to -1 to 1, times 32767, rounded toward
/// zero.
///
/// NaN becomes 0 (silence); infinities become full scale.
pub fn pcm_s16le(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| ((sample.clamp(-1.0, 1.0) * 32767.0) as i16).to_le_bytes()).collect()
}

/// A WAV stream being written.
///
/// The header is written with the first samples, or by [`finish`](Self::finish) if there are none: a run that fails
/// early leaves the output untouched. Dropping the writer without `finish` leaves a file whose header declares no
/// samples, never one that looks complete.
pub struct WavWriter<W: Write> {
    output: W,
    sample_rate_hz: u32,
    data_bytes: u64,
    header_written: bool,
    sizes: SizeFields<W>,
}

/// How the sizes in the header are written.
enum SizeFields<W> {
    /// Declared up front, never corrected.
    Pipe,
    /// Zero at first; corrected by the function at the end.
    Patched(fn(&mut W, data_bytes: u64) -> io::Result<()>),
}

impl<W: Write> WavWriter<W> {
    /// For outputs that can't seek (pipes, sockets): the header declares [`PIPE_SAMPLES`] samples.
    pub fn for_pipe(output: W, sample_rate_hz: u32) -> Self {
        Self { output, sample_rate_hz, data_bytes: 0, header_written: false, sizes: SizeFields::Pipe }
    }

    /// For files: [`finish`](Self::finish) corrects the sizes in the header. The stream starts at the position of
    /// `output` at the first write.
    pub fn for_file(output: W, sample_rate_hz: u32) -> Self
    where
        W: Seek,
    {
        let sizes = SizeFields::Patched(patch_sizes);
        Self { output, sample_rate_hz, data_bytes: 0, header_written: false, sizes }
    }

    /// Appends `samples`, `[samples]` mono; see [`pcm_s16le`] for their conversion.
    ///
    /// # Errors
    /// The output's errors; for files also [`io::ErrorKind::FileTooLarge`] when the sound would exceed the
    /// 4 GiB that the format allows (24 hours at 24 kHz).
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        self.write_data(&pcm_s16le(samples))
    }

    /// Appends 0.2 s of silence, corrects the sizes of a file, flushes, and returns the output.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(mut self) -> io::Result<W> {
        self.write_data(&final_silence(self.sample_rate_hz))?;
        if let SizeFields::Patched(patch) = self.sizes {
            patch(&mut self.output, self.data_bytes)?;
        }
        self.output.flush()?;
        Ok(self.output)
    }

    fn write_data(&mut self, data: &[u8]) -> io::Result<()> {
        let data_bytes = self.data_bytes + data.len() as u64;
        if matches!(self.sizes, SizeFields::Patched(_))
            && data_bytes > u64::from(u32::MAX - RIFF_OVERHEAD_BYTES)
        {
            return Err(too_large());
        }
        if !self.header_written {
            let header = match self.sizes {
                SizeFields::Pipe => pipe_header(self.sample_rate_hz),
                SizeFields::Patched(_) => header(self.sample_rate_hz, 0, 0),
            };
            self.output.write_all(&header)?;
            self.header_written = true;
        }
        self.output.write_all(data)?;
        self.data_bytes = data_bytes;
        Ok(())
    }
}

impl<W: Write> fmt::Debug for WavWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WavWriter")
            .field("sample_rate_hz", &self.sample_rate_hz)
            .field("data_bytes", &self.data_bytes)
            .finish_non_exhaustive()
    }
}

/// The silence at the end of every WAV file.
pub(crate) fn final_silence(sample_rate_hz: u32) -> Vec<u8> {
    let samples = (f64::from(sample_rate_hz) * FINAL_SILENCE_S) as usize;
    vec![0; samples * BYTES_PER_SAMPLE]
}

/// A header that declares more samples than will follow.
pub(crate) fn pipe_header(sample_rate_hz: u32) -> [u8; HEADER_BYTES] {
    let data_bytes = PIPE_SAMPLES * BYTES_PER_SAMPLE as u32;
    header(sample_rate_hz, data_bytes + RIFF_OVERHEAD_BYTES, data_bytes)
}

/// The header of a complete file; `None` if the file is larger than the format allows.
pub(crate) fn file_header(sample_rate_hz: u32, data_bytes: u64) -> Option<[u8; HEADER_BYTES]> {
    let size = u32::try_from(data_bytes).ok()?;
    Some(header(sample_rate_hz, size.checked_add(RIFF_OVERHEAD_BYTES)?, size))
}

pub(crate) fn header(sample_rate_hz: u32, riff_bytes: u32, data_bytes: u32) -> [u8; HEADER_BYTES] {
    let mut header = *b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0data\0\0\0\0";
    header[4..8].copy_from_slice(&riff_bytes.to_le_bytes());
    header[24..28].copy_from_slice(&sample_rate_hz.to_le_bytes());
    header[28..32].copy_from_slice(&sample_rate_hz.saturating_mul(BYTES_PER_SAMPLE as u32).to_le_bytes());
    header[40..44].copy_from_slice(&data_bytes.to_le_bytes());
    header
}

/// The position of `output` is at the end of `data_bytes` bytes of samples, before and after.
fn patch_sizes<W: Write + Seek>(output: &mut W, data_bytes: u64) -> io::Result<()> {
    let size = u32::try_from(data_bytes).map_err(|_| too_large())?;
    let riff_size = size.checked_add(RIFF_OVERHEAD_BYTES).ok_or_else(too_large)?;
    let end = output.stream_position()?;
    let start = end.checked_sub(data_bytes + HEADER_BYTES as u64).ok_or_else(|| {
        io::Error::other(
            "the WAV sizes cannot be written: the output does not keep its position; use a pipe header",
        )
    })?;
    output.seek(SeekFrom::Start(start + 4))?;
    output.write_all(&riff_size.to_le_bytes())?;
    output.seek(SeekFrom::Start(start + 40))?;
    output.write_all(&size.to_le_bytes())?;
    output.seek(SeekFrom::Start(end))?;
    Ok(())
}

fn too_large() -> io::Error {
    let text = "the sound exceeds the 4 GiB that a WAV file can hold; split it or write raw PCM";
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearly_full(sizes: SizeFields<io::Cursor<Vec<u8>>>) -> WavWriter<io::Cursor<Vec<u8>>> {
        let data_bytes = u64::from(u32::MAX - RIFF_OVERHEAD_BYTES) - 2;
        WavWriter {
            output: io::Cursor::default(),
            sample_rate_hz: 24_000,
            data_bytes,
            header_written: true,
            sizes,
        }
    }

    #[test]
    fn a_file_is_refused_before_its_sizes_overflow() {
        let mut writer = nearly_full(SizeFields::Patched(patch_sizes));
        writer.write(&[0.0]).unwrap();
        assert_eq!(writer.write(&[0.0]).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(writer.finish().unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_pipe_has_no_largest_size() {
        let mut writer = nearly_full(SizeFields::Pipe);
        writer.write(&[0.0, 0.0, 0.0]).unwrap();
        assert_eq!(writer.finish().unwrap().into_inner().len(), 6 + 9_600);
    }
}
