//! A request for speech, from its admission to the last byte.
//!
//! | Module | Job |
//! |---|---|
//! | [`format`] | which bytes the sound becomes |
//! | [`events`] | the same bytes as server-sent events |
//! | [`job`] | the thread of one request |
//! | [`channel`] | from that thread to the connection |
//! | [`reply`] | admission, time limits, the response |
//! | [`hooks`] | where tests make things go wrong |

pub(crate) mod channel;
pub(crate) mod events;
pub(crate) mod format;
pub(crate) mod hooks;
pub(crate) mod job;
pub(crate) mod reply;
