//! Sound as server-sent events, in the words of OpenAI's speech API. It must not know how events travel.

use actix_web::web::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::api_error::ApiError;

/// What the response's body consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The sound itself.
    Audio,
    /// Events that hold pieces of it.
    Events,
}

impl Framing {
    /// The body's bytes for a piece of sound.
    ///
    /// Events also carry `warnings` about the text, if there are any.
    pub(crate) fn piece(self, sound: Vec<u8>, warnings: Vec<Value>) -> Bytes {
        if self == Self::Audio {
            return sound.into();
        }
        let mut delta = json!({ "type": "speech.audio.delta", "audio": STANDARD.encode(sound) });
        if !warnings.is_empty() {
            delta["warnings"] = warnings.into();
        }
        event(&delta)
    }

    /// What follows the last piece, if anything.
    pub(crate) fn end(self, input_tokens: usize, output_tokens: usize) -> Option<Bytes> {
        (self == Self::Events).then(|| {
            event(&json!({ "type": "speech.audio.done", "usage": {
                "input_tokens": input_tokens,
                "output_tokens": output_tokens,
                "total_tokens": input_tokens + output_tokens,
            } }))
        })
    }

    /// What tells of an error after the begin, if anything can.
    pub(crate) fn failure(self, error: &ApiError) -> Option<Bytes> {
        (self == Self::Events).then(|| {
            let mut body = error.to_open_ai();
            body["type"] = json!("error");
            event(&body)
        })
    }
}

fn event(data: &Value) -> Bytes {
    format!("data: {data}\n\n").into()
}
