//! From a checked request to its response: admission, the wait for the first audio, the body.
//!
//! An error before the first audio is a status. A later one breaks the connection: a body with a regular end would look
//! complete.

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
    guard::{
        identify::client_of,
        requests::{request_id, request_is_whole},
    },
    names::{TEXT_WARNING, VOICE_WARNING},
    speech::{
        channel::{MEMORY_BYTES, Note, Pace, Reader, channel},
        job::{Listener, SpeechJob},
    },
};

/// Starts to speak, and responds as soon as there is audio.
///
/// # Errors
///
/// If the speech cannot start.
pub(crate) async fn reply(
    app: &Arc<App>,
    request: &HttpRequest,
    job: SpeechJob,
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
    let listener = Listener { sender, connection: Weak::clone(&connection), deadline, id };
    job.start(app, permit, listener)?;
    let first = timeout_at((begin + first_limit).into(), reader.next()).await.map_err(|_| {
        let message = format!("no audio was ready within {} s", first_limit.as_secs_f64());
        ApiError::too_slow(message).code("request_timeout")
    })?;
    let first = match first {
        Some(Ok(first)) => first,
        Some(Err(error)) => return Err(error),
        None => return Err(ApiError::internal("the speech ended before it began")),
    };
    add_notes(&reader.notes(), &mut response);
    app.metrics.first_audio(arrival.elapsed().as_secs_f64());
    let time_limit = Box::pin(sleep_until(deadline.into()));
    // HTTP/1.0 ends a body by closing the connection, so an error must reset it.
    let is_old = request.version() < Version::HTTP_11;
    let reset_on_error = is_old.then_some(connection);
    let mut response = response.body(SpeechBody {
        first: Some(first),
        reader,
        time_limit,
        reset_on_error,
        is_broken: false,
    });
    if is_old {
        response.head_mut().no_chunking(true);
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Writes the notes of each topic to the header with that name.
fn add_notes(notes: &[Note], response: &mut HttpResponseBuilder) {
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

/// The body of a response that is still being generated.
#[derive(Debug)]
struct SpeechBody {
    first: Option<Bytes>,
    reader: Reader<Bytes>,
    time_limit: Pin<Box<Sleep>>,
    /// The connection, if only a reset can report that the audio is incomplete.
    reset_on_error: Option<Weak<Connection>>,
    /// Whether an error has arrived, which the next call returns.
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
            next = Poll::Ready(Some(Err(ApiError::too_slow("the request exceeded its time limit"))));
        }
        if let Poll::Ready(Some(Err(_))) = &next {
            if !std::mem::replace(&mut self.is_broken, true) {
                // An error ends the connection at once. The next poll returns it, so that everything before it is sent,
                // at least the status.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if let Some(connection) = self.reset_on_error.as_ref().and_then(Weak::upgrade) {
                connection.break_off_when_closed();
            }
        }
        next
    }
}
