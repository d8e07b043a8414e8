//! What the formats have in common.

use super::error::EncodeError;

/// What every format does.
pub(super) trait Codec: Send {
    /// Encodes more samples, each finite and from -1 to 1, and appends the bytes that are settled.
    fn push(&mut self, samples: &[f32], output: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// Appends the bytes that end the stream. Returns the bytes that a file has in place of the stream's
    /// first ones, for formats that say at their beginning how long they are.
    fn finish(self: Box<Self>, output: &mut Vec<u8>) -> Result<Option<Vec<u8>>, EncodeError>;
}
