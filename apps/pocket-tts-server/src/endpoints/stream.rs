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
    guard::{
        identify::client_of,
        origin,
        requests::{request_id, request_is_whole},
    },
    talk::websocket::{connection::converse, peer::Peer},
};

/// Speak a text while it is being written, over a WebSocket.
///
/// The client sends JSON messages: `{"type":"setup", …}` first (its fields are in `StreamSetup`), then
/// `{"type":"text","text":"…"}` in any pieces, `{"type":"flush","id":…}` to have all of it spoken, `{"type":"cancel"}` to
/// stop the speech within one frame and drop the rest, `{"type":"end_of_stream"}`.
///
/// The server sends `ready` {`sample_rate`, `frame_size`, `format`, `model`, `seed`}; for each sentence, once it is
/// complete, `sentence` {`index`, `text`, `start_s`}, its audio, and `text` {`index`, `text`, `start_s`, `stop_s`}; with
/// `timestamps`, before the audio that they lie in, `sentence_start`, `word_start`, `word_end` and `sentence_end`
/// {`sentence`, `word`, `text`, `start`, `end`, `utf8`, `utf16`}: seconds of the audio, and the part of all text so far that
/// is spoken, in bytes and in UTF-16 units (`ready` says in `word_times` whether words are told, or only sentences);
/// `flushed` {`id`}; `cancelled` {`stop_s`}; `end_of_stream`, after which it closes; `error` {`message`, `code`, `param`,
/// `status`}. Audio is sent as binary messages, or as `audio` {`audio`, `start_s`, `stop_s`} with base64. An invalid
/// message changes nothing; an error that ends the conversation closes the WebSocket. Pages of other origins need
/// --cors-origin.
#[utoipa::path(
    get,
    path = "/v1/audio/stream",
    tag = "Speech",
    operation_id = "stream",
    responses(
        (status = 101, description = "The WebSocket is open."),
        (status = 403, description = "The request comes from a page of another origin."),
        (status = 426, description = "The request is not a WebSocket handshake."),
        (status = 503, description = "The model is being loaded, or the server is shutting down."),
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
    let peer = Peer {
        client: client_of(request, app)?,
        connection: request.conn_data::<Arc<Connection>>().map(Arc::downgrade).unwrap_or_default(),
        id: request_id(request),
    };
    let (response, session, messages) = actix_ws::handle(request, payload).map_err(|error| {
        ApiError::refused(426, format!("this is an endpoint for WebSockets: {error}")).code("not_a_websocket")
    })?;
    rt::spawn(converse(Arc::clone(app), peer, session, messages));
    Ok(response)
}
