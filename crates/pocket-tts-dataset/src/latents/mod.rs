//! Latents of recordings, in the files that upstream's training reads: `latents/<hash>/<stem>_<number>.safetensors`, a
//! manifest `<stem>_latents.jsonl` with the field `latents_file`, and `<stem>_latents.meta.json`.
//!
//! Source: upstream's `training/scripts/precompute_latents.py`.

mod calibration;
mod codec;
mod encode;
mod file;

pub use calibration::Calibration;
pub use codec::LatentCodec;
pub use encode::{LatentStore, decode};
pub use file::{LatentFile, read_latents, write_latents};
