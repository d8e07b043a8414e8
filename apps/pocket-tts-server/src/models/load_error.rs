//! Why a model cannot be loaded, and the errors that clients get.

use pocket_tts_core::Error;

use crate::api_error::ApiError;

/// Why a model cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// Loading failed.
    #[error(transparent)]
    Speech(#[from] Error),
    /// The other models are in use.
    #[error("the models in use leave no memory for `{name}`, which takes {mib} MiB; try again")]
    Busy { name: String, mib: u64 },
    /// It exceeds the memory limit on its own.
    #[error(
        "the model `{name}` takes {mib} MiB of memory, and this server has {limit_mib} MiB for models; ask for another \
         one, or have its operator raise --model-memory-mb"
    )]
    TooLarge { name: String, mib: u64, limit_mib: u64 },
}

impl From<LoadError> for ApiError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Speech(error) => Self::internal(error.to_string()),
            LoadError::Busy { .. } => Self::unavailable(error.to_string(), 5).code("models_busy"),
            LoadError::TooLarge { .. } => Self::unavailable_for_good(error.to_string(), "model_too_large"),
        }
    }
}
