//! Finds words that were skipped or said twice, and speech that is likely garbled.

use std::sync::Arc;

use pocket_tts_text::SentenceWords;

use super::SpeechProblem;

/// A word was not attended to if its share of the attention never reaches this part of the highest share of any word:
/// not all heads follow the text equally well. Short words, such as articles, are often
/// said while their neighbours have the attention.
const ATTENDED: f32 = 0.15;
const ATTENDED_SHORT: f32 = 0.06;
/// Letters of a short word at most.
const SHORT: usize = 3;
/// A word with this share is what is being said.
const DOMINANT: f32 = 0.5;
/// Frames in a row on earlier words that make a repetition.
const REPEATED_FRAMES: usize = 4;
/// Words before the last one that was said to which the attention may go back.
const SLACK: usize = 1;

/// Follows the attention of one sentence.
#[derive(Debug)]
pub(crate) struct AttentionCheck {
    words: Arc<SentenceWords>,
    /// The least mean of `head_peaks` in clear speech.
    clear: f32,
    /// For each word its highest share of the attention.
    peaks: Vec<f32>,
    /// For each word its highest share of the attention of any head.
    head_peaks: Vec<f32>,
    /// The furthest word that was dominant for several frames.
    furthest: usize,
    /// The dominant word of the latest frames, and the number of these frames.
    run: (usize, usize),
    /// For each word whether it was said again.
    is_repeated: Vec<bool>,
}

impl AttentionCheck {
    /// `clear` is the model's [`clear_attention`](crate::config::Config::clear_attention), or 0.
    pub(crate) fn new(words: Arc<SentenceWords>, clear: f32) -> Self {
        let count = words.words().len();
        Self {
            words,
            clear,
            peaks: vec![0.0; count],
            head_peaks: vec![0.0; count],
            furthest: 0,
            run: (0, 0),
            is_repeated: vec![false; count],
        }
    }

    /// Takes the attention to each unit in a frame: the mean of the heads.
    pub(crate) fn push(&mut self, scores: &[f32]) {
        let mut dominant = None;
        for (word, peak) in self.peaks.iter_mut().enumerate() {
            let score = scores[self.words.words()[word].unit];
            *peak = peak.max(score);
            if score >= DOMINANT {
                dominant = Some(word);
            }
        }
        let Some(word) = dominant else { return };
        self.run = if word == self.run.0 { (word, self.run.1 + 1) } else { (word, 1) };
        if word + SLACK < self.furthest {
            self.is_repeated[word] |= self.run.1 >= REPEATED_FRAMES;
        }
        self.furthest = self.furthest.max(word);
    }

    /// Takes the attention of one head to each unit in a frame.
    pub(crate) fn push_head(&mut self, scores: &[f32]) {
        for (peak, word) in self.head_peaks.iter_mut().zip(self.words.words()) {
            *peak = peak.max(scores[word.unit]);
        }
    }

    fn is_missed(&self, word: usize, highest: f32) -> bool {
        let is_short = self.words.words()[word].text.chars().count() <= SHORT;
        self.peaks[word] < highest * if is_short { ATTENDED_SHORT } else { ATTENDED }
    }

    /// The mean of the words' highest shares in any head: where a model says a word badly, often no head is on that word alone.
    /// One weak word tells little, as its neighbours may be said in the same frame.
    fn attention(&self) -> f32 {
        self.head_peaks.iter().sum::<f32>() / self.head_peaks.len() as f32
    }

    /// What is wrong with the sentence, which has ended.
    pub(crate) fn finish(&self, reached_limit: bool) -> Vec<SpeechProblem> {
        let words = self.words.words();
        let texts = |indices: &[usize]| indices.iter().map(|index| words[*index].text.clone()).collect();
        let highest = self.peaks.iter().copied().fold(0.0, f32::max);
        let missed: Vec<usize> = (0..words.len()).filter(|word| self.is_missed(*word, highest)).collect();
        // The missed words that nothing follows.
        let last = missed.iter().rev().zip((0..words.len()).rev()).take_while(|(a, b)| **a == *b).count();
        let (skipped, unsaid) = missed.split_at(missed.len() - last);
        let repeated: Vec<usize> = (0..words.len()).filter(|word| self.is_repeated[*word]).collect();
        let mut problems = Vec::new();
        if !skipped.is_empty() {
            problems.push(SpeechProblem::Skipped { words: texts(skipped) });
        }
        if !repeated.is_empty() {
            problems.push(SpeechProblem::Repeated { words: texts(&repeated) });
        }
        if !unsaid.is_empty() {
            problems.push(SpeechProblem::EndedEarly { words: texts(unsaid) });
        }
        if reached_limit {
            problems.push(SpeechProblem::NeverEnded);
        }
        if problems.is_empty() && self.attention() < self.clear {
            problems.push(SpeechProblem::Unclear { attention: (100.0 * self.attention()) as u8 });
        }
        problems
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
