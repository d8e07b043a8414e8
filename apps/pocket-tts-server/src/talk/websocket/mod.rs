//! A conversation over a WebSocket: one task reads, speaks and writes at once, so that whoever interrupts is heard
//! while sound is on its way.
//!
//! It must not know how the connection came about.

mod messages;
mod state;

use std::{
    cell::RefCell,
    future::{pending, poll_fn},
    sync::{Arc, Weak},
    task::Poll,
    time::Duration,
};

use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, MessageStream, ProtocolError, Session,
};
use tokio::time::timeout;

use crate::{api_error::ApiError, app::App, connection::Connection, guard::rates::Client};
use messages::ServerMessage;
pub(crate) use messages::Setup;
use state::{State, Step};

/// Largest message.
const MAX_MESSAGE_BYTES: usize = 64 << 10;

/// How long the last frame may take to be handed over.
const PARTING: Duration = Duration::from_secs(1);

/// How the writing came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// One side said so.
    Closed,
    /// The client took nothing for too long.
    Stalled,
}

/// Whom a conversation is with.
#[derive(Debug, Clone)]
pub(crate) struct Partner {
    pub(crate) client: Client,
    /// The connection, as long as there is one.
    pub(crate) connection: Weak<Connection>,
    /// The id of the request, for the log.
    pub(crate) id: String,
}

/// Converses until either side ends it.
pub(crate) async fn converse(app: Arc<App>, partner: Partner, session: Session, messages: MessageStream) {
    let messages = messages.max_frame_size(MAX_MESSAGE_BYTES).aggregate_continuations();
    let mut messages = messages.max_continuation_size(MAX_MESSAGE_BYTES);
    let limits = app.settings.limits;
    let connection = Weak::clone(&partner.connection);
    let state = RefCell::new(State::new(Arc::clone(&app), partner));
    tokio::select! {
        biased;
        () = drain(&app, &state) => {}
        // Whoever left hears nothing any more; all that was asked for is dropped.
        () = listen(&mut messages, &state, limits.idle_timeout) => {}
        outcome = speak(session, &state, limits.stall_timeout) => {
            // However it ended, nobody listens any more.
            state.borrow_mut().close(CloseCode::Normal);
            let Some(connection) = connection.upgrade() else { return };
            match outcome {
                Ended::Closed => part(&mut messages, &connection).await,
                // The connection waits for its client and looks at nothing else.
                Ended::Stalled => connection.close(),
            }
        }
    }
}

/// Lets a client see the end at once, which waits for it after the last frame.
async fn part(messages: &mut AggregatedMessageStream, connection: &Connection) {
    // They end when the last frame has been handed over.
    drop(timeout(PARTING, async { while let Some(Ok(_)) = messages.recv().await {} }).await);
    connection.finish_when_sent().await;
}

/// Tells the conversation when the server is about to end.
async fn drain(app: &App, state: &RefCell<State>) {
    app.phase.draining().await;
    state.borrow_mut().drain();
    pending::<()>().await;
}

/// Reads until the client leaves; after an error nothing more is read.
async fn listen(messages: &mut AggregatedMessageStream, state: &RefCell<State>, idle_limit: Duration) {
    loop {
        // A client that asks and doesn't read is not asked for more.
        poll_fn(|_| if state.borrow().has_room() { Poll::Ready(()) } else { Poll::Pending }).await;
        let message = match timeout(idle_limit, messages.recv()).await {
            Err(_) if state.borrow().is_busy() => continue,
            Err(_) => {
                let message = format!("nothing was sent for {} s", idle_limit.as_secs_f64());
                let error = ApiError::refused(408, message).code("idle_timeout");
                state.borrow_mut().fail(&error, CloseCode::Policy);
                return pending().await;
            }
            Ok(None) => return,
            Ok(Some(Err(error))) => {
                let (error, code) = broken(&error);
                state.borrow_mut().fail(&error, code);
                return pending().await;
            }
            Ok(Some(Ok(message))) => message,
        };
        let mut state = state.borrow_mut();
        match message {
            AggregatedMessage::Text(text) => state.hear(&text),
            AggregatedMessage::Binary(_) => state.refuse(
                &ApiError::bad_request("messages to the server are JSON texts, not binary")
                    .code("invalid_message"),
            ),
            AggregatedMessage::Ping(content) => state.reply(ServerMessage::Pong(content)),
            AggregatedMessage::Pong(_) => {}
            AggregatedMessage::Close(_) => {
                state.close(CloseCode::Normal);
                break;
            }
        }
    }
    pending::<()>().await;
}

/// Writes until the conversation is over. Who takes nothing for too long is cut off.
async fn speak(mut session: Session, state: &RefCell<State>, stall_limit: Duration) -> Ended {
    loop {
        let step = poll_fn(|context| state.borrow_mut().poll(context)).await;
        let sent = match step {
            Step::Send(ServerMessage::Text(text)) => timeout(stall_limit, session.text(text)).await,
            Step::Send(ServerMessage::Binary(bytes)) => timeout(stall_limit, session.binary(bytes)).await,
            Step::Send(ServerMessage::Pong(content)) => timeout(stall_limit, session.pong(&content)).await,
            Step::Close(code) => {
                // Whoever left needs no goodbye.
                drop(timeout(stall_limit, session.close(Some(code.into()))).await);
                return Ended::Closed;
            }
        };
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(_closed)) => return Ended::Closed,
            Err(_stalled) => return Ended::Stalled,
        }
    }
}

/// What a violation of the protocol is called.
fn broken(error: &ProtocolError) -> (ApiError, CloseCode) {
    let is_too_large = match error {
        ProtocolError::Overflow => true,
        // This is how messages in too many parts are told of.
        ProtocolError::Io(error) => error.to_string().contains("continuation size"),
        _ => false,
    };
    if is_too_large {
        let message =
            format!("a message is larger than {MAX_MESSAGE_BYTES} bytes; send the text in smaller pieces");
        return (ApiError::refused(413, message).code("message_too_large"), CloseCode::Size);
    }
    let message = "what arrived is no proper WebSocket frame, or a text that is no UTF-8";
    (ApiError::bad_request(message).code("protocol_error"), CloseCode::Protocol)
}
