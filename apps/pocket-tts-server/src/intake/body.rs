//! Reads bodies within limits of size and time.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use actix_web::{error::PayloadError, web::Payload};
use futures_core::Stream;
use tokio::time::timeout_at;

use crate::{api_error::ApiError, limits::Limits};

/// The time limit of a whole body, as a multiple of the limit of a pause.
const PAUSES: u32 = 10;
/// Bytes for a text in its longest encoding (percent-encoded UTF-8), and for the other fields.
const BYTES_PER_CHARACTER: usize = 12;
pub(super) const OTHER_FIELDS_BYTES: usize = 64 << 10;

/// How long a client may take to send a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyTimeout {
    pause: Duration,
    end: Instant,
}

impl BodyTimeout {
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, end: Instant::now() + pause * PAUSES }
    }

    /// Waits for the client.
    pub(super) async fn wait<T>(&self, event: impl Future<Output = T>) -> Result<T, ApiError> {
        let limit = self.end.min(Instant::now() + self.pause);
        timeout_at(limit.into(), event).await.map_err(|_| {
            ApiError::refused(408, "the body of the request took too long to arrive").code("body_timeout")
        })
    }
}

/// The largest body with a text and no file, in bytes.
pub(super) fn max_text_body_bytes(limits: &Limits) -> usize {
    limits.max_text_characters.saturating_mul(BYTES_PER_CHARACTER).saturating_add(OTHER_FIELDS_BYTES)
}

/// Reads the whole body.
pub(super) async fn read(
    mut payload: Payload,
    max_bytes: usize,
    pause: Duration,
) -> Result<Vec<u8>, ApiError> {
    let timeout = BodyTimeout::new(pause);
    let mut bytes = Vec::new();
    while let Some(chunk) = timeout.wait(next(&mut payload)).await? {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if bytes.len() + chunk.len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The next item of a stream.
pub(super) async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

pub(super) fn broken(error: &PayloadError) -> ApiError {
    match error {
        PayloadError::Overflow => ApiError::refused(413, "the body is too large").code("body_too_large"),
        _ => ApiError::bad_request("the body of the request is damaged or incomplete").code("invalid_body"),
    }
}

pub(super) fn too_large(max_bytes: usize) -> ApiError {
    ApiError::refused(413, format!("the body is larger than {max_bytes} bytes")).code("body_too_large")
}
