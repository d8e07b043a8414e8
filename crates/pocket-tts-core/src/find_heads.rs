//! Finds the attention heads of a model that follow the text.

use std::sync::Arc;

use pocket_tts_flow_lm::AttentionHead;
use pocket_tts_text::{SentenceWords, sentence_words};

use crate::{
    GenerateOptions, Result, TtsModel, Voice,
    config::TimestampHead,
    synthesis::{GeneratedLatent, LatentGenerator, generate_together},
};

/// Heads that are combined at most.
const MOST_HEADS: usize = 4;
/// A head that adds less than this to the score is left out.
const LEAST_GAIN: f32 = 0.01;

/// Attention heads and how well they follow the text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HeadScore {
    /// The heads, whose attention is averaged.
    pub heads: Vec<TimestampHead>,
    /// The mean share of the attention on the word being said, if the words are said in order: from 0 to 1. Heads above 0.5
    /// follow the text.
    pub score: f32,
}

/// What the heads attended to while one sentence was spoken.
struct Recording {
    words: usize,
    /// `[heads][frames, words]`
    heads: Vec<Vec<f32>>,
}

impl TtsModel {
    /// Finds the attention heads that follow the text best, for a model whose configuration has no
    /// [`timestamp_heads`](crate::config::Config::timestamp_heads): speaks `text` and looks at all heads. Returns the best
    /// combination first, then the best single heads.
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream).
    pub fn find_timestamp_heads(
        &self,
        text: &str,
        voice: &Voice,
        options: &GenerateOptions,
    ) -> Result<Vec<HeadScore>> {
        let recordings = self.record_every_head(text, voice, options)?;
        let heads: Vec<AttentionHead> = self.config().flow_lm.transformer.every_head();
        let score = |chosen: &[usize]| HeadScore {
            heads: chosen
                .iter()
                .map(|index| heads[*index])
                .map(|AttentionHead { layer, head }| TimestampHead { layer, head })
                .collect(),
            score: score(&recordings, chosen),
        };
        let mut singles: Vec<(usize, HeadScore)> =
            (0..heads.len()).map(|index| (index, score(&[index]))).collect();
        singles.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
        singles.truncate(2 * MOST_HEADS);
        let mut chosen = vec![singles[0].0];
        let mut best = singles[0].1.clone();
        while chosen.len() < MOST_HEADS {
            let others = singles.iter().map(|(index, _)| *index).filter(|index| !chosen.contains(index));
            let longer = others.map(|index| [chosen.as_slice(), &[index]].concat());
            let scored = longer.map(|longer| (score(&longer), longer));
            let Some((found, longer)) = scored.max_by(|(a, _), (b, _)| a.score.total_cmp(&b.score)) else {
                break;
            };
            if found.score < best.score + LEAST_GAIN {
                break;
            }
            (best, chosen) = (found, longer);
        }
        Ok(std::iter::once(best).chain(singles.into_iter().map(|(_, single)| single)).collect())
    }

    fn record_every_head(
        &self,
        text: &str,
        voice: &Voice,
        options: &GenerateOptions,
    ) -> Result<Vec<Recording>> {
        let parts = self.parts();
        let (plan, _) = self.plan(text, voice, options)?;
        let plan = Arc::new(plan);
        let mut recordings = Vec::new();
        for (sentence, planned) in plan.sentences.iter().enumerate() {
            let words = sentence_words(&parts.tokenizer, &planned.text, &parts.text_options, plan.unknown())?;
            let mut generator = LatentGenerator::prefill(parts, &plan, sentence, 0)?;
            generator.watch_every_head(parts, &words);
            let mut recording = Recording { words: words.words().len(), heads: Vec::new() };
            while let GeneratedLatent::Frame { .. } =
                generate_together(parts, &mut [&mut generator]).remove(0)?
            {
                let weights: Vec<Vec<f32>> =
                    generator.attention().map(|tokens| of_words(&words, tokens)).collect();
                recording.heads.resize(weights.len(), Vec::new());
                recording.heads.iter_mut().zip(weights).for_each(|(head, weights)| head.extend(weights));
            }
            if recording.words == 0 || recording.heads.is_empty() {
                // It has no words, or ended at once.
                continue;
            }
            // The first frame was generated before the heads were watched.
            for head in &mut recording.heads {
                drop(head.drain(..recording.words));
            }
            recordings.push(recording);
        }
        Ok(recordings)
    }
}

/// The attention to each word, given the one to each token.
fn of_words(words: &SentenceWords, tokens: &[f32]) -> Vec<f32> {
    let units = words.unit_scores(tokens);
    words.words().iter().map(|word| units[word.unit]).collect()
}

/// The mean of the attention along the best path through the words in order, from the first to the last.
fn score(recordings: &[Recording], chosen: &[usize]) -> f32 {
    let (mut total, mut frames) = (0.0, 0);
    for Recording { words, heads } in recordings {
        let mut best = vec![f32::NEG_INFINITY; *words];
        let count = heads[chosen[0]].len() / words;
        for frame in 0..count {
            let at = |word: usize| {
                let weights = chosen.iter().map(|head| heads[*head][frame * words + word]);
                weights.sum::<f32>() / chosen.len() as f32
            };
            for word in (0..*words).rev() {
                let before = match (frame, word) {
                    (0, 0) => 0.0,
                    (0, _) => f32::NEG_INFINITY,
                    (_, 0) => best[0],
                    _ => best[word].max(best[word - 1]),
                };
                best[word] = before + at(word);
            }
        }
        if count >= *words {
            total += best[words - 1];
            frames += count;
        }
    }
    if frames == 0 { 0.0 } else { total / frames as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_the_share_of_the_best_path_in_order() {
        let diagonal = vec![1.0, 0.0, 0.5, 0.5, 0.0, 1.0];
        let backwards = vec![0.0, 1.0, 0.5, 0.5, 1.0, 0.0];
        let uniform = vec![0.5; 6];
        let recordings = [Recording { words: 2, heads: vec![diagonal, backwards, uniform] }];
        assert!((score(&recordings, &[0]) - 2.5 / 3.0).abs() < 1e-6);
        assert!((score(&recordings, &[1]) - 0.5 / 3.0).abs() < 1e-6);
        assert!((score(&recordings, &[2]) - 0.5).abs() < 1e-6);
        assert!((score(&recordings, &[0, 1]) - 0.5).abs() < 1e-6);
    }

    #[cfg(feature = "tiny")]
    #[test]
    fn the_heads_of_the_built_in_model_are_found() {
        let model = TtsModel::builder().embedded().build().unwrap();
        let voice = model.voice(&model.default_voice()).unwrap();
        let text =
            "The quick brown fox jumps over the lazy dog. Nobody knew what the old man wanted from them.";
        let found = model.find_timestamp_heads(text, &voice, &GenerateOptions::default()).unwrap();
        let known = model.config().timestamp_heads.clone().unwrap();
        assert!(found[0].score > 0.6, "{found:?}");
        assert!(found[0].heads.iter().all(|head| known.contains(head)), "{found:?}");
    }
}
