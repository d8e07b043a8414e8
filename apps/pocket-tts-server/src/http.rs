//! The HTTP server, built from the parts of actix-web's server.
//!
//! That server answers every `Expect: 100-continue` with `100 Continue`, whatever the size of the body. It has no setting
//! for that, but `HttpService` does.

use std::{any::Any, fmt, future::ready, io, sync::Arc, time::Duration};

use actix_http::{HttpService, Protocol, Request, Response};
use actix_server::{GracefulShutdownSignal, ServerBuilder};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
#[cfg(unix)]
use actix_web::rt::net::UnixStream;
use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{AppConfig, Extensions, RequestHead},
};

use crate::listen::HttpListener;

/// How long a client may take to close its side of a finished connection.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

type Refuse = Arc<dyn Fn(&RequestHead) -> Option<HttpResponse> + Send + Sync>;
type OnConnect = Arc<dyn Fn(&dyn Any, &mut Extensions) + Send + Sync>;

/// How each worker handles connections and requests.
#[derive(Clone)]
pub(crate) struct Http<F> {
    /// Makes the application.
    pub(crate) app: F,
    /// The response that rejects a request by its head, if any.
    pub(crate) refuse: Refuse,
    /// Called for every new connection.
    pub(crate) on_connect: OnConnect,
    /// How long the head of a request may take.
    pub(crate) header_timeout: Duration,
}

/// A service on connections of one type.
macro_rules! service {
    ($http:expr, $signal:expr) => {{
        let Http { app, refuse, on_connect, header_timeout } = $http.clone();
        let signal: GracefulShutdownSignal = $signal.clone();
        let expect = move |request: Request| {
            ready(match refuse(request.head()) {
                Some(response) => Err(response),
                None => Ok(request),
            })
        };
        let app = app().into_factory().map_err(|error| error.into().error_response());
        HttpService::build()
            .graceful_shutdown_signal(move || {
                let signal = signal.clone();
                async move { signal.notified().await }
            })
            .client_request_timeout(header_timeout)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            // A client that closes its side has left.
            .h1_allow_half_closed(false)
            .expect(fn_service(expect))
            .on_connect_ext(move |stream: &_, data: &mut Extensions| on_connect(stream as &dyn Any, data))
            .finish(map_config(app, |(): ()| AppConfig::default()))
    }};
}

impl<F> Http<F> {
    /// Serves on a socket.
    pub(crate) fn listen<I, S, B>(
        &self,
        server: ServerBuilder,
        listener: HttpListener,
    ) -> io::Result<ServerBuilder>
    where
        F: Fn() -> I + Clone + Send + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<Error> + 'static,
        S::InitError: fmt::Debug,
        S::Response: Into<Response<B>> + 'static,
        S::Service: 'static,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let (http, signal) = (self.clone(), server.graceful_shutdown_signal());
        match listener {
            HttpListener::Tcp(listener) => {
                server.listen("http", listener, move || service!(http, signal).tcp())
            }
            #[cfg(unix)]
            HttpListener::Unix(listener) => server.listen_uds("http", listener, move || {
                fn_service(|stream: UnixStream| async { Ok((stream, Protocol::Http1, None)) })
                    .and_then(service!(http, signal))
            }),
        }
    }
}
