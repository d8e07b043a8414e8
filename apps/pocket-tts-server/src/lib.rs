//! Speaks over HTTP: the Python package's endpoint and OpenAI's speech API, streaming.
//!
//! | Module | Job |
//! |---|---|
//! | `settings` | flags, variables and a file become decisions |
//! | `server`, `signals`, `listen`, `http` | the server's life |
//! | `connection`, `connections` | a client's connection; which one goes when there are too many |
//! | `app` | what all requests share |
//! | `guard` | ids, keys, rates |
//! | `endpoints` | what is answered, a family a file |
//! | `intake` | bodies of requests |
//! | `admission` | who speaks, who waits, who is sent away |
//! | `speech` | from a checked request to the last byte |
//! | `talk` | text that is still being written: WebSocket, Wyoming |
//! | `zeroconf` | that Wyoming's clients find the server |
//! | `models`, `voices` | what there is to speak with |
//! | `api_error` | what clients are told |
//!
//! It knows the library `pocket-tts-core` by its public API only.

#![forbid(unsafe_code)]

mod admission;
mod api_error;
mod app;
mod clients;
mod connection;
mod connections;
mod endpoints;
mod error;
mod guard;
mod http;
mod intake;
mod listen;
mod log;
mod metrics;
mod models;
mod process;
mod random;
mod server;
mod settings;
mod signals;
mod speech;
mod talk;
mod voices;
mod zeroconf;

/// The one version that everything tells: the command, the log, the figures, the description of the API.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use error::{ServerError, ServerErrorKind};
pub use server::Server;
pub use settings::{ServeArguments, Settings, SettingsError};
pub use speech::hooks::Hooks;

/// Serves until a request to terminate (Ctrl-C, SIGTERM): the command `pocket-tts-server`.
///
/// # Errors
///
/// If the settings are wrong, the first model can't be loaded, or the machine refuses what a server needs.
pub fn run(arguments: &ServeArguments) -> Result<(), ServerError> {
    let settings = Settings::gather(arguments)?;
    log::start(settings.log);
    tracing::info!(version = VERSION, "pocket-tts-server");
    for option in &settings.idle_options {
        tracing::warn!("{option} is taken for the Python package's sake and has no effect");
    }
    let server = Server::start_with(settings, Hooks::default(), true)?;
    for place in server.places() {
        tracing::info!("listening on {place}");
    }
    if server.is_open_to_others() {
        tracing::warn!(
            "other machines reach this server, and there are no keys: everybody there may use it; give keys with \
             --api-key-file, or listen on --host localhost"
        );
    }
    for address in server.wyoming_addresses() {
        tracing::info!("speaking Wyoming on {address}");
    }
    for address in server.metrics_addresses() {
        tracing::info!("metrics on http://{address}/metrics");
    }
    server.wait()
}
