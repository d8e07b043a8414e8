//! The state of a conversation over a WebSocket: what has been set up, what to send, whether it is closing.
//!
//! It must not wait for anything.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_ws::CloseCode;
use pocket_tts_audio::{AudioFormat, Encoder};

use super::{
    messages::{AudioFrames, ClientMessage, ServerMessage, Setup, WebSocketMark},
    peer::Peer,
};
use crate::{
    api_error::ApiError,
    app::App,
    talk::{
        conversation::{Conversation, ConversationEvent},
        plan::ConversationPlan,
    },
};

/// Replies that may wait to be sent.
const MAX_REPLIES: usize = 16;

/// A conversation over a WebSocket.
pub(super) struct WebSocketState {
    app: Arc<App>,
    peer: Peer,
    active: Option<ActiveConversation>,
    replies: VecDeque<ServerMessage>,
    /// Whether the client has announced the end of its text.
    is_ended: bool,
    is_draining: bool,
    /// The code to close with once all replies are sent.
    closing: Option<CloseCode>,
}

/// A conversation that has been set up.
struct ActiveConversation {
    conversation: Conversation<WebSocketMark>,
    plan: ConversationPlan,
    format: AudioFormat,
    frames: AudioFrames,
    /// Created once the sample rate is known.
    encoder: Option<Encoder>,
    /// The end of the audio sent so far, in encoded blocks.
    position_s: f64,
}

/// The next action of the connection.
pub(super) enum Step {
    Send(ServerMessage),
    Close(CloseCode),
}

impl WebSocketState {
    pub(super) fn new(app: Arc<App>, peer: Peer) -> Self {
        let replies = VecDeque::new();
        Self { app, peer, active: None, replies, is_ended: false, is_draining: false, closing: None }
    }

    /// Whether more may be read.
    pub(super) fn has_room(&self) -> bool {
        self.replies.len() < MAX_REPLIES
    }

    /// Whether the client is waiting for the server.
    pub(super) fn is_busy(&self) -> bool {
        !self.replies.is_empty() || self.active.as_ref().is_some_and(|active| active.conversation.is_busy())
    }

    /// Handles a message. A wrong one changes nothing.
    pub(super) fn handle(&mut self, text: &str) {
        if let Err(error) = ClientMessage::parse(text).and_then(|message| self.apply(message)) {
            self.refuse(&error);
        }
    }

    /// Reports an error that changes nothing.
    pub(super) fn refuse(&mut self, error: &ApiError) {
        self.reply(ServerMessage::error(error));
    }

    pub(super) fn reply(&mut self, message: ServerMessage) {
        self.replies.push_back(message);
    }

    /// Reports an error that ends the conversation.
    pub(super) fn fail(&mut self, error: &ApiError, code: CloseCode) {
        self.refuse(error);
        self.close(code);
    }

    /// Stops the speech, and closes once all replies are sent.
    pub(super) fn close(&mut self, code: CloseCode) {
        self.active = None;
        self.closing.get_or_insert(code);
    }

    /// Ends the conversation at its next pause.
    pub(super) fn drain(&mut self) {
        self.is_draining = true;
    }

    /// The next action of the connection.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        loop {
            if let Some(message) = self.replies.pop_front() {
                // Reading may have waited for this room.
                context.waker().wake_by_ref();
                return Poll::Ready(Step::Send(message));
            }
            if let Some(code) = self.closing {
                return Poll::Ready(Step::Close(code));
            }
            if self.is_draining && !self.is_busy() {
                self.fail(&ApiError::draining(), CloseCode::Away);
                continue;
            }
            let Some(active) = &mut self.active else { return Poll::Pending };
            match ready!(active.conversation.poll(context)) {
                Ok(event) => self.emit(event),
                Err(error) => self.fail(&error, code_of(&error)),
            }
        }
    }

    fn apply(&mut self, message: ClientMessage) -> Result<(), ApiError> {
        match message {
            ClientMessage::Setup(setup) => return self.set_up(setup),
            ClientMessage::Text { text } => self.writable()?.write(&text)?,
            ClientMessage::Flush { id } => self.writable()?.flush(WebSocketMark::Flushed(id)),
            ClientMessage::Cancel => {
                let conversation = &mut self.active.as_mut().ok_or_else(no_setup)?.conversation;
                conversation.cancel(|mark| matches!(mark, WebSocketMark::EndOfStream));
            }
            ClientMessage::EndOfStream => {
                self.writable()?.flush(WebSocketMark::EndOfStream);
                self.is_ended = true;
            }
        }
        Ok(())
    }

    fn set_up(&mut self, setup: Setup) -> Result<(), ApiError> {
        if self.active.is_some() {
            let message = "the conversation is set up already; open another connection for another voice";
            return Err(ApiError::bad_request(message).code("already_set_up"));
        }
        let (requested, format, frames) = setup.decide()?;
        let plan = ConversationPlan::new(&self.app, &requested)?;
        let Peer { client, id, .. } = self.peer.clone();
        let conversation = Conversation::new(&self.app, plan.clone(), client, id);
        self.active =
            Some(ActiveConversation { conversation, plan, format, frames, encoder: None, position_s: 0.0 });
        Ok(())
    }

    fn writable(&mut self) -> Result<&mut Conversation<WebSocketMark>, ApiError> {
        if self.is_ended {
            let message = "no text is accepted after end_of_stream";
            return Err(ApiError::bad_request(message).code("stream_ended"));
        }
        Ok(&mut self.active.as_mut().ok_or_else(no_setup)?.conversation)
    }

    fn emit(&mut self, event: ConversationEvent<WebSocketMark>) {
        let Some(active) = &mut self.active else { return };
        match event {
            ConversationEvent::Ready(sound) => {
                active.encoder = Encoder::new(active.format, sound.sample_rate_hz).ok();
                self.replies.push_back(ServerMessage::ready(sound, &active.plan, active.format));
            }
            ConversationEvent::Audio { samples, stop_s, .. } => {
                let encoded = active.encoder.as_mut().map(|encoder| encoder.push(&samples));
                match encoded {
                    // Encoders hold samples back until they have a block.
                    Some(Ok(sound)) if sound.is_empty() => {}
                    Some(Ok(sound)) => {
                        let start_s = std::mem::replace(&mut active.position_s, stop_s);
                        self.replies.push_back(ServerMessage::audio(sound, active.frames, start_s, stop_s));
                    }
                    Some(Err(error)) => self.fail(&error.into(), CloseCode::Error),
                    None => self.fail(&ApiError::internal("there is no encoder"), CloseCode::Error),
                }
            }
            ConversationEvent::Times(timings) => self.replies.extend(ServerMessage::times(&timings)),
            ConversationEvent::Mark(WebSocketMark::EndOfStream) => {
                // Encoders may hold a last block.
                let at_s = active.position_s;
                let tail = active.encoder.take().map(Encoder::finish).and_then(Result::ok);
                if let Some(tail) = tail.filter(|tail| !tail.is_empty()) {
                    self.replies.push_back(ServerMessage::audio(tail, active.frames, at_s, at_s));
                }
                self.replies.extend(ServerMessage::of_event(&event));
                self.close(CloseCode::Normal);
            }
            other => self.replies.extend(ServerMessage::of_event(&other)),
        }
    }
}

fn no_setup() -> ApiError {
    ApiError::bad_request("the first message must be a setup, such as {\"type\":\"setup\"}").code("no_setup")
}

/// The close code of an error.
fn code_of(error: &ApiError) -> CloseCode {
    match error.status() {
        429 | 503 => CloseCode::Again,
        400..500 => CloseCode::Policy,
        _ => CloseCode::Error,
    }
}
