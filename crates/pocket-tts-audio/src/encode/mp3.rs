//! MP3 by `rusty_mp3`: MPEG-2 Layer III for 24 kHz, at a constant rate, each frame complete in itself.

use rusty_mp3::{Mp3Encoder, Mp3EncoderConfig, encoder_header};

use super::{AudioFormat, Codec, EncodeError};

/// 96 kbit/s at 24 kHz, where speech is told from the original by measurements only.
const BITS_PER_SAMPLE: u32 = 4;

pub(super) struct Mp3 {
    encoder: Mp3Encoder,
    sample_rate_hz: u32,
}

impl Mp3 {
    pub(super) fn new(sample_rate_hz: u32) -> Result<Self, EncodeError> {
        // At the rates of MPEG-1 the encoder would hold everything back until the end.
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
        Ok(Self { encoder: Mp3Encoder::new(config), sample_rate_hz })
    }

    /// Takes what is ready; the encoder's errors at this point only say that it is no more.
    fn drain(&mut self, output: &mut Vec<u8>) {
        while let Ok(packet) = self.encoder.next_packet() {
            output.extend(packet);
        }
    }
}

impl Codec for Mp3 {
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.encoder.push_pcm_f32(samples, 1, self.sample_rate_hz).map_err(failed)?;
        self.drain(output);
        Ok(())
    }

    fn finish(mut self: Box<Self>, output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError> {
        // The first push is what tells the encoder the format, even if nothing is pushed.
        self.push(&[], output)?;
        self.encoder.finish();
        self.drain(output);
        Ok(self.encoder.lame_tag_frame().map(<[u8]>::to_vec))
    }
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::encoder(AudioFormat::Mp3, error)
}
