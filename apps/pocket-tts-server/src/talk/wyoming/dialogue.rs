//! What each event leads to. It must not wait for anything.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, ready},
};

use pocket_tts_audio::pcm_s16le;
use serde_json::{Map, Value, json};

use super::{
    frame::{self, Event},
    info,
};
use crate::{
    api_error::ApiError,
    app::App,
    guard::rates::Client,
    intake::check_text,
    talk::{
        conversation::{Conversation, Event as Heard},
        plan::Plan,
        speaker::Sound,
    },
};

/// Answers that may wait for a reader.
const MAX_REPLIES: usize = 16;
const SAMPLE_BYTES: usize = 2;

/// A connection's state.
pub(super) struct Dialogue {
    app: Arc<App>,
    client: Client,
    /// For the log.
    id: String,
    speech: Option<Speech>,
    replies: VecDeque<Vec<u8>>,
    is_draining: bool,
    /// Whether the connection ends once all replies are sent.
    is_closing: bool,
}

/// One `synthesize`, or one stream of text.
struct Speech {
    conversation: Conversation<End>,
    kind: Kind,
    sound: Option<Sound>,
    /// Whether `audio-start` was sent.
    has_begun: bool,
    position_s: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    /// More text may come.
    OpenStream,
    /// All its text is there.
    EndedStream,
}

/// All is spoken.
#[derive(Debug)]
struct End;

impl Dialogue {
    pub(super) fn new(app: Arc<App>, client: Client, id: String) -> Self {
        let replies = VecDeque::new();
        Self { app, client, id, speech: None, replies, is_draining: false, is_closing: false }
    }

    /// Whether more may be read.
    pub(super) fn has_room(&self) -> bool {
        self.replies.len() < MAX_REPLIES
    }

    /// Whether the client waits for the server, not the server for the client.
    pub(super) fn is_busy(&self) -> bool {
        !self.replies.is_empty() || self.speech.as_ref().is_some_and(|speech| speech.conversation.is_busy())
    }

    /// Whether an event's turn comes only after the speech that is under way.
    pub(super) fn must_wait(&self, event: &Event) -> bool {
        let begins = matches!(event.kind.as_str(), "synthesize" | "synthesize-start");
        begins && self.speech.as_ref().is_some_and(|speech| speech.kind != Kind::OpenStream)
    }

    /// Tells of an error and ends the connection: clients wait for the end of a sound that isn't coming.
    pub(super) fn fail(&mut self, error: &ApiError) {
        let told = &error.to_open_ai()["error"];
        let code = if told["code"].is_null() { &told["type"] } else { &told["code"] };
        self.reply("error", &json!({ "text": told["message"], "code": code }));
        self.close();
    }

    /// Drops all that is to be said, and ends the connection once all replies are sent.
    pub(super) fn close(&mut self) {
        self.speech = None;
        self.is_closing = true;
    }

    /// Ends the connection at its next pause.
    pub(super) fn drain(&mut self) {
        self.is_draining = true;
    }

    /// Takes an event. Unknown ones are for other services.
    pub(super) fn hear(&mut self, event: &Event) {
        let outcome = match event.kind.as_str() {
            "describe" => {
                let info = info::info(&self.app);
                self.reply("info", &info);
                Ok(())
            }
            "ping" => {
                let text = event.data.get("text").cloned().unwrap_or_default();
                self.reply("pong", &json!({ "text": text }));
                Ok(())
            }
            // Inside a stream it holds the whole text once more, for servers that know no streams.
            "synthesize" if self.speech.is_some() => Ok(()),
            "synthesize" => self.speak_whole(&event.data),
            "synthesize-start" => self.open(&event.data),
            "synthesize-chunk" => self.write(&event.data),
            "synthesize-stop" => self.stop(),
            _ => Ok(()),
        };
        if let Err(error) = outcome {
            self.fail(&error);
        }
    }

    /// The bytes to send next; `None` at the end.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
        loop {
            if let Some(bytes) = self.replies.pop_front() {
                // Whoever reads may have waited for this room.
                context.waker().wake_by_ref();
                return Poll::Ready(Some(bytes));
            }
            if self.is_closing || (self.is_draining && !self.is_busy()) {
                return Poll::Ready(None);
            }
            let Some(speech) = &mut self.speech else { return Poll::Pending };
            match ready!(speech.conversation.poll(context)) {
                Ok(event) => self.tell(event),
                Err(error) => self.fail(&error),
            }
        }
    }

    fn speak_whole(&mut self, data: &Map<String, Value>) -> Result<(), ApiError> {
        let text = text_of(data)?;
        check_text(text, &self.app.settings.limits, "text", 413)?;
        let mut speech = self.begin(data, Kind::Whole)?;
        speech.conversation.say(text.to_owned());
        speech.conversation.flush(End);
        self.speech = Some(speech);
        Ok(())
    }

    fn open(&mut self, data: &Map<String, Value>) -> Result<(), ApiError> {
        if self.speech.is_some() {
            return Err(wrong("synthesize-start came before the synthesize-stop of the stream before it"));
        }
        self.speech = Some(self.begin(data, Kind::OpenStream)?);
        Ok(())
    }

    fn write(&mut self, data: &Map<String, Value>) -> Result<(), ApiError> {
        let text = text_of(data)?;
        self.stream()?.conversation.write(text)
    }

    fn stop(&mut self) -> Result<(), ApiError> {
        let speech = self.stream()?;
        speech.kind = Kind::EndedStream;
        speech.conversation.flush(End);
        Ok(())
    }

    fn stream(&mut self) -> Result<&mut Speech, ApiError> {
        let open = self.speech.as_mut().filter(|speech| speech.kind == Kind::OpenStream);
        open.ok_or_else(|| wrong("synthesize-chunk and synthesize-stop must follow a synthesize-start"))
    }

    fn begin(&self, data: &Map<String, Value>, kind: Kind) -> Result<Speech, ApiError> {
        if let Some(format) = data.get("text_format").filter(|format| !format.is_null())
            && format != "text"
        {
            let message = "`text_format` must be `text`: this server reads no other";
            return Err(ApiError::bad_request(message).param("text_format").code("unsupported_text_format"));
        }
        self.app.phase.demand_open()?;
        if let Some(rates) = &self.app.rates {
            rates.take(self.client)?;
        }
        let mut wishes = info::wishes(&self.app, data.get("voice"))?;
        wishes.seed = data.get("context").and_then(|context| context.get("seed")).and_then(Value::as_u64);
        let plan = Plan::new(&self.app, &wishes)?;
        let conversation = Conversation::new(&self.app, plan, self.client, self.id.clone());
        Ok(Speech { conversation, kind, sound: None, has_begun: false, position_s: 0.0 })
    }

    fn tell(&mut self, event: Heard<End>) {
        let Some(speech) = &mut self.speech else { return };
        match event {
            Heard::Ready(sound) => speech.sound = Some(sound),
            Heard::Audio { samples, start_s, stop_s } => {
                let Some(sound) = speech.sound else { return };
                let about = |at_s: f64| {
                    json!({
                        "rate": sound.sample_rate_hz,
                        "width": SAMPLE_BYTES,
                        "channels": 1,
                        "timestamp": milliseconds(at_s),
                    })
                };
                if !std::mem::replace(&mut speech.has_begun, true) {
                    self.replies.push_back(frame::encode("audio-start", &about(0.0), &[]));
                }
                speech.position_s = stop_s;
                self.replies.push_back(frame::encode("audio-chunk", &about(start_s), &pcm_s16le(&samples)));
            }
            Heard::Mark(End) => self.end(),
            Heard::Refused(_, error) => self.fail(&error),
            Heard::Begin(..) | Heard::End(_) | Heard::Cancelled { .. } => {}
        }
    }

    fn end(&mut self) {
        let Some(speech) = self.speech.take() else { return };
        if speech.has_begun {
            self.reply("audio-stop", &json!({ "timestamp": milliseconds(speech.position_s) }));
        }
        if speech.kind == Kind::EndedStream {
            self.reply("synthesize-stopped", &Value::Null);
        } else if !speech.has_begun {
            self.fail(&ApiError::bad_request("there is nothing to say in this text").code("empty_text"));
        }
    }

    fn reply(&mut self, kind: &str, data: &Value) {
        self.replies.push_back(frame::encode(kind, data, &[]));
    }
}

fn text_of(data: &Map<String, Value>) -> Result<&str, ApiError> {
    let text = data.get("text").and_then(Value::as_str);
    text.ok_or_else(|| wrong("the data of this event must hold a `text`"))
}

fn wrong(message: &str) -> ApiError {
    ApiError::bad_request(message).code("invalid_event")
}

fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1_000.0).round() as u64
}
