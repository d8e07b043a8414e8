//! A request for speech, from its admission to the last byte.
//!
//! | Module | Job |
//! |---|---|
//! | [`format`] | which bytes the sound becomes |
//! | [`events`] | the same bytes as server-sent events |
//! | [`run`] | the thread that speaks, for HTTP requests and conversations alike |
//! | [`job`] | what a run's sound becomes for one HTTP request |
//! | [`channel`] | from the thread to the connection |
//! | [`spool`] | what waits on disk for a slow reader |
//! | [`warnings`] | what is doubtful about a text, in JSON and in a header |
//! | [`reply`] | admission, time limits, the response |
//! | [`hooks`] | where tests make things go wrong |

pub(crate) mod channel;
pub(crate) mod events;
pub(crate) mod format;
pub(crate) mod hooks;
pub(crate) mod job;
pub(crate) mod reply;
pub(crate) mod run;
pub(crate) mod spool;
pub(crate) mod warnings;
