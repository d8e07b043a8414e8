//! The Wyoming protocol over TCP, as Home Assistant speaks it: events in, events out, one task a connection.

mod dialogue;
mod frame;
mod info;

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

use crate::{
    api_error::ApiError,
    app::App,
    connection::Connection,
    connections::{Connections, Stage},
    guard::rates::Client,
    random,
};
use dialogue::Dialogue;
use frame::{Decoder, Event};

/// Connections at once; the next one is taken when one of them is over.
const MAX_CONNECTIONS: usize = 128;
/// Beyond this number, one that waits for its client is closed for each new one.
const COMFORTABLE_CONNECTIONS: usize = 112;
/// How long a client may take to close its side of a connection that is over.
const PARTING: Duration = Duration::from_secs(1);
const READ_BYTES: usize = 8 << 10;
/// What accepting may have to wait for when the system has no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves on these sockets until the server is about to end, then lets those who speak end within the time for that.
pub(crate) async fn serve(app: Arc<App>, listeners: Vec<StdListener>) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let all = Connections::new(app.hooks.comfortable_connections.unwrap_or(COMFORTABLE_CONNECTIONS));
    let mut accepting = Vec::new();
    for listener in listeners {
        let opened = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
        match opened {
            Ok(listener) => {
                let (app, all, room) = (Arc::clone(&app), Arc::clone(&all), Arc::clone(&room));
                accepting.push(rt::spawn(accept(app, listener, all, room)));
            }
            Err(error) => tracing::error!(%error, "a socket of the Wyoming protocol can't be used"),
        }
    }
    app.phase.draining().await;
    for task in accepting {
        task.abort();
    }
    // All room is free once all connections are closed.
    let empty = room.acquire_many(MAX_CONNECTIONS as u32);
    drop(timeout(app.settings.limits.drain_timeout, empty).await);
}

async fn accept(app: Arc<App>, listener: TcpListener, all: Arc<Connections>, room: Arc<Semaphore>) {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection of the Wyoming protocol can't be taken");
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
    // Otherwise the log tells why.
    let Some(connection) = data.remove::<Arc<Connection>>() else { return };
    app.refresh_voices().await;
    let limits = app.settings.limits;
    let partner = Partner {
        dialogue: RefCell::new(Dialogue::new(Arc::clone(app), client, id)),
        connection: &connection,
        is_busy: Cell::new(false),
    };
    let (mut reader, writer) = stream.into_split();
    tokio::select! {
        biased;
        () = drain(app, &partner.dialogue) => {}
        () = listen(&mut reader, &partner, limits.idle_timeout) => {}
        () = speak(writer, &partner, limits.stall_timeout) => {}
    }
    // However it ended, nobody listens any more.
    partner.dialogue.borrow_mut().close();
    // What is still arriving would make the system throw away what the client hasn't read yet.
    drop(timeout(PARTING, drop_rest(&mut reader)).await);
    connection.close();
}

/// A conversation and the connection that carries it.
struct Partner<'a> {
    dialogue: RefCell<Dialogue>,
    connection: &'a Connection,
    /// What the list of connections was last told.
    is_busy: Cell<bool>,
}

impl Partner<'_> {
    /// Tells the list of connections whether the client waits for the server or the server for the client.
    fn tell_stage(&self) {
        let is_busy = self.dialogue.borrow().is_busy();
        if self.is_busy.replace(is_busy) != is_busy {
            self.connection.reaches(if is_busy { Stage::Answering } else { Stage::Idle });
        }
    }
}

async fn drop_rest(reader: &mut OwnedReadHalf) {
    let mut bytes = [0; READ_BYTES];
    while !matches!(reader.read(&mut bytes).await, Ok(0) | Err(_)) {}
}

/// Tells the conversation when the server is about to end.
async fn drain(app: &App, dialogue: &RefCell<Dialogue>) {
    app.phase.draining().await;
    dialogue.borrow_mut().drain();
    pending::<()>().await;
}

/// Reads until the client leaves; after an error nothing more is read.
async fn listen(reader: &mut OwnedReadHalf, partner: &Partner<'_>, idle_limit: Duration) {
    let dialogue = &partner.dialogue;
    let mut decoder = Decoder::default();
    loop {
        // A client that asks and doesn't read is not asked for more.
        poll_fn(|_| if dialogue.borrow().has_room() { Poll::Ready(()) } else { Poll::Pending }).await;
        let event = match next_event(reader, &mut decoder, dialogue, idle_limit).await {
            Ok(Some(event)) => event,
            // Answers that are ready still leave; whoever asked with one line may have closed its side only.
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
        dialogue.borrow_mut().hear(&event);
        partner.tell_stage();
    }
}

/// The next event, for which a client may take its time only while it is spoken to.
async fn next_event(
    reader: &mut OwnedReadHalf,
    decoder: &mut Decoder,
    dialogue: &RefCell<Dialogue>,
    idle_limit: Duration,
) -> Result<Option<Event>, ApiError> {
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

/// May be given up and begun anew: what has arrived is in the decoder.
async fn read_event(reader: &mut OwnedReadHalf, decoder: &mut Decoder) -> Result<Option<Event>, ApiError> {
    let mut bytes = [0; READ_BYTES];
    loop {
        let malformed = |error: frame::FrameError| {
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

/// Writes until the conversation is over. Who takes nothing for too long is cut off.
async fn speak(mut writer: OwnedWriteHalf, partner: &Partner<'_>, stall_limit: Duration) {
    let next = || {
        poll_fn(|context| {
            let polled = partner.dialogue.borrow_mut().poll(context);
            partner.tell_stage();
            polled
        })
    };
    while let Some(bytes) = next().await {
        if write(&mut writer, &bytes, stall_limit).await.is_err() {
            return;
        }
    }
    // Whoever left needs no goodbye.
    drop(writer.shutdown().await);
}

async fn write(writer: &mut OwnedWriteHalf, mut bytes: &[u8], stall_limit: Duration) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = timeout(stall_limit, writer.write(bytes)).await??;
        bytes = &bytes[written..];
    }
    Ok(())
}
