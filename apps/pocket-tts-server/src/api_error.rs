//! The errors that clients get, in the two JSON shapes that clients know.
//!
//! The library's errors become statuses here. Conversions of this crate's own errors stand beside those errors.

use std::borrow::Cow;

use actix_web::{HttpResponse, HttpResponseBuilder, http::StatusCode};
use pocket_tts_audio::EncodeError;
use pocket_tts_core::{Error, ErrorKind, FetchError};
use serde_json::{Value, json};

/// Why a request fails.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.message)]
pub(crate) struct ApiError(Box<About>);

#[derive(Debug, Clone)]
struct About {
    status: u16,
    message: String,
    /// The class of error, in OpenAI's words.
    kind: &'static str,
    /// The field that is wrong.
    param: Option<Cow<'static, str>>,
    /// A code for programs.
    code: Option<&'static str>,
    /// Seconds after which the client may retry.
    retry_after_s: Option<u64>,
    /// Whether a retry is pointless although the status suggests one.
    is_final: bool,
    /// Details for the log, which clients do not see.
    detail: Option<String>,
    /// The list of wrong fields, in FastAPI's form.
    fields: Option<Value>,
}

/// The JSON shape of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"detail": …}`, as FastAPI in the reference.
    FastApi,
    /// `{"error": {"message", "type", "param", "code"}}`.
    OpenAi,
}

impl Shape {
    /// The shape in which the clients of a path expect errors.
    pub(crate) fn of_path(path: &str) -> Self {
        if path.starts_with("/v1/") { Self::OpenAi } else { Self::FastApi }
    }
}

const INVALID_REQUEST: &str = "invalid_request_error";
const SERVER_ERROR: &str = "server_error";

impl ApiError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(About {
            status,
            message: message.into(),
            kind,
            param: None,
            code: None,
            retry_after_s: None,
            is_final: matches!(status, 500 | 501),
            detail: None,
            fields: None,
        }))
    }

    /// 400: the request is wrong.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, INVALID_REQUEST, message)
    }

    /// Another status for a wrong request.
    pub(crate) fn refused(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, INVALID_REQUEST, message)
    }

    /// 401, for a key that is missing or wrong.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "authentication_error", message).code("invalid_api_key")
    }

    /// 422, with one entry in FastAPI's list of fields.
    pub(crate) fn unprocessable(message: &str, field: &Value) -> Self {
        let mut error = Self::new(422, INVALID_REQUEST, message);
        error.0.fields = Some(json!([field]));
        error
    }

    /// 429: the server is busy, or the client has reached a limit.
    pub(crate) fn too_many(message: impl Into<String>, retry_after_s: u64) -> Self {
        Self::new(429, "rate_limit_error", message).retry_after(retry_after_s)
    }

    /// 503: temporarily unavailable.
    pub(crate) fn unavailable(message: impl Into<String>, retry_after_s: u64) -> Self {
        Self::new(503, SERVER_ERROR, message).retry_after(retry_after_s)
    }

    /// 503: the server is shutting down.
    pub(crate) fn draining() -> Self {
        Self::unavailable("the server is shutting down; send the request to another server", 5)
            .code("draining")
    }

    /// 504: a time limit was exceeded.
    pub(crate) fn too_slow(message: impl Into<String>) -> Self {
        Self::new(504, SERVER_ERROR, message)
    }

    /// 500. The detail goes to the log only.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        let message =
            "the server failed on this request; its log has the details under the id in X-Request-Id";
        Self::new(500, SERVER_ERROR, message).with_detail(detail)
    }

    /// 502: a file that the request needs could not be fetched. The detail goes to the log only.
    pub(crate) fn bad_gateway(message: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(502, SERVER_ERROR, message).with_detail(detail)
    }

    /// 503 that a retry does not change.
    pub(crate) fn unavailable_for_good(message: impl Into<String>, code: &'static str) -> Self {
        let mut error = Self::new(503, SERVER_ERROR, message).code(code);
        error.0.is_final = true;
        error
    }

    /// Names the field that is wrong.
    pub(crate) fn param(mut self, param: impl Into<Cow<'static, str>>) -> Self {
        self.0.param = Some(param.into());
        self
    }

    /// Adds a code for programs.
    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.0.code = Some(code);
        self
    }

    fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// The same error about the mark-up of a text, in the field `input`.
    pub(crate) fn in_markup(mut self) -> Self {
        self.0.message.insert_str(0, "the mark-up of the text: ");
        self.param("input")
    }

    /// The same error, of a protocol whose texts are in the field `text` instead of `input`.
    pub(crate) fn of_text_field(self) -> Self {
        if self.0.param.as_deref() == Some("input") { self.param("text") } else { self }
    }

    /// Adds details for the log.
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.0.status
    }

    /// The details for the log.
    pub(crate) fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The body in OpenAI's shape.
    pub(crate) fn to_open_ai(&self) -> Value {
        json!({ "error": {
            "message": self.0.message, "type": self.0.kind, "param": self.0.param, "code": self.0.code,
        } })
    }

    /// The response.
    pub(crate) fn response(&self, shape: Shape) -> HttpResponse {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        self.headers(&mut response);
        let body = match (shape, &self.0.fields) {
            (Shape::OpenAi, _) => self.to_open_ai(),
            (Shape::FastApi, Some(fields)) => json!({ "detail": fields }),
            (Shape::FastApi, None) => json!({ "detail": self.0.message }),
        };
        let mut response = response.json(body);
        response.extensions_mut().insert(self.clone());
        response
    }

    fn headers(&self, response: &mut HttpResponseBuilder) {
        if let Some(seconds) = self.0.retry_after_s {
            response.insert_header(("Retry-After", seconds.to_string()));
        }
        // OpenAI's clients retry every request that ends with 500 and above.
        if self.0.is_final {
            response.insert_header(("x-should-retry", "false"));
        }
        if self.0.status == 401 {
            response.insert_header(("WWW-Authenticate", "Bearer"));
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match &error {
            Error::UnknownVoice { name, known, .. } => {
                return Self::bad_request(format!(
                    "this model has no voice `{}`; it has {}",
                    name.escape_debug(),
                    known.join(", ")
                ))
                .param("voice")
                .code("voice_not_found");
            }
            Error::PredefinedVoice { name, .. } => {
                return Self::bad_request(format!(
                    "this model has no voice `{name}`, which exists for the released models only; send a recording, or \
                     ask for one of the model's own voices"
                ))
                .param("voice")
                .code("voice_not_found");
            }
            Error::VoiceMix { .. } => {
                return Self::bad_request(message).param("voice").code("voice_mixing_unsupported");
            }
            Error::Markup { .. } => {
                return Self::bad_request(message).param("input").code("invalid_markup");
            }
            Error::InvalidOption { option, .. } => {
                return Self::bad_request(message).param(*option).code("invalid_value");
            }
            Error::Text(_) if error.is_nothing_to_say() => {
                return Self::bad_request(message).param("input").code("nothing_to_say");
            }
            Error::Text(_) => return Self::bad_request(message).param("input").code("invalid_text"),
            Error::NoVoiceCloning { .. } => {
                return Self::bad_request(
                    "this model cannot take voices from recordings; ask for one of its own voices",
                )
                .param("voice")
                .code("no_voice_cloning");
            }
            Error::Fetch(FetchError::TooLarge { limit_bytes, .. }) => {
                return Self::bad_request(format!(
                    "the voice's file is larger than the limit of {limit_bytes} bytes"
                ))
                .param("voice")
                .code("voice_too_large");
            }
            Error::Fetch(_) => {
                return Self::bad_gateway("a file that this request needs could not be fetched", message);
            }
            _ => {}
        }
        match error.kind() {
            // What is left is about a client's own voice.
            ErrorKind::InvalidRequest | ErrorKind::NotFound => {
                Self::bad_request(message).param("voice").code("invalid_voice")
            }
            ErrorKind::Environment => {
                Self::unavailable("the server is temporarily out of resources; retry in 5 s", 5)
                    .with_detail(message)
            }
            _ => Self::internal(message),
        }
    }
}

impl From<EncodeError> for ApiError {
    fn from(error: EncodeError) -> Self {
        Self::internal(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_errors_hide_their_details_from_clients() {
        let path = std::path::PathBuf::from("secret/folder");
        let source = std::io::Error::other("broken");
        let error = ApiError::from(Error::Io { path, source });
        assert_eq!(error.status(), 503);
        assert!(!error.to_open_ai().to_string().contains("secret"));
        assert!(error.detail().unwrap().contains("secret/folder"));
    }

    #[test]
    fn a_bug_is_marked_as_not_worth_a_retry() {
        let response = ApiError::from(Error::WorkerPanicked).response(Shape::OpenAi);
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers().get("x-should-retry").unwrap(), "false");
    }
}
