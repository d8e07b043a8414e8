//! The client at the other end of a WebSocket.

use std::sync::Weak;

use crate::{connection::Connection, guard::client::Client};

/// The client at the other end.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) client: Client,
    /// The connection, as long as it is open.
    pub(crate) connection: Weak<Connection>,
    /// The id of the request, for the log.
    pub(crate) id: String,
}
