//! Headers of streams and frames.

use super::bits::Bits;

const STREAM_HEADER_BYTES: usize = 34;
const SYNC: u32 = 0b11_1111_1111_1110;

/// What a stream's header states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamHeader {
    pub(super) most_frames: usize,
    pub(super) sample_rate_hz: u32,
    pub(super) channels: usize,
    pub(super) bits: u32,
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
        Some(Self { most_frames, sample_rate_hz, channels, bits: bits.number(5) + 1 })
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
}

impl FrameHeader {
    /// Reads a header up to its checksum, which the reader of the file has checked.
    pub(super) fn read(bits: &mut Bits<'_>) -> Option<Self> {
        if bits.number(14) != SYNC {
            return None;
        }
        bits.number(2);
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
        // The frame's number, as long as its first byte has ones in front.
        let ones = bits.number(8).wrapping_shl(24).leading_ones();
        for _ in 1..ones {
            bits.number(8);
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
        Some(Self { frames, channels, stereo, bits: sample_bits })
    }
}
