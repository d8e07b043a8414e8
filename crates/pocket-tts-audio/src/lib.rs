//! Reading, resampling and writing sound.
//!
//! | Module | Job |
//! |---|---|
//! | [`audio`] | a mono sound and its sample rate |
//! | [`mod@decode`] | file bytes → sound, with bounds for hostile files |
//! | [`recording`] | the same, with what was left out or lost |
//! | [`warnings`] | what may make a poor voice of a recording |
//! | [`mod@resample`] | another sample rate: the better way, or as `scipy.signal.resample_poly` gives it |
//! | [`pause`] | lets a voice prompt end on silence |
//! | [`speed`] | faster or slower at the same pitch, while the sound is being made |
//! | [`mod@encode`] | sound → bytes of a format, while the sound is being made |
//! | [`wav`] | sound → 16-bit WAV bytes, for files and for pipes |
//! | [`sound_writer`] | sound → a file or a pipe, in any of the formats |
//! | `audio_file` | a whole sound → a file: [`Audio::save`] |
//!
//! The crate knows samples and bytes only: no model, no text, no network.

#![forbid(unsafe_code)]

pub mod audio;
mod audio_file;
mod container;
pub mod decode;
pub mod encode;
mod error;
mod opus_decoder;
pub mod pause;
mod read;
pub mod recording;
pub mod resample;
pub mod sound_writer;
mod source;
pub mod speed;
mod track;
pub mod warnings;
pub mod wav;
mod wav_header;
mod webm;

pub use audio::{Audio, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ, check_samples};
pub use audio_file::SaveAudioError;
pub use container::looks_like_sound;
pub use decode::{DECODER_THREAD, DecodeLimits, decode, decode_file, decode_reader};
pub use encode::{AudioFormat, EncodeError, Encoder, FileEnd};
pub use error::AudioError;
pub use pause::end_on_pause;
pub use read::read_file;
pub use recording::Recording;
pub use resample::{Resampler, resample, resample_with};
pub use sound_writer::SoundWriter;
pub use speed::{MAX_SPEED, MIN_SPEED, SpeedChanger, SpeedError};
pub use warnings::{RecordingWarning, inspect};
pub use wav::{WavWriter, pcm_s16le};
