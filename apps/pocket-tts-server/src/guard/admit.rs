//! The middleware that checks a request before its endpoint: its host, origin, key and rate.

use std::time::Duration;

use actix_web::{
    HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderValue},
    middleware::Next,
    web::Data,
};

use super::{
    identify::client_of,
    origin,
    public::{is_probe, is_public},
    rates::Allowance,
};
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    intake::announced::check_announced,
    names::{CHECK_PATH, RATE_HEADERS},
};

/// Rejects pages of other origins, clients without a key, and clients beyond their rate.
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
            let response = error.response(Shape::of_path(request.path()));
            request.into_response(response)
        }
    };
    if let Some(allowance) = allowance {
        add_rate_headers(allowance, response.headers_mut());
    }
    Ok(response)
}

/// Whether a request is allowed, and what is left of its client's rate if there is one.
fn check(request: &HttpRequest) -> Result<(Result<(), ApiError>, Option<Allowance>), ApiError> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| ApiError::internal("no app"))?;
    // Health checks use many names, and reveal nothing else.
    if !is_probe(request.path()) {
        app.settings.hosts.check(request.headers(), request.peer_addr().is_some())?;
    }
    // Pages of other origins cannot read the responses to safe requests anyway.
    if !request.method().is_safe() {
        origin::check(request.headers(), &app.settings.cors_origins)?;
    }
    if is_public(request.path()) {
        return Ok((Ok(()), None));
    }
    let client = client_of(request, app)?;
    request.extensions_mut().insert(client);
    check_announced(request.path(), request.headers(), &app.settings.limits)?;
    // The page checks a text repeatedly while it is being typed.
    let rates = app.rates.as_ref().filter(|_| request.path() != CHECK_PATH);
    Ok(rates.map_or((Ok(()), None), |rates| {
        let (outcome, allowance) = rates.ask(client);
        (outcome, Some(allowance))
    }))
}

fn add_rate_headers(allowance: Allowance, headers: &mut HeaderMap) {
    let values =
        [allowance.limit.to_string(), allowance.remaining.to_string(), openai_duration(allowance.reset)];
    for (name, value) in RATE_HEADERS.into_iter().zip(values) {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// A time as OpenAI's service writes it: `6m0s`, `1s`, `20ms`.
fn openai_duration(time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    match (minutes, seconds) {
        (0, 0) => format!("{}ms", time.subsec_millis()),
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_openai_does() {
        for (milliseconds, text) in
            [(0, "0ms"), (20, "20ms"), (1_500, "1s"), (60_000, "1m0s"), (361_000, "6m1s")]
        {
            assert_eq!(openai_duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
