//! The names that clients and logs see: the version, headers and routes.

use actix_web::http::header::HeaderName;

/// The version that the command, the log, the metrics and the description of the API report.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The header with the id of a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header with warnings about the voice that a request brought.
pub(crate) const VOICE_WARNING: &str = "X-Voice-Warning";

/// The header with warnings about a text, percent-encoded.
pub(crate) const TEXT_WARNING: &str = "X-Text-Warning";

/// The headers with what is left of a client's rate, as OpenAI's service names them.
pub(crate) const RATE_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit-requests"),
    HeaderName::from_static("x-ratelimit-remaining-requests"),
    HeaderName::from_static("x-ratelimit-reset-requests"),
];

/// The route that checks texts, which costs little.
pub(crate) const CHECK_PATH: &str = "/v1/audio/check";

/// The routes that read a body.
pub(crate) const WITH_BODY: [&str; 5] =
    ["/tts", "/v1/audio/speech", CHECK_PATH, "/v1/audio/voices", "/dev/captioned_speech"];

/// A number and its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
