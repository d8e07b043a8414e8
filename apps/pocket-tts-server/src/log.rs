//! The log: one line an event on standard error, with nothing in it that a client wrote.

use std::thread;

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::settings::LogFormat;

/// Starts the log, unless the program has one already. Panics are told there too.
pub(crate) fn start(format: LogFormat) {
    // What libraries tell of their own work is of no use to an operator.
    let filter = Targets::new().with_default(LevelFilter::WARN).with_target("pocket_tts", LevelFilter::INFO);
    let registry = tracing_subscriber::registry().with(filter);
    let outcome = match format {
        LogFormat::Off => return,
        LogFormat::Text => registry
            .with(fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false))
            .try_init(),
        LogFormat::Json => registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init(),
    };
    // Whoever runs the server as a library may log in another way.
    drop(outcome);
    std::panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        let thread = thread.name().unwrap_or_default();
        // A message that was put together may quote a client's text.
        let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(withheld)");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(thread, place, message, "a thread panicked, which is a bug of this program");
    }));
}
