//! The channel from a thread that makes speech to the connection that sends it: bounded in memory, with an explicit end.
//!
//! The thread never waits for a slow reader as long as there is disk space: pieces that don't fit into memory go to a
//! temporary file ([`Spool`]) and come back in order. Only the thread touches the file, so that connections never wait
//! for the disk.
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

/// Memory for pieces that wait for a reader: 5 s of sound as plain samples.
pub(crate) const MEMORY_BYTES: usize = 256 << 10;

/// What travels through a channel.
pub(crate) trait Piece: Sized {
    /// Bytes that it takes in memory.
    fn size(&self) -> usize;

    /// Its bytes, if it can be restored from them; a piece without them stays in memory, so it must be small.
    fn to_bytes(&self) -> Option<Bytes>;

    /// The piece of these bytes.
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

/// Something that is said beside the pieces.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) topic: &'static str,
    pub(crate) text: String,
}

/// What a reader has to keep up with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How long a reader may take nothing of what waits for it; `None` if the connection sees to that.
    pub(crate) stall_limit: Option<Duration>,
    /// How long the rate is averaged over.
    pub(crate) window: Duration,
    /// Bytes per second that a reader must take on average while something waits for it.
    pub(crate) min_bytes_per_s: u64,
}

/// Why pieces were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendError {
    /// The reader is gone.
    Gone,
    /// The reader took nothing for too long.
    Stalled,
    /// The reader took less than it must.
    Slow,
    /// The temporary file could not be read.
    Disk,
    /// The deadline has passed.
    Late,
}

/// The sending end; it belongs to a thread that may block.
#[derive(Debug)]
pub(crate) struct Sender<T: Piece> {
    shared: Arc<Shared<T>>,
    spool: Spool,
    /// What waits behind the pieces in memory, in order.
    overflow: VecDeque<Overflow<T>>,
    pace: Pace,
    /// When the rate's window began, and what had been taken by then.
    window: (Instant, u64),
}

#[derive(Debug)]
enum Overflow<T> {
    InFile { length: usize },
    InMemory(T),
}

/// The receiving end, read by one task.
#[derive(Debug)]
pub(crate) struct Reader<T: Piece> {
    shared: Arc<Shared<T>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    limit_bytes: usize,
}

#[derive(Debug)]
struct State<T> {
    pieces: VecDeque<T>,
    bytes: usize,
    notes: Vec<Note>,
    end: Option<Result<(), ApiError>>,
    waker: Option<Waker>,
    reader_is_gone: bool,
    taken_bytes: u64,
    /// When the reader last took a piece, or the first one began to wait for it.
    active_at: Instant,
}

/// A channel that keeps `limit_bytes` in memory; a larger piece waits until the memory is empty.
pub(crate) fn channel<T: Piece>(
    limit_bytes: usize,
    pace: Pace,
    space: Arc<SpoolSpace>,
) -> (Sender<T>, Reader<T>) {
    let state = State {
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
    let sender = Sender { shared: Arc::clone(&shared), spool, overflow: VecDeque::new(), pace, window };
    (sender, Reader { shared })
}

impl<T: Piece> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Piece> State<T> {
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
    /// Hands a piece over. Blocks only if neither memory nor disk has room for it.
    ///
    /// # Errors
    ///
    /// If the reader is gone or keeps no pace.
    pub(crate) fn send(&mut self, piece: T) -> Result<(), SendError> {
        self.refill()?;
        self.check_pace()?;
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
    /// If the reader is gone or keeps no pace, or at the deadline.
    pub(crate) fn deliver(&mut self, deadline: Instant) -> Result<(), SendError> {
        while !self.overflow.is_empty() {
            self.move_next(Some(deadline))?;
        }
        self.wait_until(Some(deadline), |state| state.pieces.is_empty())
    }

    /// Says something that isn't part of the pieces.
    pub(crate) fn note(&self, note: Note) {
        self.shared.lock().notes.push(note);
    }

    /// Whether the reader is gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.shared.lock().reader_is_gone
    }

    /// Says that all pieces have been sent.
    pub(crate) fn finish(self) {
        self.end(Ok(()));
    }

    /// Says that what was sent is not all.
    pub(crate) fn fail(self, error: ApiError) {
        self.end(Err(error));
    }

    fn end(&self, end: Result<(), ApiError>) {
        let mut state = self.shared.lock();
        state.end.get_or_insert(end);
        state.wake();
    }

    /// Moves what has room into memory, without waiting.
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
                    tracing::error!(%error, "a temporary file of speech can't be read");
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

    /// Waits until the state is as wished, the reader keeping its pace.
    fn wait_until(
        &mut self,
        deadline: Option<Instant>,
        is_reached: impl Fn(&State<T>) -> bool,
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

    /// When the reader's pace has to be looked at again.
    fn next_due(&mut self, state: &State<T>, now: Instant) -> Result<Instant, SendError> {
        if state.reader_is_gone {
            return Err(SendError::Gone);
        }
        if state.pieces.is_empty() && self.overflow.is_empty() {
            // A reader that has taken everything is as fast as can be.
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
    /// A sender that is dropped without an end has panicked: what was sent must not pass for the whole.
    fn drop(&mut self) {
        self.end(Err(ApiError::internal("the thread of this request panicked")));
    }
}

impl<T: Piece> Reader<T> {
    /// The next piece, or the end: `None` only if the sender said that all has been sent.
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

    /// What was said beside the pieces so far.
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
