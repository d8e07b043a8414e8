//! Serves the Wyoming protocol over TCP: events in, events out, one task for each connection.

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    io,
    net::TcpListener as StdListener,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use actix_web::{
    dev::Extensions,
    rt::{
        self,
        net::{TcpListener, TcpStream},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{
    dialogue::Dialogue,
    frame::{Decoder, FrameError, WyomingEvent},
};
use crate::{
    api_error::ApiError,
    app::App,
    connection::Connection,
    connections::{Close, Connections, Stage},
    guard::client::Client,
    random,
};

/// Connections at once. The next one is accepted when one of them closes.
const MAX_CONNECTIONS: usize = 128;
/// Beyond this number, an idle connection is evicted for each new one.
const EVICTION_THRESHOLD: usize = 112;
/// How long a client may take to close its side of a finished connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
const READ_BYTES: usize = 8 << 10;
/// Pause after a failure to accept, as when no descriptor is left.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves on these sockets until draining begins, then lets running conversations finish within the drain time-out.
pub(crate) async fn serve(app: Arc<App>, listeners: Vec<StdListener>) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let all = Connections::new(app.hooks.eviction_threshold.unwrap_or(EVICTION_THRESHOLD));
    let mut accepting = Vec::new();
    for listener in listeners {
        let opened = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
        match opened {
            Ok(listener) => {
                let (app, all, room) = (Arc::clone(&app), Arc::clone(&all), Arc::clone(&room));
                accepting.push(rt::spawn(accept(app, listener, all, room)));
            }
            Err(error) => tracing::error!(%error, "cannot use a socket of the Wyoming protocol"),
        }
    }
    app.phase.draining().await;
    for task in accepting {
        task.abort();
    }
    // All permits are free once all connections are closed.
    let empty = room.acquire_many(MAX_CONNECTIONS as u32);
    drop(timeout(app.settings.limits.drain_timeout, empty).await);
}

async fn accept(app: Arc<App>, listener: TcpListener, all: Arc<Connections>, room: Arc<Semaphore>) {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection of the Wyoming protocol");
                sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let (app, all) = (Arc::clone(&app), Arc::clone(&all));
        rt::spawn(async move {
            converse(&app, stream, Client::at(Some(address.ip())), &all).await;
            drop(permit);
        });
    }
}

async fn converse(app: &Arc<App>, stream: TcpStream, client: Client, all: &Arc<Connections>) {
    let id = random::id();
    let mut data = Extensions::new();
    Connection::opened(all, &stream, &mut data);
    // The failure has been logged.
    let Some(connection) = data.remove::<Arc<Connection>>() else { return };
    app.refresh_voices().await;
    let limits = app.settings.limits;
    let connected = WyomingConnection {
        dialogue: RefCell::new(Dialogue::new(Arc::clone(app), client, id)),
        connection: &connection,
        is_busy: Cell::new(false),
    };
    let (mut reader, writer) = stream.into_split();
    tokio::select! {
        biased;
        () = drain(app, &connected.dialogue) => {}
        () = listen(&mut reader, &connected, limits.idle_timeout) => {}
        () = speak(writer, &connected, limits.stall_timeout) => {}
    }
    // This stops the speech.
    connected.dialogue.borrow_mut().close();
    // Closing with unread data would reset the connection and discard what the client has not read yet.
    drop(timeout(CLOSE_TIMEOUT, discard_rest(&mut reader)).await);
    connection.close();
}

/// A conversation and the connection that carries it.
struct WyomingConnection<'a> {
    dialogue: RefCell<Dialogue>,
    connection: &'a Connection,
    /// The last state reported to the list of connections.
    is_busy: Cell<bool>,
}

impl WyomingConnection<'_> {
    /// Reports to the list of connections whether the client waits for the server.
    fn report_stage(&self) {
        let is_busy = self.dialogue.borrow().is_busy();
        if self.is_busy.replace(is_busy) != is_busy {
            self.connection.reaches(if is_busy { Stage::Answering } else { Stage::Idle });
        }
    }
}

async fn discard_rest(reader: &mut OwnedReadHalf) {
    let mut bytes = [0; READ_BYTES];
    while !matches!(reader.read(&mut bytes).await, Ok(0) | Err(_)) {}
}

/// Ends the conversation when the server shuts down.
async fn drain(app: &App, dialogue: &RefCell<Dialogue>) {
    app.phase.draining().await;
    dialogue.borrow_mut().drain();
    pending::<()>().await;
}

/// Reads until the client leaves. Nothing is read after an error.
async fn listen(reader: &mut OwnedReadHalf, connected: &WyomingConnection<'_>, idle_limit: Duration) {
    let dialogue = &connected.dialogue;
    let mut decoder = Decoder::default();
    loop {
        // Back-pressure: nothing is read from a client that does not read its replies.
        poll_fn(|_| if dialogue.borrow().has_room() { Poll::Ready(()) } else { Poll::Pending }).await;
        let event = match next_event(reader, &mut decoder, dialogue, idle_limit).await {
            Ok(Some(event)) => event,
            // Ready replies are still sent: the client may have closed only its sending side.
            Ok(None) => {
                dialogue.borrow_mut().close();
                return pending().await;
            }
            Err(error) => {
                dialogue.borrow_mut().fail(&error);
                return pending().await;
            }
        };
        poll_fn(|_| if dialogue.borrow().must_wait(&event) { Poll::Pending } else { Poll::Ready(()) }).await;
        dialogue.borrow_mut().handle(&event);
        connected.report_stage();
    }
}

/// The next event. The idle limit does not apply during speech.
async fn next_event(
    reader: &mut OwnedReadHalf,
    decoder: &mut Decoder,
    dialogue: &RefCell<Dialogue>,
    idle_limit: Duration,
) -> Result<Option<WyomingEvent>, ApiError> {
    loop {
        match timeout(idle_limit, read_event(reader, decoder)).await {
            Ok(event) => return event,
            Err(_) if dialogue.borrow().is_busy() => {}
            Err(_) => {
                let message = format!("no event came within {} s", idle_limit.as_secs_f64());
                return Err(ApiError::refused(408, message).code("idle_timeout"));
            }
        }
    }
}

/// Cancel-safe: received bytes are in the decoder.
async fn read_event(
    reader: &mut OwnedReadHalf,
    decoder: &mut Decoder,
) -> Result<Option<WyomingEvent>, ApiError> {
    let mut bytes = [0; READ_BYTES];
    loop {
        let malformed = |error: FrameError| {
            ApiError::bad_request(format!("this is not the Wyoming protocol: {error}"))
                .code("malformed_event")
        };
        if let Some(event) = decoder.next().map_err(malformed)? {
            return Ok(Some(event));
        }
        match reader.read(&mut bytes).await {
            Ok(0) | Err(_) => return Ok(None),
            Ok(length) => decoder.push(&bytes[..length]),
        }
    }
}

/// Writes until the conversation ends. A client that reads nothing for too long is disconnected.
async fn speak(mut writer: OwnedWriteHalf, connected: &WyomingConnection<'_>, stall_limit: Duration) {
    let next = || {
        poll_fn(|context| {
            let polled = connected.dialogue.borrow_mut().poll(context);
            connected.report_stage();
            polled
        })
    };
    while let Some(bytes) = next().await {
        if write(&mut writer, &bytes, stall_limit).await.is_err() {
            return;
        }
    }
    // The client may have left.
    drop(writer.shutdown().await);
}

async fn write(writer: &mut OwnedWriteHalf, mut bytes: &[u8], stall_limit: Duration) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = timeout(stall_limit, writer.write(bytes)).await??;
        bytes = &bytes[written..];
    }
    Ok(())
}
