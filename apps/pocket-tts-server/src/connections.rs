//! All clients' connections of a protocol: where each of them is, and which one goes when there are too many.
//!
//! Clients that open connections and say nothing, or send a request that never ends, would hold all places that there
//! are, those of health checks too. So whoever comes always gets in, and in the place of whoever has waited longest.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Instant,
};

use crate::connection::Connection;

/// Where a connection is between two requests and within one.
///
/// Those without a head don't go before the others that wait: where many send bodies that never end, whoever comes would
/// be the only one without a head for a moment, and go at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There is no whole head of a request.
    Idle,
    /// There is, and perhaps more of the request is on its way.
    Receiving,
    /// The request is whole, and it is being answered: such a connection never goes.
    Answering,
}

/// All connections that are open.
#[derive(Debug)]
pub(crate) struct Connections {
    /// So many may be open before one has to go for the next.
    comfortable: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next_id: u64,
    places: HashMap<u64, Place>,
}

#[derive(Debug)]
struct Place {
    stage: Stage,
    since: Instant,
    connection: Weak<Connection>,
}

/// A connection's entry among all, as long as it is open.
#[derive(Debug)]
pub(crate) struct Ticket {
    connections: Arc<Connections>,
    id: u64,
}

impl Connections {
    pub(crate) fn new(comfortable: usize) -> Arc<Self> {
        Arc::new(Self { comfortable, open: Mutex::default() })
    }

    /// Takes one in, and closes that which has waited longest if there are too many now.
    pub(crate) fn enter(self: &Arc<Self>, connection: impl FnOnce(Ticket) -> Connection) -> Arc<Connection> {
        let mut open = self.lock();
        open.next_id += 1;
        let id = open.next_id;
        let entered = Arc::new(connection(Ticket { connections: Arc::clone(self), id }));
        let leaving = if open.places.len() < self.comfortable { None } else { open.take_longest_waiting() };
        let place = Place { stage: Stage::Idle, since: Instant::now(), connection: Arc::downgrade(&entered) };
        open.places.insert(id, place);
        // A connection's end asks for the lock.
        drop(open);
        if let Some(connection) = leaving {
            tracing::debug!("a connection that waited goes, as there are too many");
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
    /// The connection that goes first, which counts no more. None goes if all are being answered.
    fn take_longest_waiting(&mut self) -> Option<Arc<Connection>> {
        let waiting = self.places.iter().filter(|(_, place)| place.stage != Stage::Answering);
        let (id, _) = waiting.min_by_key(|(_, place)| place.since)?;
        let id = *id;
        self.places.remove(&id)?.connection.upgrade()
    }
}

impl Ticket {
    /// Tells where the connection is now.
    pub(crate) fn reaches(&self, stage: Stage) {
        if let Some(place) = self.connections.lock().places.get_mut(&self.id) {
            (place.stage, place.since) = (stage, Instant::now());
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.connections.lock().places.remove(&self.id);
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
    fn who_has_waited_longest_goes_and_who_is_answered_stays() {
        let connections = Connections::new(3);
        let mut clients: Vec<_> = (0..3).map(|_| enter(&connections)).collect();
        clients[0].1.reaches(Stage::Answering);
        // It has waited less than the one after it since.
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
    fn who_leaves_makes_room() {
        let connections = Connections::new(1);
        for _ in 0..3 {
            let (mut client, connection) = enter(&connections);
            assert!(is_open(&mut client));
            drop(connection);
        }
        assert!(connections.lock().places.is_empty());
    }
}
