//! What this machine computes with.

use pocket_tts_tensor::{available_threads, kernels};

/// The vector instructions that this processor computes with, by their usual name. `None` if there are none that this
/// program knows: speech is much slower then.
pub fn instruction_set() -> Option<&'static str> {
    kernels::Kernels::best().isa().name()
}

/// The number of cores that this process may use: the default of
/// [`TtsModelBuilder::threads`](crate::TtsModelBuilder::threads).
pub fn usable_cores() -> usize {
    available_threads()
}
