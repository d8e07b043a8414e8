//! The channel from a thread that generates speech to the connection that sends it: bounded memory, explicit end.
//!
//! A slow reader causes no back-pressure as long as there is disk space: pieces that do not fit into memory go to a
//! temporary file ([`Spool`]) and come back in order. Only the thread accesses the file, so connections never wait for
//! the disk.
//!
//! It must not know what the pieces are.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use actix_web::web::Bytes;

use super::spool::{Spool, SpoolSpace};
use crate::api_error::ApiError;

/// Memory for pieces that wait for a reader: 5 s of audio as PCM.
pub(crate) const MEMORY_BYTES: usize = 256 << 10;

/// A message of a channel.
pub(crate) trait Piece: Sized {
    /// Its size in memory, in bytes.
    fn size(&self) -> usize;

    /// Its bytes, if it can be restored from them. Other pieces stay in memory and must be small.
    fn to_bytes(&self) -> Option<Bytes>;

    /// Restores the piece from its bytes.
    fn from_bytes(bytes: Vec<u8>) -> Self;
}

impl Piece for Bytes {
    fn size(&self) -> usize {
        self.len()
    }

    fn to_bytes(&self) -> Option<Bytes> {
        Some(self.clone())
    }

    fn from_bytes(bytes: Vec<u8>) -> Self {
        bytes.into()
    }
}

/// A message to the reader outside the order of the pieces.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) topic: &'static str,
    pub(crate) text: String,
}

/// How fast a reader must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How long a reader may take nothing while something waits for it; `None` if the connection enforces that.
    pub(crate) stall_limit: Option<Duration>,
    /// The period over which the rate is averaged.
    pub(crate) window: Duration,
    /// Bytes per second that a reader must take on average while something waits for it.
    pub(crate) min_bytes_per_s: u64,
}

/// Why pieces were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendError {
    /// The reader was dropped.
    Gone,
    /// The reader took nothing for too long.
    Stalled,
    /// The reader was below the minimum rate.
    Slow,
    /// The temporary file could not be read.
    Disk,
    /// The deadline has passed.
    Late,
}

/// The sending end, used by a thread that may block.
#[derive(Debug)]
pub(crate) struct Sender<T: Piece> {
    shared: Arc<Shared<T>>,
    spool: Spool,
    /// The pieces behind the ones in memory, in order.
    overflow: VecDeque<Overflow<T>>,
    pace: Pace,
    sent_bytes: u64,
    /// The start of the rate's window, and the bytes taken by then.
    window: (Instant, u64),
}

#[derive(Debug)]
enum Overflow<T> {
    InFile { length: usize },
    InMemory(T),
}

/// The receiving end, used by one task.
#[derive(Debug)]
pub(crate) struct Reader<T: Piece> {
    shared: Arc<Shared<T>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<ChannelState<T>>,
    changed: Condvar,
    limit_bytes: usize,
}

#[derive(Debug)]
struct ChannelState<T> {
    pieces: VecDeque<T>,
    bytes: usize,
    notes: Vec<Note>,
    end: Option<Result<(), ApiError>>,
    waker: Option<Waker>,
    reader_is_gone: bool,
    taken_bytes: u64,
    /// When the reader last took a piece, or a piece began to wait for it.
    active_at: Instant,
}

/// Creates a channel that keeps `limit_bytes` in memory. A larger piece waits until the memory is empty.
pub(crate) fn channel<T: Piece>(
    limit_bytes: usize,
    pace: Pace,
    space: Arc<SpoolSpace>,
) -> (Sender<T>, Reader<T>) {
    let state = ChannelState {
        pieces: VecDeque::new(),
        bytes: 0,
        notes: Vec::new(),
        end: None,
        waker: None,
        reader_is_gone: false,
        taken_bytes: 0,
        active_at: Instant::now(),
    };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), limit_bytes });
    let (spool, window) = (Spool::new(space), (Instant::now(), 0));
    let sender =
        Sender { shared: Arc::clone(&shared), spool, overflow: VecDeque::new(), pace, sent_bytes: 0, window };
    (sender, Reader { shared })
}

impl<T: Piece> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, ChannelState<T>> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Piece> ChannelState<T> {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn has_room(&self, size: usize, limit_bytes: usize) -> bool {
        self.pieces.is_empty() || self.bytes + size <= limit_bytes
    }

    fn push(&mut self, piece: T) {
        if self.pieces.is_empty() {
            self.active_at = Instant::now();
        }
        self.bytes += piece.size();
        self.pieces.push_back(piece);
        self.wake();
    }
}

impl<T: Piece> Sender<T> {
    /// Sends a piece. Blocks only if neither memory nor disk has room for it.
    ///
    /// # Errors
    ///
    /// If the reader was dropped or is too slow.
    pub(crate) fn send(&mut self, piece: T) -> Result<(), SendError> {
        self.refill()?;
        self.check_pace()?;
        self.sent_bytes += piece.size() as u64;
        if self.overflow.is_empty() {
            let mut state = self.shared.lock();
            if state.has_room(piece.size(), self.shared.limit_bytes) {
                state.push(piece);
                return Ok(());
            }
        }
        match piece.to_bytes() {
            None => self.overflow.push_back(Overflow::InMemory(piece)),
            Some(bytes) => {
                while !self.spool.push(&bytes) {
                    if self.overflow.is_empty() {
                        self.wait_for_room(piece.size(), None)?;
                        self.shared.lock().push(piece);
                        return Ok(());
                    }
                    self.move_next(None)?;
                }
                self.overflow.push_back(Overflow::InFile { length: bytes.len() });
            }
        }
        Ok(())
    }

    /// Waits until the reader has taken all pieces.
    ///
    /// # Errors
    ///
    /// If the reader was dropped or is too slow, or at the deadline.
    pub(crate) fn deliver(&mut self, deadline: Instant) -> Result<(), SendError> {
        while !self.overflow.is_empty() {
            self.move_next(Some(deadline))?;
        }
        self.wait_until(Some(deadline), |state| state.pieces.is_empty())
    }

    /// Sends a note.
    pub(crate) fn note(&self, note: Note) {
        self.shared.lock().notes.push(note);
    }

    /// The share of the sent bytes that the reader has taken, from 0 to 1; 0 if nothing was sent.
    pub(crate) fn taken_share(&self) -> f64 {
        self.shared.lock().taken_bytes as f64 / self.sent_bytes.max(1) as f64
    }

    /// Whether the reader was dropped.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.shared.lock().reader_is_gone
    }

    /// Ends the channel: all pieces have been sent.
    pub(crate) fn finish(self) {
        self.end(Ok(()));
    }

    /// Ends the channel with an error: the pieces are incomplete.
    pub(crate) fn fail(self, error: ApiError) {
        self.end(Err(error));
    }

    fn end(&self, end: Result<(), ApiError>) {
        let mut state = self.shared.lock();
        state.end.get_or_insert(end);
        state.wake();
    }

    /// Moves pieces into memory while there is room, without waiting.
    fn refill(&mut self) -> Result<(), SendError> {
        while let Some(size) = self.next_size() {
            if !self.shared.lock().has_room(size, self.shared.limit_bytes) {
                break;
            }
            self.move_next(None)?;
        }
        Ok(())
    }

    fn next_size(&self) -> Option<usize> {
        self.overflow.front().map(|next| match next {
            Overflow::InFile { length } => *length,
            Overflow::InMemory(piece) => piece.size(),
        })
    }

    /// Moves the next piece into memory, waiting for room.
    fn move_next(&mut self, deadline: Option<Instant>) -> Result<(), SendError> {
        let Some(size) = self.next_size() else { return Ok(()) };
        self.wait_for_room(size, deadline)?;
        let piece = match self.overflow.pop_front() {
            Some(Overflow::InMemory(piece)) => piece,
            Some(Overflow::InFile { length }) => {
                let bytes = self.spool.pop(length).map_err(|error| {
                    tracing::error!(%error, "cannot read a temporary file of speech");
                    SendError::Disk
                })?;
                T::from_bytes(bytes)
            }
            None => return Ok(()),
        };
        self.shared.lock().push(piece);
        Ok(())
    }

    fn wait_for_room(&mut self, size: usize, deadline: Option<Instant>) -> Result<(), SendError> {
        let limit_bytes = self.shared.limit_bytes;
        self.wait_until(deadline, |state| state.has_room(size, limit_bytes))
    }

    /// Waits for a condition while the reader is fast enough.
    fn wait_until(
        &mut self,
        deadline: Option<Instant>,
        is_reached: impl Fn(&ChannelState<T>) -> bool,
    ) -> Result<(), SendError> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        loop {
            let now = Instant::now();
            let due = self.next_due(&state, now)?;
            if is_reached(&state) {
                return Ok(());
            }
            if deadline.is_some_and(|deadline| now >= deadline) {
                return Err(SendError::Late);
            }
            let due = deadline.map_or(due, |deadline| due.min(deadline));
            let wait = due.saturating_duration_since(now).max(Duration::from_millis(1));
            state = shared.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn check_pace(&mut self) -> Result<(), SendError> {
        let shared = Arc::clone(&self.shared);
        let state = shared.lock();
        self.next_due(&state, Instant::now()).map(drop)
    }

    /// When to check the reader's pace again.
    fn next_due(&mut self, state: &ChannelState<T>, now: Instant) -> Result<Instant, SendError> {
        if state.reader_is_gone {
            return Err(SendError::Gone);
        }
        if state.pieces.is_empty() && self.overflow.is_empty() {
            // A reader that has taken everything is not slow.
            self.window = (now, state.taken_bytes);
            return Ok(now + self.pace.window);
        }
        let stalls_at = self.pace.stall_limit.map(|limit| state.active_at + limit);
        if stalls_at.is_some_and(|at| now >= at) {
            return Err(SendError::Stalled);
        }
        let mut ends_at = self.window.0 + self.pace.window;
        if now >= ends_at {
            let taken = (state.taken_bytes - self.window.1) as f64;
            if taken < self.pace.min_bytes_per_s as f64 * (now - self.window.0).as_secs_f64() {
                return Err(SendError::Slow);
            }
            self.window = (now, state.taken_bytes);
            ends_at = now + self.pace.window;
        }
        Ok(stalls_at.map_or(ends_at, |at| at.min(ends_at)))
    }
}

impl<T: Piece> Drop for Sender<T> {
    /// A sender dropped without an end has panicked. The pieces must not look complete.
    fn drop(&mut self) {
        self.end(Err(ApiError::internal("the thread of this request panicked")));
    }
}

impl<T: Piece> Reader<T> {
    /// The next piece, or `None` after a regular end.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, ApiError>>> {
        let mut state = self.shared.lock();
        if let Some(piece) = state.pieces.pop_front() {
            state.bytes -= piece.size();
            state.taken_bytes += piece.size() as u64;
            state.active_at = Instant::now();
            self.shared.changed.notify_one();
            return Poll::Ready(Some(Ok(piece)));
        }
        match &state.end {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error.clone()))),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// The notes so far.
    pub(crate) fn notes(&self) -> Vec<Note> {
        self.shared.lock().notes.clone()
    }

    /// As [`poll`](Self::poll), to be awaited.
    pub(crate) async fn next(&mut self) -> Option<Result<T, ApiError>> {
        std::future::poll_fn(|context| self.poll(context)).await
    }
}

impl<T: Piece> Drop for Reader<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.reader_is_gone = true;
        state.pieces.clear();
        state.bytes = 0;
        self.shared.changed.notify_one();
    }
}

#[cfg(test)]
#[path = "channel_tests.rs"]
mod tests;
