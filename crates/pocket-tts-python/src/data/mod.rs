//! Sets of recordings: windows of them, single recordings, and work on whole sets.

mod codec;
mod opus;
mod reader;
mod recording;
mod sets;

pub(crate) use opus::OpusStream;
pub(crate) use reader::{DataIter, DataReader};
pub(crate) use recording::{RecordingReader, recording_durations};
pub(crate) use sets::{cut_set, decode_latents_of_set, encode_set, measure_set, prepare_set};
