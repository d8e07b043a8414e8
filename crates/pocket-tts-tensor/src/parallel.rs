//! Large kernels on all cores: rows are independent, so each thread takes some.
//!
//! Knows no kernel. A row is computed in the same way on any thread, so that results don't depend on the
//! number of cores.

use std::{
    cell::Cell,
    ops::Range,
    sync::{Mutex, OnceLock, PoisonError},
    thread,
};

/// Floating-point operations below which a kernel stays on its thread. Those of a single frame of speech
/// do: they take well under a millisecond, while the other threads of their stream have work of their own.
/// Those of prompts and recordings don't.
const LARGE_OPERATIONS: usize = 70_000_000;
/// Parts per thread, so that a thread that is held up leaves work to the others.
const PARTS_PER_THREAD: usize = 3;
/// What the rows of a part should be a multiple of: every kernel's block of rows divides it.
pub(crate) const WHOLE_BLOCKS: usize = 12;

/// The rows of a kernel's output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    /// Number of rows.
    pub(crate) count: usize,
    /// Elements of a row.
    pub(crate) width: usize,
    /// Floating-point operations that a row costs, or what takes as long.
    pub(crate) operations: usize,
    /// The rows of a part are a multiple of this.
    pub(crate) block: usize,
}

impl Rows {
    /// Whether several threads take them.
    pub(crate) fn are_shared(self) -> bool {
        threads_for(self) > 1
    }
}

/// Calls `kernel` with ranges that make up all rows, each with its rows of `output`, on as many threads as
/// pay.
///
/// # Shapes
///
/// - `output`: `[rows.count, rows.width]`; the last row may be shorter
pub(crate) fn for_each_part<T: Send>(
    rows: Rows,
    output: &mut [T],
    kernel: impl Fn(Range<usize>, &mut [T]) + Sync,
) {
    let threads = threads_for(rows);
    if threads < 2 {
        kernel(0..rows.count, output);
        return;
    }
    let part_rows = rows.count.div_ceil(threads * PARTS_PER_THREAD).next_multiple_of(rows.block);
    let parts = Mutex::new(output.chunks_mut(part_rows * rows.width).enumerate());
    let take = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((index, part)) = take() {
            let start = index * part_rows;
            kernel(start..start + part.len().div_ceil(rows.width), part);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // A thread that the system refuses leaves its parts to the others.
            drop(thread::Builder::new().name("tts-rows".to_owned()).spawn_scoped(scope, work));
        }
        work();
    });
}

thread_local! {
    /// What [`with_threads`] allows on this thread; `None` outside of it.
    static ALLOWED: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs `work`, whose kernels take at most so many threads (at least one, this one). Elsewhere they take as many
/// as there are cores.
pub fn with_threads<T>(threads: usize, work: impl FnOnce() -> T) -> T {
    /// Puts back what was allowed before, even if the work panics.
    struct Restore(Option<usize>);
    impl Drop for Restore {
        fn drop(&mut self) {
            ALLOWED.set(self.0);
        }
    }
    let _restore = Restore(ALLOWED.replace(Some(threads)));
    work()
}

/// Cores that this process may use.
pub fn available_threads() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

fn threads_for(rows: Rows) -> usize {
    let operations = rows.count.saturating_mul(rows.operations);
    if operations < LARGE_OPERATIONS || rows.width == 0 {
        return 1;
    }
    let allowed = ALLOWED.get().unwrap_or_else(available_threads).max(1);
    allowed.min(operations / (LARGE_OPERATIONS / 2)).min(rows.count.div_ceil(rows.block))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers each row and notes how often it was asked for.
    fn numbered(rows: Rows) -> Vec<f32> {
        let mut output = vec![0.0; rows.count * rows.width];
        for_each_part(rows, &mut output, |range, part| {
            assert_eq!(part.len(), range.len() * rows.width);
            for (row, elements) in range.zip(part.chunks_exact_mut(rows.width)) {
                for element in elements {
                    *element += row as f32 + 1.0;
                }
            }
        });
        output
    }

    #[test]
    fn every_row_is_computed_once_whatever_it_costs() {
        for count in [1, 11, 12, 13, 100, 1_001] {
            for operations in [1, LARGE_OPERATIONS] {
                let output = numbered(Rows { count, width: 3, operations, block: 12 });
                let expected = (0..count).flat_map(|row| [row as f32 + 1.0; 3]);
                assert!(output.iter().copied().eq(expected), "{count} rows of {operations} operations");
            }
        }
        assert!(numbered(Rows { count: 0, width: 3, operations: LARGE_OPERATIONS, block: 1 }).is_empty());
    }

    #[test]
    fn a_frame_of_speech_stays_on_its_thread_and_a_recording_does_not() {
        // The largest convolution of the english codec, for 80 ms and for 10 s.
        let convolution = |count| Rows { count, width: 128, operations: 2 * 512 * 128, block: WHOLE_BLOCKS };
        assert_eq!(threads_for(convolution(480)), 1);
        assert_eq!(with_threads(1, || threads_for(convolution(60_000))), 1);
        assert_eq!(with_threads(3, || with_threads(2, || threads_for(convolution(60_000)))), 2);
        assert_eq!(threads_for(convolution(60_000)), thread::available_parallelism().unwrap().get());
    }
}
