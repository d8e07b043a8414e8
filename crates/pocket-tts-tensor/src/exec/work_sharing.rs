//! Work sharing: idle threads help a thread that publishes its work.
//!
//! Starting a thread takes tens of microseconds, as long as a whole matrix product of one frame of speech. Helping
//! a thread that publishes work takes a fraction of one. This module knows nothing of the work itself.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::{
    panics::discard_panic,
    sync::{AtomicBool, AtomicUsize, Ordering, UnsafeCell, spin_loop, yield_now},
};

/// Work that any number of threads do together. Each thread calls it once; a call returns when no part is left to
/// start.
type SharedWork<'a> = dyn Fn() + Sync + 'a;

/// Slots in which threads publish work for idle threads to help with.
pub struct WorkSharing {
    slots: Box<[WorkSlot]>,
}

/// Where one thread publishes its work. The alignment keeps neighbours out of each other's cache lines.
#[repr(align(128))]
struct WorkSlot {
    /// 0 while free; otherwise [`TAKEN`], with [`OPEN`] while helpers may enter, plus the number of helpers inside.
    state: AtomicUsize,
    /// Helpers read it. The owner of the slot writes it while the slot isn't open.
    work: UnsafeCell<Option<*const SharedWork<'static>>>,
    /// Whether the work panicked on a helper.
    has_panicked: AtomicBool,
}

const TAKEN: usize = 1 << (usize::BITS - 1);
const OPEN: usize = TAKEN >> 1;
/// Polls between two yields to the scheduler, which may have another thread for this core.
const POLLS_PER_YIELD: usize = 1_000;

// SAFETY: only the raw pointer prevents the automatic implementation. It points to work that is `Sync`, and `state`
// orders all accesses to it: see `publish` and `help`.
unsafe impl Sync for WorkSlot {}
// SAFETY: as above. Outside `publish` the pointer is never read.
unsafe impl Send for WorkSlot {}

impl WorkSharing {
    /// Slots for `threads` threads that publish work at the same time. Further threads do their work alone.
    pub fn new(threads: usize) -> Self {
        let slot = || WorkSlot {
            state: AtomicUsize::new(0),
            work: UnsafeCell::new(None),
            has_panicked: AtomicBool::new(false),
        };
        Self { slots: (0..threads).map(|_| slot()).collect() }
    }

    /// The number of threads that can publish work at the same time.
    pub fn threads(&self) -> usize {
        self.slots.len()
    }

    /// Does the work together with helpers, and returns when all of it is done.
    ///
    /// # Panics
    ///
    /// If the work panics, here or on a helper.
    pub fn share(&self, work: &SharedWork<'_>) {
        let is_free = |slot: &&WorkSlot| {
            slot.state.compare_exchange(0, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        match self.slots.iter().find(is_free) {
            Some(slot) => slot.publish(work),
            None => work(),
        }
    }

    /// Helps with one published work, and returns whether there was any.
    pub fn help(&self) -> bool {
        self.slots.iter().any(WorkSlot::help)
    }

    /// Helps with all published work until `is_over` returns true.
    pub fn help_until(&self, is_over: impl Fn() -> bool) {
        let mut polls = 0;
        while !is_over() {
            polls = if self.help() { 0 } else { polls + 1 };
            pause(polls);
        }
    }
}

impl WorkSlot {
    /// Publishes `work` in a slot that this thread has taken.
    fn publish(&self, work: &SharedWork<'_>) {
        /// Closes the slot and waits for the helpers, even if the work panics here.
        struct CloseSlot<'a>(&'a WorkSlot);
        impl Drop for CloseSlot<'_> {
            fn drop(&mut self) {
                self.0.state.fetch_and(!OPEN, Ordering::Relaxed);
                let mut polls = 0;
                // Acquire: the helpers' writes are visible from here on.
                while self.0.state.load(Ordering::Acquire) != TAKEN {
                    polls += 1;
                    pause(polls);
                }
                self.0.state.store(0, Ordering::Release);
            }
        }
        // SAFETY: only the lifetime changes. Only helpers use the reference, and `CloseSlot` lets this function return
        // or unwind only after the last helper has left.
        let static_work =
            unsafe { std::mem::transmute::<&SharedWork<'_>, &'static SharedWork<'static>>(work) };
        // SAFETY: this thread has taken the slot and has not opened it, so no other thread reads the pointer.
        self.work.with_mut(|work| unsafe { *work = Some(static_work) });
        // An earlier owner that panicked itself did not read the flag.
        self.has_panicked.store(false, Ordering::Relaxed);
        let close = CloseSlot(self);
        // Release: helpers see the pointer and everything that the work refers to.
        self.state.store(TAKEN | OPEN, Ordering::Release);
        work();
        drop(close);
        assert!(!self.has_panicked.load(Ordering::Relaxed), "shared work panicked on another thread");
    }

    /// Helps if the slot is open, and returns whether it was.
    fn help(&self) -> bool {
        /// Tells the owner that this helper has left, even if it unwinds.
        struct Leave<'a>(&'a WorkSlot);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.state.fetch_sub(1, Ordering::Release);
            }
        }
        let state = self.state.load(Ordering::Relaxed);
        if state & OPEN == 0
            || self.state.compare_exchange(state, state + 1, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            return false;
        }
        let _leave = Leave(self);
        // SAFETY: the slot was open, so the pointer was written before (acquired above). It isn't written again until
        // the number of helpers is back at zero, which is after this function's last use of it.
        if let Some(work) = self.work.with(|work| unsafe { *work }) {
            // SAFETY: the owner keeps the work alive while a helper is inside.
            let work = unsafe { &*work };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
                self.has_panicked.store(true, Ordering::Relaxed);
                discard_panic(payload);
            }
        }
        true
    }
}

/// Waits a moment; after many polls, yields to other threads.
fn pause(polls: usize) {
    // In loom's model no time passes, so every poll has to yield.
    let yields = cfg!(loom) || polls.is_multiple_of(POLLS_PER_YIELD) && polls > 0;
    if yields { yield_now() } else { spin_loop() }
}

impl fmt::Debug for WorkSharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkSharing").field("threads", &self.threads()).finish()
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use std::{panic::panic_any, sync::Mutex, thread};

    use super::*;

    /// A panic payload whose destructor panics with another such payload.
    struct PanicsOnDrop;

    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic_any(Self);
        }
    }

    /// Shares work that runs `helping` once on a helper, waits for its end, and then runs `owning` here. Returns
    /// whether sharing panicked.
    fn share_with_a_helper(
        sharing: &WorkSharing,
        helping: impl Fn() + Sync,
        owning: impl Fn() + Sync,
    ) -> bool {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| sharing.help_until(|| is_over.load(Ordering::Relaxed)));
            let owner = thread::current().id();
            let helped = AtomicBool::new(false);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                sharing.share(&|| {
                    if thread::current().id() != owner {
                        // Only the first time: the helper may enter again before the slot is closed.
                        if !helped.swap(true, Ordering::Relaxed) {
                            helping();
                        }
                        return;
                    }
                    while !helped.load(Ordering::Relaxed) {
                        yield_now();
                    }
                    owning();
                });
            }));
            is_over.store(true, Ordering::Relaxed);
            outcome.is_err()
        })
    }

    /// Shares `count` tasks. Returns how often each was done, and by how many threads.
    fn share_tasks(sharing: &WorkSharing, count: usize) -> (Vec<usize>, usize) {
        let next = AtomicUsize::new(0);
        let done: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
        let threads = Mutex::new(Vec::new());
        sharing.share(&|| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(done) = done.get(index) else { break };
                // Gives helpers time to enter.
                yield_now();
                done.fetch_add(1, Ordering::Relaxed);
                let mut threads = threads.lock().unwrap();
                if !threads.contains(&thread::current().id()) {
                    threads.push(thread::current().id());
                }
            }
        });
        (done.into_iter().map(AtomicUsize::into_inner).collect(), threads.into_inner().unwrap().len())
    }

    #[test]
    fn each_task_is_done_once_by_any_number_of_threads() {
        let sharing = WorkSharing::new(2);
        let is_over = AtomicBool::new(false);
        let most_threads = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| sharing.help_until(|| is_over.load(Ordering::Relaxed)));
            }
            // One more than there are slots, so that one works alone now and then.
            let sharers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for round in 0..500 {
                            let (done, threads) = share_tasks(&sharing, round % 40);
                            assert!(done.iter().all(|times| *times == 1), "round {round}: {done:?}");
                            most_threads.fetch_max(threads, Ordering::Relaxed);
                        }
                    })
                })
                .collect();
            let outcomes: Vec<_> = sharers.into_iter().map(thread::ScopedJoinHandle::join).collect();
            is_over.store(true, Ordering::Relaxed);
            assert!(outcomes.iter().all(Result::is_ok));
        });
        assert!(most_threads.into_inner() > 1, "no helper ever entered");
        assert!(!sharing.help(), "all slots are closed");
    }

    #[test]
    fn a_panic_on_a_helper_reaches_the_owner() {
        let sharing = WorkSharing::new(1);
        assert!(share_with_a_helper(&sharing, || panic!("as it should"), || ()));
        assert_eq!(share_tasks(&sharing, 3), (vec![1; 3], 1), "sharing goes on");
    }

    #[test]
    fn a_panic_whose_payload_panics_on_drop_blocks_no_thread() {
        let sharing = WorkSharing::new(1);
        assert!(share_with_a_helper(&sharing, || panic_any(PanicsOnDrop), || ()));
        assert!(!share_with_a_helper(&sharing, || (), || ()), "sharing goes on");
    }

    #[test]
    fn a_panic_on_both_threads_does_not_reach_the_next_owner() {
        let sharing = WorkSharing::new(1);
        assert!(share_with_a_helper(&sharing, || panic!("as it should"), || panic!("as it should")));
        assert_eq!(share_tasks(&sharing, 3), (vec![1; 3], 1), "work without a panic");
    }

    #[test]
    fn a_panic_on_the_owner_waits_for_the_helpers() {
        let sharing = WorkSharing::new(1);
        let is_over = AtomicBool::new(false);
        let (entered, left) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| sharing.help_until(|| is_over.load(Ordering::Relaxed)));
            let owner = thread::current().id();
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                sharing.share(&|| {
                    if thread::current().id() == owner {
                        while !entered.load(Ordering::Relaxed) {
                            yield_now();
                        }
                        panic!("as it should");
                    }
                    // Only the first time: the helper may enter again before the slot is closed.
                    if !entered.swap(true, Ordering::Relaxed) {
                        for _ in 0..1_000 {
                            yield_now();
                        }
                        left.store(true, Ordering::Relaxed);
                    }
                });
            }));
            assert!(outcome.is_err());
            assert!(left.load(Ordering::Relaxed));
            is_over.store(true, Ordering::Relaxed);
        });
    }
}
