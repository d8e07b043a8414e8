//! Handles the events of a connection. It must not wait for anything.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, ready},
};

use pocket_tts_audio::pcm_s16le;
use serde_json::{Map, Value, json};

use super::{
    frame::{self, WyomingEvent},
    info,
};
use crate::{
    api_error::ApiError,
    app::App,
    guard::client::Client,
    intake::text::check_text,
    talk::{
        conversation::{Conversation, ConversationEvent},
        plan::ConversationPlan,
        turn_speech::AudioInfo,
    },
};

/// Replies that may wait to be sent.
const MAX_REPLIES: usize = 16;
const SAMPLE_BYTES: usize = 2;

/// The state of a connection.
pub(super) struct Dialogue {
    app: Arc<App>,
    client: Client,
    /// For the log.
    id: String,
    speech: Option<WyomingSpeech>,
    replies: VecDeque<Vec<u8>>,
    is_draining: bool,
    /// Whether the connection closes once all replies are sent.
    is_closing: bool,
}

/// The speech of one `synthesize` or of one stream of text.
struct WyomingSpeech {
    conversation: Conversation<EndMark>,
    kind: SpeechKind,
    sound: Option<AudioInfo>,
    /// Whether `audio-start` was sent.
    has_begun: bool,
    position_s: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SpeechKind {
    Whole,
    /// More text may come.
    OpenStream,
    /// Its text is complete.
    EndedStream,
}

/// The mark after the last text.
#[derive(Debug)]
struct EndMark;

impl Dialogue {
    pub(super) fn new(app: Arc<App>, client: Client, id: String) -> Self {
        let replies = VecDeque::new();
        Self { app, client, id, speech: None, replies, is_draining: false, is_closing: false }
    }

    /// Whether more may be read.
    pub(super) fn has_room(&self) -> bool {
        self.replies.len() < MAX_REPLIES
    }

    /// Whether the client is waiting for the server.
    pub(super) fn is_busy(&self) -> bool {
        !self.replies.is_empty() || self.speech.as_ref().is_some_and(|speech| speech.conversation.is_busy())
    }

    /// Whether an event has to wait for the end of the current speech.
    pub(super) fn must_wait(&self, event: &WyomingEvent) -> bool {
        let begins = matches!(event.kind.as_str(), "synthesize" | "synthesize-start");
        begins && self.speech.as_ref().is_some_and(|speech| speech.kind != SpeechKind::OpenStream)
    }

    /// Reports an error and closes the connection, as clients would wait for audio.
    pub(super) fn fail(&mut self, error: &ApiError) {
        let fields = &error.to_open_ai()["error"];
        let code = if fields["code"].is_null() { &fields["type"] } else { &fields["code"] };
        self.reply("error", &json!({ "text": fields["message"], "code": code }));
        self.close();
    }

    /// Stops the speech, and closes once all replies are sent.
    pub(super) fn close(&mut self) {
        self.speech = None;
        self.is_closing = true;
    }

    /// Ends the connection at its next pause.
    pub(super) fn drain(&mut self) {
        self.is_draining = true;
    }

    /// Handles an event. Unknown ones belong to other services.
    pub(super) fn handle(&mut self, event: &WyomingEvent) {
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
            // Within a stream it repeats the whole text, for servers without streaming.
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
                // Reading may have waited for this room.
                context.waker().wake_by_ref();
                return Poll::Ready(Some(bytes));
            }
            if self.is_closing || (self.is_draining && !self.is_busy()) {
                return Poll::Ready(None);
            }
            let Some(speech) = &mut self.speech else { return Poll::Pending };
            match ready!(speech.conversation.poll(context)) {
                Ok(event) => self.emit(event),
                Err(error) => self.fail(&error),
            }
        }
    }

    fn speak_whole(&mut self, data: &Map<String, Value>) -> Result<(), ApiError> {
        let text = text_of(data)?;
        check_text(text, &self.app.settings.limits, "text", 413)?;
        let mut speech = self.begin(data, SpeechKind::Whole)?;
        speech.conversation.say(text.to_owned());
        speech.conversation.flush(EndMark);
        self.speech = Some(speech);
        Ok(())
    }

    fn open(&mut self, data: &Map<String, Value>) -> Result<(), ApiError> {
        if self.speech.is_some() {
            return Err(wrong("synthesize-start came before the synthesize-stop of the stream before it"));
        }
        self.speech = Some(self.begin(data, SpeechKind::OpenStream)?);
        Ok(())
    }

    fn write(&mut self, data: &Map<String, Value>) -> Result<(), ApiError> {
        let text = text_of(data)?;
        self.stream()?.conversation.write(text)
    }

    fn stop(&mut self) -> Result<(), ApiError> {
        let speech = self.stream()?;
        speech.kind = SpeechKind::EndedStream;
        speech.conversation.flush(EndMark);
        Ok(())
    }

    fn stream(&mut self) -> Result<&mut WyomingSpeech, ApiError> {
        let open = self.speech.as_mut().filter(|speech| speech.kind == SpeechKind::OpenStream);
        open.ok_or_else(|| wrong("synthesize-chunk and synthesize-stop must follow a synthesize-start"))
    }

    fn begin(&self, data: &Map<String, Value>, kind: SpeechKind) -> Result<WyomingSpeech, ApiError> {
        let text_format = text_format(data, kind)?;
        self.app.phase.demand_open()?;
        if let Some(rates) = &self.app.rates {
            rates.take(self.client)?;
        }
        let mut requested = info::requested_speech(&self.app, data.get("voice"))?;
        requested.seed = data.get("context").and_then(|context| context.get("seed")).and_then(Value::as_u64);
        requested.reading.text_format = text_format;
        requested.is_growing = kind != SpeechKind::Whole;
        let plan = ConversationPlan::new(&self.app, &requested)?;
        let conversation = Conversation::new(&self.app, plan, self.client, self.id.clone());
        Ok(WyomingSpeech { conversation, kind, sound: None, has_begun: false, position_s: 0.0 })
    }

    fn emit(&mut self, event: ConversationEvent<EndMark>) {
        let Some(speech) = &mut self.speech else { return };
        match event {
            ConversationEvent::Ready(sound) => speech.sound = Some(sound),
            ConversationEvent::Audio { samples, start_s, stop_s } => {
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
            ConversationEvent::Mark(EndMark) => self.end(),
            ConversationEvent::Refused(_, error) => self.fail(&error),
            ConversationEvent::Begin(..)
            | ConversationEvent::Times(_)
            | ConversationEvent::End(..)
            | ConversationEvent::Cancelled { .. } => {}
        }
    }

    fn end(&mut self) {
        let Some(speech) = self.speech.take() else { return };
        if speech.has_begun {
            self.reply("audio-stop", &json!({ "timestamp": milliseconds(speech.position_s) }));
        }
        if speech.kind == SpeechKind::EndedStream {
            self.reply("synthesize-stopped", &Value::Null);
        } else if !speech.has_begun {
            self.fail(&ApiError::bad_request("there is nothing to say in this text").code("nothing_to_say"));
        }
    }

    fn reply(&mut self, kind: &str, data: &Value) {
        self.replies.push_back(frame::encode(kind, data, &[]));
    }
}

/// The mark-up of the text: `text` (marks in brackets, or SSML that begins with `<speak`) or `ssml`, which can't be read in
/// pieces.
fn text_format(data: &Map<String, Value>, kind: SpeechKind) -> Result<Option<String>, ApiError> {
    match data.get("text_format").and_then(Value::as_str) {
        Some("ssml") if kind == SpeechKind::Whole => Ok(Some("ssml".to_owned())),
        None | Some("text") if kind == SpeechKind::Whole => Ok(None),
        None | Some("text") => Ok(Some("plain".to_owned())),
        Some(_) => {
            let message = "`text_format` must be `text`, or `ssml` in a synthesize event";
            Err(ApiError::bad_request(message).param("text_format").code("unsupported_text_format"))
        }
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
