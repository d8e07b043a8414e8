//! The task of a WebSocket: it reads and writes concurrently, so that clients can interrupt the speech.
//!
//! It must not know how the connection was opened.

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

use super::{
    messages::ServerMessage,
    peer::Peer,
    state::{Step, WebSocketState},
};
use crate::{api_error::ApiError, app::App, connection::Connection, connections::Close};

/// Largest message.
const MAX_MESSAGE_BYTES: usize = 64 << 10;

/// How long the close frame may take to be sent.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why writing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// One side closed the WebSocket.
    Closed,
    /// The client read nothing for too long.
    Stalled,
}

/// Runs until either side closes the WebSocket.
pub(crate) async fn converse(app: Arc<App>, peer: Peer, session: Session, messages: MessageStream) {
    let messages = messages.max_frame_size(MAX_MESSAGE_BYTES).aggregate_continuations();
    let mut messages = messages.max_continuation_size(MAX_MESSAGE_BYTES);
    let limits = app.settings.limits;
    let connection = Weak::clone(&peer.connection);
    let state = RefCell::new(WebSocketState::new(Arc::clone(&app), peer));
    tokio::select! {
        biased;
        () = drain(&app, &state) => {}
        // The client left, so everything is dropped.
        () = listen(&mut messages, &state, limits.idle_timeout) => {}
        outcome = speak(session, &state, limits.stall_timeout) => {
            // This stops the speech.
            state.borrow_mut().close(CloseCode::Normal);
            let Some(connection) = connection.upgrade() else { return };
            match outcome {
                Ended::Closed => finish(&mut messages, &connection).await,
                // The connection waits to write and notices nothing else.
                Ended::Stalled => connection.close(),
            }
        }
    }
}

/// Closes the sending side, for which clients wait after the close frame.
async fn finish(messages: &mut AggregatedMessageStream, connection: &Connection) {
    // The messages end when the close frame has been sent.
    drop(timeout(CLOSE_TIMEOUT, async { while let Some(Ok(_)) = messages.recv().await {} }).await);
    connection.finish_when_sent().await;
}

/// Ends the conversation when the server shuts down.
async fn drain(app: &App, state: &RefCell<WebSocketState>) {
    app.phase.draining().await;
    state.borrow_mut().drain();
    pending::<()>().await;
}

/// Reads until the client leaves. Nothing is read after an error.
async fn listen(
    messages: &mut AggregatedMessageStream,
    state: &RefCell<WebSocketState>,
    idle_limit: Duration,
) {
    loop {
        // Back-pressure: nothing is read from a client that does not read its replies.
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
            AggregatedMessage::Text(text) => state.handle(&text),
            AggregatedMessage::Binary(_) => state.refuse(
                &ApiError::bad_request("messages to the server must be JSON texts, not binary")
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

/// Writes until the conversation ends. A client that reads nothing for too long is disconnected.
async fn speak(mut session: Session, state: &RefCell<WebSocketState>, stall_limit: Duration) -> Ended {
    loop {
        let step = poll_fn(|context| state.borrow_mut().poll(context)).await;
        let sent = match step {
            Step::Send(ServerMessage::Text(text)) => timeout(stall_limit, session.text(text)).await,
            Step::Send(ServerMessage::Binary(bytes)) => timeout(stall_limit, session.binary(bytes)).await,
            Step::Send(ServerMessage::Pong(content)) => timeout(stall_limit, session.pong(&content)).await,
            Step::Close(code) => {
                // The client may have left.
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

/// The error and close code for a violation of the protocol.
fn broken(error: &ProtocolError) -> (ApiError, CloseCode) {
    let is_too_large = match error {
        ProtocolError::Overflow => true,
        // The library reports oversized fragmented messages in this way.
        ProtocolError::Io(error) => error.to_string().contains("continuation size"),
        _ => false,
    };
    if is_too_large {
        let message =
            format!("a message is larger than {MAX_MESSAGE_BYTES} bytes; send the text in smaller pieces");
        return (ApiError::refused(413, message).code("message_too_large"), CloseCode::Size);
    }
    let message = "received an invalid WebSocket frame, or a text that is not UTF-8";
    (ApiError::bad_request(message).code("protocol_error"), CloseCode::Protocol)
}
