//! SentencePiece `.model` files by way of the C++ library.
//!
//! Must not know the other kind of tokenizer. Reasons come back as plain text; the caller adds the
//! name of the file.

use sentencepiece::SentencePieceProcessor;

use crate::sentencepiece_guard;

/// A SentencePiece model that passed [`sentencepiece_guard::check`].
pub(crate) struct SentencePieceBackend {
    processor: SentencePieceProcessor,
}

impl SentencePieceBackend {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        sentencepiece_guard::check(bytes)?;
        let processor =
            SentencePieceProcessor::from_serialized_proto(bytes).map_err(|error| error.to_string())?;
        Ok(Self { processor })
    }

    pub(crate) fn vocabulary_size(&self) -> usize {
        self.processor.len()
    }

    /// The id of what the vocabulary doesn't have.
    pub(crate) fn unknown_id(&self) -> u32 {
        self.processor.unk_id()
    }

    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let pieces = self.processor.encode(text).map_err(|error| error.to_string())?;
        Ok(pieces.into_iter().map(|piece| piece.id).collect())
    }

    pub(crate) fn decode(&self, ids: &[u32]) -> Result<String, String> {
        self.processor.decode_piece_ids(ids).map_err(|error| error.to_string())
    }
}
