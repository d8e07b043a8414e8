//! The way from a request's thread to its connection: bytes, bounded in number, with an explicit end.
//!
//! It must not know what the bytes are.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use actix_web::web::Bytes;

use crate::api_error::ApiError;

/// Bytes that may wait for a reader: 20 s of sound as plain samples. Together with what the model, the
/// connection and the system hold, a reader that stops holds less than 2 MB.
pub(crate) const LIMIT_BYTES: usize = 1 << 20;

/// The end that is written to; it belongs to a thread that may wait.
#[derive(Debug)]
pub(crate) struct ChunkSender {
    shared: Arc<Shared>,
    /// How long a reader may leave a full channel untouched.
    stall_limit: Duration,
}

/// The end that is read from, by one task.
#[derive(Debug)]
pub(crate) struct ChunkReader {
    shared: Arc<Shared>,
}

/// Why bytes were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendError {
    /// Nobody reads any more.
    Gone,
    /// Whoever reads took nothing for too long.
    Stalled,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    space: Condvar,
    limit_bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    notes: Vec<String>,
    end: Option<Result<(), ApiError>>,
    reader: Option<Waker>,
    reader_is_gone: bool,
    /// Counts what was taken, so that a sender sees progress.
    taken: u64,
}

/// A channel for `limit_bytes`; a chunk that is larger waits until the channel is empty.
pub(crate) fn channel(limit_bytes: usize, stall_limit: Duration) -> (ChunkSender, ChunkReader) {
    let shared = Arc::new(Shared { state: Mutex::default(), space: Condvar::new(), limit_bytes });
    (ChunkSender { shared: Arc::clone(&shared), stall_limit }, ChunkReader { shared })
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl ChunkSender {
    /// Hands bytes over, waiting for room.
    pub(crate) fn send(&self, chunk: Bytes) -> Result<(), SendError> {
        let mut state = self.shared.lock();
        let mut taken = state.taken;
        let mut since = Instant::now();
        loop {
            if state.reader_is_gone {
                return Err(SendError::Gone);
            }
            if state.bytes == 0 || state.bytes + chunk.len() <= self.shared.limit_bytes {
                break;
            }
            if state.taken != taken {
                (taken, since) = (state.taken, Instant::now());
            }
            let Some(left) = self.stall_limit.checked_sub(since.elapsed()).filter(|left| !left.is_zero())
            else {
                return Err(SendError::Stalled);
            };
            state = self.shared.space.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.bytes += chunk.len();
        state.chunks.push_back(chunk);
        state.wake();
        Ok(())
    }

    /// Says something that isn't part of the bytes.
    pub(crate) fn note(&self, note: String) {
        self.shared.lock().notes.push(note);
    }

    /// Whether nobody reads any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.shared.lock().reader_is_gone
    }

    /// Says that all has been sent.
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
}

impl Drop for ChunkSender {
    /// A sender that goes without a word has panicked: what was sent must not pass for the whole.
    fn drop(&mut self) {
        self.end(Err(ApiError::internal("the thread of this request panicked")));
    }
}

impl ChunkReader {
    /// The next bytes, or the end: `None` only if the sender said that all has been sent.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, ApiError>>> {
        let mut state = self.shared.lock();
        if let Some(chunk) = state.chunks.pop_front() {
            state.bytes -= chunk.len();
            state.taken += 1;
            self.shared.space.notify_one();
            return Poll::Ready(Some(Ok(chunk)));
        }
        match &state.end {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error.clone()))),
            None => {
                state.reader = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// What was said beside the bytes so far.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.shared.lock().notes.clone()
    }

    /// As [`poll`](Self::poll), to be awaited.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, ApiError>> {
        std::future::poll_fn(|context| self.poll(context)).await
    }
}

impl Drop for ChunkReader {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.reader_is_gone = true;
        state.chunks.clear();
        state.bytes = 0;
        self.shared.space.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn take(reader: &mut ChunkReader) -> Poll<Option<Result<Bytes, ApiError>>> {
        reader.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn chunks_come_out_in_order_and_then_the_end() {
        let (sender, mut reader) = channel(100, LONG);
        assert!(take(&mut reader).is_pending());
        sender.send(Bytes::from_static(b"a")).unwrap();
        sender.send(Bytes::from_static(b"b")).unwrap();
        sender.finish();
        for expected in [b"a", b"b"] {
            assert!(matches!(take(&mut reader), Poll::Ready(Some(Ok(chunk))) if chunk[..] == expected[..]));
        }
        assert!(matches!(take(&mut reader), Poll::Ready(None)));
    }

    #[test]
    fn a_sender_that_panics_ends_the_stream_with_an_error() {
        let (sender, mut reader) = channel(100, LONG);
        let thread = thread::spawn(move || {
            sender.send(Bytes::from_static(b"a")).unwrap();
            panic!("as a bug would");
        });
        assert!(thread.join().is_err());
        assert!(matches!(take(&mut reader), Poll::Ready(Some(Ok(_)))));
        assert!(matches!(take(&mut reader), Poll::Ready(Some(Err(error))) if error.status() == 500));
    }

    #[test]
    fn a_full_channel_waits_for_its_reader() {
        let (sender, mut reader) = channel(2, LONG);
        sender.send(Bytes::from_static(b"ab")).unwrap();
        let waiting = thread::spawn(move || sender.send(Bytes::from_static(b"c")));
        while !matches!(take(&mut reader), Poll::Ready(Some(Ok(chunk))) if chunk[..] == b"c"[..]) {
            thread::yield_now();
        }
        waiting.join().unwrap().unwrap();
    }

    #[test]
    fn a_reader_that_takes_nothing_stalls_the_sender_and_one_that_left_frees_it() {
        let (sender, reader) = channel(2, Duration::from_millis(20));
        sender.send(Bytes::from_static(b"ab")).unwrap();
        assert_eq!(sender.send(Bytes::from_static(b"c")), Err(SendError::Stalled));
        let (sender, held) = channel(2, LONG);
        sender.send(Bytes::from_static(b"ab")).unwrap();
        let waiting = thread::spawn(move || sender.send(Bytes::from_static(b"c")));
        drop(held);
        assert_eq!(waiting.join().unwrap(), Err(SendError::Gone));
        drop(reader);
    }

    #[test]
    fn a_chunk_beyond_the_limit_passes_through_an_empty_channel() {
        let (sender, _reader) = channel(2, LONG);
        sender.send(Bytes::from_static(b"abcdef")).unwrap();
    }
}
