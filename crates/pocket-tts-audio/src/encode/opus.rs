//! Opus by `ropus` (libopus in fixed point, bit for bit) in pages of `ogg`.
//!
//! Source: RFC 7845, Ogg encapsulation for Opus.

use ogg::{PacketWriteEndInfo, PacketWriter};
use ropus::{Application, Bitrate, Channels, Encoder};

use super::blocks::Blocks;
use super::{codec::Codec, error::EncodeError, format::AudioFormat};

/// At this rate speech is transparent.
const BITRATE_BITS_PER_S: u32 = 48_000;
/// Packets of 20 ms.
const PACKETS_PER_S: u32 = 50;
/// One page for each 80 ms that the speech model generates: smaller pages would spend more than a tenth on headers,
/// larger ones would add latency.
const PACKETS_PER_PAGE: u64 = 4;
/// Positions count samples at this rate, whatever the rate of the input.
const POSITIONS_PER_S: u32 = 48_000;
/// The largest packet that Opus allows for 20 ms is 1275 bytes.
const MAX_PACKET_BYTES: usize = 1_500;
/// A file holds one stream, so any serial number does.
const SERIAL: u32 = 1;
/// The name of the encoder, with its length, and a list of no comments.
const NO_COMMENTS: &[u8] = b"\x0a\0\0\0pocket-tts\0\0\0\0";

pub(super) struct Opus {
    encoder: Encoder,
    blocks: Blocks,
    pages: Pages,
    block_samples: usize,
    samples: u64,
}

/// Packets and the pages that they fill.
struct Pages {
    writer: PacketWriter<'static, Vec<u8>>,
    positions_per_sample: u64,
    pre_skip: u16,
    packets: u64,
}

impl Opus {
    pub(super) fn new(sample_rate_hz: u32) -> Result<Self, EncodeError> {
        Self::with_comments(sample_rate_hz, NO_COMMENTS)
    }

    /// With the given comments instead of [`NO_COMMENTS`].
    pub(super) fn with_comments(sample_rate_hz: u32, comments: &[u8]) -> Result<Self, EncodeError> {
        if !matches!(sample_rate_hz, 8_000 | 12_000 | 16_000 | 24_000 | 48_000) {
            return Err(EncodeError::SampleRate {
                format: AudioFormat::Opus,
                found_hz: sample_rate_hz,
                allowed: "8000, 12000, 16000, 24000 and 48000 Hz",
            });
        }
        let encoder = Encoder::builder(sample_rate_hz, Channels::Mono, Application::Audio)
            .bitrate(Bitrate::Bits(BITRATE_BITS_PER_S))
            .vbr(true)
            .build()
            .map_err(failed)?;
        let block_samples = (sample_rate_hz / PACKETS_PER_S) as usize;
        let pages = Pages::new(sample_rate_hz, encoder.lookahead(), comments)?;
        Ok(Self { encoder, blocks: Blocks::new(block_samples), pages, block_samples, samples: 0 })
    }

    /// The pages in front of the sound.
    pub(super) fn into_headers(self) -> Vec<u8> {
        self.pages.writer.into_inner()
    }
}

impl Codec for Opus {
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.samples += samples.len() as u64;
        let Self { encoder, blocks, pages, .. } = self;
        blocks.push(samples, |block| pages.add(packet(encoder, block)?, None))?;
        output.append(self.pages.writer.inner_mut());
        Ok(())
    }

    fn finish(mut self: Box<Self>, output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError> {
        let mut rest = self.blocks.take_rest();
        // The encoder delays the last sample by its lookahead. That adds at least one packet, in which the stream
        // can end.
        rest.resize(rest.len() + self.encoder.lookahead() as usize, 0.0);
        rest.resize(rest.len().next_multiple_of(self.block_samples), 0.0);
        let last = rest.len() / self.block_samples - 1;
        let end = u64::from(self.pages.pre_skip) + self.samples * self.pages.positions_per_sample;
        for (index, block) in rest.chunks(self.block_samples).enumerate() {
            let packet = packet(&mut self.encoder, block)?;
            self.pages.add(packet, (index == last).then_some(end))?;
        }
        output.append(self.pages.writer.inner_mut());
        Ok(None)
    }
}

impl Pages {
    /// Pages for an encoder with a delay of `lookahead` samples; they start with the two headers.
    fn new(sample_rate_hz: u32, lookahead: u32, comments: &[u8]) -> Result<Self, EncodeError> {
        let positions_per_sample = POSITIONS_PER_S / sample_rate_hz;
        let pre_skip = u16::try_from(lookahead * positions_per_sample).map_err(failed)?;
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(pre_skip.to_le_bytes());
        head.extend(sample_rate_hz.to_le_bytes());
        // No gain, mapping family 0.
        head.extend([0, 0, 0]);
        let tags = [b"OpusTags", comments].concat();
        let mut pages = Self {
            writer: PacketWriter::new(Vec::new()),
            positions_per_sample: u64::from(positions_per_sample),
            pre_skip,
            packets: 0,
        };
        pages.write(head, PacketWriteEndInfo::EndPage, 0)?;
        pages.write(tags, PacketWriteEndInfo::EndPage, 0)?;
        Ok(pages)
    }

    /// Appends a packet; `end` is the position of the end of the sound, for the last packet.
    fn add(&mut self, packet: Vec<u8>, end: Option<u64>) -> Result<(), EncodeError> {
        self.packets += 1;
        let full = self.packets.is_multiple_of(PACKETS_PER_PAGE);
        let (info, position) = match end {
            Some(end) => (PacketWriteEndInfo::EndStream, end),
            None if full => (PacketWriteEndInfo::EndPage, self.position()),
            None => (PacketWriteEndInfo::NormalPacket, self.position()),
        };
        self.write(packet, info, position)
    }

    fn position(&self) -> u64 {
        self.packets * u64::from(POSITIONS_PER_S / PACKETS_PER_S)
    }

    fn write(&mut self, packet: Vec<u8>, info: PacketWriteEndInfo, position: u64) -> Result<(), EncodeError> {
        self.writer.write_packet(packet, SERIAL, info, position).map_err(failed)
    }
}

fn packet(encoder: &mut Encoder, block: &[f32]) -> Result<Vec<u8>, EncodeError> {
    let mut packet = vec![0; MAX_PACKET_BYTES];
    let length = encoder.encode_float(block, &mut packet).map_err(failed)?;
    packet.truncate(length);
    Ok(packet)
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::encoder(AudioFormat::Opus, error)
}
