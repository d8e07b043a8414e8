//! What `interleave.rs` does, for processors on which one thread can't change stacks: one piece of work after the other.

/// How the two pieces of work stand to each other: the computing one is done before the other begins.
#[derive(Debug)]
pub struct Turns(());

impl Turns {
    /// Whether the other work is done, so that nothing is gained by turns any more.
    #[expect(clippy::unused_self, reason = "where there are turns, it depends on them")]
    pub fn are_over(&self) -> bool {
        true
    }
}

/// Does both on this thread, `computing` first.
///
/// # Panics
///
/// If either panics.
pub fn interleave<A, B>(reading: impl FnOnce(&Turns) -> A, computing: impl FnOnce() -> B) -> (A, B) {
    let computed = computing();
    (reading(&Turns(())), computed)
}

/// Nothing is prefetched, so there is nothing to wait for.
pub(crate) fn wait_for<T>(_: *const T, _: usize) {}

/// No bytes are waited for.
pub(crate) fn bytes_to_ask_for(_: usize) -> Option<*const u8> {
    None
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn both_give_their_results_one_after_the_other() {
        let done = Cell::new(0);
        let next = || done.replace(done.get() + 1);
        let reading = |turns: &Turns| {
            wait_for([1_u8].as_ptr(), 1);
            (turns.are_over(), next())
        };
        let computing = || (bytes_to_ask_for(64), next());
        assert_eq!(interleave(reading, computing), ((true, 1), (None, 0)));
    }
}
