//! A client's connection itself: how much the system may hold for it, and how to end one that is stuck.
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

use crate::connections::{Connections, Stage, Ticket};

/// Bytes that the system may hold for a client that doesn't read; Linux doubles it. It says that there is room
/// again only when a third is free, so that a larger buffer would let slow readers look like stopped ones.
const SEND_BUFFER_BYTES: usize = 64 << 10;

/// How long a connection's end is waited for, in so many steps of such a length.
const FINISH_TRIES: u32 = 100;
const FINISH_PAUSE: Duration = Duration::from_millis(50);

/// A second handle of a client's connection.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: Socket,
    /// Its entry among those that take HTTP.
    ticket: Option<Ticket>,
}

impl Connection {
    /// Called for every connection: bounds it, takes it in among all, and leaves a handle for its requests.
    pub(crate) fn opened(all: &Arc<Connections>, stream: &dyn Any, data: &mut Extensions) {
        let handle = stream.downcast_ref::<TcpStream>().map(Self::of);
        #[cfg(unix)]
        let handle = handle.or_else(|| stream.downcast_ref::<UnixStream>().map(Self::of));
        match handle {
            Some(Ok(Self { socket, .. })) => {
                drop(data.insert(all.enter(|ticket| Self { socket, ticket: Some(ticket) })));
            }
            Some(Err(error)) => tracing::warn!(%error, "a connection can't be bounded"),
            None => {}
        }
    }

    /// Tells how far the connection's request is.
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

    /// Ends what is sent, once all of it has left the program, without waiting for the other side to end. Gives up
    /// after a while if the other side takes too little.
    pub(crate) async fn finish_when_sent(&self) {
        for _ in 0..FINISH_TRIES {
            // Whoever writes is woken with the first answer and has written what it could by the second.
            if self.is_writable().await && self.is_writable().await {
                drop(self.socket.shutdown(Shutdown::Write));
                return;
            }
        }
    }

    /// Whether the system takes more now, or within a moment.
    async fn is_writable(&self) -> bool {
        // A new handle is told how things are; one that exists is told of changes only.
        let handle = self.socket.try_clone().and_then(|socket| TcpStream::from_std(socket.into()));
        let Ok(handle) = handle else { return false };
        timeout(FINISH_PAUSE, handle.writable()).await.is_ok_and(|outcome| outcome.is_ok())
    }

    /// Lets the other side see an error, not an end, once the connection is closed.
    pub(crate) fn break_off_when_closed(&self) {
        drop(self.socket.set_linger(Some(Duration::ZERO)));
    }

    /// Ends the connection for both sides; whoever waits for it learns of it.
    pub(crate) fn close(&self) {
        // It may have ended already, which is as good.
        drop(self.socket.shutdown(Shutdown::Both));
    }
}
