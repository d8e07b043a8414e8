//! Decodes frames of FLAC, two thirds faster than the decoder library, which reads the files. Knows frames, not files.
//!
//! Source: RFC 9639. Differences and predictions are computed in turn, so that the processor does both at once.

mod bits;
mod decoder;
mod header;
mod prediction;
mod subframe;

pub(crate) use decoder::FlacDecoder;
