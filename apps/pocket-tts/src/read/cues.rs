//! What is heard when: the text of captions, made of the times of sentences and words. It must not know files.

use pocket_tts_core::TimingEvent;
use serde::{Deserialize, Serialize};

/// A cue of more characters is cut between words, if their times are known.
const MOST_CHARACTERS: usize = 84;

/// A text on the screen, with its time in samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cue {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) text: String,
}

/// Makes cues of the events of a stream.
#[derive(Debug)]
pub(super) struct CueMaker<'a> {
    /// The text that the places of the events are in, if it is one.
    original: Option<&'a str>,
    cues: Vec<Cue>,
    /// Bytes of the original that are in cues. Two pieces of a long sentence may divide the words of a number.
    done: usize,
    /// The words of the sentence so far: where each begins in time and in the text, and where it ends in time.
    words: Vec<(u64, usize, u64)>,
}

impl<'a> CueMaker<'a> {
    /// For a request of this text; of several texts, the cues show the words as they are spoken.
    pub(super) fn new(original: Option<&'a str>) -> Self {
        Self { original, cues: Vec::new(), done: 0, words: Vec::new() }
    }

    pub(super) fn push(&mut self, event: &TimingEvent) {
        match event {
            TimingEvent::SentenceStart(_) => self.words.clear(),
            TimingEvent::WordEnd(word) => self.words.push((word.start, word.source.start, word.end)),
            TimingEvent::SentenceEnd(sentence) => {
                let range = sentence.source.start.max(self.done)..sentence.source.end;
                let whole =
                    |text: &str| Cue { start: sentence.start, end: sentence.end, text: text.to_owned() };
                match self.original.and_then(|text| text.get(range.clone())) {
                    Some(text) => {
                        self.done = range.end;
                        self.add(whole(text), Some(range.start));
                    }
                    None => self.add(whole(&sentence.text), None),
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(self) -> Vec<Cue> {
        self.cues
    }

    /// Adds a sentence that begins at this place in the original.
    fn add(&mut self, whole: Cue, start: Option<usize>) {
        let mut rest = whole;
        let mut start = start;
        while let Some(at) = start
            && rest.text.chars().count() > MOST_CHARACTERS
            && let Some((end_before, time, place)) = self.best_cut(&rest, at)
        {
            let text = rest.text.split_off(place - at);
            let first = std::mem::replace(&mut rest, Cue { start: time, end: 0, text });
            rest.end = first.end;
            self.push_cue(Cue { end: end_before, ..first });
            start = Some(place);
        }
        self.push_cue(rest);
    }

    /// The best word to begin the next cue with: the end of the cue before, the word's time, and its place.
    fn best_cut(&self, cue: &Cue, at: usize) -> Option<(u64, u64, usize)> {
        let end = cue.text.char_indices().nth(MOST_CHARACTERS).map_or(cue.text.len(), |(end, _)| end);
        let cuts = self.words.windows(2).filter_map(|pair| {
            let ((_, _, end_before), (time, place, _)) = (pair[0], pair[1]);
            // All words of a number are at its place.
            let is_apart = place > pair[0].1;
            let offset =
                place.checked_sub(at).filter(|_| is_apart).filter(|offset| (1..=end).contains(offset))?;
            let before = cue.text.get(..offset)?.trim_end();
            // After a mark, if the cue is not too short then.
            let is_good =
                before.ends_with([',', '.', ';', ':', '!', '?', '”', '"', '—', '–', '…']) && offset * 3 > end;
            Some((is_good, offset, (end_before.min(time), time, place)))
        });
        cuts.max_by_key(|(is_good, offset, _)| (*is_good, *offset)).map(|(_, _, cut)| cut)
    }

    fn push_cue(&mut self, cue: Cue) {
        let text = cue.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            self.cues.push(Cue { text, ..cue });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_are_cut_after_marks_between_words() {
        let text = format!("{}, {} end.", "word ".repeat(12).trim_end(), "more ".repeat(12).trim_end());
        let mut maker = CueMaker::new(Some(&text));
        let starts = text.match_indices(' ').map(|(at, _)| at + 1);
        maker.words = (0..)
            .zip(std::iter::once(0).chain(starts))
            .map(|(index, at)| (10 * index, at, 10 * index + 8))
            .collect();
        maker.add(Cue { start: 0, end: 250, text: text.clone() }, Some(0));
        let cues = maker.finish();
        assert_eq!(cues.len(), 2);
        assert!(cues[0].text.ends_with("word,") && cues[1].text.starts_with("more more"));
        assert_eq!((cues[0].start, cues[0].end, cues[1].start, cues[1].end), (0, 118, 120, 250));
    }

    #[test]
    fn sentences_without_words_stay_whole() {
        let mut maker = CueMaker::new(None);
        maker.add(Cue { start: 1, end: 2, text: "a \n b".repeat(40) }, None);
        assert_eq!(maker.finish().len(), 1);
    }
}
