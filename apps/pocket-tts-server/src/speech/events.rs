//! Audio as server-sent events of OpenAI's speech API. It must not know how they are sent.

use actix_web::web::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::api_error::ApiError;

/// What a response body consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The audio itself.
    Audio,
    /// Events that hold pieces of it.
    Events,
}

impl Framing {
    /// The bytes of a piece of audio. Events also carry `warnings` about the text.
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

    /// The bytes after the last piece, if any.
    pub(crate) fn end(self, input_tokens: usize, output_tokens: usize) -> Option<Bytes> {
        (self == Self::Events).then(|| {
            event(&json!({ "type": "speech.audio.done", "usage": {
                "input_tokens": input_tokens,
                "output_tokens": output_tokens,
                "total_tokens": input_tokens + output_tokens,
            } }))
        })
    }

    /// The bytes that report an error in the middle of the body, if the framing has any.
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
