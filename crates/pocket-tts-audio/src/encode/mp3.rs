//! MP3 by `rusty_mp3`: MPEG-2 Layer III for 24 kHz, at a constant rate, each frame independent of the others.

use rusty_mp3::encode::lametag::crc16;
use rusty_mp3::{Mp3Encoder, Mp3EncoderConfig, encoder_header};

use super::{codec::Codec, error::EncodeError, format::AudioFormat};

/// 96 kbit/s at 24 kHz, at which speech is transparent.
const BITS_PER_SAMPLE: u32 = 4;

/// The byte of a frame's header with the `original` bit.
const ORIGINAL_AT: usize = 3;
const ORIGINAL: u8 = 0x04;
/// A frame's data follows 4 bytes of header and 9 of side information (MPEG-2, mono).
const TAG_START: usize = 13;
/// The size of the tag's name, and of its flags, which state which of the counts follow.
const TAG_FLAGS: usize = 4;
/// The counts: frames, bytes, 100 seek points, and a quality.
const TAG_COUNTS: usize = 4 + 4 + 100 + 4;
/// LAME's extension, from the name of the encoder to the checksum.
const TAG_EXTENSION: usize = 36;
/// Within the extension: 12 bits each of delay and padding.
const TAG_DELAY: usize = 21;

pub(super) struct Mp3 {
    encoder: Mp3Encoder,
    sample_rate_hz: u32,
    has_started: bool,
}

impl Mp3 {
    pub(super) fn new(sample_rate_hz: u32) -> Result<Self, EncodeError> {
        // At the rates of MPEG-1 the encoder would return nothing before the end.
        if !matches!(sample_rate_hz, 8_000 | 11_025 | 12_000 | 16_000 | 22_050 | 24_000) {
            return Err(EncodeError::SampleRate {
                format: AudioFormat::Mp3,
                found_hz: sample_rate_hz,
                allowed: "8000, 11025, 12000, 16000, 22050 and 24000 Hz",
            });
        }
        let bitrate_kbps = sample_rate_hz * BITS_PER_SAMPLE / 1_000;
        let config = Mp3EncoderConfig { bitrate_kbps, vbr_quality: None };
        encoder_header(sample_rate_hz, 1, bitrate_kbps).map_err(failed)?;
        Ok(Self { encoder: Mp3Encoder::new(config), sample_rate_hz, has_started: false })
    }

    /// Takes the packets that are ready; an error of the encoder means that there are no more.
    fn drain(&mut self, output: &mut Vec<u8>) -> Result<(), EncodeError> {
        while let Ok(mut packet) = self.encoder.next_packet() {
            // Before the end, the tag counts 0 frames, and some decoders trust it.
            if !self.has_started && self.encoder.lame_tag_frame().is_none() {
                remove_counts(&mut packet)?;
            }
            self.has_started = true;
            output.extend(packet);
        }
        Ok(())
    }
}

impl Codec for Mp3 {
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.encoder.push_pcm_f32(samples, 1, self.sample_rate_hz).map_err(failed)?;
        self.drain(output)
    }

    fn finish(mut self: Box<Self>, output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError> {
        // The first push, even of nothing, sets the encoder's format.
        self.push(&[], output)?;
        self.encoder.finish();
        self.drain(output)?;
        Ok(self.encoder.lame_tag_frame().map(<[u8]>::to_vec))
    }
}

/// Turns the tag frame of a complete file into that of a stream, which states the encoder's delay but no length.
fn remove_counts(frame: &mut [u8]) -> Result<(), EncodeError> {
    let tag = frame.get_mut(TAG_START..).filter(|tag| tag.starts_with(b"Info"));
    let tag = tag.filter(|tag| tag.len() >= 2 * TAG_FLAGS + TAG_COUNTS + TAG_EXTENSION);
    let tag = tag.ok_or_else(|| failed("it does not begin with a tag"))?;
    // A wrong count of bytes makes decoders report an error; without a count ffmpeg decodes the frame as sound, unless its
    // header differs from the next one's. LAME's differs in the same bit, which has no effect.
    let (flags, rest) = tag[4..].split_at_mut(TAG_FLAGS);
    flags.fill(0);
    rest.copy_within(TAG_COUNTS..TAG_COUNTS + TAG_EXTENSION, 0);
    rest[TAG_EXTENSION..].fill(0);
    // No padding: nothing is cut off at the end.
    let delay = &mut rest[TAG_DELAY..];
    delay[1] &= 0xf0;
    delay[2] = 0;
    frame[ORIGINAL_AT] &= !ORIGINAL;
    let checked = TAG_START + 2 * TAG_FLAGS + TAG_EXTENSION - 2;
    let checksum = crc16(0, &frame[..checked]);
    frame[checked..checked + 2].copy_from_slice(&checksum.to_be_bytes());
    Ok(())
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::encoder(AudioFormat::Mp3, error)
}
