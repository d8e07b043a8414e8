//! From a checked request to its response: admission, the wait for the first sound, the body.
//!
//! Until the first sound exists an error is a status. After it an error breaks the connection off: a body
//! that ended as usual would pass for the whole speech.

use std::{
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
    time::Instant,
};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::{BodySize, MessageBody},
    http::{ConnectionType, Version, header::HeaderValue},
    web::Bytes,
};
use tokio::time::{Sleep, sleep_until, timeout_at};

use crate::{
    api_error::ApiError,
    app::App,
    connection::Connection,
    guard::{client_of, request_id, request_is_whole},
    speech::{
        channel::{MEMORY_BYTES, Note, Pace, Reader, channel},
        events::Framing,
        job::{Job, Listener},
    },
};

/// Tells what is doubtful about the voice that a request brought.
pub(crate) const VOICE_WARNING: &str = "X-Voice-Warning";

/// Tells what is doubtful about a text, percent-encoded.
pub(crate) const TEXT_WARNING: &str = "X-Text-Warning";

/// Speaks, and answers as soon as there is something to hear.
///
/// # Errors
///
/// Whatever keeps the speech from beginning.
pub(crate) async fn reply(
    app: &Arc<App>,
    request: &HttpRequest,
    job: Job,
    mut response: HttpResponseBuilder,
) -> Result<HttpResponse, ApiError> {
    request_is_whole(request);
    let limits = &app.settings.limits;
    app.phase.wait_ready(limits.queue_timeout).await?;
    let arrival = Instant::now();
    let permit = app.admission.enter(client_of(request, app)?, limits.queue_timeout).await?;
    let begin = Instant::now();
    let deadline = begin + limits.request_timeout;
    let first_limit = limits.first_audio_timeout.min(limits.request_timeout);
    let stall_limit = limits.stall_timeout;
    let pace = Pace {
        stall_limit: Some(stall_limit),
        window: stall_limit,
        min_bytes_per_s: limits.min_read_bytes_per_s,
    };
    let (sender, mut reader) = channel(MEMORY_BYTES, pace, Arc::clone(&app.spool_space));
    let connection = request.conn_data::<Arc<Connection>>().map(Arc::downgrade).unwrap_or_default();
    let id = request_id(request);
    let framing = job.framing;
    let listener = Listener { sender, connection: Weak::clone(&connection), deadline, id };
    job.start(app, permit, listener)?;
    let first = timeout_at((begin + first_limit).into(), reader.next()).await.map_err(|_| {
        let message = format!("no sound was ready within {} s", first_limit.as_secs_f64());
        ApiError::too_slow(message).code("request_timeout")
    })?;
    let first = match first {
        Some(Ok(first)) => first,
        Some(Err(error)) => return Err(error),
        None => return Err(ApiError::internal("the speech ended before it began")),
    };
    tell_notes(&reader.notes(), &mut response);
    app.metrics.first_audio(arrival.elapsed().as_secs_f64());
    if framing == Framing::Events {
        response.content_type("text/event-stream; charset=utf-8");
        response.insert_header(("Cache-Control", "no-cache"));
    }
    let time_limit = Box::pin(sleep_until(deadline.into()));
    // Older clients take the end of the connection for the end of the sound, unless it is a rough one.
    let is_old = request.version() < Version::HTTP_11;
    let rough_end = is_old.then_some(connection);
    let mut response =
        response.body(SpeechBody { first: Some(first), reader, time_limit, rough_end, is_broken: false });
    if is_old {
        response.head_mut().no_chunking(true);
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Puts each topic's notes into the header of that name.
fn tell_notes(notes: &[Note], response: &mut HttpResponseBuilder) {
    for header in [TEXT_WARNING, VOICE_WARNING] {
        let texts: Vec<&str> =
            notes.iter().filter(|note| note.topic == header).map(|note| note.text.as_str()).collect();
        if let Ok(value) = HeaderValue::from_str(&texts.join("; "))
            && !value.is_empty()
        {
            response.insert_header((header, value));
        }
    }
}

/// The body of a response while it is being made.
#[derive(Debug)]
struct SpeechBody {
    first: Option<Bytes>,
    reader: Reader<Bytes>,
    time_limit: Pin<Box<Sleep>>,
    /// The connection, if only breaking it can tell that the sound isn't whole.
    rough_end: Option<Weak<Connection>>,
    /// Whether an error has come, which is told at the next call.
    is_broken: bool,
}

impl MessageBody for SpeechBody {
    type Error = ApiError;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, ApiError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let mut next = self.reader.poll(context);
        if next.is_pending() && self.time_limit.as_mut().poll(context).is_ready() {
            next = Poll::Ready(Some(Err(ApiError::too_slow("the request took longer than it may"))));
        }
        if let Poll::Ready(Some(Err(_))) = &next {
            if !std::mem::replace(&mut self.is_broken, true) {
                // An error ends the connection at once. What came before it is sent first, so that clients
                // hear all that was made, and at least learn the status.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if let Some(connection) = self.rough_end.as_ref().and_then(Weak::upgrade) {
                connection.break_off_when_closed();
            }
        }
        next
    }
}
