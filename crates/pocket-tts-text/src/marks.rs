//! Punctuation that decides where sentences end.
//!
//! Must not know how a text is split or prepared.

/// A shorter sentence is joined with the next one, because models garble a few words.
pub(crate) const MIN_WORDS: usize = 5;
/// Marks that end a sentence.
pub(crate) const SENTENCE_MARKS: [char; 4] = ['.', '!', '?', '…'];
/// Marks of a pause inside a sentence that are part of a word's punctuation.
pub(crate) const COMMAS: [char; 3] = [',', ';', ':'];
/// All marks of a pause inside a sentence: [`COMMAS`] and dashes.
pub(crate) const PAUSE_MARKS: [char; 6] = [',', ';', ':', '-', '–', '—'];
/// Quotation marks and brackets that may follow the mark at the end of a sentence.
pub(crate) const CLOSERS: [char; 7] = ['"', '\'', '”', '’', ')', ']', '»'];

/// The text whose tokens, without the first, end a sentence for the reference.
pub(crate) const SENTENCE_MARK_TEXT: &str = ".!...?";
/// The text whose tokens, without the first, are a pause for the reference.
pub(crate) const PAUSE_MARK_TEXT: &str = ",;:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_of_marks_share_no_mark() {
        assert!(PAUSE_MARKS.starts_with(&COMMAS));
        for mark in SENTENCE_MARKS {
            assert!(!PAUSE_MARKS.contains(&mark) && !CLOSERS.contains(&mark), "{mark}");
        }
        for mark in CLOSERS {
            assert!(!PAUSE_MARKS.contains(&mark), "{mark}");
        }
    }

    #[test]
    fn the_texts_of_the_reference_consist_of_marks() {
        assert!(SENTENCE_MARK_TEXT.chars().all(|mark| SENTENCE_MARKS.contains(&mark)));
        assert!(PAUSE_MARK_TEXT.chars().eq(COMMAS));
    }
}
