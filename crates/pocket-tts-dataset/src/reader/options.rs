//! How recordings are read.

use std::thread::available_parallelism;

use pocket_tts_audio::append_mean;

use crate::error::DatasetError;

/// The default seed of [`Shuffle`], as in `sphn`.
pub const DEFAULT_SEED: u64 = 299_792_458;
/// The most threads, and the most windows that each may be ahead.
const MOST_THREADS: usize = 1_024;
const MOST_AHEAD: usize = 4_096;
/// The longest window, in seconds.
const LONGEST_S: f64 = 86_400.0;

/// How recordings are cut into windows and read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaderOptions {
    /// Seconds of each window: more than 0, at most a day.
    pub duration_s: f64,
    /// The sample rate of the windows; `None` keeps that of each recording.
    pub sample_rate_hz: Option<u32>,
    /// Whether the end of a recording that fills no window is one, too, with silence behind it. Otherwise it is left out.
    pub pad_last_segment: bool,
    /// What happens to windows that can't be read.
    pub on_error: OnError,
    /// Threads that read, 1 to 1024. The windows and their order do not depend on it.
    pub threads: usize,
    /// Windows that each thread may be ahead, 1 to 4096. With `threads` it bounds the memory.
    pub channel_len_per_thread: usize,
    /// What is done with several channels.
    pub channels: ChannelMix,
}

impl ReaderOptions {
    /// Windows of this many seconds: at the recordings' own rates and channels, without the incomplete ones, with errors
    /// returned, on all cores.
    pub fn new(duration_s: f64) -> Self {
        Self {
            duration_s,
            sample_rate_hz: None,
            pad_last_segment: false,
            on_error: OnError::Raise,
            threads: available_parallelism().map_or(1, Into::into),
            channel_len_per_thread: 1,
            channels: ChannelMix::Keep,
        }
    }

    pub(super) fn check(&self) -> Result<(), DatasetError> {
        let wrong = |problem: String| Err(DatasetError::Option(problem));
        if !(self.duration_s > 0.0 && self.duration_s <= LONGEST_S) {
            let found = self.duration_s;
            return wrong(format!(
                "a window of {found} s is not possible; give more than 0 and at most 86400 s"
            ));
        }
        if !(1..=MOST_THREADS).contains(&self.threads) {
            return wrong(format!("{} threads are not possible; give 1 to {MOST_THREADS}", self.threads));
        }
        if !(1..=MOST_AHEAD).contains(&self.channel_len_per_thread) {
            let found = self.channel_len_per_thread;
            return wrong(format!("no thread can be {found} windows ahead; give 1 to {MOST_AHEAD}"));
        }
        match self.sample_rate_hz {
            Some(rate) if !(1_000..=384_000).contains(&rate) => {
                wrong(format!("a sample rate of {rate} Hz is not supported; give 1000 to 384000 Hz"))
            }
            _ => Ok(()),
        }
    }
}

/// What happens to a window that can't be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// It is returned as an error; the next call goes on with the next window.
    #[default]
    Raise,
    /// It is left out, and its number with it; [`DatasetIter::take_skipped`](super::DatasetIter::take_skipped) tells which
    /// and why.
    Skip,
}

/// What is done with the channels of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelMix {
    /// All are kept.
    #[default]
    Keep,
    /// They are averaged to one.
    Mono,
}

impl ChannelMix {
    /// Appends the mean of the channels of `interleaved`.
    pub(crate) fn mix(interleaved: &[f32], channels: usize, output: &mut Vec<f32>) {
        append_mean(interleaved, channels, output);
    }
}

/// Which windows of a sequence are read: number `skip`, `skip + step_by` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Windows that are left out at the start: the rank's number, or the windows read before an interruption.
    pub skip: u64,
    /// From one window to the next: the number of ranks; at least 1.
    pub step_by: u64,
}

impl Default for Steps {
    fn default() -> Self {
        Self { skip: 0, step_by: 1 }
    }
}

impl Steps {
    pub(super) fn check(self) -> Result<(), DatasetError> {
        if self.step_by == 0 {
            return Err(DatasetError::Option("`step_by` is 0; give 1 or the number of ranks".to_owned()));
        }
        Ok(())
    }
}

/// How windows are shuffled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shuffle {
    /// Whether windows begin anywhere, each drawn from all recordings by their durations, without an end. Otherwise each
    /// window comes once.
    pub with_replacement: bool,
    /// Another seed gives another order.
    pub seed: u64,
    /// Which of the shuffled windows are read.
    pub steps: Steps,
}

impl Default for Shuffle {
    fn default() -> Self {
        Self { with_replacement: false, seed: DEFAULT_SEED, steps: Steps::default() }
    }
}
