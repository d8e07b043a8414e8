//! WAV and PCM: the samples themselves, 16 bits each.

use super::{codec::Codec, error::EncodeError};
use crate::wav::{self, pcm_s16le};

/// The sizes that the header declares until the end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WavSizes {
    /// More than will follow, as they may never be corrected.
    OfPipe,
    /// Zero, so that an unfinished file doesn't look complete.
    OfFile,
}

/// Samples without a header.
#[derive(Debug)]
pub(super) struct Pcm;

/// The same bytes as [`WavWriter`](crate::WavWriter), unless it ends exactly.
#[derive(Debug)]
pub(super) struct Wav {
    sample_rate_hz: u32,
    sizes: WavSizes,
    ends_exactly: bool,
    data_bytes: u64,
    has_header: bool,
}

impl Wav {
    pub(super) fn new(sample_rate_hz: u32, sizes: WavSizes) -> Self {
        Self { sample_rate_hz, sizes, ends_exactly: false, data_bytes: 0, has_header: false }
    }

    fn append(&mut self, data: &[u8], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.data_bytes += data.len() as u64;
        if self.sizes == WavSizes::OfFile {
            self.file_header()?;
        }
        if !self.has_header {
            self.has_header = true;
            output.extend(match self.sizes {
                WavSizes::OfPipe => wav::pipe_header(self.sample_rate_hz),
                WavSizes::OfFile => wav::header(self.sample_rate_hz, 0, 0),
            });
        }
        output.extend_from_slice(data);
        Ok(())
    }

    fn file_header(&self) -> Result<Vec<u8>, EncodeError> {
        let header = wav::file_header(self.sample_rate_hz, self.data_bytes);
        header.map(|header| header.to_vec()).ok_or(EncodeError::TooLarge)
    }
}

impl Codec for Pcm {
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        output.extend(pcm_s16le(samples));
        Ok(())
    }

    fn finish(self: Box<Self>, _output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError> {
        Ok(None)
    }
}

impl Codec for Wav {
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.append(&pcm_s16le(samples), output)
    }

    fn end_exactly(&mut self) {
        self.ends_exactly = true;
    }

    fn finish(mut self: Box<Self>, output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError> {
        let silence = if self.ends_exactly { Vec::new() } else { wav::final_silence(self.sample_rate_hz) };
        self.append(&silence, output)?;
        match self.sizes {
            // For pipes that are redirected to files. Streams have no largest size.
            WavSizes::OfPipe => Ok(self.file_header().ok()),
            WavSizes::OfFile => self.file_header().map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearly_full(sizes: WavSizes) -> Wav {
        Wav { data_bytes: u64::from(u32::MAX) - 36 - 2, ..Wav::new(24_000, sizes) }
    }

    #[test]
    fn a_file_is_refused_before_its_sizes_overflow() {
        let mut wav = nearly_full(WavSizes::OfFile);
        wav.push(&[0.0], &mut Vec::new()).unwrap();
        assert!(matches!(wav.push(&[0.0], &mut Vec::new()), Err(EncodeError::TooLarge)));
        assert!(matches!(Box::new(wav).finish(&mut Vec::new()), Err(EncodeError::TooLarge)));
    }

    #[test]
    fn a_pipe_has_no_largest_size() {
        let mut output = Vec::new();
        let mut wav = nearly_full(WavSizes::OfPipe);
        wav.push(&[0.0, 0.0, 0.0], &mut output).unwrap();
        Box::new(wav).finish(&mut output).unwrap();
        assert_eq!(output.len(), 44 + 6 + 9_600);
    }
}
