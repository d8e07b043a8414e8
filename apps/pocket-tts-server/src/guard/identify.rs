//! Which client sends a request.

use actix_web::HttpRequest;

use super::client::Client;
use crate::{api_error::ApiError, app::App};

/// The client that sends a request: the holder of its key, or its address if there are no keys. Behind trusted proxies
/// it is the address that they report.
///
/// # Errors
///
/// If a key is needed and missing or wrong.
pub(crate) fn client_of(request: &HttpRequest, app: &App) -> Result<Client, ApiError> {
    let address = || {
        let peer = request.peer_addr().map(|address| address.ip());
        Client::at(app.settings.trusted_proxies.client_address(peer, request.headers()))
    };
    Ok(app.keys.check(request.headers())?.map_or_else(address, Client::Key))
}
