//! Splits a text where a reader pauses, into pieces with at most as many tokens as the model reads well.
//!
//! Must not know the model.

mod packing;
mod places;

use std::ops::Range;

use pocket_tts_spans::MappedText;

use crate::boundaries::BoundaryFinder;
use crate::marks::MIN_WORDS;
use crate::prompt::{TextError, TextOptions, prepare, with_single_spaces};
use crate::python_text::is_space;
use crate::sentence_splitter::has_words;
use crate::splitting::{Ending, ReadSentence};
use crate::vocabulary::Codec;
use packing::evenly;
use places::{Place, trimmed};

/// Splits `text` into pieces of at most `max_tokens` tokens, as the model reads them; only a single character may have
/// more.
///
/// With `short_first`, the first sentence comes alone, so that its sound comes early. Takes time and memory in proportion
/// to the length of the text.
///
/// # Errors
/// [`TextError::MaxTokensZero`] and [`TextError::Tokenizer`].
pub(crate) fn split_naturally(
    codec: &impl Codec,
    text: &MappedText,
    options: &TextOptions,
    max_tokens: usize,
    short_first: bool,
) -> Result<Vec<ReadSentence>, TextError> {
    if max_tokens == 0 {
        return Err(TextError::MaxTokensZero);
    }
    let counter = Counter::new(codec, text.text(), options)?;
    let pieces = Splitter { counter, max_tokens }.split(short_first)?;
    let mut sentences = Vec::with_capacity(pieces.len());
    for Passage { range, token_count, ending } in pieces {
        let text = with_single_spaces(&text.slice(range));
        sentences.push(ReadSentence { text, token_count, ending });
    }
    Ok(sentences)
}

/// The sentences of `text` without white space at their ends, and what ends with each.
fn sentence_ranges(text: &str) -> Vec<(Range<usize>, Ending)> {
    let mut finder = BoundaryFinder::default();
    let mut boundaries = finder.push(text);
    boundaries.extend(finder.finish());
    let mut sentences = Vec::with_capacity(boundaries.len() + 1);
    let mut start = 0;
    for boundary in boundaries {
        let ending = if boundary.ends_paragraph { Ending::Paragraph } else { Ending::Sentence };
        sentences.push((trimmed(text, start..boundary.offset), ending));
        start = boundary.offset;
    }
    sentences.push((trimmed(text, start..text.len()), Ending::Sentence));
    sentences.retain(|(range, _)| !range.is_empty());
    sentences
}

/// A piece of the text.
#[derive(Clone, Debug)]
struct Passage {
    range: Range<usize>,
    token_count: usize,
    ending: Ending,
}

/// Counts the tokens of parts of a text.
struct Counter<'a, C> {
    codec: &'a C,
    text: &'a str,
    /// Without the spaces before short texts, which no cut avoids.
    options: TextOptions,
    /// The most tokens that preparation adds to a part that ends without a mark.
    mark_tokens: usize,
}

impl<'a, C: Codec> Counter<'a, C> {
    fn new(codec: &'a C, text: &'a str, options: &TextOptions) -> Result<Self, TextError> {
        let options = TextOptions { pad_with_spaces_for_short_inputs: false, ..options.clone() };
        let mark_tokens = if options.append_terminal_punctuation {
            codec.encode("a.")?.len().saturating_sub(codec.encode("a")?.len())
        } else {
            0
        };
        Ok(Self { codec, text, options, mark_tokens })
    }

    /// The tokens that the model reads of a part.
    fn prepared(&self, range: &Range<usize>) -> Result<usize, TextError> {
        let words: Vec<&str> =
            self.text[range.clone()].split(is_space).filter(|word| !word.is_empty()).collect();
        match prepare(&words.join(" "), &self.options) {
            Ok(prepared) => Ok(self.codec.encode(&prepared.text)?.len()),
            // Nothing is left of the part.
            Err(_) => Ok(0),
        }
    }

    /// The tokens of a part inside a sentence, without a mark at its end.
    fn plain(&self, range: &Range<usize>) -> Result<usize, TextError> {
        Ok(self.codec.encode(&self.options.replace_characters.apply(&self.text[range.clone()]))?.len())
    }

    fn words(&self, range: &Range<usize>) -> usize {
        count_words(&self.text[range.clone()])
    }
}

/// The number of words, if it is less than the fewest of a piece; else that.
fn count_words(text: &str) -> usize {
    text.split_whitespace().filter(|word| has_words(word)).take(MIN_WORDS).count()
}

struct Splitter<'a, C> {
    counter: Counter<'a, C>,
    max_tokens: usize,
}

impl<C: Codec> Splitter<'_, C> {
    fn split(&self, short_first: bool) -> Result<Vec<Passage>, TextError> {
        let mut sentences = Vec::new();
        for (range, ending) in sentence_ranges(self.counter.text) {
            let token_count = self.counter.prepared(&range)?;
            sentences.push(Passage { range, token_count, ending });
        }
        let mut pieces = Vec::new();
        if short_first {
            pieces.extend(self.take_first(&mut sentences)?);
        }
        for paragraph in sentences.split_inclusive(|piece| piece.ending == Ending::Paragraph) {
            let mut parts = Vec::new();
            for sentence in paragraph {
                if sentence.token_count <= self.max_tokens {
                    parts.push(sentence.clone());
                } else {
                    parts.extend(self.cut(sentence, Place::ALL[0])?);
                }
            }
            pieces.extend(self.without_short(self.pack(&parts, self.max_tokens)?)?);
        }
        Ok(pieces)
    }

    /// Takes the first piece off `sentences`: the first sentence, or its start if it is too long. Takes nothing if less
    /// than a few words would be left of the paragraph, because models garble a few words.
    fn take_first(&self, sentences: &mut Vec<Passage>) -> Result<Option<Passage>, TextError> {
        let Some(first) = sentences.first().cloned() else { return Ok(None) };
        if first.token_count > self.max_tokens {
            let mut parts = match self.cut_at_first_pause(&first)? {
                Some(parts) => Vec::from(parts),
                None => self.cut(&first, Place::ALL[0])?,
            };
            let start = parts.remove(0);
            sentences.splice(0..1, parts);
            return Ok(Some(start));
        }
        let end = sentences.iter().position(|piece| piece.ending == Ending::Paragraph);
        let last = &sentences[end.unwrap_or(sentences.len() - 1)];
        let rest = first.range.end..last.range.end;
        let is_alone = rest.is_empty() || self.counter.words(&rest) >= MIN_WORDS;
        let all = first.range.start..rest.end;
        if is_alone || self.counter.prepared(&all)? > self.max_tokens {
            return Ok(Some(sentences.remove(0)));
        }
        Ok(None)
    }

    /// Cuts a sentence in two at the first pause with enough words on either side.
    fn cut_at_first_pause(&self, sentence: &Passage) -> Result<Option<[Passage; 2]>, TextError> {
        let text = &self.counter.text[sentence.range.clone()];
        let pauses = Place::ALL.into_iter().filter(|place| place.is_pause());
        let first_of = |place: Place| place.cuts(text).find(|cut| count_words(&text[..*cut]) >= MIN_WORDS);
        let Some(cut) = pauses.filter_map(first_of).min() else { return Ok(None) };
        if count_words(&text[cut..]) < MIN_WORDS {
            return Ok(None);
        }
        let at = sentence.range.start + cut;
        let start = trimmed(self.counter.text, sentence.range.start..at);
        let rest = trimmed(self.counter.text, at..sentence.range.end);
        let start =
            Passage { token_count: self.counter.prepared(&start)?, range: start, ending: Ending::Within };
        let token_count = self.counter.prepared(&rest)?;
        let rest = Passage { range: rest, token_count, ending: sentence.ending };
        Ok((start.token_count <= self.max_tokens).then_some([start, rest]))
    }

    /// Cuts differently where a sentence was cut so that one part has only a few words.
    fn without_short(&self, pieces: Vec<Passage>) -> Result<Vec<Passage>, TextError> {
        let words = |piece: &Passage| self.counter.words(&piece.range);
        let mut result: Vec<Passage> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let before = result.last().filter(|before| before.ending == Ending::Within);
            if let Some(before) = before {
                let fewest = words(before).min(words(&piece));
                let range = before.range.start..piece.range.end;
                if fewest < MIN_WORDS {
                    let both =
                        Passage { token_count: self.counter.prepared(&range)?, range, ending: piece.ending };
                    let parts = self.cut(&both, Place::Bracket)?;
                    if parts.iter().all(|part| words(part) > fewest) {
                        result.pop();
                        result.extend(parts);
                        continue;
                    }
                }
            }
            result.push(piece);
        }
        Ok(result)
    }

    /// Cuts a part that is too long at places of this kind and, where that does not suffice, of the next ones.
    fn cut(&self, part: &Passage, place: Place) -> Result<Vec<Passage>, TextError> {
        if place == Place::Character {
            return self.cut_characters(part);
        }
        let next = Place::ALL[place as usize + 1];
        let ranges = place.parts(self.counter.text, part.range.clone());
        if ranges.len() < 2 {
            return self.cut(part, next);
        }
        let limit = self.limit(place);
        let mut parts = Vec::new();
        for range in ranges {
            let ending = if range.end == part.range.end { part.ending } else { Ending::Within };
            let token_count = match place {
                Place::Phrase | Place::Word => self.counter.plain(&range)?,
                _ => self.counter.prepared(&range)?,
            };
            let part = Passage { range, token_count, ending };
            if token_count <= limit {
                parts.push(part);
            } else {
                parts.extend(self.cut(&part, next)?);
            }
        }
        self.pack(&parts, limit)
    }

    /// The most tokens of parts that end at places of this kind.
    fn limit(&self, place: Place) -> usize {
        match place {
            Place::Phrase | Place::Word | Place::Character => {
                self.max_tokens.saturating_sub(self.counter.mark_tokens).max(1)
            }
            _ => self.max_tokens,
        }
    }

    /// Cuts a word between characters into equal parts.
    fn cut_characters(&self, word: &Passage) -> Result<Vec<Passage>, TextError> {
        let count = self.counter.plain(&word.range)?.div_ceil(self.limit(Place::Character)).max(2);
        let text = &self.counter.text[word.range.clone()];
        let cuts: Vec<usize> = Place::Character.cuts(text).collect();
        // Parts are at least one character long.
        let count = count.min(cuts.len() + 1);
        if count < 2 {
            return Ok(vec![word.clone()]);
        }
        let ends = (1..count).map(|index| cuts[index * (cuts.len() + 1) / count - 1]).chain([text.len()]);
        let mut parts = Vec::new();
        let mut start = 0;
        for end in ends {
            let range = word.range.start + start..word.range.start + end;
            let ending = if end == text.len() { word.ending } else { Ending::Within };
            let part = Passage { token_count: self.counter.prepared(&range)?, range, ending };
            if part.token_count <= self.max_tokens {
                parts.push(part);
            } else {
                parts.extend(self.cut_characters(&part)?);
            }
            start = end;
        }
        Ok(parts)
    }

    /// Joins neighbours evenly while they have at most `limit` tokens together.
    fn pack(&self, parts: &[Passage], limit: usize) -> Result<Vec<Passage>, TextError> {
        let sizes: Vec<usize> = parts.iter().map(|part| part.token_count).collect();
        let mut packed = Vec::new();
        for group in evenly(&sizes, limit) {
            packed.extend(self.join(&parts[group])?);
        }
        Ok(packed)
    }

    /// Joins parts into one, or into several if that one has too many tokens after all.
    fn join(&self, parts: &[Passage]) -> Result<Vec<Passage>, TextError> {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(Vec::new()) };
        let range = first.range.start..last.range.end;
        let joined = Passage { token_count: self.counter.prepared(&range)?, range, ending: last.ending };
        if joined.token_count <= self.max_tokens {
            return Ok(vec![joined]);
        }
        if parts.len() == 1 {
            return self.cut(&joined, Place::Word);
        }
        let (left, right) = parts.split_at(parts.len() / 2);
        Ok([self.join(left)?, self.join(right)?].concat())
    }
}

#[cfg(test)]
mod tests;
