//! What every way to play has in common.

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
