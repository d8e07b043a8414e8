//! The interface of `overlap.rs` on processors without coroutines: one task runs after the other.

/// The state of two tasks, of which the compute-bound one is done before the other starts.
#[derive(Debug)]
pub struct Overlap(());

impl Overlap {
    /// Whether the compute-bound task is done, so that nothing is left to overlap with.
    #[expect(clippy::unused_self, reason = "the answer depends on it where tasks overlap")]
    pub fn is_compute_done(&self) -> bool {
        true
    }
}

/// Runs both tasks on this thread, `compute_bound` first, and returns their results.
///
/// # Panics
///
/// If either task panics.
pub fn overlap<A, B>(memory_bound: impl FnOnce(&Overlap) -> A, compute_bound: impl FnOnce() -> B) -> (A, B) {
    let computed = compute_bound();
    (memory_bound(&Overlap(())), computed)
}

/// Returns at once, as no task prefetches.
pub(crate) fn wait_for_prefetch<T>(_: *const T, _: usize) {}

/// Returns `None`, as no task waits for a prefetch.
pub(crate) fn claim_prefetch(_: usize) -> Option<*const u8> {
    None
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn both_return_their_results_one_after_the_other() {
        let done = Cell::new(0);
        let next = || done.replace(done.get() + 1);
        let read = |state: &Overlap| {
            wait_for_prefetch([1_u8].as_ptr(), 1);
            (state.is_compute_done(), next())
        };
        let compute = || (claim_prefetch(64), next());
        assert_eq!(overlap(read, compute), ((true, 1), (None, 0)));
    }
}
