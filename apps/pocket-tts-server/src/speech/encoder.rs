//! From samples to the bytes of a response, piece by piece. It must not know HTTP.

use std::{
    fmt, io,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use pocket_tts_audio::{WavWriter, pcm_s16le};

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

/// WAV, byte for byte as the reference streams it.
#[derive(Debug)]
pub(crate) struct WavEncoder {
    writer: WavWriter<Outbox>,
    outbox: Outbox,
}

/// Plain samples, 16 bits each.
#[derive(Debug)]
pub(crate) struct PcmEncoder;

/// Where a writer leaves bytes for whoever holds the other copy.
#[derive(Debug, Clone, Default)]
struct Outbox(Arc<Mutex<Vec<u8>>>);

impl WavEncoder {
    pub(crate) fn new(sample_rate_hz: u32) -> Self {
        let outbox = Outbox::default();
        Self { writer: WavWriter::for_pipe(outbox.clone(), sample_rate_hz), outbox }
    }
}

impl StreamEncoder for WavEncoder {
    fn encode(&mut self, samples: &[f32]) -> io::Result<Vec<u8>> {
        self.writer.write(samples)?;
        Ok(self.outbox.take())
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        let Self { writer, outbox } = *self;
        writer.finish()?;
        Ok(outbox.take())
    }
}

impl StreamEncoder for PcmEncoder {
    fn encode(&mut self, samples: &[f32]) -> io::Result<Vec<u8>> {
        Ok(pcm_s16le(samples))
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

impl Outbox {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Outbox {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_leaves_with_the_first_samples_and_the_silence_with_the_end() {
        let mut encoder = Box::new(WavEncoder::new(24_000));
        assert_eq!(encoder.encode(&[0.5, -2.0]).unwrap().len(), 44 + 4);
        assert_eq!(encoder.encode(&[0.5]).unwrap(), [0xff, 0x3f]);
        assert_eq!(encoder.finish().unwrap(), [0; 9_600]);
    }
}
