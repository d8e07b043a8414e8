//! The limits of the server: how much it does at once and how long it waits.

use std::time::Duration;

/// How much the server does at once, and how long it waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_streams: usize,
    pub(crate) max_queue: usize,
    pub(crate) max_text_characters: usize,
    /// Audio of one request.
    pub(crate) max_audio: Duration,
    /// Requests of one client at once.
    pub(crate) max_requests_per_client: Option<usize>,
    /// Seconds of audio a minute for one client.
    pub(crate) max_audio_per_client_s: Option<f64>,
    /// Disk space for audio that clients have not read yet.
    pub(crate) max_spool_bytes: u64,
    /// Bytes a second that a client must read while audio waits for it.
    pub(crate) min_read_bytes_per_s: u64,
    pub(crate) max_upload_bytes: usize,
    pub(crate) queue_timeout: Duration,
    pub(crate) first_audio_timeout: Duration,
    pub(crate) request_timeout: Duration,
    /// How much audio is buffered before any is sent; may be zero.
    pub(crate) first_chunk_length: Duration,
    pub(crate) stall_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) drain_timeout: Duration,
    /// May be zero.
    pub(crate) drain_delay: Duration,
}
