#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod audio;
mod audio_file;
pub mod audiobook;
pub mod channel;
mod container;
pub mod decode;
pub mod encode;
mod error;
mod flac;
mod guarded;
mod limits;
pub mod loudness;
mod mp3_decoder;
mod mp3_reservoir;
mod opus_decoder;
mod opus_stream;
pub mod part_resampler;
pub mod pause;
mod read;
pub mod recording;
pub mod resample;
pub mod sound_file;
pub mod sound_writer;
mod source;
pub mod speed;
mod track;
pub mod warnings;
pub mod wav;
mod wav_header;
mod webm;

pub use audio::{Audio, check_samples};
pub use audio_file::SaveAudioError;
pub use channel::{Channel, append_mean};
pub use container::looks_like_sound;
pub use decode::{decode, decode_file, decode_reader};
pub use encode::{AudioFormat, EncodeError, Encoder, FileEnd};
pub use error::AudioError;
pub use guarded::DECODER_THREAD;
pub use limits::{DecodeLimits, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
pub use loudness::{
    LeveledSound, Leveler, LoudnessMeter, LoudnessSpool, MAX_LOUDNESS_LUFS, MIN_LOUDNESS_LUFS,
    PEAK_LIMIT_DBTP,
};
pub use opus_stream::OpusStream;
pub use part_resampler::PartResampler;
pub use pause::end_on_pause;
pub use read::read_file;
pub use recording::Recording;
pub use resample::{Resampler, resample, resample_with};
pub use sound_file::SoundFile;
pub use sound_writer::SoundWriter;
pub use speed::{MAX_SPEED, MIN_SPEED, SpeedChanger, SpeedError};
pub use warnings::{RecordingWarning, inspect};
pub use wav::{WavWriter, pcm_s16le};
