//! How a text is split, and what is known of each sentence.

use pocket_tts_spans::MappedText;

/// How a text is split into the sentences that the model speaks one at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Splitting {
    /// Where a reader sees the end of a sentence, and never over the token limit.
    ///
    /// Sentences end where [`SentenceSplitter`](crate::SentenceSplitter) ends them. One that has more tokens than the limit
    /// is cut at the best kind of place that suffices: semicolons, colons, commas and dashes, brackets, words,
    /// characters. Pieces are about equally long, and short neighbours of a paragraph are joined.
    Natural,
    /// As the Python package splits: at tokens of sentence marks. A sentence without marks may have up to three times
    /// as many tokens as the limit.
    #[default]
    Reference,
}

/// What ends where a sentence ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Nothing: the sentence goes on in the next piece.
    Within,
    /// A sentence.
    Sentence,
    /// A sentence and its paragraph: a blank line follows.
    Paragraph,
}

/// A text that the model speaks at once: one sentence, several short ones, or a part of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadSentence {
    /// The text, without white space at its ends; never empty.
    pub text: MappedText,
    /// The number of tokens of the text.
    pub token_count: usize,
    /// What ends with the text.
    pub ending: Ending,
}
