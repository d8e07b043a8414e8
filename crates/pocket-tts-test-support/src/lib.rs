//! What the tests of several crates share: where goldens are, child processes that end with their test, sound decoded
//! by an independent program, and noise.
//!
//! It must not know any crate of this workspace. A helper panics, with a message, where a test could not go on.

mod child;
mod ffmpeg;
mod goldens;
mod noise;

pub use child::ChildGuard;
pub use ffmpeg::decode;
pub use goldens::{goldens, own_goldens};
pub use noise::noise;
