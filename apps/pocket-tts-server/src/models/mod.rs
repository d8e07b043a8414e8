//! The models that this server speaks with.

pub(crate) mod catalog;
pub(crate) mod choice;
pub(crate) mod language;
pub(crate) mod load_error;
pub(crate) mod loaded;
pub(crate) mod registry;
