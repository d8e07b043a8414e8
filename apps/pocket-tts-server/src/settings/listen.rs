//! Checks the addresses to listen on. It must not bind them.

use std::path::PathBuf;

use pocket_tts_settings::InvalidValue;

use super::arguments::ListenArguments;
use crate::zeroconf::name as zeroconf;

const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 8000;

/// The addresses to listen on.
#[derive(Debug, Clone)]
pub(crate) struct Listen {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) unix_socket: Option<PathBuf>,
    /// Host and port of the Wyoming protocol, if it is served.
    pub(crate) wyoming: Option<(String, u16)>,
    /// The name under which that port is advertised, if it is.
    pub(crate) wyoming_zeroconf: Option<String>,
    /// Host and port of metrics only; without them metrics are served beside the API.
    pub(crate) metrics: Option<(String, u16)>,
}

pub(super) fn where_to_listen(raw: ListenArguments) -> Result<Listen, InvalidValue> {
    let host = raw.host.unwrap_or_else(|| DEFAULT_HOST.to_owned());
    let wyoming = raw.wyoming.map(|text| address("wyoming", &text, &host, 10_200)).transpose()?;
    let metrics = raw.metrics_port.map(|text| address("metrics_port", &text, &host, 9_100)).transpose()?;
    let wyoming_zeroconf = raw.wyoming_zeroconf.map(|text| zeroconf_name(&text)).transpose()?.flatten();
    if let (None, Some(name)) = (&wyoming, &wyoming_zeroconf) {
        return Err(InvalidValue::new(
            "wyoming_zeroconf",
            name,
            "there is no Wyoming port to advertise; give one that other machines reach, as in --wyoming 0.0.0.0:10200, or \
             leave this out",
        ));
    }
    let port = raw.port.unwrap_or(DEFAULT_PORT);
    Ok(Listen { host, port, unix_socket: raw.unix_socket, wyoming, wyoming_zeroconf, metrics })
}

/// A name; `true` stands for the default name, `false` for none.
fn zeroconf_name(text: &str) -> Result<Option<String>, InvalidValue> {
    match text.trim() {
        "true" => Ok(Some(zeroconf::default_name())),
        "false" => Ok(None),
        name => match zeroconf::problem_of_name(name) {
            Some(problem) => Err(InvalidValue::new("wyoming_zeroconf", name, &problem)),
            None => Ok(Some(name.to_owned())),
        },
    }
}

/// `PORT`, `HOST:PORT` or `[IPV6]:PORT`.
fn address(
    setting: &'static str,
    text: &str,
    default_host: &str,
    example_port: u16,
) -> Result<(String, u16), InvalidValue> {
    let (host, port) = text.rsplit_once(':').unwrap_or((default_host, text));
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match port.parse() {
        Ok(port) if !host.is_empty() => Ok((host.to_owned(), port)),
        _ => {
            let problem = format!(
                "it must be a port such as {example_port}, or a host and a port such as 0.0.0.0:{example_port}"
            );
            Err(InvalidValue::new(setting, text, &problem))
        }
    }
}
