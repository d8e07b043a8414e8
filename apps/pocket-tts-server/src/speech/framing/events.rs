//! Server-sent events of OpenAI's speech API, and further ones with the times of sentences and words.

use actix_web::web::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::framer::Framer;
use crate::{
    api_error::ApiError,
    speech::{run::Said, timing::Timing},
};

/// The events of one response.
#[derive(Debug)]
pub(super) struct Events {
    has_times: bool,
    /// Warnings about the text, sent with the first piece.
    warnings: Vec<Value>,
    /// Events that are sent with the first piece.
    waiting: String,
    has_begun: bool,
}

impl Events {
    pub(super) fn new(has_times: bool) -> Self {
        Self { has_times, warnings: Vec::new(), waiting: String::new(), has_begun: false }
    }
}

impl Framer for Events {
    fn begin(&mut self, has_word_times: bool) {
        if self.has_times {
            self.waiting = event(&json!({ "type": "speech.timestamps", "word_times": has_word_times }));
        }
    }

    fn warn(&mut self, warnings: Vec<Value>) {
        self.warnings = warnings;
    }

    fn times(&mut self, timings: Vec<Timing>) -> Option<Bytes> {
        if !self.has_times {
            return None;
        }
        for timing in timings {
            self.waiting += &event(&timing.to_json(&format!("speech.{}", timing.edge.name("."))));
        }
        let is_sent = self.has_begun && !self.waiting.is_empty();
        is_sent.then(|| std::mem::take(&mut self.waiting).into())
    }

    fn sound(&mut self, sound: Vec<u8>) -> Option<Bytes> {
        self.has_begun = true;
        let mut delta = json!({ "type": "speech.audio.delta", "audio": STANDARD.encode(sound) });
        if !self.warnings.is_empty() {
            delta["warnings"] = std::mem::take(&mut self.warnings).into();
        }
        let mut events = std::mem::take(&mut self.waiting);
        events += &event(&delta);
        Some(events.into())
    }

    fn end(&mut self, Said { tokens, frames, warnings }: Said) -> Option<Bytes> {
        let mut done = json!({ "type": "speech.audio.done", "usage": {
            "input_tokens": tokens, "output_tokens": frames, "total_tokens": tokens + frames,
        } });
        if !warnings.is_empty() {
            done["warnings"] = warnings.into();
        }
        Some(event(&done).into())
    }

    fn failure(&self, error: &ApiError) -> Option<Bytes> {
        let mut body = error.to_open_ai();
        body["type"] = json!("error");
        Some(event(&body).into())
    }
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}
