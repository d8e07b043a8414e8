//! What can play sound on this machine.

use std::fmt;
use std::path::PathBuf;

/// Something that can play sound.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// A sound server with PulseAudio's protocol, which PipeWire speaks too, at this socket.
    SoundServer(PathBuf),
    /// A program that plays its standard input.
    Program(PathBuf),
    /// The default device of the system, by name.
    Device(String),
}

impl fmt::Display for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SoundServer(socket) => write!(formatter, "the sound server at {}", socket.display()),
            Self::Program(path) => write!(formatter, "{}", path.display()),
            Self::Device(name) => formatter.write_str(name),
        }
    }
}

/// The outputs that exist here, in the order in which they are tried. Nothing is played, so a program may turn out to find
/// no sound card.
pub fn outputs() -> Vec<Output> {
    let mut outputs = Vec::new();
    #[cfg(any(target_os = "macos", windows))]
    outputs.extend(crate::device::default_device().map(Output::Device));
    #[cfg(all(unix, not(target_os = "macos")))]
    outputs.extend(crate::pulse::socket().map(Output::SoundServer));
    #[cfg(unix)]
    outputs.extend(crate::program::installed().into_iter().map(Output::Program));
    outputs
}
