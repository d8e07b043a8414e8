//! What a response body with speech is made with.

use actix_web::web::Bytes;
use serde_json::Value;

use crate::{
    api_error::ApiError,
    speech::{run::Said, timing::Timing},
};

/// Frames the audio of one response.
pub(crate) trait Framer: Send {
    /// Called once the model is loaded. Tells whether it knows the times of words.
    fn begin(&mut self, _has_word_times: bool) {}

    /// Takes warnings about the text.
    fn warn(&mut self, _warnings: Vec<Value>) {}

    /// The bytes to send for these times. Nothing is sent before the first audio, so that an error can be a status.
    fn times(&mut self, _timings: Vec<Timing>) -> Option<Bytes> {
        None
    }

    /// The bytes to send for a piece of audio, which is not empty.
    fn sound(&mut self, sound: Vec<u8>) -> Option<Bytes>;

    /// The bytes after everything.
    fn end(&mut self, _said: Said) -> Option<Bytes> {
        None
    }

    /// The bytes that report an error in the middle of the body, if there are any.
    fn failure(&self, _error: &ApiError) -> Option<Bytes> {
        None
    }
}
