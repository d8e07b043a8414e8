//! Decodes Opus in Ogg while its bytes come. Knows no files.
//!
//! Source: RFC 7845, Ogg encapsulation for Opus.

use std::fmt;

use ogg::Packet;
use ogg::reading::{BasePacketReader, PageParser};

use crate::error::AudioError;
use crate::opus_decoder::{ByteOrder, OPUS_RATE_HZ, OpusDecoder};

/// The rates at which Opus is decoded.
const RATES_HZ: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];
const PAGE_HEADER_BYTES: usize = 27;
const PAGE_START: &[u8] = b"OggS";

/// A stream of Opus in Ogg, whose bytes come in pieces of any size. Its samples don't depend on the pieces.
pub struct OpusStream {
    sample_rate_hz: u32,
    /// What has come of the next page.
    bytes: Vec<u8>,
    packets: BasePacketReader,
    /// How many packets there were.
    count: u64,
    decoder: Option<OpusDecoder>,
    /// Samples of each channel so far, with those in front of the sound.
    decoded: u64,
    has_ended: bool,
}

impl OpusStream {
    /// A stream that is decoded at this rate.
    ///
    /// # Errors
    /// [`AudioError::Decoder`] if Opus has no such rate.
    pub fn new(sample_rate_hz: u32) -> Result<Self, AudioError> {
        if !RATES_HZ.contains(&sample_rate_hz) {
            let problem =
                format!("Opus has no rate of {sample_rate_hz} Hz; use 8000, 12000, 16000, 24000 or 48000");
            return Err(failed(&problem));
        }
        Ok(Self {
            sample_rate_hz,
            bytes: Vec::new(),
            packets: BasePacketReader::new(),
            count: 0,
            decoder: None,
            decoded: 0,
            has_ended: false,
        })
    }

    /// Whether the last packet has come.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Takes further bytes and appends the samples that they bring to `samples`, `[samples]`; channels are averaged. A
    /// damaged packet is left out.
    ///
    /// # Errors
    /// [`AudioError::Decoder`] if it isn't Opus in Ogg.
    pub fn push(&mut self, bytes: &[u8], samples: &mut Vec<f32>) -> Result<(), AudioError> {
        self.bytes.extend_from_slice(bytes);
        while let Some(size) = self.page_size()? {
            let mut page: Vec<u8> = self.bytes.drain(..size).collect();
            let mut rest = page.split_off(PAGE_HEADER_BYTES);
            let header = page.try_into().map_err(|_| failed(&"its page is damaged"))?;
            let (mut parser, segments) = PageParser::new(header).map_err(|error| failed(&error))?;
            let data = rest.split_off(segments);
            parser.parse_segments(rest);
            let page = parser.parse_packet_data(data).map_err(|error| failed(&error))?;
            self.packets.push_page(page).map_err(|error| failed(&error))?;
            while let Some(packet) = self.packets.read_packet() {
                self.take(&packet, samples)?;
            }
        }
        Ok(())
    }

    /// The size of the next page, once all of it is there.
    fn page_size(&self) -> Result<Option<usize>, AudioError> {
        let start = &self.bytes[..self.bytes.len().min(PAGE_START.len())];
        if !PAGE_START.starts_with(start) {
            return Err(failed(&"it is not Opus in Ogg, or bytes are missing"));
        }
        let Some(segments) = self.bytes.get(PAGE_HEADER_BYTES - 1) else { return Ok(None) };
        let head = PAGE_HEADER_BYTES + usize::from(*segments);
        let Some(table) = self.bytes.get(PAGE_HEADER_BYTES..head) else { return Ok(None) };
        let size = head + table.iter().map(|length| usize::from(*length)).sum::<usize>();
        Ok((self.bytes.len() >= size).then_some(size))
    }

    fn take(&mut self, packet: &Packet, samples: &mut Vec<f32>) -> Result<(), AudioError> {
        self.count += 1;
        let Some(decoder) = &mut self.decoder else {
            self.decoder = Some(OpusDecoder::at_rate(&packet.data, ByteOrder::Little, self.sample_rate_hz)?);
            return Ok(());
        };
        // The second packet holds comments.
        if self.count == 2 {
            return Ok(());
        }
        let scale = u64::from(OPUS_RATE_HZ / self.sample_rate_hz);
        self.decoded += crate::opus_decoder::packet_samples(&packet.data) / scale;
        self.has_ended |= packet.last_in_stream();
        let end = if packet.last_in_stream() { packet.absgp_page() / scale } else { u64::MAX };
        let trim_end = usize::try_from(self.decoded.saturating_sub(end)).unwrap_or(usize::MAX);
        let channels = decoder.channels();
        if let Some(interleaved) = decoder.decode(&packet.data, trim_end) {
            let mean = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
            samples.extend(interleaved.chunks_exact(channels).map(mean));
        }
        Ok(())
    }
}

impl fmt::Debug for OpusStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OpusStream")
            .field("sample_rate_hz", &self.sample_rate_hz)
            .field("decoded", &self.decoded)
            .field("has_ended", &self.has_ended)
            .finish_non_exhaustive()
    }
}

fn failed(problem: &impl ToString) -> AudioError {
    AudioError::Decoder { reason: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AudioFormat, Encoder};

    fn encoded(samples: &[f32]) -> Vec<u8> {
        let mut encoder = Encoder::new(AudioFormat::Opus, 24_000).unwrap();
        let mut bytes = encoder.push(samples).unwrap();
        bytes.extend(encoder.finish().unwrap());
        bytes
    }

    fn decoded(bytes: &[u8], rate_hz: u32, piece: usize) -> Vec<f32> {
        let (mut stream, mut samples) = (OpusStream::new(rate_hz).unwrap(), Vec::new());
        bytes.chunks(piece).for_each(|piece| stream.push(piece, &mut samples).unwrap());
        assert!(stream.has_ended());
        samples
    }

    #[test]
    fn a_stream_gives_all_samples_however_its_bytes_come() {
        let samples: Vec<f32> = (0..30_011).map(|i| 0.3 * (i as f32 * 0.1).sin()).collect();
        let bytes = encoded(&samples);
        let whole = decoded(&bytes, 24_000, bytes.len());
        assert_eq!(whole.len(), samples.len());
        for piece in [1, 7, 500] {
            assert_eq!(decoded(&bytes, 24_000, piece), whole, "{piece}");
        }
        let energy = |values: &mut dyn Iterator<Item = f32>| values.map(|value| value * value).sum::<f32>();
        let difference = energy(&mut whole.iter().zip(&samples).map(|(a, b)| a - b));
        assert!(difference < 0.01 * energy(&mut samples.iter().copied()), "{difference}");
        assert_eq!(decoded(&bytes, 48_000, 100).len(), 2 * samples.len());
        assert_eq!(decoded(&bytes, 8_000, 100).len(), samples.len() / 3);
    }

    #[test]
    fn other_bytes_and_rates_are_refused() {
        let mut stream = OpusStream::new(24_000).unwrap();
        assert!(stream.push(b"RIFF", &mut Vec::new()).unwrap_err().to_string().contains("not Opus"));
        assert!(OpusStream::new(44_100).unwrap_err().to_string().contains("44100"));
        let mut bytes = encoded(&vec![0.0; 5_000]);
        bytes[40] ^= 1;
        let mut stream = OpusStream::new(24_000).unwrap();
        assert!(stream.push(&bytes, &mut Vec::new()).is_err(), "the checksum is wrong");
    }
}
