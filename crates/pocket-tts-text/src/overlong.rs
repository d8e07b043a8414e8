//! Cuts sentences that are far longer than the token limit and have no mark to split at.
//!
//! The reference keeps such a sentence whole; the model then skips words and takes minutes for a page. Up to
//! [`TOLERATED`] times the limit a sentence stays whole here, too. Must not know the model.

use crate::prompt::TextError;
use crate::split::Sentence;
use crate::vocabulary::Codec;

/// A sentence of more than this many times the token limit is cut between words.
const TOLERATED: usize = 3;
/// The most tokens of one character: its bytes.
const TOKENS_PER_CHARACTER: usize = 4;

/// A text's sentences, none far beyond the token limit.
pub(crate) struct CutText {
    pub(crate) sentences: Vec<Sentence>,
    /// The sentences that are or were longer than the limit, before they were cut.
    pub(crate) overlong: Vec<String>,
}

/// Cuts sentences that are too long between words, and words that are too long between characters.
///
/// The order of the words stays, and none is lost.
///
/// # Errors
/// If the tokenizer fails on a word.
pub(crate) fn cut_overlong(
    codec: &impl Codec,
    sentences: Vec<Sentence>,
    max_tokens: usize,
) -> Result<CutText, TextError> {
    let mut cut = CutText { sentences: Vec::with_capacity(sentences.len()), overlong: Vec::new() };
    for sentence in sentences {
        if sentence.token_count > max_tokens {
            cut.overlong.push(sentence.text.clone());
        }
        if sentence.token_count <= max_tokens.saturating_mul(TOLERATED) {
            cut.sentences.push(sentence);
        } else {
            cut_between_words(codec, &sentence.text, max_tokens, &mut cut.sentences)?;
        }
    }
    Ok(cut)
}

fn cut_between_words(
    codec: &impl Codec,
    text: &str,
    max_tokens: usize,
    cut: &mut Vec<Sentence>,
) -> Result<(), TextError> {
    let mut current = Sentence { text: String::new(), token_count: 0 };
    for word in text.split_whitespace() {
        for (piece, token_count) in pieces(codec, word, max_tokens)? {
            if !current.text.is_empty() && current.token_count + token_count > max_tokens {
                cut.push(std::mem::replace(&mut current, Sentence { text: String::new(), token_count: 0 }));
            }
            if !current.text.is_empty() {
                current.text.push(' ');
            }
            current.text.push_str(&piece);
            current.token_count += token_count;
        }
    }
    if !current.text.is_empty() {
        cut.push(current);
    }
    Ok(())
}

/// A word, or its parts if it has more tokens than the limit, each with its number of tokens.
fn pieces(codec: &impl Codec, word: &str, max_tokens: usize) -> Result<Vec<(String, usize)>, TextError> {
    let token_count = codec.encode(word)?.len();
    if token_count <= max_tokens {
        return Ok(vec![(word.to_owned(), token_count)]);
    }
    let characters: Vec<char> = word.chars().collect();
    characters
        .chunks((max_tokens / TOKENS_PER_CHARACTER).max(1))
        .map(|part| {
            let part: String = part.iter().collect();
            let token_count = codec.encode(&part)?.len();
            Ok((part, token_count))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::golden_tokenizer;
    use crate::{TextOptions, split_into_sentences};

    fn split(text: &str, max_tokens: usize) -> Vec<Sentence> {
        let tokenizer = golden_tokenizer("tokenizer_a.json");
        let sentences = split_into_sentences(&tokenizer, text, max_tokens, &TextOptions::default()).unwrap();
        cut_overlong(&tokenizer, sentences, max_tokens).unwrap().sentences
    }

    #[test]
    fn a_page_without_marks_is_cut_between_words_and_loses_none() {
        let text = "There was no mark in all this text ".repeat(60);
        let sentences = split(&text, 50);
        assert!(sentences.len() > 10);
        assert!(sentences.iter().all(|sentence| sentence.token_count <= 50));
        let tokenizer = golden_tokenizer("tokenizer_a.json");
        for pair in sentences.windows(2) {
            let next = pair[1].text.split(' ').next().unwrap();
            let with_next = pair[0].token_count + tokenizer.encode(next).unwrap().len();
            assert!(with_next > 50, "{pair:?}");
        }
        let spoken: Vec<&str> = sentences.iter().flat_map(|sentence| sentence.text.split(' ')).collect();
        let mut expected: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        expected.last_mut().unwrap().push('.');
        assert_eq!(spoken, expected);
    }

    #[test]
    fn a_word_beyond_the_limit_is_cut_between_characters() {
        let sentences = split(&"Abcdefghij".repeat(100), 20);
        assert!(sentences.iter().all(|sentence| sentence.token_count <= 20));
        let parts: Vec<&str> = sentences.iter().flat_map(|sentence| sentence.text.split(' ')).collect();
        assert!(parts.iter().all(|part| part.len() == 5 || *part == "."), "{parts:?}");
        let letters = parts.concat();
        assert_eq!(letters, format!("{}.", "Abcdefghij".repeat(100)));
    }

    #[test]
    fn a_sentence_a_little_beyond_the_limit_stays_whole() {
        let text = "This sentence has no comma and no other mark but it is still somewhat too long.";
        assert_eq!(split(text, 25).len(), 1);
    }
}
