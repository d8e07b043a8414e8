//! Sound → bytes of a format, while the sound is generated.
//!
//! One [`Encoder`] writes one stream from its first sample to its last, so that chunk boundaries are inaudible. Its bytes
//! depend on the samples alone, never on the chunks. It knows no files: see
//! [`sound_writer`](crate::sound_writer).

pub(crate) mod aac;
pub(crate) mod blocks;
mod codec;
mod encoder;
mod error;
mod flac;
mod format;
mod mp3;
mod opus;
mod plain;

pub use encoder::{Encoder, FileEnd};
pub(crate) use encoder::{limited, opus_headers};
pub use error::EncodeError;
pub use format::AudioFormat;
