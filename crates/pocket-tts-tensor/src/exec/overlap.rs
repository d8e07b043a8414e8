//! Overlaps a memory-bound task with a compute-bound one on one thread, by prefetching.
//!
//! A product of few rows takes as long as memory takes to deliver its weights. A product of many rows keeps the
//! multipliers busy and leaves memory idle. Run one after the other, their times add up. Here the memory-bound task
//! is a coroutine: it announces the weights that it reads next and yields. The compute-bound task runs on, and its
//! products prefetch those weights, one cache line with each of their steps. Once all lines are requested, the
//! memory-bound task resumes and finds its weights in the cache.
//!
//! Only the time changes: both tasks compute what they would compute alone. This module knows nothing of the tasks.

use std::{
    cell::{Cell, RefCell},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    ptr, thread,
};

use corosensei::{Coroutine, Yielder, stack::DefaultStack};

use super::panics::discard_panic;

/// Stack of the memory-bound task. A step of a language model takes about 10 KB.
const STACK_BYTES: usize = 1 << 20;

/// The state of two overlapped tasks.
pub struct Overlap {
    /// The memory-bound task, until it is done.
    coroutine: RefCell<Option<Coroutine<(), (), ()>>>,
    /// What the memory-bound task yields with; set once it has started.
    yielder: Cell<*const Yielder<(), ()>>,
    /// Whether the memory-bound task is the one that runs.
    runs_memory_bound: Cell<bool>,
    /// Whether the compute-bound task is done.
    is_compute_done: Cell<bool>,
    /// The first byte to prefetch next. It may lie behind the range that the memory-bound task waits for.
    next: Cell<*const u8>,
    /// Bytes that are still to be prefetched.
    left: Cell<usize>,
}

thread_local! {
    /// The overlap of this thread, while both tasks run.
    static CURRENT: Cell<*const Overlap> = const { Cell::new(ptr::null()) };
    static SPARE_STACK: Cell<Option<DefaultStack>> = const { Cell::new(None) };
}

impl Overlap {
    /// Whether the compute-bound task is done, so that nothing is left to overlap with.
    pub fn is_compute_done(&self) -> bool {
        self.is_compute_done.get()
    }

    /// Resumes the memory-bound task until it yields.
    fn resume(&self) {
        let mut slot = self.coroutine.borrow_mut();
        let Some(coroutine) = &mut *slot else { return };
        self.runs_memory_bound.set(true);
        let outcome = coroutine.resume(());
        self.runs_memory_bound.set(false);
        if outcome.as_return().is_some()
            && let Some(coroutine) = slot.take()
        {
            SPARE_STACK.set(Some(coroutine.into_stack()));
        }
    }

    /// Announces the bytes that the memory-bound task reads next, and yields.
    fn yield_for(&self, first: *const u8, bytes: usize) {
        // Prefetches come in whole steps, so the previous ones may have reached into this range.
        let prefetched = self.next.get().addr().wrapping_sub(first.addr());
        if prefetched >= bytes {
            self.next.set(first);
        }
        self.left.set(if prefetched < bytes { bytes - prefetched } else { bytes });
        // SAFETY: the memory-bound task runs, so its yielder is set and lives as long as its stack.
        unsafe { (*self.yielder.get()).suspend(()) }
    }
}

impl fmt::Debug for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlap").field("is_compute_done", &self.is_compute_done()).finish_non_exhaustive()
    }
}

/// Runs both tasks on this thread and returns their results.
///
/// `compute_bound` runs from start to end; `memory_bound` resumes whenever its weights are prefetched, and may ask
/// whether the other task is done. Within another overlap, or without memory for a stack, `compute_bound` runs first
/// and `memory_bound` after it.
///
/// # Panics
///
/// If either task panics, once both are done.
pub fn overlap<A, B>(memory_bound: impl FnOnce(&Overlap) -> A, compute_bound: impl FnOnce() -> B) -> (A, B) {
    let state = Overlap {
        coroutine: RefCell::new(None),
        yielder: Cell::new(ptr::null()),
        runs_memory_bound: Cell::new(false),
        is_compute_done: Cell::new(false),
        next: Cell::new(ptr::null()),
        left: Cell::new(0),
    };
    let new_stack = || DefaultStack::new(STACK_BYTES).ok();
    let stack = if current().is_none() { SPARE_STACK.take().or_else(new_stack) } else { None };
    let Some(stack) = stack else {
        let computed = compute_bound();
        state.is_compute_done.set(true);
        return (memory_bound(&state), computed);
    };
    let read: Cell<Option<thread::Result<A>>> = Cell::new(None);
    let body = |yielder: &Yielder<(), ()>, ()| {
        state.yielder.set(yielder);
        read.set(Some(catch_unwind(AssertUnwindSafe(|| memory_bound(&state)))));
    };
    // SAFETY: `body` borrows what lives until this function returns. It is done by then: nothing below unwinds before
    // the last `resume`, and after `is_compute_done` is set the coroutine never yields.
    let coroutine = unsafe { Coroutine::with_stack_unchecked(stack, body) };
    state.coroutine.replace(Some(coroutine));
    CURRENT.set(&raw const state);
    state.resume();
    let computed = catch_unwind(AssertUnwindSafe(compute_bound));
    state.is_compute_done.set(true);
    state.resume();
    CURRENT.set(ptr::null());
    let read = read.take().expect("the memory-bound task runs to its end once the other is done");
    match (read, computed) {
        (Ok(read), Ok(computed)) => (read, computed),
        (Ok(_), Err(panic)) | (Err(panic), Ok(_)) => resume_unwind(panic),
        (Err(panic), Err(other)) => {
            discard_panic(other);
            resume_unwind(panic)
        }
    }
}

/// The overlap of this thread, if both tasks run.
fn current<'a>() -> Option<&'a Overlap> {
    // SAFETY: the pointer is null or was set by `overlap`, whose state outlives every call from within. Callers on this
    // thread keep the reference no longer than that.
    unsafe { CURRENT.get().as_ref() }
}

/// Yields until these bytes, which are read next, are prefetched. Does nothing outside a memory-bound task.
pub(crate) fn wait_for_prefetch<T>(first: *const T, bytes: usize) {
    let yields = |state: &&Overlap| state.runs_memory_bound.get() && !state.is_compute_done.get();
    if let Some(state) = current().filter(yields) {
        state.yield_for(first.cast(), bytes);
    }
}

/// Claims `count` bytes to prefetch for the memory-bound task, and returns where they begin; `None` if it waits for
/// none. They may reach beyond the range that it waits for. Resumes the memory-bound task first if its range is
/// prefetched.
pub(crate) fn claim_prefetch(count: usize) -> Option<*const u8> {
    let state = current().filter(|state| !state.runs_memory_bound.get())?;
    if state.left.get() == 0 {
        state.resume();
    }
    let (next, left) = (state.next.get(), state.left.get());
    if left == 0 {
        return None;
    }
    state.next.set(next.wrapping_add(count));
    state.left.set(left.saturating_sub(count));
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK_BYTES: usize = 64 << 10;

    /// Overlaps a task that reads `chunks` chunks, `m`, with one that computes `blocks` blocks, `c`. Returns the order.
    fn run_both(chunks: usize, blocks: usize) -> String {
        let log = RefCell::new(String::new());
        let bytes = vec![0_u8; chunks * CHUNK_BYTES];
        let read = |_: &Overlap| {
            for chunk in bytes.chunks_exact(CHUNK_BYTES) {
                wait_for_prefetch(chunk.as_ptr(), chunk.len());
                log.borrow_mut().push('m');
            }
        };
        let compute = || {
            let mut claimed = 0;
            for _ in 0..blocks {
                if let Some(at) = claim_prefetch(CHUNK_BYTES / 2) {
                    assert_eq!(at.addr(), bytes.as_ptr().addr() + claimed, "each byte once, in order");
                    claimed += CHUNK_BYTES / 2;
                }
                log.borrow_mut().push('c');
            }
        };
        overlap(read, compute);
        log.into_inner()
    }

    #[test]
    fn the_memory_bound_task_resumes_once_its_weights_are_prefetched() {
        assert_eq!(run_both(2, 6), "ccmccmcc");
        assert_eq!(run_both(4, 3), "ccmcmmm");
        assert_eq!(run_both(0, 2), "cc");
        assert_eq!(run_both(2, 0), "mm");
    }

    #[test]
    fn bytes_prefetched_beyond_a_chunk_are_not_prefetched_again() {
        let bytes = vec![0_u8; 2 * CHUNK_BYTES];
        let (first, second) = bytes.split_at(CHUNK_BYTES);
        let read = |_: &Overlap| [first, second].map(|chunk| wait_for_prefetch(chunk.as_ptr(), chunk.len()));
        let (_, claimed) = overlap(read, || {
            let beyond = CHUNK_BYTES + CHUNK_BYTES / 4;
            [claim_prefetch(beyond), claim_prefetch(CHUNK_BYTES), claim_prefetch(1)]
                .map(|at| at.map(|at| at.addr() - bytes.as_ptr().addr()))
        });
        assert_eq!(claimed, [Some(0), Some(CHUNK_BYTES + CHUNK_BYTES / 4), None]);
    }

    #[test]
    fn both_return_their_results_also_nested_and_without_a_partner() {
        assert_eq!(overlap(Overlap::is_compute_done, || 1), (false, 1));
        let inner = || overlap(Overlap::is_compute_done, || 2);
        assert_eq!(overlap(|_| (), inner), ((), (true, 2)));
        assert_eq!(claim_prefetch(1), None);
        wait_for_prefetch([1_u8].as_ptr(), 1);
    }

    #[test]
    fn a_panic_of_either_task_waits_for_the_other_and_leaves_no_state() {
        let done = Cell::new(0);
        let add = || done.set(done.get() + 1);
        let chunk = [0_u8; 64];
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            overlap(
                |_| {
                    wait_for_prefetch(chunk.as_ptr(), chunk.len());
                    add();
                },
                || panic!("computing"),
            )
        }));
        assert_eq!((panicked.unwrap_err().downcast_ref(), done.get()), (Some(&"computing"), 1));
        let panicked = catch_unwind(AssertUnwindSafe(|| overlap(|_| panic!("reading"), add)));
        assert_eq!((panicked.unwrap_err().downcast_ref(), done.get()), (Some(&"reading"), 2));
        assert_eq!(run_both(1, 2), "ccm");
    }
}
