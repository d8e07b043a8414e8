//! The encoder of one sound, in any of the formats.

use std::fmt;

use super::{aac, codec::Codec, error::EncodeError, flac, format::AudioFormat, mp3, opus, plain};

/// Encodes the samples of one sound, chunk by chunk.
///
/// NaN becomes silence, and samples are limited to -1 to 1. A decoder returns:
///
/// | format | decoded length | how |
/// |---|---|---|
/// | WAV | samples + 0.2 s | [`FINAL_SILENCE_S`](crate::wav::FINAL_SILENCE_S), because some players stop early; with [`exact`](Self::exact) none |
/// | PCM, FLAC, Opus | samples | |
/// | MP3 | samples in files, up to 575 more in streams | a LAME tag in front states the delay, and in files the padding |
/// | AAC | samples + 1024 to 2047 | ADTS cannot state the delay of 1024 samples or the padding of the last frame |
pub struct Encoder {
    format: AudioFormat,
    codec: Box<dyn Codec>,
}

/// The end of a sound that goes to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEnd {
    /// The bytes that end the file.
    pub tail: Vec<u8>,
    /// The bytes that overwrite the start of the file.
    pub head: Option<Vec<u8>>,
}

impl Encoder {
    /// An encoder for a stream, whose first bytes can't be changed once its length is known.
    ///
    /// # Errors
    /// [`EncodeError::SampleRate`].
    ///
    /// ```
    /// use pocket_tts_audio::{AudioFormat, Encoder};
    ///
    /// let mut encoder = Encoder::new(AudioFormat::Mp3, 24_000)?;
    /// let mut stream = encoder.push(&[0.0; 1_920])?;
    /// stream.extend(encoder.finish()?);
    /// # Ok::<(), pocket_tts_audio::EncodeError>(())
    /// ```
    pub fn new(format: AudioFormat, sample_rate_hz: u32) -> Result<Self, EncodeError> {
        Self::with_wav_sizes(format, sample_rate_hz, plain::WavSizes::OfPipe)
    }

    /// An encoder for a file, whose first bytes are overwritten at the end, see
    /// [`finish_file`](Self::finish_file).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn for_file(format: AudioFormat, sample_rate_hz: u32) -> Result<Self, EncodeError> {
        Self::with_wav_sizes(format, sample_rate_hz, plain::WavSizes::OfFile)
    }

    /// The same without the silence that WAV ends with: for a sound that is stored rather than played.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.codec.end_exactly();
        self
    }

    /// An encoder of Opus whose stream holds comments: a name of the encoder and a list, as in a Vorbis comment header.
    pub(crate) fn opus_with_comments(sample_rate_hz: u32, comments: &[u8]) -> Result<Self, EncodeError> {
        let codec = Box::new(opus::Opus::with_comments(sample_rate_hz, comments)?);
        Ok(Self { format: AudioFormat::Opus, codec })
    }

    fn with_wav_sizes(
        format: AudioFormat,
        sample_rate_hz: u32,
        sizes: plain::WavSizes,
    ) -> Result<Self, EncodeError> {
        let codec: Box<dyn Codec> = match format {
            AudioFormat::Wav => Box::new(plain::Wav::new(sample_rate_hz, sizes)),
            AudioFormat::Pcm => Box::new(plain::Pcm),
            AudioFormat::Mp3 => Box::new(mp3::Mp3::new(sample_rate_hz)?),
            AudioFormat::Opus => Box::new(opus::Opus::new(sample_rate_hz)?),
            AudioFormat::Aac => Box::new(aac::Aac::new(sample_rate_hz)?),
            AudioFormat::Flac => Box::new(flac::Flac::new(sample_rate_hz)?),
        };
        Ok(Self { format, codec })
    }

    /// The format that is written.
    pub fn format(&self) -> AudioFormat {
        self.format
    }

    /// Appends `samples`, `[samples]` mono, in chunks of any size. Returns the bytes that are final, which may be none:
    /// codecs work on blocks of 20 to 80 ms.
    ///
    /// # Errors
    /// [`EncodeError::TooLarge`] and [`EncodeError::Encoder`]; the stream can't be continued after one.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<u8>, EncodeError> {
        let mut output = Vec::new();
        self.codec.push(&limited(samples), &mut output)?;
        Ok(output)
    }

    /// Ends a stream and returns its last bytes.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn finish(self) -> Result<Vec<u8>, EncodeError> {
        Ok(self.finish_file()?.tail)
    }

    /// Ends a file and returns its last bytes, and its first bytes with the length.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn finish_file(self) -> Result<FileEnd, EncodeError> {
        let mut tail = Vec::new();
        let head = self.codec.finish(&mut tail)?;
        Ok(FileEnd { tail, head })
    }
}

/// The first bytes of a stream of [`Encoder::opus_with_comments`]: all that precede its sound.
pub(crate) fn opus_headers(sample_rate_hz: u32, comments: &[u8]) -> Result<Vec<u8>, EncodeError> {
    Ok(opus::Opus::with_comments(sample_rate_hz, comments)?.into_headers())
}

/// Samples without NaN, from -1 to 1.
pub(crate) fn limited(samples: &[f32]) -> Vec<f32> {
    samples.iter().map(|sample| if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) }).collect()
}

impl fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Encoder").field("format", &self.format).finish_non_exhaustive()
    }
}
