//! The Wyoming protocol over TCP, as Home Assistant speaks it: events in, events out, one task a connection.

mod dialogue;
mod frame;
mod info;

use std::{
    cell::RefCell,
    future::{pending, poll_fn},
    io,
    net::TcpListener as StdListener,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use actix_web::rt::{
    self,
    net::{TcpListener, TcpStream},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
    sync::Semaphore,
    time::{sleep, timeout},
};

use crate::{api_error::ApiError, app::App, connection::Connection, guard::rates::Client, random};
use dialogue::Dialogue;
use frame::{Decoder, Event};

/// Connections at once; whoever comes then is closed at once.
const MAX_CONNECTIONS: usize = 128;
/// How long a client may take to close its side of a connection that is over.
const PARTING: Duration = Duration::from_secs(1);
const READ_BYTES: usize = 8 << 10;
/// What accepting may have to wait for when the system has no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves on these sockets until the server is about to end, then lets those who speak end within the time for that.
pub(crate) async fn serve(app: Arc<App>, listeners: Vec<StdListener>) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut accepting = Vec::new();
    for listener in listeners {
        let opened = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
        match opened {
            Ok(listener) => accepting.push(rt::spawn(accept(Arc::clone(&app), listener, Arc::clone(&room)))),
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

async fn accept(app: Arc<App>, listener: TcpListener, room: Arc<Semaphore>) {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection of the Wyoming protocol can't be taken");
                sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else { continue };
        let app = Arc::clone(&app);
        rt::spawn(async move {
            converse(&app, stream, Client::at(Some(address.ip()))).await;
            drop(permit);
        });
    }
}

async fn converse(app: &Arc<App>, stream: TcpStream, client: Client) {
    let id = random::id();
    let connection = match Connection::of(&stream) {
        Ok(connection) => connection,
        Err(error) => return tracing::warn!(id, %error, "a connection can't be bounded"),
    };
    app.refresh_voices().await;
    let limits = app.settings.limits;
    let dialogue = RefCell::new(Dialogue::new(Arc::clone(app), client, id));
    let (mut reader, writer) = stream.into_split();
    tokio::select! {
        biased;
        () = drain(app, &dialogue) => {}
        () = listen(&mut reader, &dialogue, limits.idle_timeout) => {}
        () = speak(writer, &dialogue, limits.stall_timeout) => {}
    }
    // However it ended, nobody listens any more.
    dialogue.borrow_mut().close();
    // What is still arriving would make the system throw away what the client hasn't read yet.
    drop(timeout(PARTING, drop_rest(&mut reader)).await);
    connection.close();
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
async fn listen(reader: &mut OwnedReadHalf, dialogue: &RefCell<Dialogue>, idle_limit: Duration) {
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
async fn speak(mut writer: OwnedWriteHalf, dialogue: &RefCell<Dialogue>, stall_limit: Duration) {
    while let Some(bytes) = poll_fn(|context| dialogue.borrow_mut().poll(context)).await {
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
