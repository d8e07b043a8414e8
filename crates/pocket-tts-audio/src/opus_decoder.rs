//! Decodes the packets of one Opus stream from any container.
//!
//! Source: RFC 7845, Ogg encapsulation for Opus (pre-skip, gain); RFC 6716 for the packets themselves.

use ropus::{Channels, DecodeMode, Decoder};

use crate::error::AudioError;

/// Opus is decoded at this rate, and its pre-skip counts samples at it, whatever the rate of the original.
pub(crate) const OPUS_RATE_HZ: u32 = 48_000;

const MAGIC: &[u8] = b"OpusHead";
/// The header up to the channel mapping family.
const HEAD_BYTES: usize = 19;

/// The byte order of a header: big-endian in MP4 files, little-endian in all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// One stream, mono or stereo.
pub(crate) struct OpusDecoder {
    decoder: Decoder,
    channels: usize,
    /// Samples per channel that remain to be skipped at the start.
    skip: usize,
    /// Room for the longest packet, 120 ms.
    buffer: Vec<f32>,
}

impl OpusDecoder {
    /// A decoder for the stream with the header `head`.
    ///
    /// # Errors
    /// [`AudioError::Decoder`] when the header is damaged or declares more than two channels.
    pub(crate) fn new(head: &[u8], order: ByteOrder) -> Result<Self, AudioError> {
        let fields = head.get(..HEAD_BYTES).filter(|head| head.starts_with(MAGIC));
        let fields = fields.ok_or_else(|| failed(&"its Opus header is damaged"))?;
        let half = |at: usize| {
            let bytes = [fields[at], fields[at + 1]];
            if order == ByteOrder::Big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
        };
        let (channels, pre_skip, gain, family) = (fields[9], half(10), half(16).cast_signed(), fields[18]);
        // Family 0 is one stream of one or two channels. Family 1 states the number of streams.
        let is_one_stream = match family {
            0 => true,
            1 => head.get(HEAD_BYTES) == Some(&1),
            _ => false,
        };
        let layout = match channels {
            1 if is_one_stream => Channels::Mono,
            2 if is_one_stream => Channels::Stereo,
            _ => return Err(failed(&"it is Opus with more than two channels, which is not supported")),
        };
        let mut decoder = Decoder::new(OPUS_RATE_HZ, layout).map_err(|error| failed(&error))?;
        decoder.set_gain(i32::from(gain)).map_err(|error| failed(&error))?;
        let channels = usize::from(channels);
        let buffer = vec![0.0; decoder.max_frame_samples_per_channel() * channels];
        Ok(Self { decoder, channels, skip: usize::from(pre_skip), buffer })
    }

    /// The number of channels.
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// The samples of a packet, interleaved, without the pre-skip and without the last `trim_end` of each channel.
    /// `None` if the packet is damaged.
    pub(crate) fn decode(&mut self, packet: &[u8], trim_end: usize) -> Option<&[f32]> {
        if packet.is_empty() {
            return None;
        }
        let samples = self.decoder.decode_float(packet, &mut self.buffer, DecodeMode::Normal).ok()?;
        let skipped = self.skip.min(samples);
        self.skip -= skipped;
        let end = samples.saturating_sub(trim_end).max(skipped);
        self.buffer.get(skipped * self.channels..end * self.channels)
    }
}

fn failed(problem: &impl ToString) -> AudioError {
    AudioError::Decoder { reason: problem.to_string() }
}
