//! Speaks over HTTP: the Python package's endpoint and OpenAI's speech API, streaming.
//!
//! | Module | Job |
//! |---|---|
//! | `names`, `limits`, `api_error`, `random` | the ground: it uses nothing else of this crate |
//! | `settings` | options, variables and a file become decisions |
//! | `server`, `signals`, `listen`, `http` | the server's life |
//! | `connection`, `connections` | a client's connection; eviction of idle ones |
//! | `app`, `phase` | the state that all requests share |
//! | `guard` | middleware: ids, hosts, origins, keys, rates |
//! | `endpoints` | the handlers, one file for each family |
//! | `intake` | bodies and fields of requests |
//! | `admission`, `clients` | streams and the queue; limits for each client |
//! | `speech` | from a checked request to the last byte |
//! | `talk` | text that is still being written: WebSocket, Wyoming |
//! | `zeroconf` | advertises the Wyoming port |
//! | `models`, `voices` | the models and voices to speak with |
//! | `log`, `metrics`, `process` | what operators see |
//!
//! It uses the public API of `pocket-tts-core` only.

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
mod limits;
mod listen;
mod log;
mod metrics;
mod models;
mod names;
mod phase;
mod process;
mod random;
mod server;
mod settings;
mod signals;
mod speech;
mod talk;
mod voices;
mod zeroconf;

pub use error::{ServerError, ServerErrorKind};
pub use pocket_tts_settings::SettingsError;
pub use server::Server;
pub use settings::{arguments::ServeArguments, check::Settings};
pub use speech::hooks::Hooks;

/// Serves until a request to terminate (Ctrl-C, SIGTERM): the command `pocket-tts-server`.
///
/// # Errors
///
/// If the settings are wrong, the first model cannot be loaded, or the operating system refuses a resource.
pub fn run(arguments: &ServeArguments) -> Result<(), ServerError> {
    let settings = Settings::gather(arguments)?;
    log::start(settings.log);
    tracing::info!(version = names::VERSION, "pocket-tts-server");
    for option in &settings.idle_options {
        tracing::warn!("{option} has no effect: it is accepted for compatibility with the Python package");
    }
    let server = Server::start_with(settings, Hooks::default(), true)?;
    for address in server.listening_on() {
        tracing::info!("listening on {address}");
    }
    if server.is_open_to_others() {
        tracing::warn!(
            "other machines can reach this server and use it without a key; require keys with --api-key-file, or listen on \
             --host localhost"
        );
    }
    if server.lets_one_client_fill_the_queue() {
        tracing::warn!(
            "one client can fill the queue of this server, and other machines can reach it; limit the requests of a \
             client with --max-requests-per-client"
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
