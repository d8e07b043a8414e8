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
    guard::{client_of, origin, request_id, request_is_whole},
    talk::websocket::{Partner, converse},
};

/// Speak a text while it is being written, over a WebSocket.
///
/// The client sends JSON texts: `{"type":"setup", …}` first (its fields are in `StreamSetup`), then
/// `{"type":"text","text":"…"}` in any pieces, `{"type":"flush","id":…}` to have all of it spoken, `{"type":"cancel"}` to
/// stop the speech within one frame and drop the rest, `{"type":"end_of_stream"}`.
///
/// The server sends `ready` {`sample_rate`, `frame_size`, `format`, `model`, `seed`}; for each sentence, once it is
/// complete, `sentence` {`index`, `text`, `start_s`}, its sound, and `text` {`index`, `text`, `start_s`, `stop_s`};
/// `flushed` {`id`}; `cancelled` {`stop_s`}; `end_of_stream`, after which it closes; `error` {`message`, `code`, `param`,
/// `status`}. Sound is binary messages, or `audio` {`audio`, `start_s`, `stop_s`} with base64. A wrong message changes
/// nothing; an error that ends the conversation is followed by its close. Pages of other origins need --cors-origin.
#[utoipa::path(
    get,
    path = "/v1/audio/stream",
    tag = "Speech",
    operation_id = "stream",
    responses(
        (status = 101, description = "The conversation begins."),
        (status = 403, description = "The page that asks is of another origin."),
        (status = 426, description = "The request is no handshake of a WebSocket."),
        (status = 503, description = "The model is being loaded, or the server is about to end."),
    )
)]
pub(super) async fn open(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    begin(&request, payload, &app).await.unwrap_or_else(|error| error.response(Shape::OpenAi))
}

async fn begin(request: &HttpRequest, payload: Payload, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    origin::check(request.headers(), &app.settings.cors_origins)?;
    request_is_whole(request);
    app.phase.wait_ready(app.settings.limits.queue_timeout).await?;
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
