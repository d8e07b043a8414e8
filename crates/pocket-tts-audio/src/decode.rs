//! From the bytes of an audio file to a mono sound. Goes by content, never by a file's name, and does not
//! know what the sound is for.
//!
//! Source: `pocket_tts/data/audio.py`, `audio_read`.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource};
use symphonia::default::{formats::WavReader, get_codecs};

use crate::audio::{Audio, check_sample_rate};
use crate::error::AudioError;
use crate::wav_header::{WavSound, is_wav};

/// The shortest duration limit: one sample at the lowest sample rate.
const MIN_DURATION_LIMIT_S: f64 = 0.001;

/// How much of a file is read and decoded.
///
/// Memory in use is at most the file's bytes plus eight bytes for each decoded mono sample (a growing
/// vector).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodeLimits {
    /// Larger files are refused. Default: 256 MiB.
    pub max_bytes: usize,
    /// Decoding stops after this many seconds, and the rest is ignored; `None` (default) decodes everything.
    /// A finite number of at least 0.001.
    pub max_duration_s: Option<f64>,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_bytes: 256 * 1024 * 1024, max_duration_s: None }
    }
}

/// Decodes the bytes of an audio file; channels are averaged.
///
/// 16-bit samples are divided by 32768 and averaged in `f32`, exactly as the reference does it. The first
/// `max_duration_s * sample_rate_hz` samples, rounded down, are kept. Data that ends before the length
/// declared in the header gives what is there.
///
/// # Errors
/// See [`AudioError`]; every byte string gives a sound or an error.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Audio, AudioError> {
    if bytes.len() > limits.max_bytes {
        return Err(AudioError::TooManyBytes { max_bytes: limits.max_bytes });
    }
    if bytes.is_empty() {
        return Err(AudioError::Empty);
    }
    decode_track(open_format(bytes)?.as_mut(), limits)
}

/// Reads `reader` to its end, but no further than `limits.max_bytes` + 1 bytes, and decodes what it gave as
/// [`decode`] does.
///
/// # Errors
/// As [`decode`], and [`AudioError::Read`].
pub fn decode_reader(reader: impl Read, limits: &DecodeLimits) -> Result<Audio, AudioError> {
    let mut bytes = Vec::new();
    let one_too_many = (limits.max_bytes as u64).saturating_add(1);
    reader
        .take(one_too_many)
        .read_to_end(&mut bytes)
        .map_err(|reason| AudioError::Read { name: "the audio data".to_owned(), reason })?;
    decode(&bytes, limits)
}

/// Reads and decodes a file as [`decode_reader`] does.
///
/// # Errors
/// As [`decode_reader`].
pub fn decode_file(path: &Path, limits: &DecodeLimits) -> Result<Audio, AudioError> {
    let named = |reason| AudioError::Read { name: path.display().to_string(), reason };
    let file = File::open(path).map_err(named)?;
    decode_reader(file, limits).map_err(|error| match error {
        AudioError::Read { reason, .. } => named(reason),
        other => other,
    })
}

/// Recognises the container. A further format is a further branch here; the rest of the module serves all.
fn open_format(bytes: &[u8]) -> Result<Box<dyn FormatReader + '_>, AudioError> {
    if !is_wav(bytes) {
        return Err(AudioError::NotAudio);
    }
    let sound = WavSound::find(bytes)?;
    let source = ReadOnlySource::new(Cursor::new(sound.plain_header()).chain(sound.data));
    let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
    Ok(Box::new(WavReader::try_new(stream, FormatOptions::default()).map_err(decoder_error)?))
}

fn decode_track(format: &mut dyn FormatReader, limits: &DecodeLimits) -> Result<Audio, AudioError> {
    let track = format.default_track(TrackType::Audio).ok_or(AudioError::NoSamples)?;
    let track_id = track.id;
    let parameters =
        track.codec_params.as_ref().and_then(|parameters| parameters.audio()).ok_or(AudioError::NoSamples)?;
    let sample_rate_hz = parameters.sample_rate.unwrap_or(0);
    check_sample_rate(sample_rate_hz)?;
    let max_samples = max_samples(limits, sample_rate_hz)?;
    let mut decoder = get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(decoder_error)?;

    let mut samples = Vec::new();
    let mut interleaved: Vec<f32> = Vec::new();
    while samples.len() < max_samples {
        let Some(packet) = format.next_packet().map_err(decoder_error)? else { break };
        if packet.track_id != track_id {
            continue;
        }
        let frames = decoder.decode(&packet).map_err(decoder_error)?;
        frames.copy_to_vec_interleaved(&mut interleaved);
        let channels = frames.spec().channels().count().max(1);
        samples.extend(interleaved.chunks_exact(channels).map(mean));
    }
    samples.truncate(max_samples);
    if samples.is_empty() {
        return Err(AudioError::NoSamples);
    }
    if let Some(index) = samples.iter().position(|sample| !sample.is_finite()) {
        return Err(AudioError::NotFinite { index });
    }
    Ok(Audio { samples, sample_rate_hz })
}

fn max_samples(limits: &DecodeLimits, sample_rate_hz: u32) -> Result<usize, AudioError> {
    match limits.max_duration_s {
        None => Ok(usize::MAX),
        Some(duration_s) if duration_s.is_finite() && duration_s >= MIN_DURATION_LIMIT_S => {
            Ok((duration_s * f64::from(sample_rate_hz)) as usize)
        }
        Some(found_s) => Err(AudioError::DurationLimit { found_s }),
    }
}

/// Sum first, then one division: numpy's mean over the channels of a frame.
fn mean(frame: &[f32]) -> f32 {
    frame.iter().sum::<f32>() / frame.len() as f32
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
fn decoder_error(error: SymphoniaError) -> AudioError {
    AudioError::Decoder { reason: error.to_string() }
}
