//! One type for both kinds of tokenizer: text to token ids and back.
//!
//! Must not know prompts, sentences or embeddings, nor where the bytes of a tokenizer come from.
//! Source: `pocket_tts/modules/text_conditioner.py`, the tokenizer classes and `build_tokenizer`.

use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use thiserror::Error;
use tokenizers::models::ModelWrapper;

use crate::json_guard;
#[cfg(feature = "sentencepiece")]
use crate::sentencepiece_backend::SentencePieceBackend;
#[cfg(not(feature = "sentencepiece"))]
use crate::unigram::UnigramBackend as SentencePieceBackend;

/// The usual names of the unknown token in a `tokenizer.json`.
const UNKNOWN_TOKENS: [&str; 2] = ["<unk>", "[UNK]"];

/// The largest tokenizer file, in bytes. Vocabularies of a hundred languages have a quarter of it.
pub const MAX_TOKENIZER_BYTES: usize = 64 << 20;

/// The two kinds of tokenizer file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenizerKind {
    /// A SentencePiece `.model` file. Without the cargo feature `sentencepiece` only of the kind unigram.
    SentencePiece,
    /// A `tokenizer.json` of the `tokenizers` library.
    Tokenizers,
}

/// A loaded tokenizer; clones share it, and threads may use it at once.
#[derive(Clone)]
pub struct Tokenizer {
    shared: Arc<Shared>,
}

/// Why a tokenizer cannot be loaded or used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenizerError {
    /// The bytes are not a usable tokenizer of that kind.
    #[error("{name}: not a usable {kind}: {reason}; check the file, or fetch it again")]
    Unreadable {
        /// The tokenizer's name for messages.
        name: String,
        /// The kind that it was read as.
        kind: TokenizerKind,
        /// The reason to refuse it.
        reason: String,
    },
    /// The vocabulary has another size than the configuration says.
    #[error(
        "{name}: the tokenizer has {found} tokens, but the configuration says n_bins: {expected}; use the \
         tokenizer that the model was trained with, or correct n_bins"
    )]
    VocabularySize {
        /// The tokenizer's name for messages.
        name: String,
        /// The number of tokens in the vocabulary.
        found: usize,
        /// The number of tokens in the configuration.
        expected: usize,
    },
    /// A token id outside the vocabulary.
    #[error("{name}: the token id {id} is outside the vocabulary; ids are below {vocabulary_size}")]
    UnknownToken {
        /// The tokenizer's name for messages.
        name: String,
        /// The offending id.
        id: u32,
        /// The number of tokens in the vocabulary.
        vocabulary_size: usize,
    },
    /// The library could not encode or decode.
    #[error("{name}: the tokenizer could not {task}: {reason}; check the text and the tokenizer file")]
    Failed {
        /// The tokenizer's name for messages.
        name: String,
        /// What it could not do.
        task: &'static str,
        /// The library's reason.
        reason: String,
    },
}

impl TokenizerKind {
    /// The kind that a configuration names.
    ///
    /// A `tokenizer.json` has the `tokenizer` field `tokenizers` or `json`, or a path that ends in `.json` before an
    /// `@revision`. Anything else is SentencePiece. Source: `build_tokenizer`.
    pub fn select(tokenizer_field: &str, path: &str) -> Self {
        let file = path.split('@').next().unwrap_or(path);
        // The reference compares the ending in its case.
        if matches!(tokenizer_field, "tokenizers" | "json") || file.as_bytes().ends_with(b".json") {
            Self::Tokenizers
        } else {
            Self::SentencePiece
        }
    }
}

impl fmt::Display for TokenizerKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::SentencePiece => "SentencePiece model",
            Self::Tokenizers => "tokenizer.json",
        })
    }
}

impl Tokenizer {
    /// Loads a tokenizer from the bytes of its file. Messages call it `name`.
    ///
    /// # Errors
    /// [`TokenizerError::Unreadable`] for damaged or foreign bytes.
    pub fn from_bytes(kind: TokenizerKind, bytes: &[u8], name: &str) -> Result<Self, TokenizerError> {
        let unreadable = |reason| TokenizerError::Unreadable { name: name.to_owned(), kind, reason };
        if bytes.len() > MAX_TOKENIZER_BYTES {
            return Err(unreadable(format!("it is larger than {MAX_TOKENIZER_BYTES} bytes")));
        }
        let (backend, vocabulary_size) = match kind {
            TokenizerKind::SentencePiece => {
                let backend = SentencePieceBackend::from_bytes(bytes).map_err(unreadable)?;
                let vocabulary_size = backend.vocabulary_size();
                (Backend::SentencePiece(Box::new(backend)), vocabulary_size)
            }
            TokenizerKind::Tokenizers => {
                let tokenizer = parse_tokenizer_json(bytes).map_err(unreadable)?;
                let vocabulary_size = tokenizer.get_vocab_size(true);
                (Backend::Tokenizers(Box::new(tokenizer)), vocabulary_size)
            }
        };
        if vocabulary_size == 0 {
            return Err(unreadable("its vocabulary is empty".to_owned()));
        }
        let unknown_ids = backend.unknown_ids();
        Ok(Self { shared: Arc::new(Shared { name: name.to_owned(), vocabulary_size, unknown_ids, backend }) })
    }

    /// The number of tokens in the vocabulary; every id is below it.
    pub fn vocabulary_size(&self) -> usize {
        self.shared.vocabulary_size
    }

    /// Checks that the vocabulary has exactly `n_bins` tokens, which the embedding table needs.
    ///
    /// # Errors
    /// [`TokenizerError::VocabularySize`] names both sizes.
    pub fn expect_vocabulary(&self, n_bins: usize) -> Result<(), TokenizerError> {
        let found = self.vocabulary_size();
        if found == n_bins {
            return Ok(());
        }
        Err(TokenizerError::VocabularySize { name: self.shared.name.clone(), found, expected: n_bins })
    }

    /// The token ids of `text`, each below [`Self::vocabulary_size`]; none for an empty text.
    ///
    /// # Errors
    /// [`TokenizerError::Failed`] if the library refuses the text, [`TokenizerError::UnknownToken`] if it returns an id
    /// outside the vocabulary.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let ids = contained(|| match &self.shared.backend {
            Backend::SentencePiece(backend) => backend.encode(text),
            Backend::Tokenizers(tokenizer) => {
                let encoding = tokenizer.encode_fast(text, true).map_err(|error| error.to_string())?;
                Ok(encoding.get_ids().to_vec())
            }
        })
        .map_err(|reason| self.failed("encode the text", reason))?;
        self.check_ids(&ids)?;
        Ok(ids)
    }

    /// The tokens of `text`, in order, each with the bytes of the text that it comes from, whole characters.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub(crate) fn encode_with_places(&self, text: &str) -> Result<Vec<(u32, Range<usize>)>, TokenizerError> {
        let mut tokens = contained(|| match &self.shared.backend {
            Backend::SentencePiece(backend) => backend.encode_with_places(text),
            Backend::Tokenizers(tokenizer) => {
                let encoding = tokenizer.encode(text, true).map_err(|error| error.to_string())?;
                let places = encoding.get_offsets().iter().map(|&(start, end)| start..end);
                Ok(encoding.get_ids().iter().copied().zip(places).collect())
            }
        })
        .map_err(|reason| self.failed("encode the text", reason))?;
        let ids: Vec<u32> = tokens.iter().map(|(id, _)| *id).collect();
        self.check_ids(&ids)?;
        for (_, place) in &mut tokens {
            // A token may be a single byte of a character.
            let end = text.ceil_char_boundary(place.end);
            *place = text.floor_char_boundary(place.start.min(end))..end;
        }
        // SentencePiece gives all of a character to the last of its bytes.
        for index in (1..tokens.len()).rev() {
            let ((_, before), (_, place)) = (tokens[index - 1].clone(), tokens[index].clone());
            if before.is_empty() && before.start == place.start && before.start > 0 {
                tokens[index - 1].1 = place;
            }
        }
        Ok(tokens)
    }

    /// The ids of unknown tokens; may be empty.
    pub(crate) fn unknown_ids(&self) -> &[u32] {
        &self.shared.unknown_ids
    }

    /// The text of `ids` without special tokens. A space at the start may be dropped.
    ///
    /// # Errors
    /// [`TokenizerError::UnknownToken`] for an id outside the vocabulary, [`TokenizerError::Failed`]
    /// if the library refuses the ids.
    pub fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        self.check_ids(ids)?;
        contained(|| match &self.shared.backend {
            Backend::SentencePiece(backend) => backend.decode(ids),
            Backend::Tokenizers(tokenizer) => tokenizer.decode(ids, true).map_err(|error| error.to_string()),
        })
        .map_err(|reason| self.failed("decode the tokens", reason))
    }

    fn check_ids(&self, ids: &[u32]) -> Result<(), TokenizerError> {
        let vocabulary_size = self.vocabulary_size();
        match ids.iter().find(|id| **id as usize >= vocabulary_size) {
            None => Ok(()),
            Some(id) => {
                let name = self.shared.name.clone();
                Err(TokenizerError::UnknownToken { name, id: *id, vocabulary_size })
            }
        }
    }

    fn failed(&self, task: &'static str, reason: String) -> TokenizerError {
        TokenizerError::Failed { name: self.shared.name.clone(), task, reason }
    }
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the vocabulary, which would fill pages.
        let Shared { name, vocabulary_size, backend, .. } = &*self.shared;
        let kind = match backend {
            Backend::SentencePiece(_) => TokenizerKind::SentencePiece,
            Backend::Tokenizers(_) => TokenizerKind::Tokenizers,
        };
        formatter
            .debug_struct("Tokenizer")
            .field("name", name)
            .field("kind", &kind)
            .field("vocabulary_size", vocabulary_size)
            .finish()
    }
}

struct Shared {
    name: String,
    vocabulary_size: usize,
    unknown_ids: Vec<u32>,
    backend: Backend,
}

enum Backend {
    SentencePiece(Box<SentencePieceBackend>),
    Tokenizers(Box<tokenizers::Tokenizer>),
}

impl Backend {
    fn unknown_ids(&self) -> Vec<u32> {
        match self {
            Self::SentencePiece(backend) => vec![backend.unknown_id()],
            Self::Tokenizers(tokenizer) => {
                let named = match tokenizer.get_model() {
                    ModelWrapper::BPE(model) => model.get_unk_token().as_deref(),
                    ModelWrapper::WordPiece(model) => Some(model.unk_token.as_str()),
                    ModelWrapper::WordLevel(model) => Some(model.unk_token.as_str()),
                    ModelWrapper::Unigram(_) => None,
                };
                let tokens = named.into_iter().chain(UNKNOWN_TOKENS);
                tokens.filter_map(|token| tokenizer.token_to_id(token)).collect()
            }
        }
    }
}

/// Reads a `tokenizer.json`. The library panics on some files that are not JSON, so JSON is parsed first; then its
/// parts are checked that would end the process.
fn parse_tokenizer_json(bytes: &[u8]) -> Result<tokenizers::Tokenizer, String> {
    let file: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    json_guard::check(&file)?;
    drop(file);
    contained(|| tokenizers::Tokenizer::from_bytes(bytes).map_err(|error| error.to_string()))
}

/// Runs a library that may panic on damaged tokenizer files, and turns a panic into an error. Except caches of results,
/// the libraries have no state that a panic could leave inconsistent.
fn contained<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied());
        Err(format!("the tokenizer library panicked ({})", message.unwrap_or("no message")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unknown_token_has_any_id_and_messages_name_the_file_and_its_kind() {
        let json = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
            "pre_tokenizer":null,"post_processor":null,"decoder":null,
            "model":{"type":"WordLevel","vocab":{"a":0,"b":1,"?":2},"unk_token":"?"}}"#;
        let tokenizer =
            Tokenizer::from_bytes(TokenizerKind::Tokenizers, json.as_bytes(), "mine.json").unwrap();
        assert_eq!(tokenizer.unknown_ids(), [2]);
        let shown = format!("{tokenizer:?}");
        assert!(shown.contains("mine.json") && shown.contains('3'), "{shown}");
        for (kind, name) in [
            (TokenizerKind::Tokenizers, "tokenizer.json"),
            (TokenizerKind::SentencePiece, "SentencePiece model"),
        ] {
            let message = Tokenizer::from_bytes(kind, b"{", "mine").unwrap_err().to_string();
            assert!(message.contains("mine") && message.contains(name), "{message}");
        }
    }
}
