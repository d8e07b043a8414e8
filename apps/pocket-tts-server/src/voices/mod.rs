//! Which voice a request means, and where it comes from.
//!
//! A request can name voices that the model or the server has, send a recording, or point to one on the web
//! or the hub within the operator's limits. Nothing in a request ever becomes a path on this machine.

mod address;
pub(crate) mod catalog;
pub(crate) mod choice;
mod remote;
mod stock;
pub(crate) mod store;
