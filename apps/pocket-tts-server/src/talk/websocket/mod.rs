//! A conversation over a WebSocket.

pub(crate) mod connection;
pub(crate) mod messages;
pub(crate) mod peer;
mod state;
