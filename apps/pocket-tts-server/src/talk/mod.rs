//! Speech of a text that is still being written, and how two protocols carry it.
//!
//! | Module | Job |
//! |---|---|
//! | [`splitter`] | which sentences are complete |
//! | [`plan`] | which model and voice, and how |
//! | [`speaker`] | the thread that speaks, one sentence after another |
//! | [`turn`] | a speaker's admission, its work and its rest |
//! | [`conversation`] | text in, sound and marks out, in order |
//! | [`websocket`], [`wyoming`] | the two protocols |

mod conversation;
mod plan;
mod speaker;
mod splitter;
mod turn;
pub(crate) mod websocket;
pub(crate) mod wyoming;
