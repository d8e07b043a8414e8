//! What every request passes before its endpoint: an id and a line in the log, then the page that it comes from, then
//! the key, then the rate.

pub(crate) mod keys;
pub(crate) mod origin;
pub(crate) mod rates;
mod requests;

use actix_web::{
    HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};

use crate::{api_error::ApiError, app::App, endpoints};
use rates::Client;
pub(crate) use requests::{observe, request_id, request_is_whole};

/// Turns away pages of other origins, who has no key, and who asks too often.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match check(request.request()) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => {
            let response = error.response(endpoints::shape(request.path()));
            Ok(request.into_response(response))
        }
    }
}

fn check(request: &HttpRequest) -> Result<(), ApiError> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| ApiError::internal("no app"))?;
    // What changes nothing and costs nothing can't be read by such pages anyway.
    if !request.method().is_safe() {
        origin::check(request.headers(), &app.settings.cors_origins)?;
    }
    if is_public(request.path()) {
        return Ok(());
    }
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

/// What everybody may see: that the server lives, its pages, and the description of its API.
fn is_public(path: &str) -> bool {
    matches!(path, "/" | "/docs" | "/openapi.json" | "/health")
        || path.starts_with("/web/")
        || path.starts_with("/health/")
}
