//! A small web server. It must not know what a hub is.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET` or `HEAD`.
    pub method: String,
    /// The path and the query.
    pub path: String,
    head: String,
}

/// A server's reaction to a request.
#[derive(Debug)]
pub enum Reply {
    /// These bytes, then the end of the connection.
    Send(Vec<u8>),
    /// These bytes, then nothing until the server is dropped.
    Hang(Vec<u8>),
    /// These bytes in parts of the given size, with a pause before each.
    Trickle(Vec<u8>, usize, Duration),
}

/// A server on a free port that runs until it is dropped. Each connection has its own thread.
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

    /// The start of the requested range.
    pub fn range_start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.split('-').next()?.parse().ok()
    }
}

impl Server {
    /// Starts a server with the responses of `answer`.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (requests, stop) = (Arc::clone(&requests), Arc::clone(&stop));
            let answer = Arc::new(answer);
            move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let (requests, stop, answer) =
                        (Arc::clone(&requests), Arc::clone(&stop), Arc::clone(&answer));
                    thread::spawn(move || {
                        let mut stream = stream.unwrap();
                        let request = read_request(&mut stream);
                        requests.lock().unwrap().push(request.clone());
                        serve(&mut stream, answer(&request), &stop);
                    });
                }
            }
        });
        Self { address, requests, stop, thread: Some(thread) }
    }

    /// `http://` and the address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far; a connection without a request counts too.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes up the thread.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A response with a status such as `200 OK`, further headers (each with its line end) and a body.
pub fn reply(status: &str, headers: &str, body: &[u8]) -> Reply {
    let mut bytes = head(status, headers, body.len()).into_bytes();
    bytes.extend_from_slice(body);
    Reply::Send(bytes)
}

/// The head of a response whose body has `length` bytes.
pub(super) fn head(status: &str, headers: &str, length: usize) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n")
}

/// Sends a response. Write errors are ignored, as a client may close the connection early.
fn serve(stream: &mut TcpStream, reply: Reply, stop: &AtomicBool) {
    match reply {
        Reply::Send(bytes) => drop(stream.write_all(&bytes)),
        Reply::Hang(bytes) => {
            drop(stream.write_all(&bytes));
            while !stop.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(10));
            }
        }
        Reply::Trickle(bytes, part, pause) => {
            for part in bytes.chunks(part) {
                thread::sleep(pause);
                if stop.load(Ordering::SeqCst) || stream.write_all(part).is_err() {
                    break;
                }
            }
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Request {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut words = head.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Request { method, path, head }
}
