//! What every way to play has in common.

use crate::output::Output;

/// A way to play the samples of one sound.
pub(crate) trait Backend: Send {
    /// Appends samples. Blocks while the output's buffer is full.
    fn write(&mut self, samples: &[f32]) -> Result<(), String>;

    /// Waits until all samples have been heard.
    fn finish(&mut self) -> Result<(), String>;

    /// A function that silences the output at once and ends `write` and `finish`. It may be called from any thread, also
    /// twice.
    fn stop(&self) -> Stop;

    /// How often the output had nothing to play before the end, if it tells.
    fn underruns(&self) -> u64 {
        0
    }
}

/// Silences an output.
pub(crate) type Stop = Box<dyn Fn() + Send>;

/// Begins to play on this output.
pub(crate) fn open(output: &Output, sample_rate_hz: u32) -> Result<Box<dyn Backend>, String> {
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
