//! The first output that works. It must not know threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::vec;

use crate::backend::{Backend, Stop};
use crate::error::PlayError;
use crate::output::Output;

/// Seconds of sound after which an output that fails is not replaced by another one: more than what a pipe holds before
/// its reader begins, so that nothing is lost, and so little that hardly anything is heard twice.
const PROOF_S: usize = 2;

/// What silences the current output. Shared with the one who wants to stop.
#[derive(Clone, Default)]
pub(crate) struct Stopper(Arc<Mutex<Stopping>>);

#[derive(Default)]
struct Stopping {
    is_stopped: bool,
    stop: Option<Stop>,
}

/// Plays on the first output that works.
pub(crate) struct SoundOut {
    sample_rate_hz: u32,
    stopper: Stopper,
    output: Output,
    backend: Box<dyn Backend>,
    others: vec::IntoIter<Output>,
    failures: Vec<(Output, String)>,
    /// The sound so far, until the output has proved to work. Some programs find no sound card only after they have begun
    /// to read.
    start: Option<Vec<f32>>,
}

impl Stopper {
    /// Silences the output at once.
    pub(crate) fn stop(&self) {
        let mut stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stopping.is_stopped = true;
        if let Some(stop) = &stopping.stop {
            stop();
        }
    }

    fn is_stopped(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_stopped
    }

    /// From now on `stop` silences the output.
    fn set(&self, stop: Stop) {
        let mut stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stopping.is_stopped {
            stop();
        }
        stopping.stop = Some(stop);
    }
}

impl SoundOut {
    /// Opens the first of these outputs that can be opened.
    pub(crate) fn open(
        outputs: Vec<Output>,
        sample_rate_hz: u32,
        stopper: Stopper,
    ) -> Result<Self, PlayError> {
        if outputs.is_empty() {
            return Err(PlayError::NoOutput);
        }
        let (mut others, mut failures) = (outputs.into_iter(), Vec::new());
        let (output, backend) = first(&mut others, &mut failures, sample_rate_hz, &stopper)?;
        Ok(Self { sample_rate_hz, stopper, output, backend, others, failures, start: Some(Vec::new()) })
    }

    /// The output that plays.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// How often it had nothing to play.
    pub(crate) fn underruns(&self) -> u64 {
        self.backend.underruns()
    }

    /// Plays samples. Blocks while the output's buffer is full.
    pub(crate) fn write(&mut self, samples: &[f32]) -> Result<(), PlayError> {
        if let Some(start) = &mut self.start {
            start.extend_from_slice(samples);
        }
        if let Err(reason) = self.backend.write(samples) {
            self.replace(reason)?;
        }
        self.start.take_if(|start| start.len() > PROOF_S * self.sample_rate_hz as usize);
        Ok(())
    }

    /// Waits until all has been heard.
    pub(crate) fn finish(&mut self) -> Result<(), PlayError> {
        while let Err(reason) = self.backend.finish() {
            self.replace(reason)?;
        }
        Ok(())
    }

    /// Plays the sound so far on the next output that works.
    fn replace(&mut self, reason: String) -> Result<(), PlayError> {
        let mut reason = reason;
        loop {
            if self.stopper.is_stopped() {
                return Err(PlayError::Stopped);
            }
            let Some(start) = &self.start else {
                return Err(PlayError::Broken { output: self.output.clone(), reason });
            };
            self.failures.push((self.output.clone(), reason));
            (self.output, self.backend) =
                first(&mut self.others, &mut self.failures, self.sample_rate_hz, &self.stopper)?;
            match self.backend.write(start) {
                Ok(()) => return Ok(()),
                Err(next) => reason = next,
            }
        }
    }
}

fn first(
    outputs: &mut vec::IntoIter<Output>,
    failures: &mut Vec<(Output, String)>,
    sample_rate_hz: u32,
    stopper: &Stopper,
) -> Result<(Output, Box<dyn Backend>), PlayError> {
    for output in outputs {
        match open(&output, sample_rate_hz) {
            Ok(backend) => {
                stopper.set(backend.stop());
                return Ok((output, backend));
            }
            Err(reason) => failures.push((output, reason)),
        }
    }
    Err(PlayError::AllFailed { failures: std::mem::take(failures) })
}

/// Begins to play on this output.
fn open(output: &Output, sample_rate_hz: u32) -> Result<Box<dyn Backend>, String> {
    match output {
        #[cfg(all(unix, not(target_os = "macos")))]
        Output::SoundServer(socket) => Ok(Box::new(crate::pulse::Pulse::open(socket, sample_rate_hz)?)),
        #[cfg(unix)]
        Output::Program(path) => Ok(Box::new(crate::program::ProgramPlayer::open(path, sample_rate_hz)?)),
        #[cfg(any(target_os = "macos", windows))]
        Output::Device(_) => Ok(Box::new(crate::device::DevicePlayer::open(sample_rate_hz)?)),
        _ => Err("it does not exist on this system".to_owned()),
    }
}
