//! The trait that each format implements.

use super::error::EncodeError;

/// An encoder of one stream.
pub(super) trait Codec: Send {
    /// Encodes more samples, each finite and from -1 to 1, and appends the bytes that are final.
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// Makes the stream end with its last sample, if it would end with silence.
    fn end_exactly(&mut self) {}

    /// Appends the bytes that end the stream. For formats whose header states the length, returns the bytes that
    /// replace the stream's first ones in a file.
    fn finish(self: Box<Self>, output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError>;
}
