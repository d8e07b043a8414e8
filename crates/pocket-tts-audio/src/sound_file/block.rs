//! Decoded samples and their place in the sound.

/// The samples of a packet.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// The place of the first, in samples of one channel.
    pub(super) start: u64,
    pub(super) interleaved: Vec<f32>,
    pub(super) channels: usize,
    pub(super) sample_rate_hz: u32,
}

impl Block {
    pub(super) fn is_empty(&self) -> bool {
        self.interleaved.is_empty()
    }

    /// The place behind the last.
    pub(super) fn end(&self) -> u64 {
        self.start + self.interleaved.len().checked_div(self.channels).unwrap_or(0) as u64
    }

    /// The samples from place `from`, which is not before the start, to place `to`.
    pub(super) fn part(&self, from: u64, to: u64) -> &[f32] {
        let place = |at: u64| (at.clamp(self.start, self.end()) - self.start) as usize * self.channels;
        self.interleaved.get(place(from)..place(to)).unwrap_or_default()
    }

    /// Places the samples, and removes the ones in front of the sound, whose places are negative.
    pub(super) fn place_at(&mut self, start: i64) {
        let before = usize::try_from(start.min(0).unsigned_abs()).unwrap_or(usize::MAX);
        let cut = before.saturating_mul(self.channels).min(self.interleaved.len());
        self.interleaved.drain(..cut);
        self.start = start.max(0).unsigned_abs();
    }
}
