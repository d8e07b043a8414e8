//! The id of each request, its line in the log and its metrics. Nothing that a client wrote goes into the log: routes
//! replace paths, and an id with special characters is replaced.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::{RequestHead, ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderValue},
    middleware::Next,
    web::{Bytes, Data},
};

use super::client::Client;
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    connection::Connection,
    connections::Stage,
    intake::announced::check_announced,
    names::{REQUEST_ID, WITH_BODY},
    random,
};

/// The longest id that is accepted from a client.
const MAX_ID_BYTES: usize = 64;
/// Replaces paths that are not routes.
const NO_ROUTE: &str = "(none)";

#[derive(Debug, Clone)]
struct RequestId(String);

/// Assigns an id to the request, and logs it once its response begins.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let start = Instant::now();
    let connection = request.request().conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.reaches(Stage::Receiving);
    }
    let id = id_of(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let app = request.app_data::<Data<App>>().cloned();
    let method = known_method(request.method().as_str());
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let route = response.request().match_pattern().unwrap_or_else(|| NO_ROUTE.to_owned());
    let status = response.status().as_u16();
    let after_ms = start.elapsed().as_millis() as u64;
    // `None` for public routes and rejected keys.
    let client = response.request().extensions().get::<Client>().copied();
    let client = client.zip(app.as_ref()).map(|(client, app)| client.label(&app.keys));
    let detail =
        response.response().extensions().get::<ApiError>().and_then(ApiError::detail).map(str::to_owned);
    if let Some(detail) = detail {
        tracing::error!(id, client, method, route, status, after_ms, detail, "failed");
    } else if status == 200 && is_routine(&route) {
        tracing::debug!(id, client, method, route, status, after_ms, "answered");
    } else {
        tracing::info!(id, client, method, route, status, after_ms, "answered");
    }
    let timer = app.map(|app| {
        app.metrics.request(&route, method, status);
        Timer { app, start, route, method, status }
    });
    Ok(match connection {
        Some(connection) => response.map_body(|_, body| ObservedBody::begin(body, connection, timer).boxed()),
        None => response,
    })
}

/// Rejects a request whose body would be too large before the client sends it, and logs it as [`observe`] does.
pub(crate) fn refuse_unread(head: &RequestHead, app: &App) -> Option<HttpResponse> {
    let path = head.uri.path();
    let error = check_announced(path, &head.headers, &app.settings.limits).err()?;
    let route = WITH_BODY.into_iter().find(|route| *route == path).unwrap_or(NO_ROUTE);
    let (id, method, status) = (id_of(&head.headers), known_method(head.method.as_str()), error.status());
    tracing::info!(id, method, route, status, "answered");
    app.metrics.request(route, method, status);
    let mut response = error.response(Shape::of_path(path));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    Some(response)
}

/// The id that a request has, or a new one.
fn id_of(headers: &HeaderMap) -> String {
    let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| is_plain(id));
    id.map_or_else(random::id, str::to_owned)
}

/// A response body during which its connection cannot be evicted.
struct ObservedBody {
    body: BoxBody,
    connection: Arc<Connection>,
    _timer: Option<Timer>,
}

impl ObservedBody {
    fn begin(body: BoxBody, connection: Arc<Connection>, timer: Option<Timer>) -> Self {
        connection.reaches(Stage::Answering);
        Self { body, connection, _timer: timer }
    }
}

impl Drop for ObservedBody {
    fn drop(&mut self) {
        self.connection.reaches(Stage::Idle);
    }
}

/// Measures a request up to the end of its response.
struct Timer {
    app: Data<App>,
    start: Instant,
    route: String,
    method: &'static str,
    status: u16,
}

impl Drop for Timer {
    fn drop(&mut self) {
        let took_s = self.start.elapsed().as_secs_f64();
        self.app.metrics.request_took(&self.route, self.method, self.status, took_s);
    }
}

impl MessageBody for ObservedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// Marks a request as complete: from now on its client waits for the server, and the connection is not evicted.
pub(crate) fn request_is_whole(request: &HttpRequest) {
    if let Some(connection) = request.conn_data::<Arc<Connection>>() {
        connection.reaches(Stage::Answering);
    }
}

/// The id of a request.
pub(crate) fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// Replaces unknown methods, each of which would be a metric of its own.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

/// Whether machines poll this route.
fn is_routine(route: &str) -> bool {
    route == "/metrics" || route.starts_with("/health")
}

fn is_plain(id: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_id_that_could_forge_a_log_is_replaced() {
        for id in ["a", "0b5f-7_x.Y"] {
            assert!(super::is_plain(id), "{id}");
        }
        for id in ["", "a b", "a\x1b[0m", "a\"b", &"a".repeat(65)] {
            assert!(!super::is_plain(id), "{id}");
        }
        assert_eq!(super::known_method("BREW"), "other");
    }
}
