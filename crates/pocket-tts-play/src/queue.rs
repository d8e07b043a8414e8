//! The samples between the one who writes and the thread that plays. It must not know outputs.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::PlayError;

/// A queue of samples with a bound.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Samples that may wait. A writer of more blocks, unless the sound is held.
    capacity: usize,
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    samples: VecDeque<f32>,
    /// Samples at the front that may be played.
    released: usize,
    is_held: bool,
    is_complete: bool,
    end: Option<PlayError>,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    /// What is pushed from now on waits for [`release`](Self::release).
    pub(crate) fn hold(&self) {
        self.lock().is_held = true;
    }

    /// All that was pushed may be played.
    pub(crate) fn release(&self) {
        let mut state = self.lock();
        state.is_held = false;
        state.released = state.samples.len();
        self.changed.notify_all();
    }

    /// Appends samples. Waits for room, unless the sound is held.
    ///
    /// # Errors
    ///
    /// Why playing has ended.
    pub(crate) fn push(&self, samples: &[f32]) -> Result<(), PlayError> {
        let mut state = self.lock();
        while state.end.is_none() && !state.is_held && state.samples.len() >= self.capacity {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(end) = &state.end {
            return Err(end.clone());
        }
        state.samples.extend(samples);
        if !state.is_held {
            state.released = state.samples.len();
            self.changed.notify_all();
        }
        Ok(())
    }

    /// Nothing follows, and nothing is held.
    pub(crate) fn complete(&self) {
        self.lock().is_complete = true;
        self.release();
    }

    /// The next samples, `most` of them or fewer; none at the end. Waits for them.
    pub(crate) fn pop(&self, most: usize) -> Vec<f32> {
        let mut state = self.lock();
        loop {
            let count = state.released.min(most);
            if state.end.is_some() || (count == 0 && state.is_complete) {
                return Vec::new();
            }
            if count > 0 {
                state.released -= count;
                let samples = state.samples.drain(..count).collect();
                self.changed.notify_all();
                return samples;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Samples that may be played and wait.
    pub(crate) fn released(&self) -> usize {
        self.lock().released
    }

    /// Ends both sides. The first reason counts.
    pub(crate) fn end(&self, reason: PlayError) {
        self.lock().end.get_or_insert(reason);
        self.changed.notify_all();
    }

    /// Why playing has ended before the end of the sound.
    pub(crate) fn failure(&self) -> Option<PlayError> {
        self.lock().end.clone()
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn samples_come_in_order_and_a_writer_waits_for_room() {
        let queue = Queue::new(10);
        thread::scope(|scope| {
            scope.spawn(|| {
                for block in 0..100_u8 {
                    queue.push(&[f32::from(block); 7]).unwrap();
                }
                queue.complete();
            });
            let mut all = Vec::new();
            loop {
                let samples = queue.pop(5);
                if samples.is_empty() {
                    break;
                }
                assert!(queue.lock().samples.len() < 17, "ten, and the block that was being written");
                all.extend(samples);
            }
            let expected: Vec<f32> = (0..700_u16).map(|index| f32::from(index / 7)).collect();
            assert_eq!(all, expected);
        });
        assert_eq!(queue.failure(), None);
    }

    #[test]
    fn held_sound_is_not_limited_and_waits_for_its_release() {
        let queue = Queue::new(2);
        queue.push(&[1.0, 2.0]).unwrap();
        queue.hold();
        for _ in 0..10 {
            queue.push(&[3.0, 4.0]).unwrap();
        }
        assert_eq!(queue.released(), 2);
        assert_eq!(queue.pop(100), [1.0, 2.0]);
        assert_eq!(queue.released(), 0);
        queue.release();
        assert_eq!(queue.pop(3), [3.0, 4.0, 3.0]);
        assert_eq!(queue.released(), 17);
    }

    #[test]
    fn the_end_of_playing_ends_a_writer_that_waits() {
        let queue = Queue::new(1);
        queue.push(&[0.0; 4]).unwrap();
        thread::scope(|scope| {
            let writer = scope.spawn(|| queue.push(&[0.0]));
            queue.end(PlayError::Stopped);
            queue.end(PlayError::NoOutput);
            assert_eq!(writer.join().unwrap(), Err(PlayError::Stopped));
        });
        assert_eq!(queue.pop(1), [0.0; 0]);
        assert_eq!(queue.failure(), Some(PlayError::Stopped));
    }
}
