//! The sockets that the server listens on: those that systemd hands over, a Unix socket, or a host and port.
//!
//! It must not know what is answered there.

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

use crate::{error::ServerError, settings::Listen};

/// The sockets.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    pub(crate) tcp: Vec<TcpListener>,
    #[cfg(unix)]
    pub(crate) unix: Vec<UnixListener>,
    /// Those of the Wyoming protocol.
    pub(crate) wyoming: Vec<TcpListener>,
    /// Where the figures are answered alone.
    pub(crate) metrics: Vec<TcpListener>,
    /// The file of the Unix sockets, as long as this lives.
    pub(crate) file: Option<SocketFile>,
}

/// The name of a Unix socket, which is taken away at the end.
#[derive(Debug)]
pub(crate) struct SocketFile(PathBuf);

impl Sockets {
    /// Opens them.
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
            let inherited = Self::inherited().map_err(ServerError::System)?;
            if !(inherited.tcp.is_empty() && inherited.unix.is_empty()) {
                return Ok(inherited);
            }
            if let Some(path) = &listen.unix_socket {
                let socket = |source| ServerError::Socket { path: path.clone(), source };
                let unix = vec![bind_unix(path).map_err(socket)?];
                return Ok(Self { unix, file: Some(SocketFile(path.clone())), ..Self::default() });
            }
        }
        Ok(Self { tcp: bind_tcp(&listen.host, listen.port)?, ..Self::default() })
    }

    /// The addresses of those that have one.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.tcp)
    }

    /// Where HTTP is spoken, for people.
    pub(crate) fn in_words(&self) -> Vec<String> {
        let addresses = self.addresses().into_iter().map(|address| format!("http://{address}"));
        #[cfg(unix)]
        let addresses = addresses.chain(self.unix.iter().map(|socket| {
            let address = socket.local_addr().ok();
            let path = address.as_ref().and_then(|address| address.as_pathname());
            path.map_or_else(
                || "a socket without a name".to_owned(),
                |path| format!("the socket {}", path.display()),
            )
        }));
        addresses.collect()
    }

    /// The addresses of the Wyoming protocol.
    pub(crate) fn wyoming_addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.wyoming)
    }

    /// The addresses of the figures alone.
    pub(crate) fn metrics_addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.metrics)
    }

    #[cfg(unix)]
    fn inherited() -> io::Result<Self> {
        let mut sockets = Self::default();
        let mut given = listenfd::ListenFd::from_env();
        for index in 0..given.len() {
            // One of another kind is refused, and then tried as the other kind.
            match given.take_tcp_listener(index) {
                Ok(Some(listener)) => sockets.tcp.push(listener),
                Ok(None) => {}
                Err(_) => sockets.unix.extend(given.take_unix_listener(index)?),
            }
        }
        Ok(sockets)
    }
}

fn addresses(listeners: &[TcpListener]) -> Vec<SocketAddr> {
    listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
}

/// All addresses of a host that can be listened on: `localhost` has one of each family on most machines.
fn bind_tcp(host: &str, port: u16) -> Result<Vec<TcpListener>, ServerError> {
    let failed = |source| ServerError::Listen { address: format!("{host}:{port}"), source };
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(failed)?.collect();
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
        // Half of a host that another program holds the other half of would confuse its clients.
        Some(error) if listeners.is_empty() || (in_use && port != 0) => Err(failed(error)),
        None if listeners.is_empty() => Err(failed(io::Error::other("the host has no address"))),
        _ => Ok(listeners),
    }
}

/// A socket of this name, in the place of one that a server left behind, but of nothing else.
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
        // If it is gone already, so much the better.
        drop(std::fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_refused_by_name() {
        let first = bind_tcp("127.0.0.1", 0).unwrap();
        let port = first[0].local_addr().unwrap().port();
        let error = bind_tcp("127.0.0.1", port).unwrap_err().to_string();
        assert!(error.contains(&format!("127.0.0.1:{port}")), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_left_behind_is_replaced_and_a_file_or_a_living_one_is_not() {
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
