//! The bodies of requests: read within bounds of size and time, then told apart into fields.

pub(crate) mod form;
pub(crate) mod json;

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    error::PayloadError,
    http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
    web::{Bytes, Payload},
};
use futures_core::Stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout_at,
};

use crate::{api_error::ApiError, settings::Limits};

/// A body may take so many times as long as a pause in it.
const PAUSES: u32 = 10;
/// Room for a text in its worst encoding (percent-encoded UTF-8), and for the other fields.
const BYTES_PER_CHARACTER: usize = 12;
const OTHER_FIELDS_BYTES: usize = 64 << 10;
/// The paths that take forms with a file.
const WITH_FILES: [&str; 2] = ["/tts", "/v1/audio/voices"];
/// Files beyond this size are large, and there may be only so many at once.
const LARGE_BYTES: usize = 1 << 20;
const MAX_LARGE_UPLOADS: usize = 16;

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
struct Patience {
    pause: Duration,
    end: Instant,
}

impl Patience {
    fn new(pause: Duration) -> Self {
        Self { pause, end: Instant::now() + pause * PAUSES }
    }

    /// Waits for the client.
    async fn wait<T>(&self, event: impl Future<Output = T>) -> Result<T, ApiError> {
        let limit = self.end.min(Instant::now() + self.pause);
        timeout_at(limit.into(), event)
            .await
            .map_err(|_| ApiError::refused(408, "the body of the request took too long to arrive"))
    }
}

/// Most bytes of a body that holds a text and no file.
fn max_text_body_bytes(limits: &Limits) -> usize {
    limits.max_text_characters.saturating_mul(BYTES_PER_CHARACTER).saturating_add(OTHER_FIELDS_BYTES)
}

/// Most bytes of a form with a file. The bounds of its parts take no more than its small fields do.
fn max_form_bytes(limits: &Limits) -> usize {
    let parts = max_text_body_bytes(limits).saturating_add(OTHER_FIELDS_BYTES);
    limits.max_upload_bytes.saturating_add(parts)
}

/// Refuses a body that is announced to be larger than the endpoint at `path` takes, before any of it is read.
pub(crate) fn check_announced(path: &str, headers: &HeaderMap, limits: &Limits) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // What is no length is the framework's to refuse.
    let Some(announced) = text(CONTENT_LENGTH).and_then(|length| length.trim().parse::<u64>().ok()) else {
        return Ok(());
    };
    let is_form = WITH_FILES.contains(&path) && form::is_multipart(text(CONTENT_TYPE).unwrap_or_default());
    let limit = if is_form { max_form_bytes(limits) } else { max_text_body_bytes(limits) };
    if announced > limit as u64 {
        return Err(too_large(limit));
    }
    Ok(())
}

/// The whole body.
async fn read(mut payload: Payload, max_bytes: usize, pause: Duration) -> Result<Vec<u8>, ApiError> {
    let patience = Patience::new(pause);
    let mut bytes = Vec::new();
    while let Some(chunk) = patience.wait(next(&mut payload)).await? {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if bytes.len() + chunk.len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The next item of a stream.
async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

fn broken(error: &PayloadError) -> ApiError {
    match error {
        PayloadError::Overflow => ApiError::refused(413, "the body is too large"),
        _ => ApiError::bad_request("the body of the request is damaged or incomplete"),
    }
}

fn too_large(max_bytes: usize) -> ApiError {
    ApiError::refused(413, format!("the body is larger than {max_bytes} bytes")).code("body_too_large")
}

/// Demands a text of bounded length with something in it.
pub(crate) fn check_text(
    text: &str,
    limits: &Limits,
    param: &'static str,
    too_long_status: u16,
) -> Result<(), ApiError> {
    let characters = text.chars().count();
    if characters > limits.max_text_characters {
        let message = format!(
            "`{param}` has {characters} characters; {} are allowed: send it in parts",
            limits.max_text_characters
        );
        return Err(ApiError::refused(too_long_status, message).param(param).code("string_above_max_length"));
    }
    if text.trim().is_empty() {
        return Err(ApiError::bad_request(format!("`{param}` is empty")).param(param).code("empty_text"));
    }
    Ok(())
}

/// A file of a form.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    /// The right to be large, as long as any copy lives.
    _room: Option<Arc<OwnedSemaphorePermit>>,
}

/// Room for large files of all requests together, so that clients can't fill the memory.
#[derive(Debug, Clone)]
pub(crate) struct UploadRoom(Arc<Semaphore>);

impl UploadRoom {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MAX_LARGE_UPLOADS)))
    }

    fn enter(&self) -> Result<Arc<OwnedSemaphorePermit>, ApiError> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        permit.map(Arc::new).map_err(|_| {
            ApiError::unavailable("too many large recordings are being sent at once; try again", 5)
                .code("uploads_full")
        })
    }
}
