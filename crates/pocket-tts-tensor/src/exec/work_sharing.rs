//! Threads that help each other: one shows a piece of work, and whoever has nothing else to do joins in.
//!
//! Starting a thread costs tens of microseconds, which is as long as a whole product takes when one frame of
//! speech is made; joining in costs a fraction of one. Knows nothing of what the work is.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::panics::discard_panic;
use super::sync::{AtomicBool, AtomicUsize, Ordering, UnsafeCell, spin_loop, yield_now};

/// Work that any number of threads do together: each calls it once, and it returns when nothing is left to
/// begin.
type Work<'a> = dyn Fn() + Sync + 'a;

/// Threads that help each other.
pub struct Crew {
    stands: Box<[Stand]>,
}

/// Where one thread shows its work to the others. Neighbours don't share a line of the cache.
#[repr(align(128))]
struct Stand {
    /// Nothing, or [`TAKEN`] by a thread, maybe [`OPEN`] to others, plus the number of those that joined.
    state: AtomicUsize,
    /// Read only by those that joined; written only by the thread that took the stand, while it isn't open.
    work: UnsafeCell<Option<*const Work<'static>>>,
    /// Whether the work panicked on a thread that joined.
    has_panicked: AtomicBool,
}

const TAKEN: usize = 1 << (usize::BITS - 1);
const OPEN: usize = TAKEN >> 1;
/// Looks at a stand before a thread lets others run that may need its core.
const LOOKS: usize = 1_000;

// SAFETY: the pointer is what keeps a stand from being shared by itself. It points to work that is `Sync`, and
// `state` orders all accesses to it: see `show` and `join`.
unsafe impl Sync for Stand {}
// SAFETY: as above; between two calls of `show` the pointer is never read.
unsafe impl Send for Stand {}

impl Crew {
    /// A crew in which so many threads can show work at once; further ones do theirs alone.
    pub fn new(threads: usize) -> Self {
        let stand = || Stand {
            state: AtomicUsize::new(0),
            work: UnsafeCell::new(None),
            has_panicked: AtomicBool::new(false),
        };
        Self { stands: (0..threads).map(|_| stand()).collect() }
    }

    /// Threads that can show work at once.
    pub fn threads(&self) -> usize {
        self.stands.len()
    }

    /// Does the work with whoever joins in, and returns when all of it is done.
    ///
    /// # Panics
    ///
    /// If the work panics, here or on another thread.
    pub fn share(&self, work: &Work<'_>) {
        let free = |stand: &&Stand| {
            stand.state.compare_exchange(0, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        match self.stands.iter().find(free) {
            Some(stand) => stand.show(work),
            None => work(),
        }
    }

    /// Joins in with some work that is shown; whether there was any.
    pub fn join(&self) -> bool {
        self.stands.iter().any(Stand::join)
    }

    /// Joins in with all work that is shown until `is_over`.
    pub fn join_until(&self, is_over: impl Fn() -> bool) {
        let mut looks = 0;
        while !is_over() {
            looks = if self.join() { 0 } else { looks + 1 };
            pause(looks);
        }
    }
}

impl Stand {
    /// Shows `work` on a stand that this thread has taken.
    fn show(&self, work: &Work<'_>) {
        /// Waits for those that joined, even if the work panics here.
        struct Close<'a>(&'a Stand);
        impl Drop for Close<'_> {
            fn drop(&mut self) {
                self.0.state.fetch_and(!OPEN, Ordering::Relaxed);
                let mut looks = 0;
                // Acquire: what they did is seen here.
                while self.0.state.load(Ordering::Acquire) != TAKEN {
                    looks += 1;
                    pause(looks);
                }
                self.0.state.store(0, Ordering::Release);
            }
        }
        // SAFETY: only the lifetime changes. Nobody uses the reference but threads that joined, and `Close` lets this
        // function return or unwind only after the last of them is done.
        let work_for_others = unsafe { std::mem::transmute::<&Work<'_>, &'static Work<'static>>(work) };
        // SAFETY: this thread has taken the stand and has not opened it, so nobody else looks at the pointer.
        self.work.with_mut(|work| unsafe { *work = Some(work_for_others) });
        // An earlier owner that panicked itself left without asking.
        self.has_panicked.store(false, Ordering::Relaxed);
        let close = Close(self);
        // Release: those that join see the pointer and all that the work refers to.
        self.state.store(TAKEN | OPEN, Ordering::Release);
        work();
        drop(close);
        assert!(!self.has_panicked.load(Ordering::Relaxed), "shared work panicked on another thread");
    }

    /// Joins in if there is work; whether there was.
    fn join(&self) -> bool {
        /// Tells the owner that this thread is done, even if it unwinds.
        struct Leave<'a>(&'a Stand);
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
        // SAFETY: the stand was open, so the pointer was written before (acquired above), and isn't written again
        // until the count is back at zero, which is after this function's last use of it.
        if let Some(work) = self.work.with(|work| unsafe { *work }) {
            // SAFETY: the thread that shows the work keeps it alive as long as somebody has joined.
            let work = unsafe { &*work };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
                self.has_panicked.store(true, Ordering::Relaxed);
                discard_panic(payload);
            }
        }
        true
    }
}

/// Waits a moment; after many, lets others run.
fn pause(looks: usize) {
    // A model of threads has no time that passes by itself.
    let yields = cfg!(loom) || looks.is_multiple_of(LOOKS) && looks > 0;
    if yields { yield_now() } else { spin_loop() }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crew").field("threads", &self.threads()).finish()
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use std::{panic::panic_any, sync::Mutex, thread};

    use super::*;

    /// A panic's payload whose destructor panics with another.
    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            panic_any(Self);
        }
    }

    /// Shares work that runs `helping` on the thread that helps, once, and waits for its end, and then runs `owning`
    /// here; whether that panics.
    fn share_with_a_helper(crew: &Crew, helping: impl Fn() + Sync, owning: impl Fn() + Sync) -> bool {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| crew.join_until(|| is_over.load(Ordering::Relaxed)));
            let owner = thread::current().id();
            let helped = AtomicBool::new(false);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                crew.share(&|| {
                    if thread::current().id() != owner {
                        // Only the first time: the helper may look in again before the stand is closed.
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

    /// `count` pieces of work, each done by one thread; how often each was done, and by how many threads.
    fn share_out(crew: &Crew, count: usize) -> (Vec<usize>, usize) {
        let next = AtomicUsize::new(0);
        let done: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
        let threads = Mutex::new(Vec::new());
        crew.share(&|| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(done) = done.get(index) else { break };
                // Long enough for others to join.
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
    fn each_piece_is_done_once_however_many_share_and_help() {
        let crew = Crew::new(2);
        let is_over = AtomicBool::new(false);
        let most_threads = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| crew.join_until(|| is_over.load(Ordering::Relaxed)));
            }
            // One more than there are stands, so that one works alone now and then.
            let sharers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for round in 0..500 {
                            let (done, threads) = share_out(&crew, round % 40);
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
        assert!(most_threads.into_inner() > 1, "nobody ever helped");
        assert!(!crew.join(), "all stands are closed");
    }

    #[test]
    fn a_panic_on_a_helping_thread_reaches_the_one_that_shares() {
        let crew = Crew::new(1);
        assert!(share_with_a_helper(&crew, || panic!("as it should"), || ()));
        assert_eq!(share_out(&crew, 3), (vec![1; 3], 1), "the crew goes on");
    }

    #[test]
    fn a_panic_whose_payload_panics_when_it_is_dropped_keeps_nobody_waiting() {
        let crew = Crew::new(1);
        assert!(share_with_a_helper(&crew, || panic_any(Grenade), || ()));
        assert!(!share_with_a_helper(&crew, || (), || ()), "the crew goes on");
    }

    #[test]
    fn a_panic_on_both_threads_is_not_told_to_the_next_one_that_shares() {
        let crew = Crew::new(1);
        assert!(share_with_a_helper(&crew, || panic!("as it should"), || panic!("as it should")));
        assert_eq!(share_out(&crew, 3), (vec![1; 3], 1), "an innocent share");
    }

    #[test]
    fn a_panic_of_the_one_that_shares_waits_for_those_who_help() {
        let crew = Crew::new(1);
        let is_over = AtomicBool::new(false);
        let (entered, left) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| crew.join_until(|| is_over.load(Ordering::Relaxed)));
            let owner = thread::current().id();
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                crew.share(&|| {
                    if thread::current().id() == owner {
                        while !entered.load(Ordering::Relaxed) {
                            yield_now();
                        }
                        panic!("as it should");
                    }
                    // Only the first time: the helper may look in again before the stand is closed.
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
