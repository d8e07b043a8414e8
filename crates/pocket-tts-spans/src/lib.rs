#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod edits;
mod mapped_text;
mod utf16;

pub use edits::Edits;
pub use mapped_text::MappedText;
pub use utf16::Utf16Offsets;
