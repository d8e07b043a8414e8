//! The golden tokenizers, a writer of protocol buffers and a codec that counts its work, for the unit tests.

#[path = "../tests/support/golden_files.rs"]
mod golden_files;

use std::cell::Cell;

use crate::tokenizer::{Tokenizer, TokenizerError, TokenizerKind};
use crate::vocabulary::Codec;

pub(crate) use golden_files::golden_bytes;

/// A golden tokenizer by its file name.
pub(crate) fn golden_tokenizer(file: &str) -> Tokenizer {
    Tokenizer::from_bytes(TokenizerKind::select("", file), &golden_bytes(file), file).unwrap()
}

/// The tokenizer of the small model, which has no byte fallback.
pub(crate) fn shipped_tokenizer() -> Tokenizer {
    Tokenizer::from_bytes(TokenizerKind::SentencePiece, &shipped_bytes(), "tokenizer.model").unwrap()
}

/// The bytes of [`shipped_tokenizer`].
pub(crate) fn shipped_bytes() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/tiny/tokenizer.model");
    std::fs::read(path).unwrap()
}

/// All golden tokenizers.
pub(crate) fn golden_tokenizers() -> Vec<Tokenizer> {
    let files = ["tokenizer_a.json", "tokenizer_b.json", "tokenizer_a.model", "tokenizer_b.model"];
    files.into_iter().map(golden_tokenizer).collect()
}

/// A length-delimited field of a protocol buffer.
pub(crate) fn bytes_field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut field = varint(u64::from((number << 3) | 2));
    field.extend(varint(content.len() as u64));
    field.extend(content);
    field
}

/// An integer field of a protocol buffer.
pub(crate) fn varint_field(number: u32, value: u64) -> Vec<u8> {
    [varint(u64::from(number << 3)), varint(value)].concat()
}

/// A `float` field of a protocol buffer.
#[cfg(feature = "sentencepiece")]
pub(crate) fn float_field(number: u32, value: f32) -> Vec<u8> {
    [varint(u64::from((number << 3) | 5)), value.to_le_bytes().to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A codec with one token per character, which counts its work. A run of unknown characters counts with the square of
/// its length, because SentencePiece takes quadratic time for one. Unknown are the digit 7 and the characters from
/// U+2000 on, except one letter and the replacement character.
#[derive(Default)]
pub(crate) struct CountingCodec {
    /// The number of characters encoded and tokens decoded.
    pub(crate) work: Cell<usize>,
}

impl Codec for CountingCodec {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let tokens: Vec<u32> = std::iter::once(' ').chain(text.chars()).map(u32::from).collect();
        let runs = tokens.split(|token| !self.is_unknown(*token)).map(|run| run.len() * run.len());
        self.work.set(self.work.get() + tokens.len() + runs.sum::<usize>());
        Ok(tokens)
    }

    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        self.work.set(self.work.get() + ids.len());
        let text: String = ids.iter().filter_map(|id| char::from_u32(*id)).collect();
        Ok(text.strip_prefix(' ').unwrap_or(&text).to_owned())
    }

    fn is_unknown(&self, id: u32) -> bool {
        let lacks = |character: char| {
            character == '7' || (character >= '\u{2000}' && !matches!(character, '日' | '\u{fffd}'))
        };
        char::from_u32(id).is_none_or(lacks)
    }
}
