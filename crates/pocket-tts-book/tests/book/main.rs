//! Books of all kinds, sound and hostile.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod epub;
mod hostile;
mod notes;
mod support;
mod texts;
