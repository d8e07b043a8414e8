//! Tests of the public API, in one program.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod checks;
mod cleaning;
mod dictionary;
mod fuzz;
mod marks;
mod properties;
mod random;
mod ssml;
