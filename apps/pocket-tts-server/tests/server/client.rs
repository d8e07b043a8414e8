//! A client that exposes every byte, and whether a body was complete.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
};

use serde_json::Value;

pub(crate) use crate::test_server::PATIENCE;

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body has a regular end.
    pub(crate) is_whole: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// Asserts this status.
    #[track_caller]
    pub(crate) fn with_status(self, status: u16) -> Self {
        let shown = self.body.len().min(300);
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body[..shown]));
        assert!(self.is_whole);
        self
    }

    /// The fields of an error in OpenAI's shape.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let error = self.json()["error"].clone();
        for key in ["message", "type", "param", "code"] {
            assert!(error.get(key).is_some(), "{key} is missing in {}", self.text());
        }
        error
    }
}

/// Sends a head and a body unchanged, and reads the response.
pub(crate) fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let mut stream = connect(address);
    // A server that rejects a body may close before all of it is sent.
    let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    drop(sent);
    read(&mut BufReader::new(stream))
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path, "", b"")
}

/// A request with these further header lines, each with its line end.
pub(crate) fn request(address: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
    exchange(address, &head(method, path, headers, body.len()), body)
}

pub(crate) fn head(method: &str, path: &str, headers: &str, length: usize) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n{headers}\r\n")
}

pub(crate) fn post_json(address: SocketAddr, path: &str, body: &Value) -> Answer {
    request(address, "POST", path, "Content-Type: application/json\r\n", body.to_string().as_bytes())
}

pub(crate) fn post_form(address: SocketAddr, path: &str, body: &str) -> Answer {
    request(address, "POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", body.as_bytes())
}

/// A field of a multipart form, a file if it has a file name.
pub(crate) type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

pub(crate) fn post_multipart(address: SocketAddr, path: &str, parts: &[Part<'_>]) -> Answer {
    let content_type = "Content-Type: multipart/form-data; boundary=frontier\r\n";
    request(address, "POST", path, content_type, &multipart(parts))
}

pub(crate) fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file_name, content) in parts {
        let file_name = file_name.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
        let kind = if file_name.is_empty() { "" } else { "Content-Type: application/octet-stream\r\n" };
        body.extend_from_slice(
            format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n{kind}\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--frontier--\r\n");
    body
}

/// Reads a response to its end, or to where the connection broke.
pub(crate) fn read(stream: &mut impl BufRead) -> Answer {
    let mut answer = Answer::default();
    if read_head(stream, &mut answer).is_ok() {
        answer.is_whole = read_body(stream, &mut answer).is_ok();
    }
    answer
}

pub(crate) fn read_head(stream: &mut impl BufRead, answer: &mut Answer) -> io::Result<()> {
    let status = line(stream)?;
    answer.status = status.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(": ") else { return Ok(()) };
        answer.headers.push((name.to_owned(), value.to_owned()));
    }
}

fn read_body(stream: &mut impl BufRead, answer: &mut Answer) -> io::Result<()> {
    if answer.header("transfer-encoding").is_some_and(|encoding| encoding == "chunked") {
        while read_chunk(stream, answer)? {}
        return Ok(());
    }
    if answer.status == 304 {
        return Ok(());
    }
    match answer.header("content-length").and_then(|length| length.parse().ok()) {
        Some(length) => {
            answer.body.resize(length, 0);
            stream.read_exact(&mut answer.body)
        }
        None => stream.read_to_end(&mut answer.body).map(drop),
    }
}

/// One chunk; `false` after the last one.
pub(crate) fn read_chunk(stream: &mut impl BufRead, answer: &mut Answer) -> io::Result<bool> {
    let length = usize::from_str_radix(&line(stream)?, 16).map_err(io::Error::other)?;
    let start = answer.body.len();
    answer.body.resize(start + length, 0);
    let read = stream.read_exact(&mut answer.body[start..]);
    if read.is_err() {
        answer.body.truncate(start);
    }
    read?;
    line(stream)?;
    Ok(length > 0)
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
