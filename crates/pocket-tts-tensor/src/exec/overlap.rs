//! Two pieces of work by turns on one thread: one that waits for memory, and one that multiplies.
//!
//! A product of few rows takes as long as memory takes to give its weights; one of many rows keeps the multipliers
//! busy and leaves memory idle. One after the other their times add up. Here the reader names the weights that it
//! needs next and steps aside; the other goes on, and its products ask for those weights, a line of the cache with
//! each of their steps. Once all are asked for, the reader has its turn and finds them in the cache.
//!
//! Nothing but the time changes: both compute what they would alone. Knows nothing of what the work is.

use std::{
    cell::{Cell, RefCell},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    ptr, thread,
};

use corosensei::{Coroutine, Yielder, stack::DefaultStack};

use super::panics::discard_panic;

/// For the reader; a step of a language model takes some 10 KB.
const STACK_BYTES: usize = 1 << 20;

/// How the two stand to each other.
pub struct Turns {
    /// The reader, until it is done.
    reader: RefCell<Option<Coroutine<(), (), ()>>>,
    /// What the reader steps aside with; set while it is under way.
    yielder: Cell<*const Yielder<(), ()>>,
    /// Whether the reader has its turn.
    is_reading: Cell<bool>,
    /// Whether the other is done.
    is_alone: Cell<bool>,
    /// The first of the bytes to ask for next, which may lie behind what the reader waits for.
    next: Cell<*const u8>,
    /// How many are still to be asked for.
    left: Cell<usize>,
}

thread_local! {
    /// Those of this thread, as long as both are under way.
    static CURRENT: Cell<*const Turns> = const { Cell::new(ptr::null()) };
    static SPARE_STACK: Cell<Option<DefaultStack>> = const { Cell::new(None) };
}

impl Turns {
    /// Whether the other work is done, so that nothing is gained by turns any more.
    pub fn are_over(&self) -> bool {
        self.is_alone.get()
    }

    /// Lets the reader go on until it waits for weights again.
    fn resume_reader(&self) {
        let mut reader = self.reader.borrow_mut();
        let Some(coroutine) = &mut *reader else { return };
        self.is_reading.set(true);
        let outcome = coroutine.resume(());
        self.is_reading.set(false);
        if outcome.as_return().is_some()
            && let Some(coroutine) = reader.take()
        {
            SPARE_STACK.set(Some(coroutine.into_stack()));
        }
    }

    /// What [`wait_for`] does for the reader.
    fn step_aside(&self, first: *const u8, bytes: usize) {
        // Requests come in whole steps, and so may have gone on into what is read next.
        let asked = self.next.get().addr().wrapping_sub(first.addr());
        if asked >= bytes {
            self.next.set(first);
        }
        self.left.set(if asked < bytes { bytes - asked } else { bytes });
        // SAFETY: the reader runs, so its yielder, which lives as long as its stack does, is set.
        unsafe { (*self.yielder.get()).suspend(()) }
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").field("are_over", &self.are_over()).finish_non_exhaustive()
    }
}

/// Does both on this thread: `computing` from its beginning to its end, and `reading`, which may ask whether the
/// other is done, whenever its weights are there. Within another call, or without memory for a stack, does the one
/// after the other.
///
/// # Panics
///
/// If either panics, once both are done.
pub fn interleave<A, B>(reading: impl FnOnce(&Turns) -> A, computing: impl FnOnce() -> B) -> (A, B) {
    let turns = Turns {
        reader: RefCell::new(None),
        yielder: Cell::new(ptr::null()),
        is_reading: Cell::new(false),
        is_alone: Cell::new(false),
        next: Cell::new(ptr::null()),
        left: Cell::new(0),
    };
    let new_stack = || DefaultStack::new(STACK_BYTES).ok();
    let stack = if current().is_none() { SPARE_STACK.take().or_else(new_stack) } else { None };
    let Some(stack) = stack else {
        let computed = computing();
        turns.is_alone.set(true);
        return (reading(&turns), computed);
    };
    let read: Cell<Option<thread::Result<A>>> = Cell::new(None);
    let body = |yielder: &Yielder<(), ()>, ()| {
        turns.yielder.set(yielder);
        read.set(Some(catch_unwind(AssertUnwindSafe(|| reading(&turns)))));
    };
    // SAFETY: `body` borrows what lives until this function returns. It is done by then: nothing below unwinds before
    // the last turn, in which the reader is alone and never steps aside.
    let coroutine = unsafe { Coroutine::with_stack_unchecked(stack, body) };
    turns.reader.replace(Some(coroutine));
    CURRENT.set(&raw const turns);
    turns.resume_reader();
    let computed = catch_unwind(AssertUnwindSafe(computing));
    turns.is_alone.set(true);
    turns.resume_reader();
    CURRENT.set(ptr::null());
    let read = read.take().expect("a reader that is alone goes on to its end");
    match (read, computed) {
        (Ok(read), Ok(computed)) => (read, computed),
        (Ok(_), Err(panic)) | (Err(panic), Ok(_)) => resume_unwind(panic),
        (Err(panic), Err(other)) => {
            discard_panic(other);
            resume_unwind(panic)
        }
    }
}

/// Those of this thread, if both are under way.
fn current<'a>() -> Option<&'a Turns> {
    // SAFETY: it is null, or set by `interleave`, whose `turns` outlives every call from within; callers on this
    // thread hold the reference no longer than that.
    unsafe { CURRENT.get().as_ref() }
}

/// Steps aside until so many bytes, which are read next, have been asked for; for anyone but the reader, does nothing.
pub(crate) fn wait_for<T>(first: *const T, bytes: usize) {
    let reads_by_turns = |turns: &&Turns| turns.is_reading.get() && !turns.is_alone.get();
    if let Some(turns) = current().filter(reads_by_turns) {
        turns.step_aside(first.cast(), bytes);
    }
}

/// Where this many bytes begin that a product should ask for, if the reader waits for some; they may go beyond what
/// it waits for. Gives the reader its turn when all are asked for.
pub(crate) fn bytes_to_ask_for(count: usize) -> Option<*const u8> {
    let turns = current().filter(|turns| !turns.is_reading.get())?;
    if turns.left.get() == 0 {
        turns.resume_reader();
    }
    let (next, left) = (turns.next.get(), turns.left.get());
    if left == 0 {
        return None;
    }
    turns.next.set(next.wrapping_add(count));
    turns.left.set(left.saturating_sub(count));
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::prefetch::{CACHE_LINE_BYTES, CHUNK_BYTES, NextPanel, Requests};

    /// A reader of so many chunks and a product of so many blocks; what they did, in order.
    fn take_turns(chunks: usize, blocks: usize) -> String {
        let log = RefCell::new(String::new());
        let bytes = vec![0_u8; chunks * CHUNK_BYTES];
        let read = |_: &Turns| {
            for chunk in bytes.chunks_exact(CHUNK_BYTES) {
                wait_for(chunk.as_ptr(), chunk.len());
                log.borrow_mut().push('r');
            }
        };
        let compute = || {
            let mut asked = 0;
            for _ in 0..blocks {
                if let Some(at) = bytes_to_ask_for(CHUNK_BYTES / 2) {
                    assert_eq!(at.addr(), bytes.as_ptr().addr() + asked, "each byte once, in order");
                    asked += CHUNK_BYTES / 2;
                }
                log.borrow_mut().push('c');
            }
        };
        interleave(read, compute);
        log.into_inner()
    }

    #[test]
    fn a_reader_has_its_turn_when_its_weights_are_asked_for() {
        assert_eq!(take_turns(2, 6), "ccrccrcc");
        assert_eq!(take_turns(4, 3), "ccrcrrr");
        assert_eq!(take_turns(0, 2), "cc");
        assert_eq!(take_turns(2, 0), "rr");
    }

    #[test]
    fn what_was_asked_for_beyond_a_chunk_is_not_asked_for_again() {
        let bytes = vec![0_u8; 2 * CHUNK_BYTES];
        let (first, second) = bytes.split_at(CHUNK_BYTES);
        let read = |_: &Turns| [first, second].map(|chunk| wait_for(chunk.as_ptr(), chunk.len()));
        let (_, asked) = interleave(read, || {
            let beyond = CHUNK_BYTES + CHUNK_BYTES / 4;
            [bytes_to_ask_for(beyond), bytes_to_ask_for(CHUNK_BYTES), bytes_to_ask_for(1)]
                .map(|at| at.map(|at| at.addr() - bytes.as_ptr().addr()))
        });
        assert_eq!(asked, [Some(0), Some(CHUNK_BYTES + CHUNK_BYTES / 4), None]);
    }

    #[test]
    fn blocks_ask_for_as_much_of_what_others_wait_for_as_they_have_steps() {
        let weights = vec![0_u8; 64 * CACHE_LINE_BYTES];
        let nothing = || NextPanel { start: ptr::null(), bytes: 0 };
        let compute = || [3, 5, 7].map(|steps| Requests::new(&mut nothing(), steps).others.addr());
        let ((), asked) = interleave(|_| wait_for(weights.as_ptr(), weights.len()), compute);
        assert_eq!(
            asked.map(|at| at - weights.as_ptr().addr()),
            [0, 3, 8].map(|steps| steps * CACHE_LINE_BYTES)
        );
        assert!(!Requests::new(&mut nothing(), 1).are_for_others());
    }

    #[test]
    fn both_give_their_results_also_within_another_and_alone() {
        assert_eq!(interleave(Turns::are_over, || 1), (false, 1));
        let inner = || interleave(Turns::are_over, || 2);
        assert_eq!(interleave(|_| (), inner), ((), (true, 2)));
        assert_eq!(bytes_to_ask_for(1), None);
        wait_for([1_u8].as_ptr(), 1);
    }

    #[test]
    fn a_panic_of_either_waits_for_the_other_and_leaves_all_in_order() {
        let done = Cell::new(0);
        let add = || done.set(done.get() + 1);
        let chunk = [0_u8; 64];
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            interleave(
                |_| {
                    wait_for(chunk.as_ptr(), chunk.len());
                    add();
                },
                || panic!("computing"),
            )
        }));
        assert_eq!((panicked.unwrap_err().downcast_ref(), done.get()), (Some(&"computing"), 1));
        let panicked = catch_unwind(AssertUnwindSafe(|| interleave(|_| panic!("reading"), add)));
        assert_eq!((panicked.unwrap_err().downcast_ref(), done.get()), (Some(&"reading"), 2));
        assert_eq!(take_turns(1, 2), "ccr");
    }
}
