//! Playing on the default device of macOS or Windows.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{Sample, SampleFormat, StreamConfig};

use crate::backend::{Backend, Stop};
use crate::interpolator::Interpolator;

/// Seconds of sound that may wait for the device.
const BUFFER_S: usize = 2;
/// How long the device may be busy with the last samples after it took them.
const TAIL: Duration = Duration::from_millis(200);

/// The name of the default device.
pub(crate) fn default_device() -> Option<String> {
    let device = cpal::default_host().default_output_device()?;
    Some(device.id().map_or_else(|_| "the default device".to_owned(), |id| id.to_string()))
}

/// The default device.
pub(crate) struct DevicePlayer {
    shared: Arc<Shared>,
    interpolator: Interpolator,
}

/// What the device's thread and the writer share.
#[derive(Default)]
struct Shared {
    state: Mutex<DeviceState>,
    changed: Condvar,
}

#[derive(Default)]
struct DeviceState {
    /// At the device's rate.
    samples: std::collections::VecDeque<f32>,
    capacity: usize,
    is_complete: bool,
    underruns: u64,
    end: Option<String>,
}

impl DevicePlayer {
    /// Begins to play.
    pub(crate) fn open(sample_rate_hz: u32) -> Result<Self, String> {
        let shared = Arc::new(Shared::default());
        let (ready, opened) = mpsc::channel();
        let of_thread = Arc::clone(&shared);
        // The stream stays in one thread, as not every system lets it move.
        thread::Builder::new()
            .name("sound-device".to_owned())
            .spawn(move || match stream(&of_thread) {
                Ok((stream, rate_hz)) => {
                    drop(ready.send(Ok(rate_hz)));
                    drop(of_thread.wait(|state| state.end.is_some()));
                    drop(stream);
                }
                Err(error) => drop(ready.send(Err(error))),
            })
            .map_err(|error| error.to_string())?;
        let rate_hz = opened.recv().map_err(|_| "the device's thread ended".to_owned())??;
        shared.lock().capacity = BUFFER_S * rate_hz as usize;
        Ok(Self { shared, interpolator: Interpolator::new(sample_rate_hz, rate_hz) })
    }

    fn put(&self, samples: &[f32]) -> Result<(), String> {
        let mut state = self.shared.wait(|state| state.samples.len() < state.capacity || state.end.is_some());
        if let Some(end) = &state.end {
            return Err(end.clone());
        }
        state.samples.extend(samples);
        Ok(())
    }
}

impl Backend for DevicePlayer {
    fn write(&mut self, samples: &[f32]) -> Result<(), String> {
        let samples = self.interpolator.push(samples);
        self.put(&samples)
    }

    fn finish(&mut self) -> Result<(), String> {
        let rest = self.interpolator.finish();
        self.put(&rest)?;
        self.shared.lock().is_complete = true;
        let state = self.shared.wait(|state| state.samples.is_empty() || state.end.is_some());
        if let Some(end) = &state.end {
            return Err(end.clone());
        }
        drop(state);
        thread::sleep(TAIL);
        Ok(())
    }

    fn stop(&self) -> Stop {
        let shared = Arc::clone(&self.shared);
        Box::new(move || shared.end("it was stopped"))
    }

    fn underruns(&self) -> u64 {
        self.shared.lock().underruns
    }
}

impl Drop for DevicePlayer {
    fn drop(&mut self) {
        self.shared.end("it was closed");
    }
}

impl Shared {
    fn end(&self, reason: &str) {
        let mut state = self.lock();
        state.end.get_or_insert_with(|| reason.to_owned());
        // What the device asks for from now on is silence.
        state.samples.clear();
        self.changed.notify_all();
    }

    /// Fills the channels of a device's buffer.
    fn fill(&self, buffer: &mut [f32], channels: usize) {
        let mut state = self.lock();
        let had_sound = !state.samples.is_empty();
        for frame in buffer.chunks_mut(channels) {
            let sample = state.samples.pop_front();
            frame.fill(sample.unwrap_or(Sample::EQUILIBRIUM));
        }
        state.underruns += u64::from(had_sound && state.samples.is_empty() && !state.is_complete);
        self.changed.notify_all();
    }

    fn wait(&self, is_over: impl Fn(&DeviceState) -> bool) -> MutexGuard<'_, DeviceState> {
        let state = self.changed.wait_while(self.lock(), |state| !is_over(state));
        state.unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, DeviceState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream of the default device that plays, and its rate.
fn stream(shared: &Arc<Shared>) -> Result<(cpal::Stream, u32), String> {
    let device = cpal::default_host().default_output_device().ok_or("there is no sound device")?;
    let config = device.default_output_config().map_err(|error| error.to_string())?;
    if config.sample_format() != SampleFormat::F32 {
        return Err(format!("it takes samples of the type {}, not f32", config.sample_format()));
    }
    let config: StreamConfig = config.into();
    let channels = usize::from(config.channels).max(1);
    let rate_hz = config.sample_rate;
    let (of_callback, of_errors) = (Arc::clone(shared), Arc::clone(shared));
    let stream = device
        .build_output_stream(
            config,
            move |buffer: &mut [f32], _| of_callback.fill(buffer, channels),
            move |error: cpal::Error| {
                if !matches!(error.kind(), cpal::ErrorKind::Xrun | cpal::ErrorKind::RealtimeDenied) {
                    of_errors.end(&error.to_string());
                }
            },
            None,
        )
        .map_err(|error| error.to_string())?;
    stream.play().map_err(|error| error.to_string())?;
    Ok((stream, rate_hz))
}
