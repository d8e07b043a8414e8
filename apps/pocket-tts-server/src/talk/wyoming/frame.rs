//! The encoding of events: a line of JSON, further JSON data, and a payload.
//!
//! It must not know what events mean. Source: the package `wyoming` 1.10.2, `wyoming/event.py`

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Longest first line.
const MAX_HEADER_BYTES: usize = 64 << 10;
/// Longest data.
const MAX_DATA_BYTES: usize = 1 << 20;
/// Longest payload. Received payloads are skipped.
const MAX_PAYLOAD_BYTES: usize = 1 << 20;
/// The implemented version of the package `wyoming`.
const VERSION: &str = "1.10.2";

/// A received event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WyomingEvent {
    pub(super) kind: String,
    pub(super) data: Map<String, Value>,
}

/// Decodes events from bytes as they arrive.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    bytes: Vec<u8>,
    /// Length of the prefix without a line end.
    searched: usize,
    /// The header of the event whose data is still arriving.
    header: Option<EventHeader>,
    /// Remaining bytes of the current payload.
    payload: usize,
}

/// Why the bytes are not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    /// The line is too long.
    #[error("the first line of an event is longer than {MAX_HEADER_BYTES} bytes")]
    HeaderTooLong,
    /// The line is not an event.
    #[error("the first line of an event must be a JSON object with a `type`: {0}")]
    Header(String),
    /// The data is too long.
    #[error("`{part}` is {found}, but at most {limit} bytes are accepted")]
    TooLong { part: &'static str, found: usize, limit: usize },
    /// The data is not a JSON object.
    #[error("the data of an event must be a JSON object: {0}")]
    Data(String),
}

#[derive(Debug, Deserialize)]
struct EventHeader {
    #[serde(rename = "type")]
    kind: String,
    data: Option<Map<String, Value>>,
    data_length: Option<usize>,
    payload_length: Option<usize>,
}

impl Decoder {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let of_payload = self.payload.min(bytes.len());
        self.payload -= of_payload;
        self.bytes.extend_from_slice(&bytes[of_payload..]);
    }

    /// The next event, if it is complete. After an error the start of the next one is unknown.
    pub(super) fn next(&mut self) -> Result<Option<WyomingEvent>, FrameError> {
        let header = match self.header.take() {
            Some(header) => header,
            None => match self.next_header()? {
                Some(header) => header,
                None => return Ok(None),
            },
        };
        let length = header.data_length.unwrap_or(0);
        if self.bytes.len() < length {
            self.header = Some(header);
            return Ok(None);
        }
        let mut data = header.data.unwrap_or_default();
        if length > 0 {
            let more: Map<String, Value> = serde_json::from_slice(&self.bytes[..length])
                .map_err(|error| FrameError::Data(error.to_string()))?;
            data.extend(more);
        }
        let payload = header.payload_length.unwrap_or(0);
        let arrived = payload.min(self.bytes.len() - length);
        self.bytes.drain(..length + arrived);
        self.payload = payload - arrived;
        Ok(Some(WyomingEvent { kind: header.kind, data }))
    }

    fn next_header(&mut self) -> Result<Option<EventHeader>, FrameError> {
        let end = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n');
        let end = end.map(|end| self.searched + end);
        if end.unwrap_or(self.bytes.len()) > MAX_HEADER_BYTES {
            return Err(FrameError::HeaderTooLong);
        }
        let Some(end) = end else {
            self.searched = self.bytes.len();
            return Ok(None);
        };
        let header: EventHeader = serde_json::from_slice(&self.bytes[..end])
            .map_err(|error| FrameError::Header(error.to_string()))?;
        for (part, found, limit) in [
            ("data_length", header.data_length, MAX_DATA_BYTES),
            ("payload_length", header.payload_length, MAX_PAYLOAD_BYTES),
        ] {
            if let Some(found) = found.filter(|found| *found > limit) {
                return Err(FrameError::TooLong { part, found, limit });
            }
        }
        self.bytes.drain(..=end);
        self.searched = 0;
        Ok(Some(header))
    }
}

/// Encodes an event, with the data after the line as that package does.
pub(super) fn encode(kind: &str, data: &Value, payload: &[u8]) -> Vec<u8> {
    let data = if data.is_null() { String::new() } else { data.to_string() };
    let mut header = json!({ "type": kind, "version": VERSION });
    for (key, length) in [("data_length", data.len()), ("payload_length", payload.len())] {
        if length > 0 {
            header[key] = json!(length);
        }
    }
    let mut bytes = header.to_string().into_bytes();
    bytes.push(b'\n');
    bytes.extend_from_slice(data.as_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(bytes: &[u8]) -> Result<Vec<WyomingEvent>, FrameError> {
        decode_cut(bytes, bytes.len().max(1))
    }

    fn decode_cut(bytes: &[u8], cut: usize) -> Result<Vec<WyomingEvent>, FrameError> {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        for piece in bytes.chunks(cut) {
            decoder.push(piece);
            while let Some(event) = decoder.next()? {
                events.push(event);
            }
        }
        Ok(events)
    }

    #[test]
    fn data_comes_with_the_line_or_behind_it_or_both() {
        let expected = json!({ "text": "é", "voice": { "name": "alba" } });
        for bytes in [
            "{\"type\":\"synthesize\",\"data\":{\"text\":\"é\",\"voice\":{\"name\":\"alba\"}}}\n",
            "{\"type\":\"synthesize\",\"data_length\":40}\n{\"text\": \"é\", \"voice\":{\"name\": \"alba\"}}",
            "{\"type\":\"synthesize\",\"data\":{\"text\":\"-\",\"voice\":{\"name\":\"alba\"}},\"data_length\":14}\n{\"text\": \"é\"}",
        ] {
            let events = decode(bytes.as_bytes()).unwrap();
            assert_eq!(
                (events.len(), Value::Object(events[0].data.clone())),
                (1, expected.clone()),
                "{bytes}"
            );
        }
    }

    #[test]
    fn invalid_events_are_rejected() {
        for (bytes, part) in [
            (&b"\n"[..], "EOF"),
            (b"GET / HTTP/1.1\r\n", "expected value"),
            (b"[1]\n", "JSON object"),
            (b"{}\n", "missing field `type`"),
            (b"{\"type\":1}\n", "invalid type"),
            (b"{\"type\":\"a\",\"data_length\":-1}\n", "-1"),
            (b"{\"type\":\"a\",\"data_length\":1048577}\n", "`data_length` is 1048577"),
            (b"{\"type\":\"a\",\"payload_length\":1048577}\n", "`payload_length`"),
            (b"{\"type\":\"a\",\"data_length\":2}\n[]", "JSON object"),
            (b"{\"type\":\"\xff\"}\n", "invalid unicode"),
        ] {
            let error = decode(bytes).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(decode(&vec![b'a'; MAX_HEADER_BYTES]), Ok(Vec::new()));
        assert_eq!(decode_cut(&vec![b'a'; MAX_HEADER_BYTES + 1], 1), Err(FrameError::HeaderTooLong));
    }

    proptest! {
        #[test]
        fn events_survive_any_cut(
            events in proptest::collection::vec(
                ("[a-z-]{1,12}", proptest::option::of(any::<String>()), proptest::collection::vec(any::<u8>(), 0..40)),
                1..8,
            ),
            cut in 1_usize..50,
        ) {
            let mut bytes = Vec::new();
            let mut expected = Vec::new();
            for (kind, text, payload) in events {
                let data = text.map_or(Value::Null, |text| json!({ "text": text }));
                bytes.extend(encode(&kind, &data, &payload));
                expected.push(WyomingEvent { kind, data: data.as_object().cloned().unwrap_or_default() });
            }
            prop_assert_eq!(decode_cut(&bytes, cut).unwrap(), expected);
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 1_usize..50) {
            drop(decode_cut(&bytes, cut));
        }
    }
}
