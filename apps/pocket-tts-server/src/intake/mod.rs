//! The bodies of requests: read within limits of size and time, then taken apart into fields.

pub(crate) mod announced;
mod body;
pub(crate) mod checking;
pub(crate) mod fields;
pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod reading;
pub(crate) mod text;
pub(crate) mod upload;
