//! Why sound cannot be played.

use thiserror::Error;

use crate::output::Output;

/// Why sound cannot be played.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlayError {
    /// There is neither a sound server nor a program that plays sound.
    #[error(
        "cannot play, as no sound output was found on this machine; {}",
        if cfg!(any(target_os = "macos", windows)) {
            "connect a loudspeaker or headphones, or write a file with --output-path"
        } else {
            "start PipeWire or PulseAudio, install a player (pw-play, pacat, aplay or sox), or write a file with \
             --output-path"
        }
    )]
    NoOutput,
    /// All outputs were tried, and none worked.
    #[error(
        "cannot play: {}; start PipeWire or PulseAudio, check the sound card, or write a file with --output-path",
        failures.iter().map(|(output, reason)| format!("{output}: {reason}")).collect::<Vec<_>>().join(", ")
    )]
    AllFailed {
        /// Each output and what happened.
        failures: Vec<(Output, String)>,
    },
    /// The output failed after some of the sound had been played.
    #[error("playing ended early, as {output} failed: {reason}; check the sound output and start again")]
    Broken {
        /// The output.
        output: Output,
        /// What happened.
        reason: String,
    },
    /// The system refused to start a thread.
    #[error("cannot start a thread to play sound: {reason}; try again when the machine is less busy")]
    Thread {
        /// The operating system's error.
        reason: String,
    },
    /// [`StopHandle::stop`](crate::StopHandle::stop) was called.
    #[error("playing was stopped")]
    Stopped,
}
