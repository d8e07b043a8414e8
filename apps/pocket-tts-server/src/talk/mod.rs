//! Speech of text that is still being written, over two protocols.
//!
//! | Module | Job |
//! |---|---|
//! | [`plan`] | the model, the voice and the options |
//! | [`places`] | places of texts in all that was written |
//! | [`turn_speech`] | the thread that speaks, one sentence after another |
//! | [`turn_queue`] | the admission, the work and the end of each turn |
//! | [`conversation`] | text in, audio and marks out, in order |
//! | [`websocket`], [`wyoming`] | the two protocols |

mod conversation;
mod places;
mod plan;
mod turn_queue;
mod turn_speech;
pub(crate) mod websocket;
pub(crate) mod wyoming;
