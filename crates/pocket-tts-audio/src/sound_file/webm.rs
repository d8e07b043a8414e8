//! The Opus packets of a `WebM` file, listed once, so that any of them is found. The file's bytes stay in memory, as the
//! container has no reliable index.

use std::ops::Range;

use crate::error::AudioError;
use crate::opus_decoder::{ByteOrder, OPUS_RATE_HZ, OpusDecoder, packet_samples};
use crate::source::Stop;
use crate::webm::WebmReader;

/// All packets and the decoder.
pub(super) struct WebmPackets {
    bytes: Vec<u8>,
    packets: Vec<PacketPlace>,
    decoder: OpusDecoder,
    next: usize,
}

/// Where a packet is in the file and in the sound.
struct PacketPlace {
    bytes: Range<usize>,
    /// The place of its first sample; negative before the sound's start.
    start: i64,
    samples: u64,
    /// Samples at its end that are not played.
    discarded: usize,
}

impl WebmPackets {
    /// Lists the packets of a file.
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, AudioError> {
        let mut reader = WebmReader::open(&bytes)?;
        let decoder = OpusDecoder::new(reader.head, ByteOrder::Little)?;
        let mut start = -(decoder.pre_skip() as i64);
        let mut packets = Vec::new();
        while let Some(packet) = reader.next_packet()? {
            let offset = packet.data.as_ptr() as usize - bytes.as_ptr() as usize;
            let samples = packet_samples(packet.data);
            let discarded = packet.discarded_samples(OPUS_RATE_HZ);
            packets.push(PacketPlace {
                bytes: offset..offset + packet.data.len(),
                start,
                samples,
                discarded,
            });
            start = start.saturating_add_unsigned(samples);
        }
        Ok(Self { bytes, packets, decoder, next: 0 })
    }

    /// Samples of the sound.
    pub(super) fn frames(&self) -> u64 {
        self.packets.last().map_or(0, |last| {
            let end = last.start.saturating_add_unsigned(last.samples).max(0).unsigned_abs();
            end.saturating_sub(last.discarded as u64)
        })
    }

    /// Makes the packet that holds a place the next one, without memory of earlier ones.
    pub(super) fn seek(&mut self, place: i64) {
        self.decoder.reset();
        self.next = self
            .packets
            .partition_point(|packet| packet.start.saturating_add_unsigned(packet.samples) <= place);
    }

    /// The number of channels.
    pub(super) fn channels(&self) -> usize {
        self.decoder.channels()
    }

    /// Decodes the next packet into `interleaved`. Returns the place of its first sample and its channels.
    pub(super) fn next(&mut self, interleaved: &mut Vec<f32>) -> Result<(i64, usize), Stop> {
        let place = self.packets.get(self.next).ok_or(Stop::End)?;
        self.next += 1;
        let packet = self.bytes.get(place.bytes.clone()).unwrap_or_default();
        let channels = self.decoder.channels();
        let samples = self.decoder.decode_whole(packet, place.discarded).ok_or_else(|| {
            Stop::Damaged(AudioError::Decoder { reason: "its Opus packets are damaged".to_owned() })
        })?;
        interleaved.clear();
        interleaved.extend_from_slice(samples);
        Ok((place.start, channels))
    }
}
