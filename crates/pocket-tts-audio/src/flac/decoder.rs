//! Frames to interleaved samples.

use super::bits::Bits;
use super::header::{FrameHeader, Stereo, StreamHeader};
use super::prediction::MOST_COEFFICIENTS;
use super::subframe;

/// The sum and difference of two channels of more bits may not fit into 32.
const MOST_BITS: u32 = 24;
const FULL_SCALE: f32 = 2_147_483_648.0;

/// Decodes one frame after another.
#[derive(Debug)]
pub(crate) struct FlacDecoder {
    stream: StreamHeader,
    channels: Vec<Vec<i32>>,
}

/// A frame that can't be decoded.
#[derive(Debug)]
pub(crate) struct DamagedFlacFrame;

impl FlacDecoder {
    /// A decoder for a stream with this header, the content of its `STREAMINFO` block. `None` if it is damaged, or if its
    /// samples have more than 24 bits.
    pub(crate) fn new(header: &[u8]) -> Option<Self> {
        let stream = StreamHeader::read(header).filter(|stream| stream.bits <= MOST_BITS)?;
        Some(Self { stream, channels: vec![Vec::new(); stream.channels] })
    }

    /// Decodes a frame into `interleaved`. Returns its sample rate and channels.
    pub(crate) fn decode(
        &mut self,
        frame: &[u8],
        interleaved: &mut Vec<f32>,
    ) -> Result<(u32, usize), DamagedFlacFrame> {
        self.decode_first(frame, interleaved).ok_or(DamagedFlacFrame)?;
        Ok((self.stream.sample_rate_hz, self.stream.channels))
    }

    /// The header of the stream.
    pub(super) fn stream(&self) -> &StreamHeader {
        &self.stream
    }

    /// Decodes the frame that `bytes` begin with. Returns its length in bytes, without its checksum.
    pub(super) fn decode_first(&mut self, bytes: &[u8], interleaved: &mut Vec<f32>) -> Option<usize> {
        interleaved.clear();
        let mut source = Bits::new(bytes);
        let header = FrameHeader::read(&mut source)?;
        let bits = header.bits.unwrap_or(self.stream.bits);
        if header.channels != self.stream.channels
            || header.frames > self.stream.most_frames
            || bits > MOST_BITS
        {
            return None;
        }
        for (number, samples) in self.channels.iter_mut().enumerate() {
            samples.resize(MOST_COEFFICIENTS + header.frames, 0);
            let is_side = match header.stereo {
                Stereo::Independent => false,
                Stereo::LeftSide | Stereo::MidSide => number == 1,
                Stereo::SideRight => number == 0,
            };
            subframe::read(&mut source, samples, bits + u32::from(is_side))?;
        }
        let samples = |number: usize| self.channels.get(number)?.get(MOST_COEFFICIENTS..);
        if header.channels != 2 {
            interleaved.resize(header.frames * header.channels, 0.0);
            for number in 0..header.channels {
                let places = interleaved.iter_mut().skip(number).step_by(header.channels);
                places.zip(samples(number)?).for_each(|(place, sample)| *place = scaled(*sample, bits));
            }
            return Some(source.bytes_read());
        }
        let pairs = (samples(0)?, samples(1)?);
        match header.stereo {
            Stereo::Independent => append(pairs, bits, interleaved, |left, right| [left, right]),
            Stereo::LeftSide => {
                append(pairs, bits, interleaved, |left, side| [left, left.wrapping_sub(side)]);
            }
            Stereo::SideRight => {
                append(pairs, bits, interleaved, |side, right| [right.wrapping_add(side), right]);
            }
            Stereo::MidSide => append(pairs, bits, interleaved, |mid, side| {
                let double = mid.wrapping_shl(1) | (side & 1);
                [double.wrapping_add(side) >> 1, double.wrapping_sub(side) >> 1]
            }),
        }
        Some(source.bytes_read())
    }
}

/// A sample of `bits` bits, as a part of full scale.
fn scaled(sample: i32, bits: u32) -> f32 {
    sample.wrapping_shl(32 - bits) as f32 / FULL_SCALE
}

/// Appends the left and the right samples that `channels` makes of the stored ones.
fn append(
    (first, second): (&[i32], &[i32]),
    bits: u32,
    interleaved: &mut Vec<f32>,
    channels: impl Fn(i32, i32) -> [i32; 2],
) {
    let pairs = first.iter().zip(second).map(|(first, second)| channels(*first, *second));
    interleaved.extend(pairs.flat_map(|[left, right]| [scaled(left, bits), scaled(right, bits)]));
}
