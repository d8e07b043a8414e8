//! Text on its way to the model: tokenizers, prompt preparation, sentence splitting, and the
//! default text and voice of each language.
//!
//! Knows nothing of audio, voices' contents, weights or where files come from: a tokenizer is made
//! from bytes that the caller has read.
//!
//! The order of work for one request is [`split_into_sentences`] on the whole text and then
//! [`prepare`] on each sentence, whose text goes through [`Tokenizer::encode`].

mod characters;
mod language;
mod lookup_table;
mod overlong;
mod prompt;
mod python_text;
#[cfg(feature = "sentencepiece")]
mod sentencepiece_backend;
#[cfg(feature = "sentencepiece")]
mod sentencepiece_guard;
mod split;
#[cfg(test)]
mod test_support;
mod tokenizer;

pub use characters::{CharacterMap, CharacterMapError};
pub use language::{DEFAULT_LANGUAGE, default_text, default_voice};
pub use lookup_table::LookupTable;
pub use overlong::cut_overlong;
pub use prompt::{PreparedText, TextError, TextOptions, prepare};
pub use split::{Sentence, split_into_sentences};
pub use tokenizer::{Tokenizer, TokenizerError, TokenizerKind};
