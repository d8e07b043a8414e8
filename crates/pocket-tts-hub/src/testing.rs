//! What tests of transfers need: a web server of a few lines, whose answers each test writes itself.
//!
//! It is for the tests of any crate, and is no part of the public API. It must not know what a hub is.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]
#![expect(clippy::missing_panics_doc, reason = "a test that cannot be set up must fail")]

use std::fs;
use std::path::{Path, PathBuf};

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::FetcherSettings;

/// Long enough for a busy machine, short enough for the tests of silent servers.
const STALL_TIMEOUT: Duration = Duration::from_secs(2);

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The path and the query.
    pub path: String,
    head: String,
}

/// What a server does after it read a request.
#[derive(Debug)]
pub enum Reply {
    /// These bytes, then the end of the connection.
    Send(Vec<u8>),
    /// These bytes, then nothing until the server ends.
    Hang(Vec<u8>),
}

/// A server on a free port, up to its drop.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Request {
    /// A header's value, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Server {
    /// Starts a server that answers as `answer` says.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (requests, stop) = (Arc::clone(&requests), Arc::clone(&stop));
            move || {
                let mut silent = Vec::new();
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let mut stream = stream.unwrap();
                    let request = read_request(&mut stream);
                    requests.lock().unwrap().push(request.clone());
                    match answer(&request) {
                        // A client may hang up before the end, which is its right.
                        Reply::Send(bytes) => drop(stream.write_all(&bytes)),
                        Reply::Hang(bytes) => {
                            drop(stream.write_all(&bytes));
                            silent.push(stream);
                        }
                    }
                }
            }
        });
        Self { address, requests, stop, thread: Some(thread) }
    }

    /// `http://` and the address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests up to now; a connection without a request counts too.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread up.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The address of a port where nobody listens.
pub fn deserted_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An answer with a status such as `200 OK`, further headers (each with its line end) and a body.
pub fn reply(status: &str, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n")
            .into_bytes();
    bytes.extend_from_slice(body);
    Reply::Send(bytes)
}

/// Settings that keep everything in `folder` and take the hub to be at `endpoint`.
pub fn settings(folder: &Path, endpoint: &str) -> FetcherSettings {
    FetcherSettings {
        hub_cache: Some(folder.join("hub")),
        web_cache: Some(folder.join("web")),
        endpoint: endpoint.to_owned(),
        stall_timeout: STALL_TIMEOUT,
        ..FetcherSettings::default()
    }
}

/// Every file and link below `folder`, in order, relative to it.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_path_buf());
            }
        }
    }
    files.sort();
    files
}

fn read_request(stream: &mut TcpStream) -> Request {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    Request { path, head }
}
