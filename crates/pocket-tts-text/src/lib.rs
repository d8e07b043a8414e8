#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod alignment;
mod boundaries;
mod characters;
mod charsmap;
mod json_guard;
mod known_text;
mod language;
mod lookup_table;
mod marks;
mod model_file;
mod natural;
mod overlong;
#[cfg(test)]
mod places_tests;
mod prompt;
mod protobuf;
mod python_text;
mod reading;
mod sentence_splitter;
#[cfg(feature = "sentencepiece")]
mod sentencepiece_backend;
mod sentencepiece_guard;
mod split;
mod splitting;
#[cfg(test)]
mod test_support;
mod tokenizer;
#[cfg(any(test, not(feature = "sentencepiece")))]
mod unigram;
mod vocabulary;
mod words;

pub use characters::{CharacterMap, CharacterMapError};
pub use known_text::{UnknownCharacter, list as list_of_characters};
pub use language::{DEFAULT_LANGUAGE, default_text, default_voice, language_of_code};
pub use lookup_table::LookupTable;
pub use prompt::{PreparedText, TextError, TextOptions, prepare};
pub use reading::{ReadOptions, ReadText, SentenceTokens, Unknown, read_text, sentence_tokens};
pub use sentence_splitter::{SentenceSplitter, has_words};
pub use split::{Sentence, split_into_sentences};
pub use splitting::{Ending, ReadSentence, Splitting};
pub use tokenizer::{MAX_TOKENIZER_BYTES, Tokenizer, TokenizerError, TokenizerKind};
pub use words::{SentenceWords, SpokenWord, Unit, sentence_words};
