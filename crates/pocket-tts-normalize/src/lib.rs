#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod agreement;
mod classes;
mod context;
mod language;
mod lexer;
mod normalizer;
mod number;
mod number_reader;
mod rbnf;
mod roman_numeral;
mod rule;
mod say_as;
mod table;

pub use language::Language;
pub use normalizer::{Change, Hint, HintKind, Normalized, Normalizer};
pub use rule::Rule;
pub use say_as::{DateOrder, SayAs};
