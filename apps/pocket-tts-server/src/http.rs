//! The HTTP server on its sockets, put together from the parts of actix-web's own.
//!
//! That one invites each client that asks before it sends a body (`Expect: 100-continue`) to send it, whatever its size.
//! It has no setting for that, but one of its parts has.

#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::{any::Any, fmt, future::ready, io, net::TcpListener, sync::Arc, time::Duration};

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

/// How long a client may take to close its side of a connection that is over.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

type Refuse = Arc<dyn Fn(&RequestHead) -> Option<HttpResponse> + Send + Sync>;
type OnConnect = Arc<dyn Fn(&dyn Any, &mut Extensions) + Send + Sync>;

/// What is done with connections and requests, in every worker.
#[derive(Clone)]
pub(crate) struct Http<F> {
    /// Makes the application.
    pub(crate) app: F,
    /// The answer to a request whose body is not wanted, by its head.
    pub(crate) refuse: Refuse,
    /// Called for every connection.
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
            // A client that closes its side has left; its place is somebody else's.
            .h1_allow_half_closed(false)
            .expect(fn_service(expect))
            .on_connect_ext(move |stream: &_, data: &mut Extensions| on_connect(stream as &dyn Any, data))
            .finish(map_config(app, |(): ()| AppConfig::default()))
    }};
}

impl<F> Http<F> {
    /// Serves on a TCP socket.
    pub(crate) fn listen<I, S, B>(
        &self,
        server: ServerBuilder,
        socket: TcpListener,
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
        server.listen("http", socket, move || service!(http, signal).tcp())
    }

    /// Serves on a Unix socket.
    #[cfg(unix)]
    pub(crate) fn listen_unix<I, S, B>(
        &self,
        server: ServerBuilder,
        socket: UnixListener,
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
        server.listen_uds("http", socket, move || {
            fn_service(|stream: UnixStream| async { Ok((stream, Protocol::Http1, None)) })
                .and_then(service!(http, signal))
        })
    }
}
