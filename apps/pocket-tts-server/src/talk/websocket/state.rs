//! Where a conversation over a WebSocket stands: what has been set up, what is to be sent, whether it is over.
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
    Partner,
    messages::{AudioFrames, ClientMessage, Mark, ServerMessage, Setup},
};
use crate::{
    api_error::ApiError,
    app::App,
    talk::{
        conversation::{Conversation, Event},
        plan::Plan,
    },
};

/// Replies that may wait for a reader.
const MAX_REPLIES: usize = 16;

/// A conversation over a WebSocket.
pub(super) struct State {
    app: Arc<App>,
    partner: Partner,
    talk: Option<Talk>,
    replies: VecDeque<ServerMessage>,
    /// Whether the client has said that no more text comes.
    is_ended: bool,
    is_draining: bool,
    /// Why the connection will be closed once all replies are sent.
    closing: Option<CloseCode>,
}

/// What a setup leads to.
struct Talk {
    conversation: Conversation<Mark>,
    plan: Plan,
    format: AudioFormat,
    frames: AudioFrames,
    /// There is one once the sample rate is known.
    encoder: Option<Encoder>,
    /// Where the sound ends that was sent so far, as far as encoders cut it.
    position_s: f64,
}

/// What the connection does next.
pub(super) enum Step {
    Send(ServerMessage),
    Close(CloseCode),
}

impl State {
    pub(super) fn new(app: Arc<App>, partner: Partner) -> Self {
        let replies = VecDeque::new();
        Self { app, partner, talk: None, replies, is_ended: false, is_draining: false, closing: None }
    }

    /// Whether more may be read.
    pub(super) fn has_room(&self) -> bool {
        self.replies.len() < MAX_REPLIES
    }

    /// Whether the client waits for the server, not the server for the client.
    pub(super) fn is_busy(&self) -> bool {
        !self.replies.is_empty() || self.talk.as_ref().is_some_and(|talk| talk.conversation.is_busy())
    }

    /// Takes a message. One that is wrong changes nothing.
    pub(super) fn hear(&mut self, text: &str) {
        if let Err(error) = ClientMessage::parse(text).and_then(|message| self.obey(message)) {
            self.refuse(&error);
        }
    }

    /// Tells of an error that changes nothing.
    pub(super) fn refuse(&mut self, error: &ApiError) {
        self.reply(ServerMessage::error(error));
    }

    pub(super) fn reply(&mut self, message: ServerMessage) {
        self.replies.push_back(message);
    }

    /// Tells of an error that ends the conversation.
    pub(super) fn fail(&mut self, error: &ApiError, code: CloseCode) {
        self.refuse(error);
        self.close(code);
    }

    /// Drops all that is to be said, and closes once all replies are sent.
    pub(super) fn close(&mut self, code: CloseCode) {
        self.talk = None;
        self.closing.get_or_insert(code);
    }

    /// Ends the conversation at its next pause.
    pub(super) fn drain(&mut self) {
        self.is_draining = true;
    }

    /// What the connection does next.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        loop {
            if let Some(message) = self.replies.pop_front() {
                // Whoever reads may have waited for this room.
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
            let Some(talk) = &mut self.talk else { return Poll::Pending };
            match ready!(talk.conversation.poll(context)) {
                Ok(event) => self.tell(event),
                Err(error) => self.fail(&error, code_of(&error)),
            }
        }
    }

    fn obey(&mut self, message: ClientMessage) -> Result<(), ApiError> {
        match message {
            ClientMessage::Setup(setup) => return self.set_up(setup),
            ClientMessage::Text { text } => self.writable()?.write(&text)?,
            ClientMessage::Flush { id } => self.writable()?.flush(Mark::Flushed(id)),
            ClientMessage::Cancel => {
                let conversation = &mut self.talk.as_mut().ok_or_else(no_setup)?.conversation;
                conversation.cancel(|mark| matches!(mark, Mark::EndOfStream));
            }
            ClientMessage::EndOfStream => {
                self.writable()?.flush(Mark::EndOfStream);
                self.is_ended = true;
            }
        }
        Ok(())
    }

    fn set_up(&mut self, setup: Setup) -> Result<(), ApiError> {
        if self.talk.is_some() {
            let message = "the conversation is set up already; open another connection for another voice";
            return Err(ApiError::bad_request(message).code("already_set_up"));
        }
        let (wishes, format, frames) = setup.decide()?;
        let plan = Plan::new(&self.app, &wishes)?;
        let Partner { client, id, .. } = self.partner.clone();
        let conversation = Conversation::new(&self.app, plan.clone(), client, id);
        self.talk = Some(Talk { conversation, plan, format, frames, encoder: None, position_s: 0.0 });
        Ok(())
    }

    fn writable(&mut self) -> Result<&mut Conversation<Mark>, ApiError> {
        if self.is_ended {
            let message = "end_of_stream was sent: no more text is taken";
            return Err(ApiError::bad_request(message).code("stream_ended"));
        }
        Ok(&mut self.talk.as_mut().ok_or_else(no_setup)?.conversation)
    }

    fn tell(&mut self, event: Event<Mark>) {
        let Some(talk) = &mut self.talk else { return };
        match event {
            Event::Ready(sound) => {
                talk.encoder = Encoder::new(talk.format, sound.sample_rate_hz).ok();
                self.replies.push_back(ServerMessage::ready(sound, &talk.plan, talk.format));
            }
            Event::Audio { samples, stop_s, .. } => {
                let encoded = talk.encoder.as_mut().map(|encoder| encoder.push(&samples));
                match encoded {
                    // Encoders hold samples back until they have a block of them.
                    Some(Ok(sound)) if sound.is_empty() => {}
                    Some(Ok(sound)) => {
                        let start_s = std::mem::replace(&mut talk.position_s, stop_s);
                        self.replies.push_back(ServerMessage::audio(sound, talk.frames, start_s, stop_s));
                    }
                    Some(Err(error)) => self.fail(&error.into(), CloseCode::Error),
                    None => self.fail(&ApiError::internal("there is no encoder"), CloseCode::Error),
                }
            }
            Event::Mark(Mark::EndOfStream) => {
                // A WAV file ends with silence, of which clients of other servers rely on some.
                let at_s = talk.position_s;
                let tail = talk.encoder.take().map(Encoder::finish).and_then(Result::ok);
                if let Some(tail) = tail.filter(|tail| !tail.is_empty()) {
                    self.replies.push_back(ServerMessage::audio(tail, talk.frames, at_s, at_s));
                }
                self.replies.extend(ServerMessage::of_event(&event));
                self.close(CloseCode::Normal);
            }
            other => self.replies.extend(ServerMessage::of_event(&other)),
        }
    }
}

fn no_setup() -> ApiError {
    ApiError::bad_request("the first message must be a setup, as {\"type\":\"setup\"}").code("no_setup")
}

/// How a failed conversation is closed.
fn code_of(error: &ApiError) -> CloseCode {
    match error.status() {
        429 | 503 => CloseCode::Again,
        400..500 => CloseCode::Policy,
        _ => CloseCode::Error,
    }
}
