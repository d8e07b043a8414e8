//! The sharing of work among threads, in every order in which they can run. Part of `tests/kernels`, and compiled for
//! loom only.

use std::panic::{AssertUnwindSafe, catch_unwind};

use loom::{
    cell::UnsafeCell,
    model::Builder,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::work_sharing::Crew;

/// Pieces of work: each is to be done once, by the thread that takes its number.
const PIECES: usize = 2;
/// Times that a thread is stopped where it need not be. More of them take much longer and have found nothing else.
const PREEMPTIONS: usize = 3;

/// Runs `model` in every order.
fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(model);
}

/// What an owner's work refers to. It lies on the owner's stack.
struct Work {
    next: AtomicUsize,
    /// Written before the work is shown, read by all.
    input: UnsafeCell<usize>,
    /// Each written by one thread, read by the owner in the end.
    results: [UnsafeCell<usize>; PIECES],
}

// SAFETY: its cells are what loom watches: it tells of two threads that use one at once.
unsafe impl Sync for Work {}

impl Work {
    fn new(input: usize) -> Self {
        let work = Self {
            next: AtomicUsize::new(0),
            input: UnsafeCell::new(0),
            results: std::array::from_fn(|_| UnsafeCell::new(0)),
        };
        // SAFETY: nobody else has the work yet.
        work.input.with_mut(|at| unsafe { *at = input });
        work
    }

    /// Does what is left.
    fn run(&self) {
        loop {
            let piece = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(result) = self.results.get(piece) else { return };
            // SAFETY: it isn't written before the owner has waited for all threads; loom checks that.
            let input = self.input.with(|at| unsafe { *at });
            // SAFETY: each piece has one thread; loom checks that.
            result.with_mut(|at| unsafe { *at += input });
        }
    }

    /// Checks that each piece was done once; loom tells if somebody might still be at it.
    fn assert_done(&self, input: usize) {
        for result in &self.results {
            // SAFETY: all threads that wrote it are done; loom checks that.
            assert_eq!(result.with(|at| unsafe { *at }), input);
        }
    }

    /// Ends it, as leaving the owner's function does: no thread may look at it any more.
    fn end(self) {
        // SAFETY: as in `assert_done`.
        self.input.with_mut(|at| unsafe { *at = usize::MAX });
    }
}

/// A thread that looks for work `looks` times.
fn helper(crew: &Arc<Crew>, looks: usize) -> thread::JoinHandle<()> {
    let crew = Arc::clone(crew);
    thread::spawn(move || {
        for _ in 0..looks {
            crew.join();
        }
    })
}

fn share(crew: &Crew, input: usize) {
    let work = Work::new(input);
    crew.share(&|| work.run());
    work.assert_done(input);
    work.end();
}

#[test]
fn work_is_done_once_and_nobody_sees_it_afterwards() {
    explore(|| {
        let crew = Arc::new(Crew::new(1));
        let helper = helper(&crew, 2);
        share(&crew, 1);
        share(&crew, 2);
        helper.join().unwrap();
    });
}

#[test]
fn two_help_one() {
    explore(|| {
        let crew = Arc::new(Crew::new(1));
        let helpers = [helper(&crew, 1), helper(&crew, 1)];
        share(&crew, 1);
        for helper in helpers {
            helper.join().unwrap();
        }
    });
}

#[test]
fn two_share_on_one_stand_and_one_helps() {
    explore(|| {
        let crew = Arc::new(Crew::new(1));
        let helper = helper(&crew, 1);
        let other = {
            let crew = Arc::clone(&crew);
            thread::spawn(move || share(&crew, 2))
        };
        share(&crew, 1);
        helper.join().unwrap();
        other.join().unwrap();
    });
}

/// Work that panics on the threads that `panics` tells, by whether they own it; whether sharing it panicked, and
/// on how many other threads it did.
fn share_panicking(crew: &Crew, panics: impl Fn(bool) -> bool + Sync) -> (bool, usize) {
    let (work, others) = (Work::new(1), AtomicUsize::new(0));
    let owner = thread::current().id();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        crew.share(&|| {
            let is_owner = thread::current().id() == owner;
            if !panics(is_owner) {
                return work.run();
            }
            // SAFETY: as in `run`.
            work.input.with(|at| assert_ne!(unsafe { *at }, usize::MAX));
            if !is_owner {
                others.fetch_add(1, Ordering::Relaxed);
            }
            std::panic::resume_unwind(Box::new("as it should"));
        });
    }));
    work.end();
    (outcome.is_err(), others.load(Ordering::Relaxed))
}

#[test]
fn a_panic_of_a_helper_is_told_and_not_told_again() {
    explore(|| {
        let crew = Arc::new(Crew::new(1));
        let helper = helper(&crew, 2);
        let (panicked, others) = share_panicking(&crew, |is_owner| !is_owner);
        assert_eq!(panicked, others > 0);
        share(&crew, 2);
        helper.join().unwrap();
    });
}

#[test]
fn a_panic_of_both_waits_for_the_helper_and_is_not_told_to_the_next() {
    explore(|| {
        let crew = Arc::new(Crew::new(1));
        let helper = helper(&crew, 2);
        let (panicked, _) = share_panicking(&crew, |_| true);
        assert!(panicked);
        share(&crew, 2);
        helper.join().unwrap();
    });
}
