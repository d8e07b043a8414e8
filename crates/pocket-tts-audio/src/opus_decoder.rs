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
    layout: Channels,
    gain: i32,
    rate_hz: u32,
    /// Samples per channel that are not played at the start of the stream.
    pre_skip: usize,
    /// How many of them are to come.
    skip: usize,
    has_been_reset: bool,
    /// Room for the longest packet, 120 ms.
    buffer: Vec<f32>,
}

impl OpusDecoder {
    /// A decoder for the stream with the header `head`.
    ///
    /// # Errors
    /// [`AudioError::Decoder`] when the header is damaged or declares more than two channels.
    pub(crate) fn new(head: &[u8], order: ByteOrder) -> Result<Self, AudioError> {
        Self::at_rate(head, order, OPUS_RATE_HZ)
    }

    /// The same at another rate that Opus has.
    pub(crate) fn at_rate(head: &[u8], order: ByteOrder, rate_hz: u32) -> Result<Self, AudioError> {
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
        let mut decoder = Decoder::new(rate_hz, layout).map_err(|error| failed(&error))?;
        decoder.set_gain(i32::from(gain)).map_err(|error| failed(&error))?;
        let channels = usize::from(channels);
        let buffer = vec![0.0; decoder.max_frame_samples_per_channel() * channels];
        let pre_skip = usize::from(pre_skip) / (OPUS_RATE_HZ / rate_hz) as usize;
        Ok(Self {
            decoder,
            channels,
            layout,
            gain: i32::from(gain),
            rate_hz,
            pre_skip,
            skip: pre_skip,
            has_been_reset: false,
            buffer,
        })
    }

    /// Forgets earlier packets. The next packet is not the first one of the stream.
    pub(crate) fn reset(&mut self) {
        // The library's decoder can't be reset. The same arguments have been accepted before.
        if let Ok(mut fresh) = Decoder::new(self.rate_hz, self.layout)
            && fresh.set_gain(self.gain).is_ok()
        {
            self.decoder = fresh;
        }
        self.skip = 0;
        self.has_been_reset = true;
    }

    /// Whether it returns the samples in front of the sound, too.
    pub(crate) fn has_been_reset(&self) -> bool {
        self.has_been_reset
    }

    /// Samples per channel that are not played at the start of the stream.
    pub(crate) fn pre_skip(&self) -> usize {
        self.pre_skip
    }

    /// The number of channels.
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// The samples of a packet, interleaved, with those in front of the sound, and without the last `trim_end` of each
    /// channel. `None` if the packet is damaged.
    pub(crate) fn decode_whole(&mut self, packet: &[u8], trim_end: usize) -> Option<&[f32]> {
        self.skip = 0;
        self.decode(packet, trim_end)
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

/// How many samples per channel a packet holds at [`OPUS_RATE_HZ`], by its first bytes (RFC 6716, 3.1); 0 for none.
pub(crate) fn packet_samples(packet: &[u8]) -> u64 {
    let Some(toc) = packet.first() else { return 0 };
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1_920, 2_880][usize::from(config % 4)],
        config @ 12..16 => [480, 960][usize::from(config % 2)],
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).map_or(0, |count| u64::from(count & 0x3f)),
    };
    frame * frames
}

fn failed(problem: &impl ToString) -> AudioError {
    AudioError::Decoder { reason: problem.to_string() }
}
