//! Turns ids back into a text.
//!
//! Must not know segmentation. Source: `sentencepiece_processor.cc` of SentencePiece 0.2.1, `Decode`.

use std::collections::HashMap;

use super::normalizer::{Normalizer, SPACE_MARK};
use crate::model_file::{ModelFile, Piece, PieceKind, byte_of};

/// The texts of the pieces, and how they are joined.
#[derive(Debug)]
pub(super) struct Decoder {
    pieces: Vec<DecodedPiece>,
    unknown_surface: String,
    /// Whether a space at the beginning of the text is dropped.
    drops_first_space: bool,
    /// Whether all spaces at the beginning of the text are dropped.
    drops_all_spaces: bool,
    denormalizer: Option<Normalizer>,
}

#[derive(Debug)]
enum DecodedPiece {
    Text(Box<str>),
    Byte(u8),
    Unknown,
    Nothing,
}

impl Decoder {
    /// Builds the decoder of a model.
    ///
    /// # Errors
    /// If the normalization table of the denormalizer has no valid layout.
    pub(super) fn new(file: &ModelFile<'_>) -> Result<Self, String> {
        // A text that is a reserved piece too is decoded as that.
        let reserved: HashMap<&str, PieceKind> = file
            .pieces
            .iter()
            .filter(|piece| !piece.kind.is_part_of_texts())
            .map(|piece| (piece.text, piece.kind))
            .collect();
        let decoded = |piece: &Piece<'_>| match reserved.get(piece.text) {
            Some(PieceKind::Control) => DecodedPiece::Nothing,
            Some(PieceKind::Unknown) => DecodedPiece::Unknown,
            Some(_) => DecodedPiece::Byte(byte_of(piece.text).unwrap_or_default()),
            None => DecodedPiece::Text(piece.text.into()),
        };
        let has_denormalizer = !file.denormalizer.table.is_empty();
        Ok(Self {
            pieces: file.pieces.iter().map(decoded).collect(),
            unknown_surface: file.unknown_surface.to_owned(),
            drops_first_space: file.normalizer.add_dummy_prefix || file.normalizer.remove_extra_whitespaces,
            drops_all_spaces: file.normalizer.remove_extra_whitespaces,
            denormalizer: has_denormalizer.then(|| Normalizer::new(&file.denormalizer, None)).transpose()?,
        })
    }

    pub(super) fn vocabulary_size(&self) -> usize {
        self.pieces.len()
    }

    /// The text of `ids`.
    ///
    /// # Errors
    /// If an id is outside the vocabulary.
    pub(super) fn decode(&self, ids: &[u32]) -> Result<String, String> {
        let (mut text, mut bytes) = (String::new(), Vec::new());
        let (mut is_start, mut dropped_space) = (true, false);
        for id in ids {
            let piece = self
                .pieces
                .get(*id as usize)
                .ok_or_else(|| format!("the id {id} is outside the vocabulary"))?;
            if let DecodedPiece::Byte(byte) = piece {
                bytes.push(*byte);
                continue;
            }
            push_bytes(&mut text, &mut bytes);
            is_start &= !dropped_space && text.is_empty();
            dropped_space = false;
            match piece {
                DecodedPiece::Text(piece) => {
                    let mut piece: &str = piece;
                    if is_start && self.drops_first_space {
                        let rest = piece.strip_prefix(SPACE_MARK);
                        dropped_space = rest.is_some() && !self.drops_all_spaces;
                        piece = rest.unwrap_or(piece);
                    }
                    text.extend(piece.chars().map(|c| if c == SPACE_MARK { ' ' } else { c }));
                }
                DecodedPiece::Unknown => text.push_str(&self.unknown_surface),
                DecodedPiece::Byte(_) | DecodedPiece::Nothing => {}
            }
        }
        push_bytes(&mut text, &mut bytes);
        Ok(match &self.denormalizer {
            Some(denormalizer) => denormalizer.normalize(&text),
            None => text,
        })
    }
}

/// Moves `bytes` to the text, with a replacement character for each byte that is not UTF-8.
fn push_bytes(text: &mut String, bytes: &mut Vec<u8>) {
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        match str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                break;
            }
            Err(error) => {
                let (valid, invalid) = rest.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                text.push(char::REPLACEMENT_CHARACTER);
                rest = &invalid[1..];
            }
        }
    }
    bytes.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_that_is_not_utf8_is_replaced() {
        for (bytes, expected) in [
            (&b""[..], ""),
            ("é😀".as_bytes(), "é😀"),
            (b"a\xf0\x9f\x98b", "a\u{fffd}\u{fffd}\u{fffd}b"),
            (b"\xe0\x80\x80\xc3", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xed\xa0\x80\xc3\xa9", "\u{fffd}\u{fffd}\u{fffd}é"),
        ] {
            let (mut text, mut bytes) = (String::new(), bytes.to_vec());
            push_bytes(&mut text, &mut bytes);
            assert_eq!((text.as_str(), bytes), (expected, Vec::new()));
        }
    }
}
