//! The life of the server: listen, load, serve, drain, stop.

use std::{
    net::{SocketAddr, TcpListener},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread::{self, available_parallelism},
    time::Duration,
};

use actix_cors::Cors;
use actix_server::Server as HttpServer;
use actix_web::{
    App as ActixApp,
    dev::ServerHandle,
    error::InternalError,
    middleware::{Condition, from_fn},
    rt::System,
    web::{self, Data},
};
use pocket_tts_settings::InvalidValue;

use crate::{
    admission::Admission,
    api_error::{ApiError, Shape},
    app::App,
    clients::Clients,
    connection::Connection,
    connections::Connections,
    endpoints::routes::{metrics_routes, routes},
    error::ServerError,
    guard::{
        admit::admit,
        rates::RateLimiter,
        requests::{observe, refuse_unread},
    },
    http::Http,
    intake::upload::UploadRoom,
    listen::Sockets,
    log::list,
    metrics::Metrics,
    models::{catalog::Models, load_error::LoadError},
    names::{RATE_HEADERS, TEXT_WARNING, VERSION, VOICE_WARNING},
    phase::{Phase, PhaseCell},
    settings::check::Settings,
    signals,
    speech::{hooks::Hooks, spool::SpoolSpace},
    talk::wyoming::serve as wyoming,
    voices::catalog::Voices,
    zeroconf::advertise::{self as zeroconf, Advertisement},
};

/// Worker threads for connections. Speech has threads of its own.
const MAX_WORKERS: usize = 4;
/// Connections at once. Each takes two descriptors, and most systems allow a process 1024.
const MAX_CONNECTIONS: usize = 448;
/// Beyond this number, an idle connection is evicted for each new one, so that new connections are always accepted.
const EVICTION_THRESHOLD: usize = 384;
/// Connections at once to the metrics port.
const MAX_METRICS_CONNECTIONS: usize = 16;
/// Threads of each worker for blocking work, such as storing voices.
const BLOCKING_THREADS: usize = 4;
/// Waiting requests are rejected this long before the drain time-out ends, or half of it if that is less, so that the
/// responses still arrive.
const TIME_TO_REJECT: Duration = Duration::from_secs(1);
/// How long browsers may cache CORS permissions.
const CORS_MAX_AGE_S: usize = 3_600;

/// A running server.
#[derive(Debug)]
pub struct Server {
    app: Arc<App>,
    addresses: Vec<SocketAddr>,
    /// The same as text, including Unix sockets.
    listening_on: Vec<String>,
    wyoming_addresses: Vec<SocketAddr>,
    metrics_addresses: Vec<SocketAddr>,
    handle: ServerHandle,
    events: mpsc::Receiver<ServerEvent>,
}

/// What the server's threads report.
#[derive(Debug)]
enum ServerEvent {
    Listening(ServerHandle),
    Loaded(Result<(), ServerError>),
    Ended(Result<(), ServerError>),
}

impl Server {
    /// Starts to listen, and loads the first model in the background.
    ///
    /// # Errors
    ///
    /// If the sockets or the folder of voices cannot be opened.
    pub fn start(settings: Settings) -> Result<Self, ServerError> {
        Self::start_with(settings, Hooks::default(), false)
    }

    /// As [`start`](Self::start), with hooks for tests.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    #[doc(hidden)]
    pub fn start_with_hooks(settings: Settings, hooks: Hooks) -> Result<Self, ServerError> {
        Self::start_with(settings, hooks, false)
    }

    pub(crate) fn start_with(
        settings: Settings,
        hooks: Hooks,
        handles_signals: bool,
    ) -> Result<Self, ServerError> {
        let sockets = Sockets::open(&settings.listen)?;
        let (addresses, wyoming_addresses) = (sockets.addresses(), sockets.wyoming_addresses());
        let metrics_addresses = sockets.metrics_addresses();
        let listening_on = sockets.in_words();
        let loopback = hooks.advertises_loopback;
        let advertisement = settings.listen.wyoming_zeroconf.as_deref();
        let advertisement =
            advertisement.map(|name| Advertisement::new(name, &sockets.wyoming, loopback)).transpose()?;
        let app = Arc::new(build(settings, hooks)?);
        let (report, events) = mpsc::channel();
        let (serving, listening) = (Arc::clone(&app), report.clone());
        spawn("tts-server", report.clone(), ServerEvent::Ended, move || {
            serve(&serving, sockets, advertisement, handles_signals, &listening).map_err(ServerError::System)
        })?;
        let handle = match events.recv() {
            Ok(ServerEvent::Listening(handle)) => handle,
            Ok(ServerEvent::Ended(Err(error))) => return Err(error),
            _ => return Err(ServerError::Internal("the server stopped at once".to_owned())),
        };
        let loading = Arc::clone(&app);
        spawn("tts-load", report, ServerEvent::Loaded, move || load(&loading))?;
        Ok(Self { app, addresses, listening_on, wyoming_addresses, metrics_addresses, handle, events })
    }

    /// The TCP addresses that the server listens on.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The addresses and Unix sockets that the server listens on, for people.
    pub(crate) fn listening_on(&self) -> &[String] {
        &self.listening_on
    }

    /// The addresses of the Wyoming protocol.
    pub fn wyoming_addresses(&self) -> &[SocketAddr] {
        &self.wyoming_addresses
    }

    /// Whether other machines can reach the server and need no key.
    pub(crate) fn is_open_to_others(&self) -> bool {
        self.app.keys.is_empty() && is_reachable(&self.addresses)
    }

    /// Whether one client on another machine can fill the whole queue.
    pub(crate) fn lets_one_client_fill_the_queue(&self) -> bool {
        let is_limited = self.app.settings.limits.max_requests_per_client.is_some();
        !is_limited && (is_reachable(&self.addresses) || is_reachable(&self.wyoming_addresses))
    }

    /// The addresses that serve metrics only.
    pub fn metrics_addresses(&self) -> &[SocketAddr] {
        &self.metrics_addresses
    }

    /// Waits until the server stops, which may happen before its first model is loaded.
    ///
    /// # Errors
    ///
    /// If the first model cannot be loaded, or the server fails.
    pub fn wait(self) -> Result<(), ServerError> {
        loop {
            match self.events.recv() {
                Ok(ServerEvent::Loaded(Ok(()))) => {
                    let (addresses, models) = (list(&self.listening_on), list(self.app.models.names()));
                    tracing::info!(version = VERSION, %addresses, %models, "ready");
                    signals::notify_ready();
                }
                Ok(ServerEvent::Loaded(failed)) => {
                    drop(self.handle.stop(false));
                    return failed;
                }
                Ok(ServerEvent::Ended(ended)) => return ended,
                Ok(ServerEvent::Listening(_)) => {}
                Err(_) => return Err(ServerError::Internal("the server's threads have ended".to_owned())),
            }
        }
    }

    /// Stops the server gracefully: new requests are rejected, and running streams may finish within the drain time-out.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn stop(self) -> Result<(), ServerError> {
        self.app.phase.advance(Phase::Draining);
        drop(self.handle.stop(true));
        self.wait()
    }
}

/// Whether other machines can reach one of the addresses.
fn is_reachable(addresses: &[SocketAddr]) -> bool {
    addresses.iter().any(|address| !address.ip().is_loopback())
}

/// Starts a thread that reports its outcome, even if it panics.
fn spawn(
    name: &str,
    report: mpsc::Sender<ServerEvent>,
    event: impl FnOnce(Result<(), ServerError>) -> ServerEvent + Send + 'static,
    work: impl FnOnce() -> Result<(), ServerError> + Send + 'static,
) -> Result<(), ServerError> {
    let what = format!("the thread {name} panicked");
    let work = move || {
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(ServerError::Internal(what)));
        // The receiver may have been dropped.
        drop(report.send(event(outcome)));
    };
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop).map_err(ServerError::System)
}

fn build(settings: Settings, hooks: Hooks) -> Result<App, ServerError> {
    let models = Models::new(&settings);
    let limits = settings.limits;
    Ok(App {
        voices: Voices::new(&settings, &models)?,
        models,
        admission: Admission::new(
            limits.max_streams,
            limits.max_queue,
            Clients::new(limits.max_requests_per_client, limits.max_audio_per_client_s),
        ),
        spool_space: SpoolSpace::new(limits.max_spool_bytes),
        upload_room: UploadRoom::new(),
        metrics: Metrics::new().map_err(|error| ServerError::Internal(error.to_string()))?,
        keys: settings.keys.clone(),
        rates: settings.rate_limit.map(RateLimiter::new),
        phase: PhaseCell::new(),
        hooks,
        settings,
    })
}

/// Loads the first model and prepares its default voice, so that no request waits for either.
fn load(app: &App) -> Result<(), ServerError> {
    if let Some(hook) = &app.hooks.before_load {
        hook();
    }
    let name = app.models.default_name();
    let lease = app.models.acquire(name).map_err(|error| match error {
        LoadError::Speech(error) => ServerError::Speech(error),
        LoadError::TooLarge { mib, limit_mib, .. } => {
            let problem = format!("the model `{name}` alone takes {mib} MiB; give more, or leave this out");
            let invalid = InvalidValue::new("model_memory_mb", limit_mib.to_string(), problem);
            ServerError::Settings(app.settings.names.error(invalid))
        }
        LoadError::Busy { .. } => ServerError::Internal(error.to_string()),
    })?;
    let voice = app.voices.default_voice(name, lease.get())?;
    for warning in voice.warnings() {
        tracing::warn!(%warning, "the default voice");
    }
    app.models.warn_of_sizes(app.settings.model_memory_bytes);
    app.phase.advance(Phase::Ready);
    Ok(())
}

/// Runs the server, and reports its handle once it listens.
fn serve(
    app: &Arc<App>,
    sockets: Sockets,
    advertisement: Option<Advertisement>,
    handles_signals: bool,
    report: &mpsc::Sender<ServerEvent>,
) -> std::io::Result<()> {
    System::new().block_on(async move {
        let limits = app.settings.limits;
        let workers = available_parallelism().map_or(1, std::num::NonZero::get).min(MAX_WORKERS);
        let shared = Arc::clone(app);
        let connections = Connections::new(app.hooks.eviction_threshold.unwrap_or(EVICTION_THRESHOLD));
        let refusing = Arc::clone(app);
        let http = Http {
            app: move || {
                let origins = &shared.settings.cors_origins;
                ActixApp::new()
                    .app_data(Data::from(Arc::clone(&shared)))
                    .app_data(web::QueryConfig::default().error_handler(|error, _| refuse(error, 400)))
                    .app_data(web::PathConfig::default().error_handler(|error, _| refuse(error, 404)))
                    .configure(routes)
                    .wrap(from_fn(admit))
                    .wrap(Condition::new(!origins.is_empty(), cors(origins)))
                    .wrap(from_fn(observe))
            },
            refuse: Arc::new(move |head| refuse_unread(head, &refusing)),
            on_connect: Arc::new(move |stream, data| Connection::opened(&connections, stream, data)),
            header_timeout: limits.header_timeout,
        };
        let mut server = HttpServer::build()
            .workers(workers)
            .worker_max_blocking_threads(BLOCKING_THREADS)
            .max_concurrent_connections(MAX_CONNECTIONS / workers)
            .shutdown_timeout(limits.drain_timeout.as_secs_f64().ceil() as u64)
            .disable_signals();
        // The server owns its sockets: once it stops listening, connections must be refused rather than wait.
        for listener in sockets.http {
            server = http.listen(server, listener)?;
        }
        let metrics = serve_metrics(app, sockets.metrics)?;
        let wyoming = actix_web::rt::spawn(wyoming::serve(Arc::clone(app), sockets.wyoming));
        let advertising = actix_web::rt::spawn(zeroconf::advertise(Arc::clone(app), advertisement));
        // It ends with this thread.
        drop(actix_web::rt::spawn(reject_waiting(Arc::clone(app))));
        let server = server.run();
        // The receiver may have been dropped.
        drop(report.send(ServerEvent::Listening(server.handle())));
        if handles_signals {
            actix_web::rt::spawn(signals::handle(server.handle(), Arc::clone(app)));
        }
        let ended = server.await;
        // The threads of these streams may end before they can log this.
        match app.admission.active() {
            0 => {}
            streams => {
                tracing::warn!(streams, "the drain time-out is over; the remaining streams were cut off");
            }
        }
        // The server may have stopped without draining.
        app.phase.advance(Phase::Draining);
        drop(wyoming.await);
        drop(advertising.await);
        // Metrics are served until the end.
        if let Some(metrics) = metrics {
            metrics.stop(false).await;
        }
        drop(sockets.file);
        ended
    })
}

/// Serves metrics on ports of their own, if there are any.
fn serve_metrics(app: &Arc<App>, listeners: Vec<TcpListener>) -> std::io::Result<Option<ServerHandle>> {
    if listeners.is_empty() {
        return Ok(None);
    }
    let shared = Arc::clone(app);
    let mut http = actix_web::HttpServer::new(move || {
        ActixApp::new().app_data(Data::from(Arc::clone(&shared))).configure(metrics_routes)
    })
    .workers(1)
    .worker_max_blocking_threads(1)
    .max_connections(MAX_METRICS_CONNECTIONS)
    .client_request_timeout(app.settings.limits.header_timeout)
    .disable_signals();
    for listener in listeners {
        http = http.listen(listener)?;
    }
    let server = http.run();
    let handle = server.handle();
    drop(actix_web::rt::spawn(server));
    Ok(Some(handle))
}

/// During draining, rejects the requests that still wait for a stream, in time for their responses to arrive.
async fn reject_waiting(app: Arc<App>) {
    app.phase.draining().await;
    let limit = app.settings.limits.drain_timeout;
    tokio::time::sleep(limit.saturating_sub(TIME_TO_REJECT.min(limit / 2))).await;
    app.admission.close();
}

fn refuse<E: std::fmt::Display + std::fmt::Debug + 'static>(error: E, status: u16) -> actix_web::Error {
    let response = ApiError::refused(status, error.to_string()).response(Shape::OpenAi);
    InternalError::from_response(error, response).into()
}

/// The CORS rules: allowed origins may do everything except send credentials that the browser stores.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allow_any_method()
        .allow_any_header()
        .expose_headers(["X-Seed", "X-Request-Id", "Retry-After", TEXT_WARNING, VOICE_WARNING])
        .expose_headers(RATE_HEADERS)
        .max_age(CORS_MAX_AGE_S);
    if origins.iter().any(|origin| origin == "*") {
        return cors.allow_any_origin().send_wildcard();
    }
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
