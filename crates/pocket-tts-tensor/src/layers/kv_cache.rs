//! The key-value cache of attention.

use std::{ops::Range, sync::Arc};

use super::{attention_shape::AttentionShape, attention_watch::AttentionWatch};

/// The keys and values of the positions that one attention layer has seen.
///
/// A clone is a fork: neither copy affects the other. Forks share the memory of the positions that were there when
/// [`share`](Self::share) was called.
#[derive(Debug, Clone, PartialEq)]
pub struct KvCache {
    /// Elements of one position: `kv_heads * head_dim`.
    width: usize,
    /// The first positions, `[shared positions, width]`, oldest first. None are shared if there is a window.
    shared: Arc<SharedPositions>,
    /// `[other kept positions, width]`, oldest first.
    keys: Vec<f32>,
    values: Vec<f32>,
    /// Absolute position of the next token. With a window it may exceed the number of kept positions.
    position: usize,
    retention: Retention,
    /// Records the attention of queries, if anybody asked for it.
    watch: Option<Box<AttentionWatch>>,
}

/// Keys and values that several caches begin with.
#[derive(Debug, Default, PartialEq)]
struct SharedPositions {
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// Which positions a cache keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Every position.
    Everything,
    /// At least this number of the latest positions.
    Window(usize),
}

impl KvCache {
    /// An empty cache of positions `width` elements wide.
    pub fn new(width: usize, retention: Retention) -> Self {
        let (shared, keys, values) = Default::default();
        Self { width, shared, keys, values, position: 0, retention, watch: None }
    }

    /// A cache that has seen these positions, shares them with its clones, and keeps all.
    ///
    /// # Shapes
    ///
    /// - `keys`, `values`: `[positions, width]`
    ///
    /// # Panics
    ///
    /// If the slices aren't whole positions, or differ in length.
    pub fn from_parts(width: usize, keys: Vec<f32>, values: Vec<f32>) -> Self {
        assert!(keys.len() == values.len() && keys.len().is_multiple_of(width), "whole positions");
        let position = keys.len() / width;
        let shared = Arc::new(SharedPositions { keys, values });
        Self { shared, position, ..Self::new(width, Retention::Everything) }
    }

    /// Absolute position of the next token, which its rotary embedding starts at.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Elements of one position.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of kept positions.
    pub(crate) fn kept(&self) -> usize {
        (self.shared.keys.len() + self.keys.len()) / self.width
    }

    /// Keys of the kept positions, `[kept, width]`, oldest first, in two parts.
    pub fn keys(&self) -> [&[f32]; 2] {
        [&self.shared.keys, &self.keys]
    }

    /// Values of the kept positions, as [`keys`](Self::keys).
    pub fn values(&self) -> [&[f32]; 2] {
        [&self.shared.values, &self.values]
    }

    /// Shares the memory of all positions with future clones. It does nothing if the cache drops positions.
    pub fn share(&mut self) {
        if self.retention == Retention::Everything && !self.keys.is_empty() {
            let (keys, values) = (self.keys().concat(), self.values().concat());
            self.shared = Arc::new(SharedPositions { keys, values });
            self.keys = Vec::new();
            self.values = Vec::new();
        }
    }

    /// Reserves memory for `additional` positions, so that appending them reallocates nothing.
    pub fn reserve(&mut self, additional: usize) {
        self.keys.reserve(additional * self.width);
        self.values.reserve(additional * self.width);
    }

    /// Records from now on how the latest query attends to `positions`: see [`watched`](Self::watched).
    ///
    /// # Panics
    ///
    /// If the cache drops positions, so that it can't find these later.
    pub fn watch(&mut self, heads: Vec<usize>, positions: Range<usize>) {
        assert!(self.retention == Retention::Everything, "all positions are kept");
        self.watch = Some(Box::new(AttentionWatch::new(heads, positions)));
    }

    /// The weights of the latest query, `[watched positions]` for each watched head: the softmax over these positions
    /// alone. None if nothing is watched.
    pub fn watched(&self) -> impl Iterator<Item = &[f32]> {
        self.watch.iter().flat_map(|watch| watch.weights())
    }

    /// Records a rotated query, whose key is in the cache.
    pub(crate) fn record(&mut self, query: &[f32], shape: AttentionShape) {
        if let Some(watch) = &mut self.watch {
            watch.record(query, [&self.shared.keys, &self.keys], shape);
        }
    }

    /// Appends positions, and drops old ones that no later query can see.
    ///
    /// # Shapes
    ///
    /// - `keys`, `values`: `[time, width]`
    ///
    /// # Panics
    ///
    /// If the slices aren't whole positions, or differ in length.
    pub(crate) fn append(&mut self, keys: &[f32], values: &[f32]) {
        assert!(keys.len() == values.len() && keys.len().is_multiple_of(self.width), "whole positions");
        if let Retention::Window(window) = self.retention {
            // Old positions are dropped in batches, so that a position is moved at most once.
            let kept = self.keys.len() / self.width;
            if kept >= 2 * window {
                let dropped = (kept - window) * self.width;
                self.keys.drain(..dropped);
                self.values.drain(..dropped);
            }
        }
        self.keys.extend_from_slice(keys);
        self.values.extend_from_slice(values);
        self.position += keys.len() / self.width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_does_not_see_what_the_other_appends() {
        let mut voice = KvCache::new(1, Retention::Everything);
        voice.append(&[1.0, 2.0], &[3.0, 4.0]);
        let mut request = voice.clone();
        request.append(&[5.0], &[6.0]);
        assert_eq!((voice.keys().concat(), voice.position()), (vec![1.0, 2.0], 2));
        assert_eq!((request.keys().concat(), request.position()), (vec![1.0, 2.0, 5.0], 3));
    }

    #[test]
    fn forks_share_positions_on_request() {
        let mut voice = KvCache::from_parts(1, vec![1.0], vec![2.0]);
        voice.append(&[3.0], &[4.0]);
        voice.share();
        let mut request = voice.clone();
        request.append(&[5.0], &[6.0]);
        assert!(std::ptr::eq(voice.keys()[0], request.keys()[0]), "the same memory");
        assert_eq!((voice.keys().concat(), voice.position()), (vec![1.0, 3.0], 2));
        assert_eq!((request.keys().concat(), request.position()), (vec![1.0, 3.0, 5.0], 3));
        assert_eq!(request.values().concat(), [2.0, 4.0, 6.0]);
        let mut window = KvCache::new(1, Retention::Window(1));
        window.append(&[1.0, 2.0, 3.0], &[0.0; 3]);
        window.share();
        window.append(&[4.0], &[0.0]);
        assert_eq!(window.keys().concat(), [3.0, 4.0], "a window moves on");
    }

    #[test]
    fn a_window_stays_small_and_keeps_the_latest_positions() {
        let mut cache = KvCache::new(1, Retention::Window(4));
        for position in 0..100 {
            cache.append(&[position as f32], &[0.0]);
            let keys = cache.keys().concat();
            assert!(keys.len() <= 8);
            assert_eq!(keys.last(), Some(&(position as f32)));
            assert!(keys.len() >= 4.min(position + 1));
        }
        assert_eq!(cache.position(), 100);
    }
}
