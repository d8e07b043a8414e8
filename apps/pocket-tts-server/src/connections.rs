//! The open connections of a protocol, of which idle ones are evicted when there are too many.
//!
//! Clients that open connections and send nothing, or send a request that never ends, could use up all connections,
//! including those for health checks. So a new connection is always accepted, and the one that has been idle longest is
//! closed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Instant,
};

/// The stage of a connection.
///
/// Idle connections are not evicted before receiving ones: when many clients send bodies that never end, a new connection
/// would be the only idle one, and be evicted at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No request head has arrived completely.
    Idle,
    /// The head has arrived, and the body may still be arriving.
    Receiving,
    /// The request is complete and is being answered. Such a connection is never evicted.
    Answering,
}

/// A connection that can be closed from outside.
pub(crate) trait Close: std::fmt::Debug + Send + Sync {
    /// Ends the connection for both sides.
    fn close(&self);
}

/// The open connections.
#[derive(Debug)]
pub(crate) struct Connections {
    /// Connections that may be open before one is evicted for the next.
    threshold: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next_id: u64,
    entries: HashMap<u64, ConnectionEntry>,
}

#[derive(Debug)]
struct ConnectionEntry {
    stage: Stage,
    since: Instant,
    connection: Weak<dyn Close>,
}

/// The entry of a connection, until dropped.
#[derive(Debug)]
pub(crate) struct Ticket {
    connections: Arc<Connections>,
    id: u64,
}

impl Connections {
    pub(crate) fn new(threshold: usize) -> Arc<Self> {
        Arc::new(Self { threshold, open: Mutex::default() })
    }

    /// Registers a connection, and evicts the one that has waited longest if there are too many.
    pub(crate) fn enter<C: Close + 'static>(
        self: &Arc<Self>,
        connection: impl FnOnce(Ticket) -> C,
    ) -> Arc<C> {
        let mut open = self.lock();
        open.next_id += 1;
        let id = open.next_id;
        let entered = Arc::new(connection(Ticket { connections: Arc::clone(self), id }));
        let leaving = if open.entries.len() < self.threshold { None } else { open.take_longest_waiting() };
        let connection: Weak<C> = Arc::downgrade(&entered);
        open.entries.insert(id, ConnectionEntry { stage: Stage::Idle, since: Instant::now(), connection });
        // Dropping a connection takes the lock.
        drop(open);
        if let Some(connection) = leaving {
            tracing::debug!("evicted an idle connection");
            connection.close();
        }
        entered
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // No code that can panic runs under the lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Removes the connection to evict, if any is not being answered.
    fn take_longest_waiting(&mut self) -> Option<Arc<dyn Close>> {
        let waiting = self.entries.iter().filter(|(_, place)| place.stage != Stage::Answering);
        let (id, _) = waiting.min_by_key(|(_, place)| place.since)?;
        let id = *id;
        self.entries.remove(&id)?.connection.upgrade()
    }
}

impl Ticket {
    /// Records the stage of the connection.
    pub(crate) fn reaches(&self, stage: Stage) {
        if let Some(place) = self.connections.lock().entries.get_mut(&self.id) {
            (place.stage, place.since) = (stage, Instant::now());
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.connections.lock().entries.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        net::{TcpListener, TcpStream},
    };

    use actix_web::{dev::Extensions, rt::net::TcpStream as TokioStream};

    use super::*;
    use crate::connection::Connection;

    /// A client, and the server's side of its connection.
    fn enter(connections: &Arc<Connections>) -> (TcpStream, Arc<Connection>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_nonblocking(true).unwrap();
        let (server, _) = listener.accept().unwrap();
        let mut data = Extensions::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let _inside = runtime.enter();
        server.set_nonblocking(true).unwrap();
        Connection::opened(connections, &TokioStream::from_std(server).unwrap(), &mut data);
        (client, Arc::clone(data.get::<Arc<Connection>>().unwrap()))
    }

    fn is_open(client: &mut TcpStream) -> bool {
        client.read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    #[test]
    fn the_longest_waiting_is_evicted_and_answered_ones_stay() {
        let connections = Connections::new(3);
        let mut clients: Vec<_> = (0..3).map(|_| enter(&connections)).collect();
        clients[0].1.reaches(Stage::Answering);
        // From now on it has waited less than the one after it.
        clients[1].1.reaches(Stage::Receiving);
        let open = |clients: &mut Vec<(TcpStream, Arc<Connection>)>| -> Vec<bool> {
            clients.iter_mut().map(|(client, _)| is_open(client)).collect()
        };
        clients.push(enter(&connections));
        assert_eq!(open(&mut clients), [true, true, false, true]);
        clients[3].1.reaches(Stage::Receiving);
        clients.push(enter(&connections));
        assert_eq!(open(&mut clients), [true, false, false, true, true]);
        clients[3].1.reaches(Stage::Answering);
        clients[4].1.reaches(Stage::Answering);
        clients.push(enter(&connections));
        assert_eq!(open(&mut clients), [true, false, false, true, true, true], "all others are answered");
    }

    #[test]
    fn a_closed_connection_makes_room() {
        let connections = Connections::new(1);
        for _ in 0..3 {
            let (mut client, connection) = enter(&connections);
            assert!(is_open(&mut client));
            drop(connection);
        }
        assert!(connections.lock().entries.is_empty());
    }
}
