//! Headers of streams and frames.

use super::bits::Bits;
use super::checksum;

const STREAM_HEADER_BYTES: usize = 34;
const SYNC: u32 = 0b11_1111_1111_1110;

/// What a stream's header states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamHeader {
    pub(super) most_frames: usize,
    pub(super) sample_rate_hz: u32,
    pub(super) channels: usize,
    pub(super) bits: u32,
    /// Samples of each channel; 0 if unknown.
    pub(super) all_frames: u64,
}

impl StreamHeader {
    /// Reads the content of a `STREAMINFO` block.
    pub(super) fn read(block: &[u8]) -> Option<Self> {
        let block = block.get(..STREAM_HEADER_BYTES)?;
        let mut bits = Bits::new(block);
        bits.number(16);
        let most_frames = bits.number(16) as usize;
        bits.number(24);
        bits.number(24);
        let sample_rate_hz = bits.number(20);
        let channels = bits.number(3) as usize + 1;
        let sample_bits = bits.number(5) + 1;
        let all_frames = u64::from(bits.number(4)) << 32 | u64::from(bits.number(32));
        Some(Self { most_frames, sample_rate_hz, channels, bits: sample_bits, all_frames })
    }
}

/// How two channels are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stereo {
    Independent,
    LeftSide,
    SideRight,
    MidSide,
}

/// What a frame's header states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Samples of each channel.
    pub(super) frames: usize,
    pub(super) channels: usize,
    pub(super) stereo: Stereo,
    /// Bits of a sample; `None` if they are the stream's.
    pub(super) bits: Option<u32>,
    /// The frame's number, or that of its first sample in frames of different lengths.
    number: u64,
    counts_samples: bool,
}

impl FrameHeader {
    /// Reads a header with its checksum, without checking this.
    pub(super) fn read(bits: &mut Bits<'_>) -> Option<Self> {
        if bits.number(14) != SYNC {
            return None;
        }
        bits.number(1);
        let counts_samples = bits.number(1) == 1;
        let (size, rate) = (bits.number(4), bits.number(4));
        let (channels, stereo) = match bits.number(4) {
            channels @ 0..=7 => (channels as usize + 1, Stereo::Independent),
            8 => (2, Stereo::LeftSide),
            9 => (2, Stereo::SideRight),
            10 => (2, Stereo::MidSide),
            _ => return None,
        };
        let sample_bits = match bits.number(3) {
            0 => None,
            1 => Some(8),
            2 => Some(12),
            4 => Some(16),
            5 => Some(20),
            6 => Some(24),
            7 => Some(32),
            _ => return None,
        };
        bits.number(1);
        // As many bytes as the first has ones in front, as in UTF-8.
        let first = bits.number(8);
        let ones = (first as u8).leading_ones();
        let mut number = u64::from(first & 0x7f_u32.wrapping_shr(ones));
        for _ in 1..ones {
            number = number << 6 | u64::from(bits.number(8) & 0x3f);
        }
        let frames = match size {
            1 => 192,
            2..=5 => 576 << (size - 2),
            6 => bits.number(8) as usize + 1,
            7 => bits.number(16) as usize + 1,
            8.. => 256 << (size - 8),
            0 => return None,
        };
        match rate {
            12 => bits.number(8),
            13 | 14 => bits.number(16),
            _ => 0,
        };
        bits.number(8);
        Some(Self { frames, channels, stereo, bits: sample_bits, number, counts_samples })
    }

    /// Reads a header of a stream at the start of `bytes`, if there is one with a checksum that fits.
    pub(super) fn find_at_start(bytes: &[u8], stream: &StreamHeader) -> Option<Self> {
        let mut source = Bits::new(bytes);
        let header = Self::read(&mut source)?;
        let fits = header.channels == stream.channels
            && header.bits.is_none_or(|bits| bits == stream.bits)
            && header.frames <= stream.most_frames;
        let own = bytes.get(..source.bytes_read())?;
        (fits && checksum::of_header(own) == 0).then_some(header)
    }

    /// The place of its first sample.
    pub(super) fn start(&self, stream: &StreamHeader) -> u64 {
        if self.counts_samples { self.number } else { self.number.saturating_mul(stream.most_frames as u64) }
    }
}
