//! Files that requests send.

use std::sync::Arc;

use actix_web::web::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api_error::ApiError;

/// Files beyond this size are large, and their number is limited.
pub(super) const LARGE_BYTES: usize = 1 << 20;
const MAX_LARGE_UPLOADS: usize = 16;

/// A file in a form.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    /// The permit of a large file, held as long as any copy exists.
    pub(super) _room: Option<Arc<OwnedSemaphorePermit>>,
}

/// Limits the large files of all requests together, so that clients cannot use up the memory.
#[derive(Debug, Clone)]
pub(crate) struct UploadRoom(Arc<Semaphore>);

impl UploadRoom {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MAX_LARGE_UPLOADS)))
    }

    /// Takes the room of one large file.
    pub(super) fn enter(&self) -> Result<Arc<OwnedSemaphorePermit>, ApiError> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        permit.map(Arc::new).map_err(|_| {
            ApiError::unavailable("too many large recordings are being sent at once; try again", 5)
                .code("uploads_full")
        })
    }
}
