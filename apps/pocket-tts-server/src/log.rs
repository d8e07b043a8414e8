//! The log: one line for each event on standard error, without anything that a client wrote.

use std::{fmt, thread};

use serde::Serialize;
use serde_json::{Map, Value, json};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Fields that hold a [`list`].
const LISTS: [&str; 2] = ["addresses", "models"];
/// The prefix of the fields that describe an event of the crate `log`.
const LOG_PREFIX: &str = "log.";

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
    Off,
}

/// Modules of the HTTP library whose events are about single connections. Clients cause them with requests that are not
/// HTTP, and the server logs what matters of them itself, with the request's id.
const NOISY: [&str; 3] = ["actix_http::h1::decoder", "actix_http::h1::dispatcher", "actix_http::ws"];

/// Starts the log unless the program has one already. Panics are logged, too.
pub(crate) fn start(format: LogFormat) {
    // Operators do not need the events of libraries.
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("pocket_tts", LevelFilter::INFO)
        .with_targets(NOISY.map(|target| (target, LevelFilter::OFF)));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let outcome = match format {
        LogFormat::Off => return,
        LogFormat::Text => registry.with(layer.with_ansi(false).with_target(false)).try_init(),
        LogFormat::Json => registry.with(layer.event_format(JsonLines)).try_init(),
    };
    // A program that uses the server as a library may have a log of its own.
    drop(outcome);
    std::panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        let thread = thread.name().unwrap_or_default();
        // A formatted message may quote a client's text.
        let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(withheld)");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(thread, place, message, "a thread panicked, which is a bug in this program");
    }));
}

/// A value for one of the fields in [`LISTS`]: an array in JSON, and its text in a text log.
pub(crate) fn list(texts: &[String]) -> Value {
    Value::from(texts)
}

/// Formats each event as a JSON object whose fields keep their types.
struct JsonLines;

/// A line of the log.
#[derive(Serialize)]
struct Line<'a> {
    /// RFC 3339, in UTC.
    timestamp: String,
    level: &'static str,
    target: &'a str,
    fields: Map<String, Value>,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = Line {
            timestamp,
            level: metadata.level().as_str(),
            target: fields.target.as_deref().unwrap_or(metadata.target()),
            fields: fields.values,
        };
        let line = serde_json::to_string(&line).map_err(|_| fmt::Error)?;
        writeln!(writer, "{line}")
    }
}

/// The fields of an event.
#[derive(Debug, Default)]
struct Fields {
    values: Map<String, Value>,
    /// Where an event of the crate `log` comes from.
    target: Option<String>,
}

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        match field.name().strip_prefix(LOG_PREFIX) {
            Some("target") => self.target = value.as_str().map(str::to_owned),
            Some(_) => {}
            None => drop(self.values.insert(field.name().to_owned(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, json!(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, json!(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        let list = LISTS.contains(&field.name()).then(|| serde_json::from_str(&text).ok()).flatten();
        self.insert(field, list.unwrap_or(Value::String(text)));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().map_err(|_| io::Error::other("poisoned"))?.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn fields_keep_their_types_and_their_names_in_json() {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(layer.event_format(JsonLines));
        tracing::subscriber::with_default(subscriber, || {
            let addresses = ["http://[::1]:1".to_owned(), "a \"quoted\" \u{7} socket".to_owned()];
            let addresses = list(&addresses);
            let (status, share, is_new, error) = (503_u16, 0.5, true, io::Error::other("out of \"order\""));
            tracing::warn!(%addresses, status, share, is_new, %error, route = "/tts", "it\nfailed");
        });
        let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            line["fields"],
            json!({
                "message": "it\nfailed", "status": 503, "share": 0.5, "is_new": true, "route": "/tts",
                "error": "out of \"order\"", "addresses": ["http://[::1]:1", "a \"quoted\" \u{7} socket"],
            })
        );
        assert_eq!(
            (&line["level"], &line["target"]),
            (&json!("WARN"), &json!("pocket_tts_server::log::tests"))
        );
        let timestamp = line["timestamp"].as_str().unwrap();
        let shape: String = timestamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000000Z", "{timestamp}");
    }
}
