//! Finds the sound in a RIFF/WAVE file and writes a correct header for it. Knows the container only: the samples are
//! decoded elsewhere.
//!
//! The decoder library trusts sizes and channel masks that a file declares (some values overflow its
//! arithmetic), so a file's own header never reaches it.

use crate::audio::check_sample_rate;
use crate::error::AudioError;
use crate::limits::MAX_CHANNELS;

/// Writers to pipes declare more bytes than this (2 GB, 4 GB), as they don't know the size in advance.
const MOST_DECLARED_BYTES: usize = 0x7000_0000;
pub(crate) const RIFF_HEADER_BYTES: usize = 12;
pub(crate) const CHUNK_HEADER_BYTES: usize = 8;
const TAG_PCM: u16 = 0x0001;
const TAG_FLOAT: u16 = 0x0003;
const TAG_A_LAW: u16 = 0x0006;
const TAG_MU_LAW: u16 = 0x0007;
const TAG_EXTENSIBLE: u16 = 0xfffe;
/// The last 14 bytes of a sub-format GUID whose first two bytes are a plain format tag.
const PLAIN_SUB_FORMAT: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// The sound inside a WAV file.
#[derive(Debug)]
pub(crate) struct WavSound<'a> {
    format: Format,
    /// Complete frames only, never beyond the end of the file.
    pub(crate) data: &'a [u8],
    /// Bytes of samples that the header declares.
    declared_bytes: usize,
}

/// What a `fmt ` chunk states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    tag: u16,
    channels: u16,
    sample_rate_hz: u32,
    bits_per_sample: u16,
}

impl<'a> WavSound<'a> {
    /// Walks the chunks of a file that begins with `RIFF....WAVE`, up to its sound.
    ///
    /// As in Python's `wave`, the last `fmt ` chunk before the first `data` chunk counts, block alignment and
    /// byte rate are ignored, and a data chunk that is shorter than declared is read to its end. Unlike it,
    /// the RIFF size is ignored (streaming writers put 0 or 0xFFFFFFFF there), the extensible form is read,
    /// and a partial frame at the end is dropped.
    ///
    /// # Errors
    /// [`AudioError::Header`], [`AudioError::ChannelCount`], [`AudioError::SampleRate`],
    /// [`AudioError::Encoding`], [`AudioError::NoSamples`].
    pub(crate) fn find(bytes: &'a [u8]) -> Result<Self, AudioError> {
        let mut rest = bytes.get(RIFF_HEADER_BYTES..).unwrap_or_default();
        let mut format = None;
        loop {
            let Some((header, body)) = rest.split_at_checked(CHUNK_HEADER_BYTES) else {
                let problem = if format.is_none() { "it has no fmt chunk" } else { "it has no data chunk" };
                return Err(AudioError::Header { problem });
            };
            let declared = usize::try_from(u32_at(header, 4)).unwrap_or(usize::MAX);
            let present = &body[..declared.min(body.len())];
            match &header[..4] {
                b"fmt " => format = Some(Format::parse(present)?),
                b"data" => {
                    let format: Format = format
                        .ok_or(AudioError::Header { problem: "its data chunk comes before its fmt chunk" })?;
                    let data = &present[..present.len() - present.len() % format.frame_bytes()];
                    return if data.is_empty() {
                        Err(AudioError::NoSamples)
                    } else {
                        Ok(Self { format, data, declared_bytes: declared })
                    };
                }
                _ => {}
            }
            // Chunks are padded to an even length.
            rest = body.get(declared.saturating_add(declared % 2)..).unwrap_or_default();
        }
    }

    /// The duration in the file's own header, in seconds; `None` if its writer didn't know it.
    pub(crate) fn declared_s(&self) -> Option<f64> {
        let frames = self.declared_bytes / self.format.frame_bytes();
        let is_known = self.declared_bytes < MOST_DECLARED_BYTES;
        is_known.then(|| frames as f64 / f64::from(self.format.sample_rate_hz))
    }

    /// A correct header for [`data`](Self::data).
    pub(crate) fn plain_header(&self) -> Vec<u8> {
        self.format.plain_header(self.data.len() as u32)
    }
}

impl Format {
    pub(crate) fn parse(chunk: &[u8]) -> Result<Self, AudioError> {
        if chunk.len() < 16 {
            return Err(AudioError::Header { problem: "its fmt chunk is shorter than 16 bytes" });
        }
        let channels = u16_at(chunk, 2);
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(AudioError::ChannelCount { found: channels });
        }
        let sample_rate_hz = u32_at(chunk, 4);
        check_sample_rate(sample_rate_hz)?;
        let bits_per_sample = u16_at(chunk, 14);
        let mut tag = u16_at(chunk, 0);
        if tag == TAG_EXTENSIBLE && chunk.get(26..40) == Some(&PLAIN_SUB_FORMAT) {
            tag = u16_at(chunk, 24);
        }
        // PCM samples fill whole bytes whatever their width: 12 bits are stored as 16.
        let stored_bits = match (tag, bits_per_sample) {
            (TAG_PCM, 1..=32) => bits_per_sample.next_multiple_of(8),
            (TAG_FLOAT, 32 | 64) | (TAG_A_LAW | TAG_MU_LAW, 8) => bits_per_sample,
            _ => return Err(AudioError::Encoding { format_tag: tag, bits_per_sample }),
        };
        Ok(Self { tag, channels, sample_rate_hz, bits_per_sample: stored_bits })
    }

    /// A correct header for this many bytes of samples: one `fmt ` chunk, no extension.
    pub(crate) fn plain_header(self, data_bytes: u32) -> Vec<u8> {
        let Self { tag, channels, sample_rate_hz, bits_per_sample } = self;
        let frame_bytes = self.frame_bytes() as u16;
        // The A-law and mu-law forms carry an empty extension.
        let extension: &[u8] = if matches!(tag, TAG_A_LAW | TAG_MU_LAW) { &[0, 0] } else { &[] };
        let mut header = Vec::with_capacity(46);
        header.extend_from_slice(b"RIFF");
        // "Unknown", so that no length is bounded by the container's.
        header.extend_from_slice(&u32::MAX.to_le_bytes());
        header.extend_from_slice(b"WAVEfmt ");
        header.extend_from_slice(&(16 + extension.len() as u32).to_le_bytes());
        header.extend_from_slice(&tag.to_le_bytes());
        header.extend_from_slice(&channels.to_le_bytes());
        header.extend_from_slice(&sample_rate_hz.to_le_bytes());
        header.extend_from_slice(&sample_rate_hz.saturating_mul(u32::from(frame_bytes)).to_le_bytes());
        header.extend_from_slice(&frame_bytes.to_le_bytes());
        header.extend_from_slice(&bits_per_sample.to_le_bytes());
        header.extend_from_slice(extension);
        header.extend_from_slice(b"data");
        header.extend_from_slice(&data_bytes.to_le_bytes());
        header
    }

    /// Sample rate and channels.
    pub(crate) fn spec(self) -> (u32, usize) {
        (self.sample_rate_hz, usize::from(self.channels))
    }

    /// At least 1, at most 26 channels of 8 bytes.
    pub(crate) fn frame_bytes(self) -> usize {
        usize::from(self.channels) * usize::from(self.bits_per_sample / 8)
    }
}

/// Callers have checked the length.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// Callers have checked the length.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
