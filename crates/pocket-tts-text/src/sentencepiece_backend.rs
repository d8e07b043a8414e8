//! SentencePiece `.model` files with the C++ library.
//!
//! Must not know the other kind of tokenizer. Reasons are plain text; the caller adds the name of the file.

use std::ops::Range;

use sentencepiece::SentencePieceProcessor;

use crate::model_file::ModelFile;

/// A SentencePiece model that was checked before the library reads it.
pub(crate) struct SentencePieceBackend {
    processor: SentencePieceProcessor,
    unknown_id: u32,
}

impl SentencePieceBackend {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        // The library's binding panics if the file gives the name of the unknown piece to another one.
        let unknown_id = ModelFile::parse(bytes)?.unknown_id;
        let processor =
            SentencePieceProcessor::from_serialized_proto(bytes).map_err(|error| error.to_string())?;
        Ok(Self { processor, unknown_id })
    }

    pub(crate) fn vocabulary_size(&self) -> usize {
        self.processor.len()
    }

    /// The id of what the vocabulary lacks.
    pub(crate) fn unknown_id(&self) -> u32 {
        self.unknown_id
    }

    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let pieces = self.processor.encode(text).map_err(|error| error.to_string())?;
        Ok(pieces.into_iter().map(|piece| piece.id).collect())
    }

    /// The tokens of `text`, each with its range of the text.
    pub(crate) fn encode_with_places(&self, text: &str) -> Result<Vec<(u32, Range<usize>)>, String> {
        let pieces = self.processor.encode(text).map_err(|error| error.to_string())?;
        let place = |(start, end): (u32, u32)| start as usize..end as usize;
        Ok(pieces.into_iter().map(|piece| (piece.id, place(piece.span))).collect())
    }

    pub(crate) fn decode(&self, ids: &[u32]) -> Result<String, String> {
        self.processor.decode_piece_ids(ids).map_err(|error| error.to_string())
    }
}
