//! A client of `/v1/audio/stream`, on a WebSocket that is not the server's own.

use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use tungstenite::{
    Error, HandshakeError, Message, WebSocket,
    client::{IntoClientRequest, client},
    http::{HeaderName, HeaderValue},
};

use crate::client::connect;

/// The response to a rejected handshake.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// A conversation.
#[derive(Debug)]
pub(crate) struct Talk {
    pub(crate) socket: WebSocket<TcpStream>,
}

/// A message from the server.
#[derive(Debug)]
pub(crate) enum Heard {
    Json(Value),
    Sound(Vec<u8>),
    /// The code that it closes with.
    Closed(u16),
}

impl Talk {
    /// Connects, with these further headers.
    #[expect(
        clippy::panic_in_result_fn,
        clippy::unwrap_in_result,
        reason = "a refusal is an outcome; a connection that breaks is the failure of the test"
    )]
    pub(crate) fn try_open(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, Refused> {
        let mut request = format!("ws://{address}/v1/audio/stream").into_client_request().unwrap();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        match client(request, connect(address)) {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(HandshakeError::Failure(Error::Http(answer))) => Err(Refused {
                status: answer.status().as_u16(),
                body: String::from_utf8(answer.into_body().unwrap_or_default()).unwrap(),
            }),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::try_open(address, &[]).unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// Connects and sets the conversation up.
    pub(crate) fn start(address: SocketAddr, seed: u64) -> Self {
        let mut talk = Self::open(address);
        talk.send(&json!({ "type": "setup", "seed": seed }));
        let ready = talk.next_json();
        assert_eq!((&ready["type"], &ready["seed"]), (&json!("ready"), &json!(seed)), "{ready}");
        assert_eq!((&ready["sample_rate"], &ready["frame_size"]), (&json!(24_000), &json!(1_920)));
        talk
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).unwrap();
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.send(&json!({ "type": "text", "text": text }));
    }

    pub(crate) fn end(&mut self) {
        self.send(&json!({ "type": "end_of_stream" }));
    }

    pub(crate) fn next(&mut self) -> Heard {
        loop {
            match self.socket.read().unwrap() {
                Message::Text(text) => return Heard::Json(serde_json::from_str(&text).unwrap()),
                Message::Binary(sound) => return Heard::Sound(sound.into()),
                Message::Close(frame) => return Heard::Closed(frame.unwrap().code.into()),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// The next message, which must be JSON.
    #[track_caller]
    pub(crate) fn next_json(&mut self) -> Value {
        match self.next() {
            Heard::Json(message) => message,
            Heard::Sound(sound) => panic!("{} bytes of sound", sound.len()),
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }

    /// Everything up to a message of this type, with it: sound and messages.
    #[track_caller]
    pub(crate) fn until(&mut self, kind: &str) -> (Vec<u8>, Vec<Value>) {
        let (mut sound, mut messages) = (Vec::new(), Vec::new());
        loop {
            match self.next() {
                Heard::Sound(more) => sound.extend(more),
                Heard::Closed(code) => panic!("closed with {code} before {kind}: {messages:?}"),
                Heard::Json(message) => {
                    let is_last = message["type"] == kind;
                    messages.push(message);
                    if is_last {
                        return (sound, messages);
                    }
                }
            }
        }
    }

    /// The next message, which must be an error of this code.
    #[track_caller]
    pub(crate) fn refused(&mut self, code: &str) -> Value {
        let error = self.next_json();
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)), "{error}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
        error
    }

    /// The end of the connection.
    #[track_caller]
    pub(crate) fn closed(mut self) -> u16 {
        let code = match self.next() {
            Heard::Closed(code) => code,
            other => panic!("{other:?}"),
        };
        // The server closes the connection, too.
        assert!(matches!(self.socket.read(), Err(Error::ConnectionClosed)));
        code
    }
}

/// The messages of a type.
pub(crate) fn of_type<'a>(messages: &'a [Value], kind: &str) -> Vec<&'a Value> {
    messages.iter().filter(|message| message["type"] == kind).collect()
}
