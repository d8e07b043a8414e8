//! The player: a thread that plays what others write.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::PlayError;
use crate::output::{Output, outputs};
use crate::queue::Queue;
use crate::sound_out::{SoundOut, Stopper};

/// Seconds of sound that may wait for the output, besides the output's own buffer.
const BUFFER_S: usize = 10;
/// Seconds of sound that are given to the output at once.
const BLOCK_S: f64 = 0.1;

/// Plays one sound, mono, while it is being written.
///
/// A thread hands the samples to the output, which always gets as many as its buffer takes, so the sound has no gaps as
/// long as it is written faster than it is heard. A player that is dropped falls silent at once.
pub struct Player {
    sample_rate_hz: u32,
    queue: Arc<Queue>,
    stopper: Stopper,
    heard: Arc<Mutex<Heard>>,
    thread: Option<JoinHandle<Result<Played, PlayError>>>,
}

/// A sound that has been heard to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Played {
    /// The output that played it.
    pub output: Output,
    /// How often the output had nothing to play before the end, as far as it tells: sound servers do.
    pub underruns: u64,
}

/// Silences a [`Player`] from another thread.
#[derive(Clone)]
pub struct StopHandle {
    queue: Arc<Queue>,
    stopper: Stopper,
}

/// What the output has been given.
#[derive(Debug)]
struct Heard {
    /// When the last of it has been heard.
    until: Instant,
}

impl Player {
    /// Begins to play on the first of [`outputs`] that works.
    ///
    /// # Errors
    ///
    /// If no output exists or can be opened.
    pub fn open(sample_rate_hz: u32) -> Result<Self, PlayError> {
        Self::open_one_of(outputs(), sample_rate_hz)
    }

    /// Begins to play on the first of these outputs that works. An output that fails in its first two seconds, such as a
    /// program that finds no sound card, is replaced by the next.
    ///
    /// # Errors
    ///
    /// If there are none, or none can be opened.
    pub fn open_one_of(outputs: Vec<Output>, sample_rate_hz: u32) -> Result<Self, PlayError> {
        let stopper = Stopper::default();
        let sound_out = SoundOut::open(outputs, sample_rate_hz, stopper.clone())?;
        let queue = Arc::new(Queue::new(BUFFER_S * sample_rate_hz as usize));
        let heard = Arc::new(Mutex::new(Heard { until: Instant::now() }));
        let (samples, times) = (Arc::clone(&queue), Arc::clone(&heard));
        let thread = thread::Builder::new()
            .name("player".to_owned())
            .spawn(move || {
                let result = play(&samples, &times, sound_out, sample_rate_hz);
                if let Err(error) = &result {
                    samples.end(error.clone());
                }
                result
            })
            .map_err(|error| PlayError::Thread { reason: error.to_string() })?;
        Ok(Self { sample_rate_hz, queue, stopper, heard, thread: Some(thread) })
    }

    /// Sound that is written from now on is kept until [`release`](Self::release), without a limit. Sound from before is
    /// still played.
    pub fn hold(&self) {
        self.queue.hold();
    }

    /// All sound that was written is played.
    pub fn release(&self) {
        self.queue.release();
    }

    /// Appends `samples`, `[samples]` mono in -1 to 1. Waits while ten seconds of sound are written and not played, unless
    /// sound is held.
    ///
    /// # Errors
    ///
    /// If playing has ended.
    pub fn write(&self, samples: &[f32]) -> Result<(), PlayError> {
        self.queue.push(samples)
    }

    /// The released sound that is still to be heard.
    pub fn ahead(&self) -> Duration {
        let waiting_s = self.queue.released() as f64 / f64::from(self.sample_rate_hz);
        let until = self.heard.lock().unwrap_or_else(PoisonError::into_inner).until;
        until.saturating_duration_since(Instant::now()) + Duration::from_secs_f64(waiting_s)
    }

    /// Plays the sound to its end.
    ///
    /// # Errors
    ///
    /// If playing has ended before.
    pub fn finish(mut self) -> Result<Played, PlayError> {
        self.queue.complete();
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Err(PlayError::Stopped),
        }
    }

    /// Falls silent at once.
    pub fn stop(self) {
        drop(self);
    }

    /// A handle with which another thread, such as a handler of signals, can silence this player.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle { queue: Arc::clone(&self.queue), stopper: self.stopper.clone() }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.stop_handle().stop();
        // Its panic has been reported.
        drop(thread.join());
    }
}

impl StopHandle {
    /// Falls silent at once. A thread that writes or waits gets [`PlayError::Stopped`].
    pub fn stop(&self) {
        self.queue.end(PlayError::Stopped);
        self.stopper.stop();
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Player").field("sample_rate_hz", &self.sample_rate_hz).finish_non_exhaustive()
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StopHandle").finish_non_exhaustive()
    }
}

/// Plays until the queue ends.
fn play(
    queue: &Queue,
    heard: &Mutex<Heard>,
    mut sound_out: SoundOut,
    sample_rate_hz: u32,
) -> Result<Played, PlayError> {
    let block = (BLOCK_S * f64::from(sample_rate_hz)).ceil() as usize;
    loop {
        let samples = queue.pop(block);
        if samples.is_empty() {
            break;
        }
        {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let length = Duration::from_secs_f64(samples.len() as f64 / f64::from(sample_rate_hz));
            heard.until = heard.until.max(Instant::now()) + length;
        }
        sound_out.write(&samples)?;
    }
    if let Some(end) = queue.failure() {
        return Err(end);
    }
    sound_out.finish()?;
    Ok(Played { output: sound_out.output().clone(), underruns: sound_out.underruns() })
}
