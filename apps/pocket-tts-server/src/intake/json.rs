//! JSON bodies. It must not know what they mean.

use actix_web::web::Payload;
use serde::de::DeserializeOwned;

use crate::{api_error::ApiError, settings::Limits};

/// The body as a value, whatever its content type says: clients forget that header often.
pub(crate) async fn read<T: DeserializeOwned>(payload: Payload, limits: &Limits) -> Result<T, ApiError> {
    let bytes = super::read(payload, super::max_text_body_bytes(limits), limits.body_timeout).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let problem = if error.is_data() { "has the wrong form" } else { "is no JSON" };
        ApiError::bad_request(format!("the body {problem}: {error}")).code("invalid_json")
    })
}
