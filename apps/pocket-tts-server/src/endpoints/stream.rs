//! `GET /v1/audio/stream`: a WebSocket for text that is still being written.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, rt,
    web::{Data, Payload},
};

use crate::{
    api_error::{ApiError, Shape},
    app::App,
    connection::Connection,
    guard::{client_of, origin, request_id},
    talk::websocket::{Partner, converse},
};

/// The endpoint.
pub(super) async fn open(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    begin(&request, payload, &app).unwrap_or_else(|error| error.response(Shape::OpenAi))
}

fn begin(request: &HttpRequest, payload: Payload, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    origin::check(request.headers(), &app.settings.cors_origins)?;
    app.phase.demand_ready()?;
    let partner = Partner {
        client: client_of(request, app)?,
        connection: request.conn_data::<Arc<Connection>>().map(Arc::downgrade).unwrap_or_default(),
        id: request_id(request),
    };
    let (response, session, messages) = actix_ws::handle(request, payload).map_err(|error| {
        ApiError::refused(426, format!("this is an endpoint for WebSockets: {error}")).code("not_a_websocket")
    })?;
    rt::spawn(converse(Arc::clone(app), partner, session, messages));
    Ok(response)
}
