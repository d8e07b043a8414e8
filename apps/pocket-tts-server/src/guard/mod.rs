//! The middleware in front of the endpoints: request ids and the log, then host, origin, key and rate.

pub(crate) mod admit;
pub(crate) mod client;
pub(crate) mod hosts;
pub(crate) mod identify;
pub(crate) mod keys;
pub(crate) mod origin;
pub(crate) mod proxies;
pub(crate) mod public;
pub(crate) mod rates;
pub(crate) mod requests;
