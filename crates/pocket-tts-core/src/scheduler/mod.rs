//! The workers that serve all requests of a model together.
//!
//! Each takes the most urgent piece of work from a board: to read a sentence, to write the next latent of all
//! sentences that are ready in one pass over the weights, or to turn a latent into samples. Those who find nothing
//! to take help the others with their products, and sleep once nobody works. The board is locked only to take and
//! to put back; the model itself is never locked. What a request says never depends on the others.

mod board;
mod job;
mod lane;
#[cfg(test)]
mod tests;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
};

use pocket_tts_tensor::{Overlap, WorkSharing, discard_panic, overlap, with_work_sharing};

pub(crate) use self::lane::Event;
use self::{
    board::Board,
    job::{Job, Outcome},
};
use crate::{Error, Result, parts::Parts, synthesis::Plan};

/// The workers of a model. They begin with the first request, sleep where there is none, and leave when this
/// is dropped.
#[derive(Debug)]
pub(crate) struct Scheduler {
    shared: Arc<Shared>,
    workers: usize,
    /// How many have begun.
    begun: Mutex<usize>,
}

#[derive(Debug)]
struct Shared {
    parts: Arc<Parts>,
    /// `None` once the workers shall leave.
    board: Mutex<Option<Board>>,
    /// What workers wait on.
    work: Condvar,
    /// Workers that wait.
    idle: AtomicUsize,
    /// Workers that are awake only to help others.
    helpers: AtomicUsize,
    /// Grows whenever there might be new work.
    changes: AtomicU64,
    /// Where workers show what others may help with.
    crew: Arc<WorkSharing>,
}

/// Workers that help others at a time. Reading the weights, which is most of the work, gains little from more.
const MOST_HELPERS: usize = 3;

impl Scheduler {
    /// A scheduler of at most so many workers.
    pub(crate) fn new(parts: &Arc<Parts>, workers: usize) -> Self {
        let board = Board::new(Arc::clone(parts), workers);
        let shared = Shared {
            parts: Arc::clone(parts),
            board: Mutex::new(Some(board)),
            work: Condvar::new(),
            idle: AtomicUsize::new(0),
            helpers: AtomicUsize::new(0),
            changes: AtomicU64::new(0),
            crew: Arc::new(WorkSharing::new(workers)),
        };
        Self { shared: Arc::new(shared), workers, begun: Mutex::new(0) }
    }

    /// Threads that compute at once.
    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    /// Adds a request and returns its number.
    ///
    /// # Errors
    ///
    /// If the system refuses even one thread.
    pub(crate) fn start(&self, plan: Plan) -> Result<u64> {
        self.begin_workers(|| self.spawn_worker())?;
        let id = self.with_board(|board| board.add(plan)).unwrap_or_default();
        self.shared.wake_worker();
        Ok(id)
    }

    /// Forgets a request.
    pub(crate) fn cancel(&self, id: u64) {
        let request = self.with_board(|board| board.remove(id)).flatten();
        if let Some(request) = request {
            request.caller.notify_all();
            request.waker.into_iter().for_each(Waker::wake);
        }
    }

    /// What comes next of a request, as soon as it is there; `None` if the request is not there, or no more.
    pub(crate) fn next_event(&self, id: u64) -> Option<Result<Event>> {
        let mut guard = self.shared.lock();
        loop {
            let board = guard.as_mut()?;
            let parts = &self.shared.parts;
            let request = board.request(id)?;
            let caller = Arc::clone(&request.caller);
            if let Some(event) = request.next_event(parts) {
                if matches!(event, Ok(Event::Done) | Err(_)) {
                    board.remove(id);
                }
                drop(guard);
                self.shared.wake_worker();
                return Some(event);
            }
            guard = caller.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// As [`next_event`](Self::next_event), for a caller who doesn't wait but is woken.
    pub(crate) fn poll_event(&self, id: u64, context: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        let mut guard = self.shared.lock();
        let Some(board) = guard.as_mut() else { return Poll::Ready(None) };
        let Some(request) = board.request(id) else { return Poll::Ready(None) };
        let Some(event) = request.next_event(&self.shared.parts) else {
            request.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        if matches!(event, Ok(Event::Done) | Err(_)) {
            board.remove(id);
        }
        drop(guard);
        self.shared.wake_worker();
        Poll::Ready(Some(event))
    }

    fn with_board<T>(&self, change: impl FnOnce(&mut Board) -> T) -> Option<T> {
        self.shared.lock().as_mut().map(change)
    }

    /// Begins the workers that have not begun, each with a call of `spawn`.
    fn begin_workers(&self, spawn: impl Fn() -> io::Result<()>) -> Result<()> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        while *begun < self.workers {
            match spawn() {
                Ok(()) => *begun += 1,
                Err(source) if *begun == 0 => return Err(Error::Thread { source }),
                // Fewer do the same, if more slowly; the next request asks the system again.
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn spawn_worker(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name("tts-worker".to_owned()).spawn(move || serve(&shared)).map(drop)
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        *self.shared.lock() = None;
        self.shared.changes.fetch_add(1, Ordering::Relaxed);
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Board>> {
        // A panic under the lock would be a bug of the board; what it left is still worth serving.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts back what a job of that epoch came to.
    fn put_back(&self, outcome: Outcome, epoch: u64) {
        let mut guard = self.lock();
        let board = guard.as_mut().filter(|board| board.epoch() == epoch);
        let wakers = board.map(|board| board.put_back(outcome));
        drop(guard);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Wakes a worker if there is work for one.
    fn wake_worker(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
        if self.idle.load(Ordering::Relaxed) > 0 && self.lock().as_mut().is_some_and(Board::has_job) {
            self.work.notify_one();
        }
    }

    /// Does a job. Speaking takes multiplications and writing takes memory, so that a worker who has nobody beside it
    /// does both by turns.
    fn run(&self, job: Job) -> Outcome {
        let is_alone = self.crew.threads() == 1;
        if !(is_alone && job.leaves_time_to_write()) {
            return job.run(&self.parts);
        }
        let write = |turns: &Overlap| {
            while !turns.is_compute_done() {
                let mut guard = self.lock();
                let Some(board) = guard.as_mut() else { break };
                let epoch = board.epoch();
                let Some(job) = board.take_writing() else { break };
                drop(guard);
                let outcome = job.run(&self.parts);
                self.put_back(outcome, epoch);
            }
        };
        let ((), outcome) = overlap(write, || job.run(&self.parts));
        outcome
    }

    /// Helps the others with their products, until there might be new work.
    fn help(&self, changes: u64) {
        self.helpers.fetch_add(1, Ordering::Relaxed);
        self.crew.help_until(|| self.changes.load(Ordering::Relaxed) != changes);
        self.helpers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Works until the board is gone. A panic in here, rather than in a job, is a bug of the board or of this file: all
/// requests end with an error, and the worker goes on with what comes next.
fn serve(shared: &Shared) {
    while let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(shared))) {
        discard_panic(payload);
        let wakers = shared.lock().as_mut().map(Board::fail);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

/// Works until the board is gone.
fn work(shared: &Shared) {
    let mut guard = shared.lock();
    while let Some(board) = guard.as_mut() {
        let Some(job) = board.take_job() else {
            let changes = shared.changes.load(Ordering::Relaxed);
            if board.jobs_under_way() > 0 && shared.helpers.load(Ordering::Relaxed) < MOST_HELPERS {
                drop(guard);
                shared.help(changes);
                guard = shared.lock();
            } else {
                shared.idle.fetch_add(1, Ordering::Relaxed);
                guard = shared.work.wait(guard).unwrap_or_else(PoisonError::into_inner);
                shared.idle.fetch_sub(1, Ordering::Relaxed);
            }
            continue;
        };
        let needs_help = shared.helpers.load(Ordering::Relaxed) < MOST_HELPERS;
        if shared.idle.load(Ordering::Relaxed) > 0 && (needs_help || board.has_job()) {
            shared.work.notify_one();
        }
        let epoch = board.epoch();
        drop(guard);
        let outcome = with_work_sharing(&shared.crew, || shared.run(job));
        guard = shared.lock();
        shared.changes.fetch_add(1, Ordering::Relaxed);
        let board = guard.as_mut().filter(|board| board.epoch() == epoch);
        let wakers = board.map(|board| board.put_back(outcome)).unwrap_or_default();
        if !wakers.is_empty() {
            drop(guard);
            wakers.into_iter().for_each(Waker::wake);
            guard = shared.lock();
        }
    }
}
