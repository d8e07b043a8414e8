//! Test helpers that several crates share: the folder of goldens, child processes that end with their test, an independent
//! audio decoder, and noise.
//!
//! It must not know any crate of this workspace. A helper panics with a message if a test cannot continue.

mod child;
mod ffmpeg;
mod goldens;
mod noise;

pub use child::ChildGuard;
pub use ffmpeg::decode;
pub use goldens::{goldens, own_goldens};
pub use noise::noise;
