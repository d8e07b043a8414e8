//! AAC-LC in ADTS frames, by `rusty_aac`.
//!
//! That encoder takes a complete sound and returns no frame before its end. But without short blocks, a frame
//! depends only on the 2048 samples that it spans. So each frame is encoded separately here, from two blocks, under
//! two conditions:
//!
//! - **Long blocks only.** The encoder looks for attacks only in sound above a fixed level, so its input is scaled
//!   below that level ([`QUIETER_BY_BITS`]), and the gain that the frame declares is raised by as much. The window
//!   fields of the frame are checked.
//! - **One version.** Another version might choose other windows, so the workspace pins it.
//!
//! Source: ISO/IEC 14496-3, 4.4.2.1 (`raw_data_block`), 4.6.2 (`global_gain`), 1.A.2 (ADTS).

use rusty_aac::{AacEncoder, AacEncoderConfig, AdtsHeader, sf_index_for_rate, write_adts_header};

use super::blocks::Blocks;
use super::{codec::Codec, error::EncodeError, format::AudioFormat};

/// The samples of a frame, and of the delay between encoder and decoder.
pub(crate) const BLOCK_SAMPLES: usize = 1_024;
/// 96 kbit/s at 24 kHz.
const BITS_PER_SAMPLE: u32 = 4;
/// The sum of 128 squares, each at most (2⁻⁹)², stays below 10⁻³, where the search for attacks starts.
const QUIETER_BY_BITS: u8 = 9;
/// Raising the gain by 4 doubles the amplitude.
const GAIN_PER_BIT: u8 = 4;
const ADTS_HEADER_BYTES: usize = 7;
const AAC_LC: u8 = 2;

pub(super) struct Aac {
    blocks: Blocks,
    frames: AacFrames,
}

/// Encodes frames without headers, each of which spans the previous block and its own.
pub(crate) struct AacFrames {
    sample_rate_hz: u32,
    /// The previous block, then room for another.
    span: Vec<f32>,
}

impl Aac {
    pub(super) fn new(sample_rate_hz: u32) -> Result<Self, EncodeError> {
        let frames = AacFrames::new(sample_rate_hz)?;
        Ok(Self { blocks: Blocks::new(BLOCK_SAMPLES), frames })
    }
}

impl Codec for Aac {
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Self { blocks, frames } = self;
        blocks.push(samples, |block| frames.encode_adts(block, output))
    }

    fn finish(mut self: Box<Self>, output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError> {
        let rest = self.blocks.take_rest();
        if !rest.is_empty() {
            self.frames.encode_adts(&rest, output)?;
        }
        // A decoder outputs a block only after the next frame.
        self.frames.encode_adts(&[], output)?;
        Ok(None)
    }
}

impl AacFrames {
    pub(crate) fn new(sample_rate_hz: u32) -> Result<Self, EncodeError> {
        if sf_index_for_rate(sample_rate_hz).is_none() {
            return Err(EncodeError::SampleRate {
                format: AudioFormat::Aac,
                found_hz: sample_rate_hz,
                allowed: "7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200 and \
                          96000 Hz",
            });
        }
        Ok(Self { sample_rate_hz, span: vec![0.0; 2 * BLOCK_SAMPLES] })
    }

    /// The `AudioSpecificConfig` of the frames: AAC-LC, the rate's index, one channel.
    pub(crate) fn config(&self) -> [u8; 2] {
        let rate = sf_index_for_rate(self.sample_rate_hz).unwrap_or_default();
        [AAC_LC << 3 | rate >> 1, rate << 7 | 1 << 3]
    }

    /// Encodes a block of at most [`BLOCK_SAMPLES`]; silence follows a shorter one.
    pub(crate) fn encode(&mut self, block: &[f32]) -> Result<Vec<u8>, EncodeError> {
        let quieter = 1.0 / f32::from(1_u16 << QUIETER_BY_BITS);
        self.span.drain(..BLOCK_SAMPLES);
        self.span.extend(block.iter().map(|sample| sample * quieter));
        self.span.resize(2 * BLOCK_SAMPLES, 0.0);

        let mut encoder = AacEncoder::new(AacEncoderConfig {
            bitrate_bps: self.sample_rate_hz * BITS_PER_SAMPLE,
            relative_transients: false,
            ..AacEncoderConfig::default()
        });
        encoder.push_pcm(&self.span, 1, self.sample_rate_hz).map_err(failed)?;
        encoder.finish();
        // The first frame spans silence and the first block, the second one both blocks.
        encoder.next_packet().map_err(failed)?;
        let mut frame = encoder.next_packet().map_err(failed)?.data;
        raise_gain(&mut frame)?;
        Ok(frame)
    }

    /// Encodes a block as [`encode`](Self::encode) does, and appends the frame with its header.
    fn encode_adts(&mut self, block: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        let frame = self.encode(block)?;
        let frame_length = ADTS_HEADER_BYTES + frame.len();
        output.extend(write_adts_header(&AdtsHeader {
            object_type: AAC_LC,
            sample_rate: self.sample_rate_hz,
            channels: 1,
            frame_length,
            header_len: ADTS_HEADER_BYTES,
        }));
        output.extend(frame);
        Ok(())
    }
}

/// Undoes [`QUIETER_BY_BITS`] in a frame, which starts with its only element: 3 bits of kind, 4 bits of number, 8 bits
/// of gain, a reserved bit and 2 bits of window sequence.
fn raise_gain(frame: &mut [u8]) -> Result<(), EncodeError> {
    let [first, second, third, ..] = frame else { return Err(failed("a frame is too short")) };
    if *second & 1 != 0 || *third >> 6 != 0 {
        return Err(failed("a frame has windows that are not long"));
    }
    let gain = (*first << 7) | (*second >> 1);
    let gain =
        gain.checked_add(QUIETER_BY_BITS * GAIN_PER_BIT).ok_or_else(|| failed("a gain is too large"))?;
    *first = (*first & !1) | (gain >> 7);
    *second = (gain << 1) | (*second & 1);
    Ok(())
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::encoder(AudioFormat::Aac, error)
}
