//! The workers that serve all requests of a model together.
//!
//! Each worker takes the most urgent job from a queue: the prefill of a sentence, a decode step (the next latent of all
//! sentences that are ready, in one pass over the weights), or a codec decode. A worker without a job helps others with
//! their products, and sleeps when no job is running. The queue is locked only to take a job and to return it; the model
//! is never locked. A request's samples never depend on other requests.

mod attempts;
mod job;
mod queue;
mod sequence;
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

use pocket_tts_tensor::{WorkSharing, discard_panic, with_work_sharing};

use self::queue::Queue;
pub(crate) use self::sequence::Event;
use crate::{Error, Result, parts::Parts, synthesis::RequestPlan};

/// The workers of a model. They start with the first request, sleep when there is none, and end when this is dropped.
#[derive(Debug)]
pub(crate) struct Scheduler {
    shared: Arc<Shared>,
    workers: usize,
    /// Workers that have started.
    started: Mutex<usize>,
}

#[derive(Debug)]
struct Shared {
    parts: Arc<Parts>,
    /// `None` once the workers must end.
    queue: Mutex<Option<Queue>>,
    /// What workers wait on.
    work: Condvar,
    /// Workers that wait.
    idle: AtomicUsize,
    /// Workers that are awake only to help others.
    helpers: AtomicUsize,
    /// Incremented whenever there may be a new job.
    changes: AtomicU64,
    /// Shares products among workers.
    work_sharing: Arc<WorkSharing>,
}

/// Workers that help others at a time. Reading the weights, which takes most of the time, gains little from more.
const MOST_HELPERS: usize = 3;

impl Scheduler {
    /// A scheduler of at most `workers` threads.
    pub(crate) fn new(parts: &Arc<Parts>, workers: usize) -> Self {
        let queue = Queue::new(Arc::clone(parts), workers);
        let shared = Shared {
            parts: Arc::clone(parts),
            queue: Mutex::new(Some(queue)),
            work: Condvar::new(),
            idle: AtomicUsize::new(0),
            helpers: AtomicUsize::new(0),
            changes: AtomicU64::new(0),
            work_sharing: Arc::new(WorkSharing::new(workers)),
        };
        Self { shared: Arc::new(shared), workers, started: Mutex::new(0) }
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
    pub(crate) fn start(&self, plan: RequestPlan) -> Result<u64> {
        self.start_workers(|| self.spawn_worker())?;
        let id = self.with_queue(|queue| queue.add(plan)).unwrap_or_default();
        self.shared.wake_worker();
        Ok(id)
    }

    /// Removes a request.
    pub(crate) fn cancel(&self, id: u64) {
        let request = self.with_queue(|queue| queue.remove(id)).flatten();
        if let Some(request) = request {
            request.caller.notify_all();
            request.waker.into_iter().for_each(Waker::wake);
        }
    }

    /// Waits for the next event of a request; `None` if there is no such request.
    pub(crate) fn next_event(&self, id: u64) -> Option<Result<Event>> {
        let mut guard = self.shared.lock();
        loop {
            let queue = guard.as_mut()?;
            let parts = &self.shared.parts;
            let request = queue.request(id)?;
            let caller = Arc::clone(&request.caller);
            if let Some(event) = request.next_event(parts) {
                if matches!(event, Ok(Event::Done) | Err(_)) {
                    queue.remove(id);
                }
                drop(guard);
                self.shared.wake_worker();
                return Some(event);
            }
            guard = caller.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// As [`next_event`](Self::next_event), for an asynchronous caller.
    pub(crate) fn poll_event(&self, id: u64, context: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        let mut guard = self.shared.lock();
        let Some(queue) = guard.as_mut() else { return Poll::Ready(None) };
        let Some(request) = queue.request(id) else { return Poll::Ready(None) };
        let Some(event) = request.next_event(&self.shared.parts) else {
            request.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        if matches!(event, Ok(Event::Done) | Err(_)) {
            queue.remove(id);
        }
        drop(guard);
        self.shared.wake_worker();
        Poll::Ready(Some(event))
    }

    fn with_queue<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> Option<T> {
        self.shared.lock().as_mut().map(change)
    }

    /// Starts the workers that have not started, each with a call of `spawn`.
    fn start_workers(&self, spawn: impl Fn() -> io::Result<()>) -> Result<()> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        while *started < self.workers {
            match spawn() {
                Ok(()) => *started += 1,
                Err(source) if *started == 0 => return Err(Error::Thread { source }),
                // Fewer workers are slower, not wrong. The next request asks the system again.
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
    fn lock(&self) -> MutexGuard<'_, Option<Queue>> {
        // A panic under the lock is a bug of the queue. `serve` fails all requests then.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes a worker if there is a job for one.
    fn wake_worker(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
        if self.idle.load(Ordering::Relaxed) > 0 && self.lock().as_mut().is_some_and(Queue::has_job) {
            self.work.notify_one();
        }
    }

    /// Helps other workers with their products until there may be a new job.
    fn help(&self, changes: u64) {
        self.helpers.fetch_add(1, Ordering::Relaxed);
        self.work_sharing.help_until(|| self.changes.load(Ordering::Relaxed) != changes);
        self.helpers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs jobs until the queue is gone. A panic here, rather than in a job, is a bug of the queue or of this file: all
/// requests end with an error, and the worker continues.
fn serve(shared: &Shared) {
    while let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(shared))) {
        discard_panic(payload);
        let wakers = shared.lock().as_mut().map(Queue::fail);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

/// Runs jobs until the queue is gone.
fn work(shared: &Shared) {
    let mut guard = shared.lock();
    while let Some(queue) = guard.as_mut() {
        let Some(job) = queue.take_job() else {
            let changes = shared.changes.load(Ordering::Relaxed);
            if queue.running_jobs() > 0 && shared.helpers.load(Ordering::Relaxed) < MOST_HELPERS {
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
        if shared.idle.load(Ordering::Relaxed) > 0 && (needs_help || queue.has_job()) {
            shared.work.notify_one();
        }
        let epoch = queue.epoch();
        drop(guard);
        let outcome = with_work_sharing(&shared.work_sharing, || job.run(&shared.parts));
        guard = shared.lock();
        shared.changes.fetch_add(1, Ordering::Relaxed);
        let queue = guard.as_mut().filter(|queue| queue.epoch() == epoch);
        let wakers = queue.map(|queue| queue.finish_job(outcome)).unwrap_or_default();
        if !wakers.is_empty() {
            drop(guard);
            wakers.into_iter().for_each(Waker::wake);
            guard = shared.lock();
        }
    }
}
