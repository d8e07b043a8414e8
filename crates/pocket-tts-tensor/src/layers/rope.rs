//! Rotary position embedding.

/// The rotations of the positions of one step, shared by all layers.
///
/// Adjacent elements of a head form a pair (not elements of its two halves). Pair `i` of a head of width `d` at
/// position `p` is rotated by the angle `p · max_period^(-2i/d)`.
///
/// # Source
///
/// `pocket_tts/modules/rope.py`; arXiv 2104.09864
#[derive(Debug, Clone)]
pub struct RotaryTable {
    head_dim: usize,
    /// Cosine and sine per position and pair.
    rotations: Vec<[f32; 2]>,
}

impl RotaryTable {
    /// The rotations of `time` positions from `first` on.
    pub fn new(first: usize, time: usize, head_dim: usize, max_period: f32) -> Self {
        Self::at(first..first + time, head_dim, max_period)
    }

    /// The rotations of these positions, in order.
    pub fn at(positions: impl IntoIterator<Item = usize>, head_dim: usize, max_period: f32) -> Self {
        let exponent = -max_period.ln() * 2.0 / head_dim as f32;
        let frequencies: Vec<f32> = (0..head_dim / 2).map(|pair| (pair as f32 * exponent).exp()).collect();
        let rotations = positions
            .into_iter()
            .flat_map(|position| frequencies.iter().map(move |frequency| frequency * position as f32))
            .map(|angle| [angle.cos(), angle.sin()])
            .collect();
        Self { head_dim, rotations }
    }

    /// Rotates the heads of one row, which stands at index `index` of the table.
    ///
    /// # Panics
    ///
    /// If the table has no such index.
    pub fn rotate(&self, index: usize, heads: &mut [f32]) {
        let pairs = self.head_dim / 2;
        let rotations = &self.rotations[index * pairs..(index + 1) * pairs];
        for head in heads.chunks_exact_mut(self.head_dim) {
            for (pair, [cos, sin]) in head.chunks_exact_mut(2).zip(rotations) {
                let (real, imaginary) = (pair[0], pair[1]);
                pair[0] = real * cos - imaginary * sin;
                pair[1] = real * sin + imaginary * cos;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_keeps_lengths_and_depends_on_the_distance_only() {
        let (query, key) = ([0.3_f32, -1.2, 0.7, 0.1], [1.0_f32, 0.5, -0.4, 0.9]);
        let product = |first: usize, second: usize| {
            let (mut a, mut b) = (query, key);
            RotaryTable::new(first, 1, 4, 10_000.0).rotate(0, &mut a);
            RotaryTable::new(second, 1, 4, 10_000.0).rotate(0, &mut b);
            a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()
        };
        assert!((product(3, 8) - product(13, 18)).abs() < 1e-5);
        assert!((product(3, 8) - product(3, 9)).abs() > 1e-3);
    }
}
