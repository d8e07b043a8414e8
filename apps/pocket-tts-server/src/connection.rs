//! A client's connection: its send buffer, and ways to end it that HTTP does not have.
//!
//! It must not know HTTP.

#[cfg(unix)]
use std::os::fd::AsFd;
#[cfg(windows)]
use std::os::windows::io::AsSocket;
use std::{any::Any, net::Shutdown, sync::Arc, time::Duration};

#[cfg(unix)]
use actix_web::rt::net::UnixStream;
use actix_web::{dev::Extensions, rt::net::TcpStream};
use socket2::{SockRef, Socket};
use tokio::time::timeout;

use crate::connections::{Close, Connections, Stage, Ticket};

/// Size of the send buffer, which Linux doubles. A socket becomes writable again only when a third of it is free, so a
/// larger buffer would make slow readers look like stalled ones.
const SEND_BUFFER_BYTES: usize = 64 << 10;

/// How long to wait for the send buffer to empty: a number of steps and the length of one.
const FINISH_TRIES: u32 = 100;
const FINISH_PAUSE: Duration = Duration::from_millis(50);

/// A second handle of a client's connection.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: Socket,
    /// Its entry in the list of connections.
    ticket: Option<Ticket>,
}

impl Connection {
    /// Called for every new connection: sets its send buffer, registers it, and stores a handle for its requests.
    pub(crate) fn opened(all: &Arc<Connections>, stream: &dyn Any, data: &mut Extensions) {
        let handle = stream.downcast_ref::<TcpStream>().map(Self::of);
        #[cfg(unix)]
        let handle = handle.or_else(|| stream.downcast_ref::<UnixStream>().map(Self::of));
        match handle {
            Some(Ok(Self { socket, .. })) => {
                drop(data.insert(all.enter(|ticket| Self { socket, ticket: Some(ticket) })));
            }
            Some(Err(error)) => tracing::warn!(%error, "cannot set the send buffer of a connection"),
            None => {}
        }
    }

    /// Records the stage of the connection.
    pub(crate) fn reaches(&self, stage: Stage) {
        if let Some(ticket) = &self.ticket {
            ticket.reaches(stage);
        }
    }

    #[cfg(unix)]
    pub(crate) fn of(stream: &impl AsFd) -> std::io::Result<Self> {
        SockRef::from(stream).set_send_buffer_size(SEND_BUFFER_BYTES)?;
        Ok(Self { socket: stream.as_fd().try_clone_to_owned()?.into(), ticket: None })
    }

    #[cfg(windows)]
    pub(crate) fn of(stream: &impl AsSocket) -> std::io::Result<Self> {
        SockRef::from(stream).set_send_buffer_size(SEND_BUFFER_BYTES)?;
        Ok(Self { socket: stream.as_socket().try_clone_to_owned()?.into(), ticket: None })
    }

    /// Shuts down the sending side once everything has been written. Gives up after a while if the client reads too
    /// slowly.
    pub(crate) async fn finish_when_sent(&self) {
        for _ in 0..FINISH_TRIES {
            // The writing task is woken with the first answer and has written all it can by the second.
            if self.is_writable().await && self.is_writable().await {
                drop(self.socket.shutdown(Shutdown::Write));
                return;
            }
        }
    }

    /// Whether the socket becomes writable within a moment.
    async fn is_writable(&self) -> bool {
        // A new handle reports the current state; an existing one reports changes only.
        let handle = self.socket.try_clone().and_then(|socket| TcpStream::from_std(socket.into()));
        let Ok(handle) = handle else { return false };
        timeout(FINISH_PAUSE, handle.writable()).await.is_ok_and(|outcome| outcome.is_ok())
    }

    /// Makes the client see a reset rather than a regular end when the connection is closed.
    pub(crate) fn break_off_when_closed(&self) {
        drop(self.socket.set_linger(Some(Duration::ZERO)));
    }
}

impl Close for Connection {
    fn close(&self) {
        // It may have ended already.
        drop(self.socket.shutdown(Shutdown::Both));
    }
}
