//! What every request passes before its endpoint: an id and a line in the log, then the host that it is sent to, the
//! page that it comes from, the key and the rate.

mod client;
pub(crate) mod hosts;
pub(crate) mod keys;
pub(crate) mod origin;
pub(crate) mod proxies;
pub(crate) mod rates;
mod requests;

use std::time::Duration;

use actix_web::{
    HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};

use crate::{api_error::ApiError, app::App, endpoints, intake};
use rates::{Allowance, Client};
pub(crate) use requests::{observe, refuse_unread, request_id, request_is_whole};

/// What is left of a client's rate, by the names that OpenAI's service has for it.
pub(crate) const RATE_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit-requests"),
    HeaderName::from_static("x-ratelimit-remaining-requests"),
    HeaderName::from_static("x-ratelimit-reset-requests"),
];

/// Turns away pages of other origins, clients without a key, and clients that ask too often.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (outcome, allowance) = match check(request.request()) {
        Ok((outcome, allowance)) => (outcome, allowance),
        Err(error) => (Err(error), None),
    };
    let mut response = match outcome {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(error) => {
            let response = error.response(endpoints::shape(request.path()));
            request.into_response(response)
        }
    };
    if let Some(allowance) = allowance {
        tell(allowance, response.headers_mut());
    }
    Ok(response)
}

/// Whether a request may go on, and what its client has left of its rate if there is one.
/// Where texts are checked, which costs little.
const CHECK_PATH: &str = "/v1/audio/check";

fn check(request: &HttpRequest) -> Result<(Result<(), ApiError>, Option<Allowance>), ApiError> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| ApiError::internal("no app"))?;
    // Probes call servers by many names, and learn nothing else.
    if !is_probe(request.path()) {
        app.settings.hosts.check(request.headers(), request.peer_addr().is_some())?;
    }
    // What changes nothing and costs nothing can't be read by such pages anyway.
    if !request.method().is_safe() {
        origin::check(request.headers(), &app.settings.cors_origins)?;
    }
    if is_public(request.path()) {
        return Ok((Ok(()), None));
    }
    let client = client_of(request, app)?;
    request.extensions_mut().insert(client);
    intake::check_announced(request.path(), request.headers(), &app.settings.limits)?;
    // A page checks a text again and again while it is being typed.
    let rates = app.rates.as_ref().filter(|_| request.path() != CHECK_PATH);
    Ok(rates.map_or((Ok(()), None), |rates| {
        let (outcome, allowance) = rates.ask(client);
        (outcome, Some(allowance))
    }))
}

fn tell(allowance: Allowance, headers: &mut HeaderMap) {
    let values =
        [allowance.limit.to_string(), allowance.remaining.to_string(), duration_in_words(allowance.reset)];
    for (name, value) in RATE_HEADERS.into_iter().zip(values) {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// A time as OpenAI's service writes it: `6m0s`, `1s`, `20ms`.
fn duration_in_words(time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    match (minutes, seconds) {
        (0, 0) => format!("{}ms", time.subsec_millis()),
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

/// The client that sends a request: the holder of its key, or its address if there are no keys. Behind proxies that the
/// operator trusts, that is the address that they name.
///
/// # Errors
///
/// If a key is needed and not there.
pub(crate) fn client_of(request: &HttpRequest, app: &App) -> Result<Client, ApiError> {
    let address = || {
        let peer = request.peer_addr().map(|address| address.ip());
        Client::at(app.settings.trusted_proxies.client_address(peer, request.headers()))
    };
    Ok(app.keys.check(request.headers())?.map_or_else(address, Client::Key))
}

/// What everybody may see: that the server lives, its pages, and the description of its API.
pub(crate) fn is_public(path: &str) -> bool {
    matches!(path, "/" | "/docs" | "/redoc" | "/openapi.json" | "/favicon.ico")
        || path.starts_with("/web/")
        || is_probe(path)
}

/// Whether the path tells how the server is.
fn is_probe(path: &str) -> bool {
    path == "/health" || path.starts_with("/health/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_openai_does() {
        for (milliseconds, text) in
            [(0, "0ms"), (20, "20ms"), (1_500, "1s"), (60_000, "1m0s"), (361_000, "6m1s")]
        {
            assert_eq!(duration_in_words(Duration::from_millis(milliseconds)), text);
        }
    }
}
