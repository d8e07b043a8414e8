//! Records how queries attend to chosen positions.

use std::ops::Range;

use super::attention_shape::AttentionShape;

/// Some heads of a layer and the positions at which they are watched.
///
/// Of the latest query it records the weights of the softmax over these positions alone: how the head divides its
/// attention among them, whatever it spends elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AttentionWatch {
    heads: Vec<usize>,
    positions: Range<usize>,
    /// `[heads, positions]`
    weights: Vec<f32>,
}

impl AttentionWatch {
    pub(super) fn new(heads: Vec<usize>, positions: Range<usize>) -> Self {
        let weights = vec![0.0; heads.len() * positions.len()];
        Self { heads, positions, weights }
    }

    /// The weights of the latest query, `[positions]` for each head.
    pub(super) fn weights(&self) -> impl Iterator<Item = &[f32]> {
        self.weights.chunks_exact(self.positions.len().max(1))
    }

    /// Records a query, if the positions exist.
    ///
    /// # Shapes
    ///
    /// - `query`: `[heads * head_dim]`, rotated
    /// - `keys`: `[positions, kv_heads * head_dim]`, from position 0 on, in two parts
    pub(super) fn record(&mut self, query: &[f32], keys: [&[f32]; 2], shape: AttentionShape) {
        let (width, head_dim) = (shape.kv_width(), shape.head_dim);
        let group = shape.heads / shape.kv_heads;
        if self.positions.end * width > keys[0].len() + keys[1].len() {
            return;
        }
        let scale = 1.0 / (head_dim as f32).sqrt();
        for (&head, weights) in
            self.heads.iter().zip(self.weights.chunks_exact_mut(self.positions.len().max(1)))
        {
            let query = &query[head * head_dim..][..head_dim];
            let first = head / group * head_dim;
            let keys = keys.into_iter().flat_map(|part| part.chunks_exact(width));
            let logits = keys.skip(self.positions.start).take(self.positions.len()).map(|key| {
                let key = &key[first..][..head_dim];
                query.iter().zip(key).map(|(q, k)| q * k).sum::<f32>() * scale
            });
            weights.iter_mut().zip(logits).for_each(|(weight, logit)| *weight = logit);
            let highest = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for weight in weights.iter_mut() {
                *weight = (*weight - highest).exp();
            }
            let sum: f32 = weights.iter().sum();
            for weight in weights {
                *weight /= sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_a_softmax_over_the_watched_positions_of_each_head() {
        let shape = AttentionShape { heads: 4, kv_heads: 2, head_dim: 1, context: None };
        let mut watch = AttentionWatch::new(vec![0, 3], 1..3);
        // Head 0 reads the first half of a key, head 3 the second.
        let keys = [9.0, 9.0, 1.0, 0.0, 2.0, 3.0, 9.0, 9.0];
        watch.record(&[1.0, 0.0, 0.0, 2.0], [&keys[..4], &keys[4..]], shape);
        let part = |logits: [f32; 2]| logits[0].exp() / (logits[0].exp() + logits[1].exp());
        for (weights, expected) in watch.weights().zip([part([1.0, 2.0]), part([0.0, 6.0])]) {
            assert!((weights[0] - expected).abs() < 1e-6);
            assert!((weights[1] - (1.0 - expected)).abs() < 1e-6);
        }
        assert_eq!(watch.weights().count(), 2);
    }

    #[test]
    fn nothing_is_recorded_before_the_positions_exist() {
        let shape = AttentionShape { heads: 1, kv_heads: 1, head_dim: 1, context: None };
        let mut watch = AttentionWatch::new(vec![0], 1..3);
        watch.record(&[1.0], [&[], &[1.0, 2.0]], shape);
        assert!(watch.weights().eq([[0.0, 0.0]]));
    }
}
