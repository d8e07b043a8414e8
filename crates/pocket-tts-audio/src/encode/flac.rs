//! FLAC by `flacenc`, 16 bits: it decodes to the samples of PCM.
//!
//! Source: RFC 9639.

use flacenc::bitsink::MemSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config;
use flacenc::encode_fixed_size_frame;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Context, Fill, FrameBuf};

use super::blocks::Blocks;
use super::{codec::Codec, error::EncodeError, format::AudioFormat};
use crate::wav::pcm_s16le;

/// The 80 ms that the speech model generates at 24 kHz, so that no samples wait for a full block.
const BLOCK_SAMPLES: usize = 1_920;
const BITS_PER_SAMPLE: usize = 16;

pub(super) struct Flac {
    blocks: Blocks,
    frames: FlacFrames,
    has_header: bool,
}

/// Encodes frames and collects the statistics for the header.
struct FlacFrames {
    config: Verified<config::Encoder>,
    info: StreamInfo,
    /// Counts and hashes the samples.
    context: Context,
    number: usize,
    smallest_bytes: usize,
    largest_bytes: usize,
    samples: usize,
}

impl Flac {
    pub(super) fn new(sample_rate_hz: u32) -> Result<Self, EncodeError> {
        let mut info = StreamInfo::new(sample_rate_hz as usize, 1, BITS_PER_SAMPLE).map_err(|_| {
            EncodeError::SampleRate {
                format: AudioFormat::Flac,
                found_hz: sample_rate_hz,
                allowed: "1 to 96000 Hz",
            }
        })?;
        info.set_block_sizes(BLOCK_SAMPLES, BLOCK_SAMPLES).map_err(failed)?;
        // 0 means unknown, also for the number of samples and their digest.
        info.set_frame_sizes(0, 0).map_err(failed)?;
        let config = config::Encoder::default().into_verified().map_err(|(_, error)| failed(error))?;
        let frames = FlacFrames {
            config,
            info,
            context: Context::new(BITS_PER_SAMPLE, 1),
            number: 0,
            smallest_bytes: usize::MAX,
            largest_bytes: 0,
            samples: 0,
        };
        Ok(Self { blocks: Blocks::new(BLOCK_SAMPLES), frames, has_header: false })
    }

    fn write_header(&mut self, output: &mut Vec<u8>) -> Result<(), EncodeError> {
        if !self.has_header {
            self.has_header = true;
            output.extend(header(&self.frames.info)?);
        }
        Ok(())
    }
}

impl Codec for Flac {
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.write_header(output)?;
        let Self { blocks, frames, .. } = self;
        blocks.push(samples, |block| frames.encode(block, output))
    }

    fn finish(mut self: Box<Self>, output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError> {
        self.write_header(output)?;
        let rest = self.blocks.take_rest();
        if !rest.is_empty() {
            self.frames.encode(&rest, output)?;
        }
        let FlacFrames { mut info, context, smallest_bytes, largest_bytes, samples, .. } = self.frames;
        info.set_total_samples(samples);
        info.set_md5_digest(&context.md5_digest());
        info.set_frame_sizes(smallest_bytes.min(largest_bytes), largest_bytes).map_err(failed)?;
        header(&info).map(Some)
    }
}

impl FlacFrames {
    fn encode(&mut self, block: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        let samples: Vec<i32> = pcm_s16le(block)
            .chunks_exact(2)
            .map(|bytes| i32::from(i16::from_le_bytes([bytes[0], bytes[1]])))
            .collect();
        let mut buffer = FrameBuf::with_size(1, BLOCK_SAMPLES).map_err(failed)?;
        buffer.fill_interleaved(&samples).map_err(failed)?;
        self.context.fill_interleaved(&samples).map_err(failed)?;
        let frame =
            encode_fixed_size_frame(&self.config, &buffer, self.number, &self.info).map_err(failed)?;
        let bytes = bytes_of(&frame)?;
        self.number += 1;
        self.samples += samples.len();
        self.smallest_bytes = self.smallest_bytes.min(bytes.len());
        self.largest_bytes = self.largest_bytes.max(bytes.len());
        output.extend(bytes);
        Ok(())
    }
}

/// The marker of the format and its only metadata block.
fn header(info: &StreamInfo) -> Result<Vec<u8>, EncodeError> {
    let info = bytes_of(info)?;
    let mut header = b"fLaC".to_vec();
    // The last metadata block, of kind STREAMINFO.
    header.extend([0x80, 0, 0, info.len() as u8]);
    header.extend(info);
    Ok(header)
}

fn bytes_of(part: &impl BitRepr) -> Result<Vec<u8>, EncodeError> {
    let mut sink = MemSink::<u8>::with_capacity(part.count_bits());
    part.write(&mut sink).map_err(failed)?;
    Ok(sink.into_inner())
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::encoder(AudioFormat::Flac, error)
}
