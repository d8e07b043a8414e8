//! Large kernels on several threads: rows are independent, so each thread takes some.
//!
//! Knows no kernel. A row is computed in the same way on any thread, so that results don't depend on the
//! number of cores.

use std::{
    cell::RefCell,
    ops::Range,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
};

use super::work_sharing::Crew;

/// Floating-point operations for which threads are started. Those of prompts and recordings have as many.
const LARGE_OPERATIONS: usize = 70_000_000;
/// Floating-point operations that are shown to those who might help: some 10 µs.
const SHOWN_OPERATIONS: usize = 1_000_000;
/// Parts per thread, so that a thread that is held up leaves work to the others.
const PARTS_PER_THREAD: usize = 3;
/// Parts per thread of what is shown to a crew, which may join in late.
const PARTS_PER_CREW_THREAD: usize = 6;
/// Floating-point operations that take as long as reading one number that isn't in the cache.
pub(crate) const OPERATIONS_TO_READ: usize = 12;
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
    /// Whether several threads may take them.
    pub(crate) fn are_shared(self) -> bool {
        threads_for(self) > 1
    }

    fn total_operations(self) -> usize {
        if self.width == 0 { 0 } else { self.count.saturating_mul(self.operations) }
    }

    /// Most parts of whole blocks.
    fn blocks(self) -> usize {
        self.count.div_ceil(self.block)
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
    // Not borrowed meanwhile: the kernel may give its turn to other work on this thread.
    let help = HELP.with_borrow(Help::clone);
    let threads = help.threads_for(rows);
    if threads < 2 {
        kernel(0..rows.count, output);
        return;
    }
    let parts = threads * help.parts_per_thread();
    let part_rows = rows.count.div_ceil(parts).next_multiple_of(rows.block);
    let parts = Mutex::new(output.chunks_mut(part_rows * rows.width).enumerate());
    let take = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    help.share(threads, &|| {
        while let Some((index, part)) = take() {
            let start = index * part_rows;
            kernel(start..start + part.len().div_ceil(rows.width), part);
        }
    });
}

/// Whose help a thread has for its kernels.
#[derive(Clone)]
enum Help {
    /// That of threads which it starts, so many in all; as many as there are cores if `None`.
    Started(Option<usize>),
    /// That of those who have nothing else to do.
    Crew(Arc<Crew>),
}

thread_local! {
    static HELP: RefCell<Help> = const { RefCell::new(Help::Started(None)) };
}

impl Help {
    /// Most threads that take a share of these rows.
    fn threads_for(&self, rows: Rows) -> usize {
        let operations = rows.total_operations();
        match self {
            Self::Crew(crew) if operations >= SHOWN_OPERATIONS => crew.threads().min(rows.blocks()),
            Self::Started(allowed) if operations >= LARGE_OPERATIONS => {
                let allowed = allowed.unwrap_or_else(available_threads).max(1);
                allowed.min(operations / (LARGE_OPERATIONS / 2)).min(rows.blocks())
            }
            _ => 1,
        }
    }

    fn parts_per_thread(&self) -> usize {
        match self {
            Self::Started(_) => PARTS_PER_THREAD,
            Self::Crew(_) => PARTS_PER_CREW_THREAD,
        }
    }

    fn share(&self, threads: usize, work: &(dyn Fn() + Sync)) {
        match self {
            Self::Crew(crew) => crew.share(work),
            Self::Started(_) => thread::scope(|scope| {
                for _ in 1..threads {
                    // A thread that the system refuses leaves its parts to the others.
                    drop(thread::Builder::new().name("tts-rows".to_owned()).spawn_scoped(scope, work));
                }
                work();
            }),
        }
    }
}

fn threads_for(rows: Rows) -> usize {
    HELP.with_borrow(|help| help.threads_for(rows))
}

/// Runs `work`, whose kernels start threads until there are at most so many (at least one, this one). Elsewhere
/// they take as many as there are cores.
pub fn with_threads<T>(threads: usize, work: impl FnOnce() -> T) -> T {
    with_help(Help::Started(Some(threads)), work)
}

/// Runs `work`, whose kernels start no threads but show their work to the crew.
pub fn with_crew<T>(crew: &Arc<Crew>, work: impl FnOnce() -> T) -> T {
    with_help(Help::Crew(Arc::clone(crew)), work)
}

fn with_help<T>(help: Help, work: impl FnOnce() -> T) -> T {
    /// Puts back what was there before, even if the work panics.
    struct Restore(Option<Help>);
    impl Drop for Restore {
        fn drop(&mut self) {
            if let Some(help) = self.0.take() {
                HELP.set(help);
            }
        }
    }
    let _restore = Restore(Some(HELP.replace(help)));
    work()
}

/// Cores that this process may use.
pub fn available_threads() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

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
    fn a_crew_computes_every_row_once_whether_or_not_anybody_helps() {
        let crew = Arc::new(Crew::new(3));
        let is_over = AtomicBool::new(false);
        let count_up = |count| {
            let rows = Rows { count, width: 3, operations: SHOWN_OPERATIONS, block: 4 };
            let output = with_crew(&crew, || numbered(rows));
            let expected = (0..count).flat_map(|row| [row as f32 + 1.0; 3]);
            assert!(output.iter().copied().eq(expected), "{count} rows");
        };
        count_up(1_001);
        thread::scope(|scope| {
            scope.spawn(|| crew.join_until(|| is_over.load(Ordering::Relaxed)));
            for count in [1, 3, 4, 5, 100, 1_001] {
                count_up(count);
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn threads_are_started_for_a_recording_and_a_frame_of_speech_is_shown_to_the_crew() {
        // The largest convolution of the english codec, for 80 ms and for 10 s.
        let convolution = |count| Rows { count, width: 128, operations: 2 * 512 * 128, block: WHOLE_BLOCKS };
        assert_eq!(threads_for(convolution(480)), 1);
        assert_eq!(with_threads(1, || threads_for(convolution(60_000))), 1);
        assert_eq!(with_threads(3, || with_threads(2, || threads_for(convolution(60_000)))), 2);
        assert_eq!(threads_for(convolution(60_000)), thread::available_parallelism().unwrap().get());
        assert_eq!(with_crew(&Arc::new(Crew::new(2)), || threads_for(convolution(480))), 2);
        assert_eq!(with_crew(&Arc::new(Crew::new(2)), || threads_for(convolution(4))), 1);
    }
}
