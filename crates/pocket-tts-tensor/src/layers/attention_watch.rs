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
    /// `[positions]`: the sum over the heads.
    weights: Vec<f32>,
}

impl AttentionWatch {
    pub(super) fn new(heads: Vec<usize>, positions: Range<usize>) -> Self {
        let weights = vec![0.0; positions.len()];
        Self { heads, positions, weights }
    }

    /// The weights of the latest query, `[positions]`, summed over the heads.
    pub(super) fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Records a query, if the positions exist.
    ///
    /// # Shapes
    ///
    /// - `query`: `[heads * head_dim]`, rotated
    /// - `keys`: `[positions, kv_heads * head_dim]`, from position 0 on
    pub(super) fn record(&mut self, query: &[f32], keys: &[f32], shape: AttentionShape) {
        let (width, head_dim) = (shape.kv_width(), shape.head_dim);
        let group = shape.heads / shape.kv_heads;
        let Some(keys) = keys.get(self.positions.start * width..self.positions.end * width) else { return };
        self.weights.fill(0.0);
        let scale = 1.0 / (head_dim as f32).sqrt();
        for &head in &self.heads {
            let query = &query[head * head_dim..][..head_dim];
            let first = head / group * head_dim;
            let logits = keys.chunks_exact(width).map(|key| {
                let key = &key[first..][..head_dim];
                query.iter().zip(key).map(|(q, k)| q * k).sum::<f32>() * scale
            });
            let mut weights: Vec<f32> = logits.collect();
            let highest = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            weights.iter_mut().for_each(|weight| *weight = (*weight - highest).exp());
            let sum: f32 = weights.iter().sum();
            for (total, weight) in self.weights.iter_mut().zip(weights) {
                *total += weight / sum;
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
        watch.record(&[1.0, 0.0, 0.0, 2.0], &keys, shape);
        let share = |logits: [f32; 2]| logits[0].exp() / (logits[0].exp() + logits[1].exp());
        let expected = share([1.0, 2.0]) + share([0.0, 6.0]);
        assert!((watch.weights()[0] - expected).abs() < 1e-6);
        assert!((watch.weights().iter().sum::<f32>() - 2.0).abs() < 1e-6);
    }

    #[test]
    fn nothing_is_recorded_before_the_positions_exist() {
        let shape = AttentionShape { heads: 1, kv_heads: 1, head_dim: 1, context: None };
        let mut watch = AttentionWatch::new(vec![0], 1..3);
        watch.record(&[1.0], &[1.0, 2.0], shape);
        assert_eq!(watch.weights(), [0.0, 0.0]);
    }
}
