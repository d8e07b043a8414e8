//! Cuts a normalized text into the pieces with the highest score.
//!
//! Must not know normalization or decoding. Source: `unigram_model.cc` of SentencePiece 0.2.1, `EncodeOptimized`;
//! scores are added and compared with the same widths, so that ties and near ties are decided as there.

use super::trie::Trie;
use crate::model_file::{Piece, PieceKind};

/// How much lower than the lowest score of a piece the score of an unknown character is.
const UNKNOWN_PENALTY: f32 = 10.0;

/// The pieces that a text may be cut into.
#[derive(Debug)]
pub(super) struct Segmenter {
    /// The pieces with their ids.
    trie: Trie,
    /// For each id.
    scores: Vec<PieceScore>,
    /// The highest score of a normal piece, or a little more than 0.
    max_score: f32,
    unknown_score: f32,
    unknown_id: u32,
}

#[derive(Clone, Copy, Debug)]
struct PieceScore {
    score: f32,
    is_user_defined: bool,
}

/// A part of the normalized text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub(super) id: u32,
    pub(super) text: &'a str,
}

/// The best segmentation of the text up to one position: its score and its last segment.
#[derive(Clone, Copy)]
struct BestPath {
    score: f32,
    start: u32,
    id: u32,
}

/// The start of a segment that doesn't exist.
const NONE: u32 = u32::MAX;
const UNREACHED: BestPath = BestPath { score: 0.0, start: NONE, id: 0 };

impl BestPath {
    fn improve(&mut self, score: f64, start: usize, id: u32) {
        if self.start == NONE || score > f64::from(self.score) {
            *self = Self { score: score as f32, start: start as u32, id };
        }
    }
}

impl Segmenter {
    pub(super) fn new(pieces: &[Piece<'_>], unknown_id: u32) -> Self {
        let (mut min_score, mut max_score) = (f32::MAX, f32::MIN_POSITIVE);
        for piece in pieces.iter().filter(|piece| piece.kind == PieceKind::Normal) {
            // Unlike `f32::min`, as in C++ if a score is not a number.
            min_score = if piece.score < min_score { piece.score } else { min_score };
            max_score = if max_score < piece.score { piece.score } else { max_score };
        }
        let is_used = |piece: &Piece<'_>| matches!(piece.kind, PieceKind::Normal | PieceKind::UserDefined);
        let keys = (0..).zip(pieces).filter(|(_, piece)| is_used(piece));
        let score = |piece: &Piece<'_>| PieceScore {
            score: piece.score,
            is_user_defined: piece.kind == PieceKind::UserDefined,
        };
        Self {
            trie: Trie::new(keys.map(|(id, piece)| (piece.text, id))),
            scores: pieces.iter().map(score).collect(),
            max_score,
            unknown_score: min_score - UNKNOWN_PENALTY,
            unknown_id,
        }
    }

    /// The segments of `text`, in order. Characters that no piece covers are segments of the unknown piece, one each.
    ///
    /// Takes time in proportion to the length of the text times that of the longest piece.
    ///
    /// # Errors
    /// If the text has 4 GiB or more.
    pub(super) fn segments<'a>(&self, text: &'a str) -> Result<Vec<Segment<'a>>, String> {
        if text.len() >= NONE as usize {
            return Err("the text has 4 GiB or more".to_owned());
        }
        let mut best = vec![UNREACHED; text.len() + 1];
        for (start, character) in text.char_indices() {
            self.extend(&mut best, start, character.len_utf8(), text);
        }
        let (mut segments, mut end) = (Vec::new(), text.len());
        while end > 0 {
            let BestPath { start, id, .. } = best[end];
            segments.push(Segment { id, text: &text[start as usize..end] });
            end = start as usize;
        }
        segments.reverse();
        Ok(segments)
    }

    /// Extends the best path up to `start` by each piece that the text has there.
    fn extend(&self, best: &mut [BestPath], start: usize, character_bytes: usize, text: &str) {
        let score_here = best[start].score;
        let (mut node, mut has_character) = (Trie::ROOT, false);
        for (end, byte) in (start + 1..).zip(text[start..].bytes()) {
            let Some(child) = self.trie.child(node, byte) else { break };
            node = child;
            if let Some(id) = self.trie.value(node) {
                let score = self.score(id, end - start) + f64::from(score_here);
                best[end].improve(score, start, id);
                has_character |= end - start == character_bytes;
            }
        }
        if !has_character {
            let score = self.unknown_score + score_here;
            best[start + character_bytes].improve(f64::from(score), start, self.unknown_id);
        }
    }

    /// The score of a piece of a length in bytes. A user-defined symbol scores close to 0, so it is preferred to pieces
    /// with the usual logarithms of probabilities.
    fn score(&self, id: u32, length: usize) -> f64 {
        let PieceScore { score, is_user_defined } = self.scores[id as usize];
        if is_user_defined { f64::from(length as f32 * self.max_score) - 0.1 } else { f64::from(score) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segmented(pieces: &[(&str, f32, PieceKind)], text: &str) -> Vec<String> {
        let pieces: Vec<Piece<'_>> =
            pieces.iter().map(|&(text, score, kind)| Piece { text, score, kind }).collect();
        let unknown = pieces.iter().position(|piece| piece.kind == PieceKind::Unknown).unwrap();
        let segmenter = Segmenter::new(&pieces, unknown as u32);
        let segments = segmenter.segments(text).unwrap();
        assert!(segments.iter().all(|segment| {
            let piece = &pieces[segment.id as usize];
            piece.kind == PieceKind::Unknown || piece.text == segment.text
        }));
        segments.into_iter().map(|segment| segment.text.to_owned()).collect()
    }

    const UNKNOWN: (&str, f32, PieceKind) = ("<unk>", 0.0, PieceKind::Unknown);

    #[test]
    fn the_segments_have_the_highest_sum_of_scores() {
        let pieces = [
            UNKNOWN,
            ("a", -1.0, PieceKind::Normal),
            ("b", -1.5, PieceKind::Normal),
            ("ab", -2.0, PieceKind::Normal),
            ("abc", -9.0, PieceKind::Normal),
            ("c", -3.0, PieceKind::Normal),
        ];
        assert_eq!(segmented(&pieces, ""), [""; 0]);
        assert_eq!(segmented(&pieces, "abcab"), ["ab", "c", "ab"]);
    }

    #[test]
    fn of_equal_sums_the_one_with_the_longest_last_piece_counts() {
        let pieces = [
            UNKNOWN,
            ("a", -1.0, PieceKind::Normal),
            ("aa", -2.0, PieceKind::Normal),
            ("aaa", -3.0, PieceKind::Normal),
        ];
        assert_eq!(segmented(&pieces, "aaaa"), ["a", "aaa"]);
    }

    #[test]
    fn unknown_characters_cost_more_than_any_piece() {
        let pieces = [UNKNOWN, ("a", -1.0, PieceKind::Normal), ("日本", -30.0, PieceKind::Normal)];
        assert_eq!(segmented(&pieces, "é日本a日"), ["é", "日本", "a", "日"]);
    }

    #[test]
    fn user_defined_symbols_score_close_to_zero_and_unused_pieces_are_never_taken() {
        let pieces = [
            UNKNOWN,
            ("a", -1.0, PieceKind::Normal),
            (".", -100.0, PieceKind::UserDefined),
            ("a.", 0.0, PieceKind::Normal),
            ("aa", 0.0, PieceKind::Unused),
        ];
        assert_eq!(segmented(&pieces, "aa.a"), ["a", "a.", "a"]);
        let negative =
            [UNKNOWN, ("a", -1.0, PieceKind::Normal), (".", -9.0, PieceKind::UserDefined), pieces[4]];
        assert_eq!(segmented(&negative, "aa.a"), ["a", "a", ".", "a"]);
    }

    #[test]
    fn user_defined_symbols_score_a_little_less_than_the_best_piece_for_each_byte() {
        let pieces = [
            UNKNOWN,
            ("a", 0.0, PieceKind::Normal),
            ("b", 1.5, PieceKind::Normal),
            ("bb", 0.0, PieceKind::UserDefined),
        ];
        assert_eq!(segmented(&pieces, "abb"), ["a", "b", "b"]);
    }
}
