//! The golden tokenizers, for the tests of the public interface.

mod golden_files;

use pocket_tts_text::{Tokenizer, TokenizerKind};

pub(crate) use golden_files::golden_bytes;

/// A golden tokenizer by its file name.
pub(crate) fn golden_tokenizer(file: &str) -> Tokenizer {
    Tokenizer::from_bytes(TokenizerKind::select("", file), &golden_bytes(file), file)
        .unwrap_or_else(|error| panic!("{error}"))
}
