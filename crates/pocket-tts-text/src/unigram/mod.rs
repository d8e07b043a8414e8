//! SentencePiece `.model` files in Rust alone, with the ids of the C++ library.
//!
//! A text is normalized (`normalizer`), cut into the pieces with the highest score (`segmentation`), and turned back
//! into a text by `decoder`. Must not know the other kind of tokenizer. Models of other kinds than unigram are refused.

mod decoder;
mod normalizer;
mod segmentation;
mod trie;

use std::ops::Range;

use crate::model_file::{ModelFile, ModelKind, PieceKind, byte_of};
use decoder::Decoder;
use normalizer::Normalizer;
use segmentation::Segmenter;
use trie::Trie;

/// A SentencePiece model of the kind unigram.
#[derive(Debug)]
pub(crate) struct UnigramBackend {
    normalizer: Normalizer,
    segmenter: Segmenter,
    decoder: Decoder,
    unknown_id: u32,
    /// The ids of the 256 bytes, if unknown characters become their bytes.
    byte_ids: Option<Vec<u32>>,
}

impl UnigramBackend {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let file = ModelFile::parse(bytes)?;
        let kind = match file.model_kind {
            ModelKind::Unigram => None,
            ModelKind::Bpe => Some("BPE"),
            ModelKind::Word => Some("word"),
            ModelKind::Char => Some("char"),
        };
        if let Some(kind) = kind {
            return Err(format!(
                "it is a {kind} model, and this build reads unigram models only; build with the cargo feature \
                 `sentencepiece`"
            ));
        }
        let symbols = file.pieces.iter().filter(|piece| piece.kind == PieceKind::UserDefined);
        let symbols: Vec<(&str, u32)> = symbols.map(|piece| piece.text).zip(0..).collect();
        let symbols = (!symbols.is_empty()).then(|| Trie::new(symbols));
        Ok(Self {
            normalizer: Normalizer::new(&file.normalizer, symbols)?,
            segmenter: Segmenter::new(&file.pieces, file.unknown_id),
            decoder: Decoder::new(&file)?,
            unknown_id: file.unknown_id,
            byte_ids: file.byte_fallback.then(|| byte_ids(&file)),
        })
    }

    pub(crate) fn vocabulary_size(&self) -> usize {
        self.decoder.vocabulary_size()
    }

    /// The id of what the vocabulary lacks.
    pub(crate) fn unknown_id(&self) -> u32 {
        self.unknown_id
    }

    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let normalized = self.normalizer.normalize(text);
        let mut ids = Vec::new();
        self.read_segments(&normalized, |id, _| ids.push(id))?;
        Ok(ids)
    }

    /// The tokens of `text`, each with its range of the text.
    pub(crate) fn encode_with_places(&self, text: &str) -> Result<Vec<(u32, Range<usize>)>, String> {
        let mut places = Vec::new();
        let normalized = self
            .normalizer
            .normalize_with_places(text, |normalized, source| places.push((normalized, source)));
        let start_of = |offset: usize| {
            let after = places.partition_point(|(normalized, _)| *normalized <= offset);
            after.checked_sub(1).map_or(0, |last| places[last].1)
        };
        let end_of = |offset: usize| {
            let next = places.partition_point(|(normalized, _)| *normalized < offset);
            places.get(next).map_or(text.len(), |(_, source)| *source)
        };
        let mut tokens: Vec<(u32, Range<usize>)> = Vec::new();
        self.read_segments(&normalized, |id, range| {
            tokens.push((id, start_of(range.start)..end_of(range.end)));
        })?;
        Ok(tokens)
    }

    /// Calls `read` with the id and the range of each token of a normalized text.
    fn read_segments(&self, normalized: &str, mut read: impl FnMut(u32, Range<usize>)) -> Result<(), String> {
        let mut unknown: Option<Range<usize>> = None;
        let mut end = 0;
        for segment in self.segmenter.segments(normalized)? {
            let range = end..end + segment.text.len();
            end = range.end;
            match &self.byte_ids {
                Some(byte_ids) if segment.id == self.unknown_id => {
                    segment.text.bytes().for_each(|byte| read(byte_ids[usize::from(byte)], range.clone()));
                }
                // A run of unknown characters has one id.
                None if segment.id == self.unknown_id => {
                    unknown.get_or_insert(range).end = end;
                }
                _ => {
                    if let Some(range) = unknown.take() {
                        read(self.unknown_id, range);
                    }
                    read(segment.id, range);
                }
            }
        }
        if let Some(range) = unknown {
            read(self.unknown_id, range);
        }
        Ok(())
    }

    pub(crate) fn decode(&self, ids: &[u32]) -> Result<String, String> {
        self.decoder.decode(ids)
    }
}

/// The ids of the pieces of all bytes, in the order of the bytes.
fn byte_ids(file: &ModelFile<'_>) -> Vec<u32> {
    let mut ids = vec![file.unknown_id; 256];
    for (id, piece) in (0..).zip(&file.pieces).filter(|(_, piece)| piece.kind == PieceKind::Byte) {
        if let Some(byte) = byte_of(piece.text) {
            ids[usize::from(byte)] = id;
        }
    }
    ids
}

// The C++ library decides what is right.
#[cfg(test)]
#[cfg(feature = "sentencepiece")]
mod equality_tests;
