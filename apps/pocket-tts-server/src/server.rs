//! The server's life: listen, load, answer, drain, end.

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

use crate::{
    VERSION,
    admission::Admission,
    api_error::{ApiError, Shape},
    app::{App, Phase, PhaseCell},
    clients::Clients,
    connection::Connection,
    connections::Connections,
    endpoints,
    error::ServerError,
    guard::{self, rates::RateLimiter},
    http::Http,
    intake::UploadRoom,
    listen::Sockets,
    log::list,
    metrics::Metrics,
    models::{LoadError, Models},
    settings::{Settings, SettingsError},
    signals,
    speech::{
        hooks::Hooks,
        reply::{TEXT_WARNING, VOICE_WARNING},
        spool::SpoolSpace,
    },
    talk::wyoming,
    voices::Voices,
    zeroconf::{self, Advertisement},
};

/// Threads for connections; the work of speaking has its own.
const MAX_WORKERS: usize = 4;
/// Connections at once, of which each takes two descriptors; most systems give a process 1024.
const MAX_CONNECTIONS: usize = 448;
/// Beyond so many, one that waits is closed for each that comes, so that the rest stay free for whoever comes.
const COMFORTABLE_CONNECTIONS: usize = 384;
/// Connections at once to the figures alone.
const MAX_METRICS_CONNECTIONS: usize = 16;
/// Threads of each worker that store and delete voices.
const BLOCKING_THREADS: usize = 4;
/// So long before the drain time-out is over, or half of it if that is less, those who still wait are sent away: it takes
/// a moment to tell them.
const TIME_TO_SEND_AWAY: Duration = Duration::from_secs(1);
/// How long a browser may remember what other origins may do.
const CORS_MAX_AGE_S: usize = 3_600;

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    app: Arc<App>,
    addresses: Vec<SocketAddr>,
    /// The same for people, with Unix sockets.
    places: Vec<String>,
    wyoming_addresses: Vec<SocketAddr>,
    metrics_addresses: Vec<SocketAddr>,
    handle: ServerHandle,
    events: mpsc::Receiver<Event>,
}

/// What the server's threads come to.
#[derive(Debug)]
enum Event {
    Listening(ServerHandle),
    Loaded(Result<(), ServerError>),
    Ended(Result<(), ServerError>),
}

impl Server {
    /// Listens, and loads the first model meanwhile.
    ///
    /// # Errors
    ///
    /// If the sockets or the folder of voices can't be had.
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
        heeds_signals: bool,
    ) -> Result<Self, ServerError> {
        let sockets = Sockets::open(&settings.listen)?;
        let (addresses, wyoming_addresses) = (sockets.addresses(), sockets.wyoming_addresses());
        let metrics_addresses = sockets.metrics_addresses();
        let places = sockets.in_words();
        let loopback = hooks.advertises_loopback;
        let advertisement = settings.listen.wyoming_zeroconf.as_deref();
        let advertisement =
            advertisement.map(|name| Advertisement::new(name, &sockets.wyoming, loopback)).transpose()?;
        let app = Arc::new(build(settings, hooks)?);
        let (tell, events) = mpsc::channel();
        let (serving, listening) = (Arc::clone(&app), tell.clone());
        spawn("tts-server", tell.clone(), Event::Ended, move || {
            serve(&serving, sockets, advertisement, heeds_signals, &listening).map_err(ServerError::System)
        })?;
        let handle = match events.recv() {
            Ok(Event::Listening(handle)) => handle,
            Ok(Event::Ended(Err(error))) => return Err(error),
            _ => return Err(ServerError::Internal("the server ended at once".to_owned())),
        };
        let loading = Arc::clone(&app);
        spawn("tts-load", tell, Event::Loaded, move || load(&loading))?;
        Ok(Self { app, addresses, places, wyoming_addresses, metrics_addresses, handle, events })
    }

    /// Where the server listens; nothing if it does so on a Unix socket.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where the server listens, as a log tells it: addresses and Unix sockets.
    pub(crate) fn places(&self) -> &[String] {
        &self.places
    }

    /// Where the server speaks the Wyoming protocol, if it does.
    pub fn wyoming_addresses(&self) -> &[SocketAddr] {
        &self.wyoming_addresses
    }

    /// Whether other machines reach the server, and need no key.
    pub(crate) fn is_open_to_others(&self) -> bool {
        self.app.keys.is_empty() && self.addresses.iter().any(|address| !address.ip().is_loopback())
    }

    /// Where the figures are answered alone, if they are.
    pub fn metrics_addresses(&self) -> &[SocketAddr] {
        &self.metrics_addresses
    }

    /// Waits until the server ends, which it may do before its first model is loaded.
    ///
    /// # Errors
    ///
    /// If the first model can't be loaded, or the server breaks.
    pub fn wait(self) -> Result<(), ServerError> {
        loop {
            match self.events.recv() {
                Ok(Event::Loaded(Ok(()))) => {
                    let (addresses, models) = (list(&self.places), list(self.app.models.names()));
                    tracing::info!(version = VERSION, %addresses, %models, "ready");
                    signals::tell_system_ready();
                }
                Ok(Event::Loaded(failed)) => {
                    drop(self.handle.stop(false));
                    return failed;
                }
                Ok(Event::Ended(ended)) => return ended,
                Ok(Event::Listening(_)) => {}
                Err(_) => return Err(ServerError::Internal("the server's threads are gone".to_owned())),
            }
        }
    }

    /// Ends the server: nothing new is taken, and what speaks may go on for the drain time-out.
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

/// Starts a thread whose outcome is told, even if it panics.
fn spawn(
    name: &str,
    tell: mpsc::Sender<Event>,
    event: impl FnOnce(Result<(), ServerError>) -> Event + Send + 'static,
    work: impl FnOnce() -> Result<(), ServerError> + Send + 'static,
) -> Result<(), ServerError> {
    let what = format!("the thread {name} panicked");
    let work = move || {
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(ServerError::Internal(what)));
        // Whoever started the server may not want to know.
        drop(tell.send(event(outcome)));
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

/// Loads the first model and prepares its default voice, so that no request has to wait for either.
fn load(app: &App) -> Result<(), ServerError> {
    if let Some(hook) = &app.hooks.before_load {
        hook();
    }
    let name = app.models.default_name();
    let lease = app.models.acquire(name).map_err(|error| match error {
        LoadError::Speech(error) => ServerError::Speech(error),
        LoadError::TooLarge { mib, limit_mib, .. } => ServerError::Settings(SettingsError::Value {
            setting: "model_memory_mb",
            found: limit_mib.to_string(),
            problem: format!("the model `{name}` alone takes {mib} MiB; give more, or leave this out"),
        }),
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

/// The thread of the server; tells its handle once it listens.
fn serve(
    app: &Arc<App>,
    sockets: Sockets,
    advertisement: Option<Advertisement>,
    heeds_signals: bool,
    tell: &mpsc::Sender<Event>,
) -> std::io::Result<()> {
    System::new().block_on(async move {
        let limits = app.settings.limits;
        let workers = available_parallelism().map_or(1, std::num::NonZero::get).min(MAX_WORKERS);
        let shared = Arc::clone(app);
        let connections =
            Connections::new(app.hooks.comfortable_connections.unwrap_or(COMFORTABLE_CONNECTIONS));
        let refusing = Arc::clone(app);
        let http = Http {
            app: move || {
                let origins = &shared.settings.cors_origins;
                ActixApp::new()
                    .app_data(Data::from(Arc::clone(&shared)))
                    .app_data(web::QueryConfig::default().error_handler(|error, _| refuse(error, 400)))
                    .app_data(web::PathConfig::default().error_handler(|error, _| refuse(error, 404)))
                    .configure(endpoints::routes)
                    .wrap(from_fn(guard::admit))
                    .wrap(Condition::new(!origins.is_empty(), cors(origins)))
                    .wrap(from_fn(guard::observe))
            },
            refuse: Arc::new(move |head| guard::refuse_unread(head, &refusing)),
            on_connect: Arc::new(move |stream, data| Connection::opened(&connections, stream, data)),
            header_timeout: limits.header_timeout,
        };
        let mut server = HttpServer::build()
            .workers(workers)
            .worker_max_blocking_threads(BLOCKING_THREADS)
            .max_concurrent_connections(MAX_CONNECTIONS / workers)
            .shutdown_timeout(limits.drain_timeout.as_secs_f64().ceil() as u64)
            .disable_signals();
        // They are handed over, not shared: once the server stops to listen, nobody must knock in vain.
        for listener in sockets.tcp {
            server = http.listen(server, listener)?;
        }
        #[cfg(unix)]
        for listener in sockets.unix {
            server = http.listen_unix(server, listener)?;
        }
        let metrics = serve_metrics(app, sockets.metrics)?;
        let wyoming = actix_web::rt::spawn(wyoming::serve(Arc::clone(app), sockets.wyoming));
        let advertising = actix_web::rt::spawn(zeroconf::advertise(Arc::clone(app), advertisement));
        // It ends with this thread.
        drop(actix_web::rt::spawn(send_away(Arc::clone(app))));
        let server = server.run();
        // Nobody is left to tell if this fails.
        drop(tell.send(Event::Listening(server.handle())));
        if heeds_signals {
            actix_web::rt::spawn(signals::heed(server.handle(), Arc::clone(app)));
        }
        let ended = server.await;
        // Their own threads may not live to say so.
        match app.admission.active() {
            0 => {}
            streams => tracing::warn!(streams, "cut off, as the drain time-out is over"),
        }
        // However the server came to its end, nobody is listened to any more.
        app.phase.advance(Phase::Draining);
        drop(wyoming.await);
        drop(advertising.await);
        // They are told to the last.
        if let Some(metrics) = metrics {
            metrics.stop(false).await;
        }
        drop(sockets.file);
        ended
    })
}

/// Answers the figures on ports of their own, if there are any, until it is stopped.
fn serve_metrics(app: &Arc<App>, listeners: Vec<TcpListener>) -> std::io::Result<Option<ServerHandle>> {
    if listeners.is_empty() {
        return Ok(None);
    }
    let shared = Arc::clone(app);
    let mut http = actix_web::HttpServer::new(move || {
        ActixApp::new().app_data(Data::from(Arc::clone(&shared))).configure(endpoints::metrics_routes)
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

/// Once the server is about to end, sends those away who wait for others to be done, in time for an answer.
async fn send_away(app: Arc<App>) {
    app.phase.draining().await;
    let limit = app.settings.limits.drain_timeout;
    tokio::time::sleep(limit.saturating_sub(TIME_TO_SEND_AWAY.min(limit / 2))).await;
    app.admission.close();
}

fn refuse<E: std::fmt::Display + std::fmt::Debug + 'static>(error: E, status: u16) -> actix_web::Error {
    let response = ApiError::refused(status, error.to_string()).response(Shape::OpenAi);
    InternalError::from_response(error, response).into()
}

/// What pages of other origins may do: all but send credentials that the browser holds.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allow_any_method()
        .allow_any_header()
        .expose_headers(["X-Seed", "X-Request-Id", "Retry-After", TEXT_WARNING, VOICE_WARNING])
        .expose_headers(guard::RATE_HEADERS)
        .max_age(CORS_MAX_AGE_S);
    if origins.iter().any(|origin| origin == "*") {
        return cors.allow_any_origin().send_wildcard();
    }
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
