//! Reads windows on several threads and returns them in their order.

use std::collections::VecDeque;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use super::options::{OnError, ReaderOptions, Shuffle, Steps};
use super::order::Permutation;
use super::plan::{Draw, Place, Plan, RecordingList};
use super::sample::{Sample, Skipped};
use super::window::{Ends, WindowReader};
use crate::error::DatasetError;

/// The most skipped windows that are remembered until they are taken.
const MOST_SKIPPED: usize = 1_000;
/// The most missing windows that are sent at once.
const MOST_MISSING: usize = 1_024;
/// The wait is repeated until there is a window.
const PATIENCE: Duration = Duration::from_mins(1);

/// The order of windows.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Sequence(Arc<Plan>),
    Shuffled(Arc<Plan>, Permutation),
    Drawn(Arc<Draw>, u64),
}

impl Order {
    pub(super) fn shuffled(plan: Arc<Plan>, shuffle: Shuffle) -> Self {
        let permutation = Permutation::new(plan.windows(), shuffle.seed);
        Self::Shuffled(plan, permutation)
    }

    /// The window of a number; `None` behind the last.
    fn place(&self, index: u64, options: &ReaderOptions) -> Option<Place> {
        match self {
            Self::Sequence(plan) => (index < plan.windows()).then(|| plan.place(index, options)),
            Self::Shuffled(plan, order) => {
                (index < plan.windows()).then(|| plan.place(order.at(index), options))
            }
            Self::Drawn(draw, seed) => (!draw.is_empty()).then(|| draw.place(index, *seed, options)),
        }
    }
}

/// Windows in their order, read ahead on other threads. Dropping it ends them.
///
/// With [`OnError::Raise`] a window that can't be read is an error, and the next call goes on behind it.
#[derive(Debug)]
pub struct DatasetIter {
    /// Taken from in turn, so that the order does not depend on the threads.
    threads: Vec<Receiving>,
    turn: usize,
    has_ended: bool,
    on_error: OnError,
    skipped: VecDeque<Skipped>,
    skipped_count: u64,
}

/// The windows of a thread.
#[derive(Debug)]
struct Receiving {
    receiver: Receiver<Vec<Read>>,
    /// What has been received and not yet been taken.
    received: VecDeque<Read>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Read {
    index: u64,
    recording: u64,
    outcome: Result<Sample, DatasetError>,
}

/// What each thread knows.
#[derive(Clone, Debug)]
pub(super) struct ReadingPlan {
    pub(super) recordings: RecordingList,
    pub(super) options: Arc<ReaderOptions>,
    pub(super) order: Order,
    pub(super) steps: Steps,
}

impl DatasetIter {
    pub(super) fn start(reading: &ReadingPlan, skipped: Vec<Skipped>) -> Result<Self, DatasetError> {
        reading.steps.check()?;
        let count = reading.options.threads as u64;
        let start = |thread: u64| {
            let (sender, receiver) = sync_channel(reading.options.channel_len_per_thread);
            let waiting = Arc::new(AtomicUsize::new(0));
            let (reading, counted) = (reading.clone(), Arc::clone(&waiting));
            thread::Builder::new()
                .name(pocket_tts_audio::DECODER_THREAD.to_owned())
                .spawn(move || reading.read_all(thread, count, &sender, &counted))
                .map_err(DatasetError::Thread)?;
            Ok(Receiving { receiver, received: VecDeque::new(), waiting })
        };
        let threads = (0..count).map(start).collect::<Result<_, DatasetError>>()?;
        let skipped_count = skipped.len() as u64;
        let on_error = reading.options.on_error;
        Ok(Self { threads, turn: 0, has_ended: false, on_error, skipped: skipped.into(), skipped_count })
    }

    /// How many windows each thread has ready.
    pub fn buffered_lens(&self) -> Vec<usize> {
        self.threads.iter().map(|thread| thread.waiting.load(Ordering::Relaxed)).collect()
    }

    /// How many windows have been left out so far, with the lines of the manifest that are no entries.
    pub fn skipped_count(&self) -> u64 {
        self.skipped_count
    }

    /// The windows that have been left out since the last call, at most the last 1,000.
    pub fn take_skipped(&mut self) -> Vec<Skipped> {
        self.skipped.drain(..).collect()
    }

    /// As [`next`](Iterator::next), but does not wait longer than `patience`, also while windows are skipped:
    /// [`Poll::Pending`] then, and the next call goes on.
    pub fn next_within(&mut self, patience: Duration) -> Poll<Option<Result<Sample, DatasetError>>> {
        let begin = Instant::now();
        while !self.has_ended {
            let thread = &mut self.threads[self.turn];
            let Some(read) = thread.received.pop_front() else {
                match thread.receiver.recv_timeout(patience.saturating_sub(begin.elapsed())) {
                    Ok(reads) => {
                        thread.waiting.fetch_sub(1, Ordering::Relaxed);
                        thread.received.extend(reads);
                    }
                    Err(RecvTimeoutError::Timeout) => return Poll::Pending,
                    // A thread that has ended has no more windows, and then no later one has.
                    Err(RecvTimeoutError::Disconnected) => self.has_ended = true,
                }
                continue;
            };
            self.turn = (self.turn + 1) % self.threads.len();
            match (read.outcome, self.on_error) {
                (Err(error), OnError::Skip) => {
                    let sample_index = Some(read.index);
                    self.skip(Skipped { sample_index, file_index: read.recording, error });
                    if begin.elapsed() >= patience {
                        return Poll::Pending;
                    }
                }
                (outcome, _) => return Poll::Ready(Some(outcome)),
            }
        }
        Poll::Ready(None)
    }

    fn skip(&mut self, skipped: Skipped) {
        self.skipped_count += 1;
        if self.skipped.len() == MOST_SKIPPED {
            self.skipped.pop_front();
        }
        self.skipped.push_back(skipped);
    }
}

impl Iterator for DatasetIter {
    type Item = Result<Sample, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Poll::Ready(outcome) = self.next_within(PATIENCE) {
                return outcome;
            }
        }
    }
}

impl FusedIterator for DatasetIter {}

impl ReadingPlan {
    /// Reads every `count`th window, until there are no more or nobody takes them.
    fn read_all(&self, thread: u64, count: u64, sender: &SyncSender<Vec<Read>>, waiting: &AtomicUsize) {
        let (mut reader, mut ends) = (WindowReader::default(), Ends::default());
        let mut reads = Vec::new();
        let numbers = (thread..).step_by(usize::try_from(count).unwrap_or(usize::MAX));
        for number in numbers {
            let index = number.checked_mul(self.steps.step_by).and_then(|at| at.checked_add(self.steps.skip));
            let place = index.and_then(|index| Some((index, self.order.place(index, &self.options)?)));
            let Some((index, place)) = place else { break };
            let missing = ends.missing(place);
            let is_missing = missing.is_some();
            let outcome = match missing {
                Some(error) => Err(error),
                None => self.recordings.part(place.recording).and_then(|part| {
                    let outcome = reader.sample(index, place, &part, &self.options);
                    if matches!(outcome, Err(DatasetError::NoSound { .. })) {
                        ends.note(place, part);
                    }
                    outcome
                }),
            };
            reads.push(Read { index, recording: place.recording, outcome });
            // Sending takes longer than finding that a window is missing.
            if is_missing && reads.len() < MOST_MISSING {
                continue;
            }
            waiting.fetch_add(1, Ordering::Relaxed);
            if sender.send(std::mem::take(&mut reads)).is_err() {
                return;
            }
        }
        if !reads.is_empty() {
            waiting.fetch_add(1, Ordering::Relaxed);
            // Nobody may take them any more.
            drop(sender.send(reads));
        }
    }
}
