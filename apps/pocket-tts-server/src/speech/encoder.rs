//! From samples to the bytes of a response, piece by piece. It must not know HTTP.

use std::{fmt, io};

use pocket_tts_audio::Encoder;

/// Turns the samples of one response into its bytes; one encoder writes one whole file.
///
/// An encoder that needs more samples than it was given returns no bytes yet. Bytes should come out as soon
/// as they are settled: whoever listens waits for them.
pub trait StreamEncoder: Send + fmt::Debug {
    /// The bytes that these samples (mono, `-1.0..=1.0`) complete.
    ///
    /// # Errors
    ///
    /// If the encoder can't go on; what was returned before is then no whole file.
    fn encode(&mut self, samples: &[f32]) -> io::Result<Vec<u8>>;

    /// The bytes that end the file.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>>;
}

/// Any format of the audio crate; WAV is byte for byte as the reference streams it.
#[derive(Debug)]
pub(crate) struct FormatEncoder(pub(crate) Encoder);

impl StreamEncoder for FormatEncoder {
    fn encode(&mut self, samples: &[f32]) -> io::Result<Vec<u8>> {
        Ok(self.0.push(samples)?)
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        Ok(self.0.finish()?)
    }
}
