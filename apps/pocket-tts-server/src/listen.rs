//! The sockets that the server listens on: from systemd, a Unix socket, or a host and port.
//!
//! It must not know what is served there.

use std::{
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    path::PathBuf,
};
#[cfg(unix)]
use std::{
    os::unix::{
        fs::FileTypeExt,
        net::{UnixListener, UnixStream},
    },
    path::Path,
};

use crate::{error::ServerError, settings::listen::Listen};

/// The sockets.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    pub(crate) http: Vec<HttpListener>,
    /// The sockets of the Wyoming protocol.
    pub(crate) wyoming: Vec<TcpListener>,
    /// The sockets that answer metrics only.
    pub(crate) metrics: Vec<TcpListener>,
    /// The file of the Unix socket, which is removed when this is dropped.
    pub(crate) file: Option<SocketFile>,
}

/// A socket that HTTP is served on.
#[derive(Debug)]
pub(crate) enum HttpListener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// The file of a Unix socket, removed on drop.
#[derive(Debug)]
pub(crate) struct SocketFile(PathBuf);

impl Sockets {
    /// Opens the sockets that the settings name.
    pub(crate) fn open(listen: &Listen) -> Result<Self, ServerError> {
        let bind = |address: &Option<(String, u16)>| match address {
            Some((host, port)) => bind_tcp(host, *port),
            None => Ok(Vec::new()),
        };
        let (wyoming, metrics) = (bind(&listen.wyoming)?, bind(&listen.metrics)?);
        Ok(Self { wyoming, metrics, ..Self::open_http(listen)? })
    }

    fn open_http(listen: &Listen) -> Result<Self, ServerError> {
        #[cfg(unix)]
        {
            let inherited = inherited().map_err(ServerError::System)?;
            if !inherited.is_empty() {
                return Ok(Self { http: inherited, ..Self::default() });
            }
            if let Some(path) = &listen.unix_socket {
                let socket = |source| ServerError::Socket { path: path.clone(), source };
                let http = vec![HttpListener::Unix(bind_unix(path).map_err(socket)?)];
                return Ok(Self { http, file: Some(SocketFile(path.clone())), ..Self::default() });
            }
        }
        let listeners = bind_tcp(&listen.host, listen.port)?;
        Ok(Self { http: listeners.into_iter().map(HttpListener::Tcp).collect(), ..Self::default() })
    }

    /// The TCP addresses of HTTP.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let tcp = self.http.iter().filter_map(|listener| match listener {
            HttpListener::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            HttpListener::Unix(_) => None,
        });
        tcp.collect()
    }

    /// Where HTTP is served, for people.
    pub(crate) fn in_words(&self) -> Vec<String> {
        self.http.iter().filter_map(HttpListener::in_words).collect()
    }

    /// The addresses of the Wyoming protocol.
    pub(crate) fn wyoming_addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.wyoming)
    }

    /// The addresses that answer metrics only.
    pub(crate) fn metrics_addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.metrics)
    }
}

impl HttpListener {
    fn in_words(&self) -> Option<String> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok().map(|address| format!("http://{address}")),
            #[cfg(unix)]
            Self::Unix(listener) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                Some(path.map_or_else(
                    || "a socket without a name".to_owned(),
                    |path| format!("the socket {}", path.display()),
                ))
            }
        }
    }
}

/// The sockets that systemd passes on, TCP before Unix.
#[cfg(unix)]
fn inherited() -> io::Result<Vec<HttpListener>> {
    let (mut tcp, mut unix) = (Vec::new(), Vec::new());
    let mut given = listenfd::ListenFd::from_env();
    for index in 0..given.len() {
        // A socket of another kind is rejected, and then tried as that kind.
        match given.take_tcp_listener(index) {
            Ok(Some(listener)) => tcp.push(HttpListener::Tcp(listener)),
            Ok(None) => {}
            Err(_) => unix.extend(given.take_unix_listener(index)?.map(HttpListener::Unix)),
        }
    }
    tcp.append(&mut unix);
    Ok(tcp)
}

fn addresses(listeners: &[TcpListener]) -> Vec<SocketAddr> {
    listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
}

/// Binds all addresses of a host: `localhost` has one of each family on most machines.
fn bind_tcp(host: &str, port: u16) -> Result<Vec<TcpListener>, ServerError> {
    let failed = |source| ServerError::Listen { address: format!("{host}:{port}"), source };
    let unknown = |source| ServerError::UnknownHost { host: host.to_owned(), source };
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(unknown)?.collect();
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut problem = None;
    for mut address in addresses {
        if port == 0
            && let Some(first) = listeners.first()
        {
            // One free port for both families.
            address.set_port(first.local_addr().map_err(failed)?.port());
        }
        match TcpListener::bind(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) => problem = Some(error),
        }
    }
    let in_use = problem.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::AddrInUse);
    match problem {
        // Clients would be confused if another program used the other address family of the host.
        Some(error) if listeners.is_empty() || (in_use && port != 0) => Err(failed(error)),
        None if listeners.is_empty() => Err(unknown(io::Error::other("it has none"))),
        _ => Ok(listeners),
    }
}

/// Binds a Unix socket. A socket that a stopped server left behind is replaced, but nothing else.
#[cfg(unix)]
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if is_socket
        && UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already.
        drop(std::fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named_in_the_error() {
        let first = bind_tcp("127.0.0.1", 0).unwrap();
        let port = first[0].local_addr().unwrap().port();
        let error = bind_tcp("127.0.0.1", port).unwrap_err().to_string();
        assert!(error.contains(&format!("127.0.0.1:{port}")), "{error}");
    }

    #[test]
    fn a_host_that_is_not_found_is_not_taken_for_a_port_in_use() {
        // The domain is reserved for names that do not exist.
        let error = bind_tcp("nosuchhost.invalid", 0).unwrap_err().to_string();
        assert!(error.starts_with("cannot find the address of the host `nosuchhost.invalid`: "), "{error}");
        assert!(error.contains("; check the spelling") && !error.contains("another program"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn only_a_socket_left_behind_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        drop(bind_unix(&path).unwrap());
        let _living = bind_unix(&path).unwrap();
        assert!(bind_unix(&path).is_err());
        let file = folder.path().join("file");
        std::fs::write(&file, "precious").unwrap();
        assert!(bind_unix(&file).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    }
}
