//! Reads the supported subset of SSML 1.1.

mod attributes;
mod element;
mod reader;
mod values;
mod xml_errors;

pub use reader::is_ssml;
pub(crate) use reader::read;
