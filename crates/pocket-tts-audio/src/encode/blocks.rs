//! Cuts pushed samples into the blocks of equal length that codecs work on. Knows no codec.

/// Samples that wait until a block of them is complete.
#[derive(Debug)]
pub(crate) struct Blocks {
    block_samples: usize,
    pending: Vec<f32>,
}

impl Blocks {
    /// Blocks of `block_samples`, which must not be 0.
    pub(crate) fn new(block_samples: usize) -> Self {
        Self { block_samples, pending: Vec::with_capacity(block_samples) }
    }

    /// Appends `samples` and passes each completed block to `take`.
    ///
    /// # Errors
    /// The first error of `take`; the samples after that block are lost.
    pub(crate) fn push<E>(
        &mut self,
        mut samples: &[f32],
        mut take: impl FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        while self.pending.len() + samples.len() >= self.block_samples {
            let (front, rest) = samples.split_at(self.block_samples - self.pending.len());
            self.pending.extend_from_slice(front);
            samples = rest;
            let outcome = take(&self.pending);
            self.pending.clear();
            outcome?;
        }
        self.pending.extend_from_slice(samples);
        Ok(())
    }

    /// Removes and returns the samples of the incomplete block.
    pub(crate) fn take_rest(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.pending)
    }
}
