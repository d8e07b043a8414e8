//! Work sharing in every order in which threads can run. Part of `tests/kernels`, compiled for loom only.

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

use super::work_sharing::WorkSharing;

/// Tasks of one work. The thread that takes a task's number does it.
const TASKS: usize = 2;
/// Preemptions that the checker explores. More of them take much longer and have found nothing else.
const PREEMPTIONS: usize = 3;

/// Runs `model` in every order.
fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(model);
}

/// The data of an owner's work. It lies on the owner's stack.
struct ExploredWork {
    next: AtomicUsize,
    /// Written before the work is published, read by all threads.
    input: UnsafeCell<usize>,
    /// Each is written by one thread, and read by the owner at the end.
    results: [UnsafeCell<usize>; TASKS],
}

// SAFETY: loom observes the cells and reports concurrent accesses.
unsafe impl Sync for ExploredWork {}

impl ExploredWork {
    fn new(input: usize) -> Self {
        let work = Self {
            next: AtomicUsize::new(0),
            input: UnsafeCell::new(0),
            results: std::array::from_fn(|_| UnsafeCell::new(0)),
        };
        // SAFETY: no other thread has the work yet.
        work.input.with_mut(|at| unsafe { *at = input });
        work
    }

    /// Does the tasks that are left.
    fn run(&self) {
        loop {
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(result) = self.results.get(task) else { return };
            // SAFETY: it isn't written again before the owner has waited for all helpers; loom checks that.
            let input = self.input.with(|at| unsafe { *at });
            // SAFETY: one thread does each task; loom checks that.
            result.with_mut(|at| unsafe { *at += input });
        }
    }

    /// Checks that each task was done once. Loom reports a thread that may still be writing.
    fn assert_done(&self, input: usize) {
        for result in &self.results {
            // SAFETY: all threads that wrote it are done; loom checks that.
            assert_eq!(result.with(|at| unsafe { *at }), input);
        }
    }

    /// Ends the lifetime of the data, as a return from the owner's function does: no thread may read it afterwards.
    fn end(self) {
        // SAFETY: as in `assert_done`.
        self.input.with_mut(|at| unsafe { *at = usize::MAX });
    }
}

/// A thread that polls for work `polls` times.
fn helper(sharing: &Arc<WorkSharing>, polls: usize) -> thread::JoinHandle<()> {
    let sharing = Arc::clone(sharing);
    thread::spawn(move || {
        for _ in 0..polls {
            sharing.help();
        }
    })
}

fn share(sharing: &WorkSharing, input: usize) {
    let work = ExploredWork::new(input);
    sharing.share(&|| work.run());
    work.assert_done(input);
    work.end();
}

#[test]
fn work_is_done_once_and_not_accessed_afterwards() {
    explore(|| {
        let sharing = Arc::new(WorkSharing::new(1));
        let helper = helper(&sharing, 2);
        share(&sharing, 1);
        share(&sharing, 2);
        helper.join().unwrap();
    });
}

#[test]
fn two_helpers_help_one_owner() {
    explore(|| {
        let sharing = Arc::new(WorkSharing::new(1));
        let helpers = [helper(&sharing, 1), helper(&sharing, 1)];
        share(&sharing, 1);
        for helper in helpers {
            helper.join().unwrap();
        }
    });
}

#[test]
fn two_owners_share_one_slot_and_one_helper() {
    explore(|| {
        let sharing = Arc::new(WorkSharing::new(1));
        let helper = helper(&sharing, 1);
        let other = {
            let sharing = Arc::clone(&sharing);
            thread::spawn(move || share(&sharing, 2))
        };
        share(&sharing, 1);
        helper.join().unwrap();
        other.join().unwrap();
    });
}

/// Shares work that panics where `panics(is_owner)` returns true. Returns whether sharing panicked, and the number of
/// panics on helpers.
fn share_panicking(sharing: &WorkSharing, panics: impl Fn(bool) -> bool + Sync) -> (bool, usize) {
    let (work, others) = (ExploredWork::new(1), AtomicUsize::new(0));
    let owner = thread::current().id();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        sharing.share(&|| {
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
fn a_panic_on_a_helper_reaches_its_owner_only() {
    explore(|| {
        let sharing = Arc::new(WorkSharing::new(1));
        let helper = helper(&sharing, 2);
        let (panicked, others) = share_panicking(&sharing, |is_owner| !is_owner);
        assert_eq!(panicked, others > 0);
        share(&sharing, 2);
        helper.join().unwrap();
    });
}

#[test]
fn a_panic_on_both_waits_for_the_helper_and_does_not_reach_the_next_owner() {
    explore(|| {
        let sharing = Arc::new(WorkSharing::new(1));
        let helper = helper(&sharing, 2);
        let (panicked, _) = share_panicking(&sharing, |_| true);
        assert!(panicked);
        share(&sharing, 2);
        helper.join().unwrap();
    });
}
