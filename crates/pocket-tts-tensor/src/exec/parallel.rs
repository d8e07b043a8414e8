//! Parallel loops over the rows of a kernel's output.
//!
//! This module knows no kernel. A row is computed in the same way on any thread, so that results don't depend on the
//! number of cores.

use std::{
    cell::RefCell,
    ops::Range,
    panic::resume_unwind,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
};

use super::work_sharing::WorkSharing;

/// Least floating-point operations for which threads are spawned. Prompts and recordings have as many.
const SPAWN_OPERATIONS: usize = 70_000_000;
/// Least floating-point operations that are published for idle threads: about 10 µs of work.
const PUBLISH_OPERATIONS: usize = 1_000_000;
/// Parts per spawned thread, so that a thread that is preempted leaves work to the others.
const PARTS_PER_SPAWNED_THREAD: usize = 3;
/// Parts per thread of published work, where helpers may enter late.
const PARTS_PER_SHARING_THREAD: usize = 6;
/// Floating-point operations that take as long as reading one number from memory.
pub(crate) const OPERATIONS_PER_READ: usize = 12;
/// The granularity of rows that suits every kernel: a multiple of the rows of each register tile.
pub(crate) const ROW_GRANULARITY: usize = 12;

/// The rows of a kernel's output, and how they may be split.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowSplit {
    /// Number of rows.
    pub(crate) rows: usize,
    /// Elements of a row.
    pub(crate) width: usize,
    /// Floating-point operations per row, or an equivalent of its cost.
    pub(crate) operations: usize,
    /// The rows of a part are a multiple of this.
    pub(crate) granularity: usize,
}

impl RowSplit {
    /// Whether several threads may take parts of the rows.
    pub(crate) fn is_parallel(self) -> bool {
        threads_for(self) > 1
    }

    fn total_operations(self) -> usize {
        if self.width == 0 { 0 } else { self.rows.saturating_mul(self.operations) }
    }

    /// Upper bound on the number of parts.
    fn max_parts(self) -> usize {
        self.rows.div_ceil(self.granularity)
    }
}

/// Calls `kernel` with ranges that make up all rows, each with its rows of `output`, on as many threads as pay off.
///
/// # Shapes
///
/// - `output`: `[split.rows, split.width]`; the last row may be shorter
pub(crate) fn for_each_part<T: Send>(
    split: RowSplit,
    output: &mut [T],
    kernel: impl Fn(Range<usize>, &mut [T]) + Sync,
) {
    // A clone, as the kernel may yield to another task on this thread that borrows it.
    let parallelism = PARALLELISM.with_borrow(Parallelism::clone);
    let threads = parallelism.threads_for(split);
    if threads < 2 {
        kernel(0..split.rows, output);
        return;
    }
    let parts = threads * parallelism.parts_per_thread();
    let part_rows = split.rows.div_ceil(parts).next_multiple_of(split.granularity);
    let parts = Mutex::new(output.chunks_mut(part_rows * split.width).enumerate());
    let take = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    parallelism.run(threads, &|| {
        while let Some((index, part)) = take() {
            let start = index * part_rows;
            kernel(start..start + part.len().div_ceil(split.width), part);
        }
    });
}

/// Where the kernels of a thread find other threads.
#[derive(Clone)]
enum Parallelism {
    /// They spawn threads. Upper bound on all threads of a kernel; `None` means one per core.
    Spawn(Option<usize>),
    /// They publish their work for idle threads.
    Share(Arc<WorkSharing>),
}

thread_local! {
    static PARALLELISM: RefCell<Parallelism> = const { RefCell::new(Parallelism::Spawn(None)) };
}

impl Parallelism {
    /// Upper bound on the threads that take parts of these rows.
    fn threads_for(&self, split: RowSplit) -> usize {
        let operations = split.total_operations();
        match self {
            Self::Share(sharing) if operations >= PUBLISH_OPERATIONS => {
                sharing.threads().min(split.max_parts())
            }
            Self::Spawn(limit) if operations >= SPAWN_OPERATIONS => {
                let limit = limit.unwrap_or_else(available_threads).max(1);
                limit.min(operations / (SPAWN_OPERATIONS / 2)).min(split.max_parts())
            }
            _ => 1,
        }
    }

    fn parts_per_thread(&self) -> usize {
        match self {
            Self::Spawn(_) => PARTS_PER_SPAWNED_THREAD,
            Self::Share(_) => PARTS_PER_SHARING_THREAD,
        }
    }

    fn run(&self, threads: usize, work: &(dyn Fn() + Sync)) {
        match self {
            Self::Share(sharing) => sharing.share(work),
            Self::Spawn(_) => thread::scope(|scope| {
                for _ in 1..threads {
                    // If the system refuses a thread, the others take its parts.
                    drop(thread::Builder::new().name("tts-rows".to_owned()).spawn_scoped(scope, work));
                }
                work();
            }),
        }
    }
}

fn threads_for(split: RowSplit) -> usize {
    PARALLELISM.with_borrow(|parallelism| parallelism.threads_for(split))
}

/// Runs `work`, whose kernels use at most `threads` threads (at least one, this one), which they spawn. Outside such a
/// call the limit is the number of cores.
pub fn with_threads<T>(threads: usize, work: impl FnOnce() -> T) -> T {
    with_parallelism(Parallelism::Spawn(Some(threads)), work)
}

/// Runs `work`, whose kernels spawn no threads but publish their work in `sharing`.
pub fn with_work_sharing<T>(sharing: &Arc<WorkSharing>, work: impl FnOnce() -> T) -> T {
    with_parallelism(Parallelism::Share(Arc::clone(sharing)), work)
}

/// Runs both tasks, at once if this thread's kernels may spawn threads, and returns both results.
///
/// # Panics
///
/// If a task panics.
pub fn join<A: Send, B>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    let parallelism = PARALLELISM.with_borrow(Parallelism::clone);
    let is_parallel = match parallelism {
        Parallelism::Spawn(limit) => limit.unwrap_or_else(available_threads) > 1,
        Parallelism::Share(_) => false,
    };
    if !is_parallel {
        return (first(), second());
    }
    // If the system refuses a thread, this one takes the task.
    let task = Mutex::new(Some(first));
    let take = || task.lock().unwrap_or_else(PoisonError::into_inner).take();
    let run = || take().map(|first| with_parallelism(parallelism.clone(), first));
    thread::scope(|scope| {
        let spawned = thread::Builder::new().name("tts-load".to_owned()).spawn_scoped(scope, run).ok();
        let second = second();
        let first = match spawned.map(thread::ScopedJoinHandle::join) {
            Some(Ok(first)) => first,
            Some(Err(payload)) => resume_unwind(payload),
            None => run(),
        };
        (first.expect("the task ran once"), second)
    })
}

fn with_parallelism<T>(parallelism: Parallelism, work: impl FnOnce() -> T) -> T {
    /// Restores the previous value, even if the work panics.
    struct Restore(Option<Parallelism>);
    impl Drop for Restore {
        fn drop(&mut self) {
            if let Some(parallelism) = self.0.take() {
                PARALLELISM.set(parallelism);
            }
        }
    }
    let _restore = Restore(Some(PARALLELISM.replace(parallelism)));
    work()
}

/// The number of cores that this process may use.
pub fn available_threads() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// Adds each row's number to its elements, so that a row computed twice shows.
    fn numbered(split: RowSplit) -> Vec<f32> {
        let mut output = vec![0.0; split.rows * split.width];
        for_each_part(split, &mut output, |range, part| {
            assert_eq!(part.len(), range.len() * split.width);
            for (row, elements) in range.zip(part.chunks_exact_mut(split.width)) {
                for element in elements {
                    *element += row as f32 + 1.0;
                }
            }
        });
        output
    }

    #[test]
    fn every_row_is_computed_once_whatever_it_costs() {
        for rows in [1, 11, 12, 13, 100, 1_001] {
            for operations in [1, SPAWN_OPERATIONS] {
                let output = numbered(RowSplit { rows, width: 3, operations, granularity: 12 });
                let expected = (0..rows).flat_map(|row| [row as f32 + 1.0; 3]);
                assert!(output.iter().copied().eq(expected), "{rows} rows of {operations} operations");
            }
        }
        let none = RowSplit { rows: 0, width: 3, operations: SPAWN_OPERATIONS, granularity: 1 };
        assert!(numbered(none).is_empty());
    }

    #[test]
    fn shared_rows_are_computed_once_with_and_without_helpers() {
        let sharing = Arc::new(WorkSharing::new(3));
        let is_over = AtomicBool::new(false);
        let count_up = |rows| {
            let split = RowSplit { rows, width: 3, operations: PUBLISH_OPERATIONS, granularity: 4 };
            let output = with_work_sharing(&sharing, || numbered(split));
            let expected = (0..rows).flat_map(|row| [row as f32 + 1.0; 3]);
            assert!(output.iter().copied().eq(expected), "{rows} rows");
        };
        count_up(1_001);
        thread::scope(|scope| {
            scope.spawn(|| sharing.help_until(|| is_over.load(Ordering::Relaxed)));
            for rows in [1, 3, 4, 5, 100, 1_001] {
                count_up(rows);
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn joined_tasks_run_on_as_many_threads_as_the_kernels_of_this_thread_may() {
        let threads = || join(|| thread::current().id(), || thread::current().id());
        let here = thread::current().id();
        let (first, second) = with_threads(2, threads);
        assert!(first != here && second == here);
        assert_eq!(with_threads(1, threads), (here, here));
        let limits = with_threads(2, || join(|| with_threads(3, || 1), threads_for_a_recording));
        assert_eq!(limits, (1, 2));
        assert_eq!(with_threads(2, || join(threads_for_a_recording, || 0)).0, 2);
        assert_eq!(with_work_sharing(&Arc::new(WorkSharing::new(2)), threads), (here, here));
    }

    #[test]
    #[should_panic(expected = "as it should")]
    fn a_panic_of_a_joined_task_reaches_the_caller() {
        with_threads(2, || join(|| panic!("as it should"), || ()));
    }

    fn threads_for_a_recording() -> usize {
        threads_for(RowSplit { rows: 60_000, width: 128, operations: 2 * 512 * 128, granularity: 12 })
    }

    #[test]
    fn threads_are_spawned_for_a_recording_and_work_is_published_for_a_frame_of_speech() {
        // The largest convolution of the english codec, for 80 ms and for 10 s.
        let convolution =
            |rows| RowSplit { rows, width: 128, operations: 2 * 512 * 128, granularity: ROW_GRANULARITY };
        let sharing = Arc::new(WorkSharing::new(2));
        assert_eq!(threads_for(convolution(480)), 1);
        assert_eq!(with_threads(1, || threads_for(convolution(60_000))), 1);
        assert_eq!(with_threads(3, || with_threads(2, || threads_for(convolution(60_000)))), 2);
        assert_eq!(threads_for(convolution(60_000)), thread::available_parallelism().unwrap().get());
        assert_eq!(with_work_sharing(&sharing, || threads_for(convolution(480))), 2);
        assert_eq!(with_work_sharing(&sharing, || threads_for(convolution(4))), 1);
    }
}
