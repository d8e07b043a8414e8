//! A request for speech, from its admission to the last byte.
//!
//! | Module | Job |
//! |---|---|
//! | [`mod@format`] | audio formats by name |
//! | [`framing`] | audio as it is, as server-sent events, and with captions |
//! | [`timing`] | when sentences and words are heard |
//! | [`run`] | the thread that speaks, for HTTP requests and conversations |
//! | [`job`] | the sink of a run for one HTTP request |
//! | [`channel`] | the channel from the thread to the connection |
//! | [`spool`] | temporary files for slow readers |
//! | [`warnings`] | warnings about a text, in JSON and in a header |
//! | [`reply`] | admission, time limits, the response |
//! | [`hooks`] | hooks for tests |

pub(crate) mod channel;
pub(crate) mod format;
pub(crate) mod framing;
pub(crate) mod hooks;
pub(crate) mod job;
pub(crate) mod reply;
pub(crate) mod run;
pub(crate) mod spool;
pub(crate) mod timing;
pub(crate) mod warnings;
