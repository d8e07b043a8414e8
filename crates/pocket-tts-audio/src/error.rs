//! Errors of decoding and resampling.

use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::limits::{MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};

/// Why a sound cannot be read or converted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The file has no bytes.
    #[error("the audio file is empty (0 bytes); give one that contains sound")]
    Empty,
    /// The bytes are in no supported format.
    #[error(
        "{}; allowed are WAV, MP3, FLAC, Ogg (Vorbis or Opus), WebM (Opus), AAC and M4A (AAC or ALAC), whatever the \
         file's name; convert it, for example with `ffmpeg -i INPUT output.wav`",
        match found { Some(kind) => format!("this is {kind}"), None => "this is not a supported audio file".to_owned() }
    )]
    NotAudio {
        /// The kind of the file, if it is known.
        found: Option<&'static str>,
    },
    /// The sample rate or the number of channels changes within the sound.
    #[error(
        "the sample rate or the number of channels changes midway; convert the sound to a single rate and number"
    )]
    ChangedMidway,
    /// The sound is longer than any recording of a voice.
    #[error("the sound is longer than the limit of {longest_s} s; cut it to the part that is needed")]
    TooLong {
        /// The limit, in seconds.
        longest_s: u32,
    },
    /// Decoding took too long.
    #[error(
        "the audio file could not be decoded within {} s, so it may be damaged; convert it to WAV",
        max_time.as_secs_f64()
    )]
    TooSlow {
        /// The time limit.
        max_time: Duration,
    },
    /// A pipe or a device delivers nothing, or never ends.
    #[error(
        "{name} is not a regular file and did not come to its end within {} s; save the sound to a file first",
        max_time.as_secs_f64()
    )]
    NoEnd {
        /// The path.
        name: String,
        /// The time limit.
        max_time: Duration,
    },
    /// The system refused to start a decoder thread.
    #[error("cannot start a thread to decode the sound: {reason}; try again when the machine is less busy")]
    Thread {
        /// The operating system's error.
        reason: io::Error,
    },
    /// The file ends, or is damaged, before its sound starts.
    #[error("the WAV header is damaged: {problem}; the file may be cut off: export or download it again")]
    Header {
        /// What is missing or wrong.
        problem: &'static str,
    },
    /// The number of channels is zero or absurd.
    #[error("the audio file declares {found} channels; 1 to {MAX_CHANNELS} are allowed: convert it to mono")]
    ChannelCount {
        /// The declared number.
        found: u16,
    },
    /// The sample rate is absurd.
    #[error(
        "a sample rate of {found_hz} Hz is not supported; {MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ} Hz \
         are allowed: convert the sound to such a rate (24000 Hz is usual)"
    )]
    SampleRate {
        /// The rate that was declared or requested.
        found_hz: u32,
    },
    /// The encoding of a WAV file is not supported.
    #[error(
        "WAV encoding {format_tag:#06x} with {bits_per_sample} bits per sample is not supported; allowed are \
         PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, A-law and mu-law: convert it to 16-bit PCM"
    )]
    Encoding {
        /// The format tag of the `fmt ` chunk (of the sub-format for extensible files).
        format_tag: u16,
        /// The declared bits per sample.
        bits_per_sample: u16,
    },
    /// The file is well formed but contains no samples.
    #[error("the audio file contains no samples; give one that contains sound")]
    NoSamples,
    /// There is nothing but silence, which was to be cut off.
    #[error("trimming leaves nothing, as all of it is below the threshold of silence; lower the threshold")]
    OnlySilence,
    /// A sample of a floating-point file is NaN or infinite.
    #[error("sample {index} of the audio file is not a finite number; convert the file to 16-bit PCM")]
    NotFinite {
        /// Position of the sample in the mono sound.
        index: usize,
    },
    /// A sample is too far outside the full scale to be audio.
    #[error(
        "sample {index} of the audio file is {found:e}, although full scale is 1; most likely the data is not audio, or \
         not of that type: convert the file to 16-bit PCM"
    )]
    OutOfRange {
        /// Position of the sample in the mono sound.
        index: usize,
        /// The sample.
        found: f32,
    },
    /// The file is larger than the caller allows.
    #[error(
        "the audio file is larger than the limit of {max_bytes} bytes; cut it to the part that is needed"
    )]
    TooManyBytes {
        /// The limit.
        max_bytes: usize,
    },
    /// The duration limit itself is invalid.
    #[error("a duration limit of {found_s} s is not allowed; give a finite number of at least 0.001 s")]
    DurationLimit {
        /// The given limit.
        found_s: f64,
    },
    /// The bytes cannot be read.
    #[error("cannot read {name}: {reason}; check that it exists and that you may read it")]
    Read {
        /// The file's path, or "the audio data" when it has none.
        name: String,
        /// The operating system's error.
        reason: io::Error,
    },
    /// The decoder failed.
    #[error(
        "the audio file cannot be decoded: {reason}; export or download it again, or convert it to 16-bit PCM WAV"
    )]
    Decoder {
        /// The decoder's message.
        reason: String,
    },
    /// The resampler failed.
    #[error("the sound cannot be resampled: {reason}; convert it to 24000 Hz")]
    Resampler {
        /// The resampler's message.
        reason: String,
    },
}
