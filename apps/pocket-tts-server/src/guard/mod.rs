//! What every request passes before its endpoint: an id and a line in the log, then the key, then the rate.

pub(crate) mod keys;
pub(crate) mod rates;
mod requests;

use actix_web::{
    HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};

use crate::{
    api_error::{ApiError, Shape},
    app::App,
    endpoints,
};
use rates::Client;
pub(crate) use requests::{observe, request_id, request_is_whole};

/// Turns away who has no key, or asks too often.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match check(request.request()) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => {
            // Whoever has no key is told so in one way everywhere.
            let shape = if error.status() == 401 { Shape::OpenAi } else { endpoints::shape(request.path()) };
            Ok(request.into_response(error.response(shape)))
        }
    }
}

fn check(request: &HttpRequest) -> Result<(), ApiError> {
    if is_public(request.path()) {
        return Ok(());
    }
    let app = request.app_data::<Data<App>>().ok_or_else(|| ApiError::internal("no app"))?;
    let client = client_of(request, app)?;
    if let Some(rates) = &app.rates {
        rates.take(client)?;
    }
    Ok(())
}

/// Whoever asks, by key, or by address if there are no keys.
///
/// # Errors
///
/// If a key is needed and not there.
pub(crate) fn client_of(request: &HttpRequest, app: &App) -> Result<Client, ApiError> {
    let address = || Client::Address(request.peer_addr().map(|address| address.ip()));
    Ok(app.keys.check(request.headers())?.map_or_else(address, Client::Key))
}

/// What everybody may see: that the server lives, and its page.
fn is_public(path: &str) -> bool {
    path == "/" || path.starts_with("/web/") || path == "/health" || path.starts_with("/health/")
}
