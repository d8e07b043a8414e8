//! Forms in both encodings, as the reference's framework reads them: the last of several fields with the same name
//! wins, and a part with a file name is a file.

use std::collections::HashMap;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{
    HttpRequest,
    http::header::CONTENT_TYPE,
    web::{Bytes, Payload},
};
use url::form_urlencoded;

use super::{
    body::{self, BodyTimeout, broken, max_text_body_bytes, next, too_large},
    upload::{LARGE_BYTES, Upload, UploadRoom},
};
use crate::{api_error::ApiError, limits::Limits};

/// The number of fields that a form may have.
const MAX_FIELDS: usize = 64;
const MULTIPART: &str = "multipart/form-data";
const URL_ENCODED: &str = "application/x-www-form-urlencoded";

/// A form.
#[derive(Debug, Default)]
pub(crate) struct Form(HashMap<String, FieldValue>);

#[derive(Debug, Clone)]
enum FieldValue {
    Text(String),
    File(Upload),
}

/// A field is a file instead of a text, or the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrongKind;

/// Reads the form of a request; a body of another type is a form without fields.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: Payload,
    limits: &Limits,
    room: &UploadRoom,
) -> Result<Form, ApiError> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    if is_multipart(content_type) {
        return read_multipart(request, payload, limits, room).await;
    }
    let bytes = body::read(payload, max_text_body_bytes(limits), limits.body_timeout).await?;
    let mut form = Form::default();
    if essence(content_type).eq_ignore_ascii_case(URL_ENCODED) {
        for (name, value) in form_urlencoded::parse(&bytes) {
            form.insert(name.into_owned(), FieldValue::Text(value.into_owned()))?;
        }
    }
    Ok(form)
}

/// Whether this is the type of a form that may hold files.
pub(super) fn is_multipart(content_type: &str) -> bool {
    essence(content_type).eq_ignore_ascii_case(MULTIPART)
}

/// A content type without its parameters.
fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

async fn read_multipart(
    request: &HttpRequest,
    payload: Payload,
    limits: &Limits,
    room: &UploadRoom,
) -> Result<Form, ApiError> {
    let timeout = BodyTimeout::new(limits.body_timeout);
    let mut parts = Multipart::new(request.headers(), payload);
    let mut form = Form::default();
    let mut left = limits.max_upload_bytes.saturating_add(max_text_body_bytes(limits));
    while let Some(part) = timeout.wait(next(&mut parts)).await? {
        let part = part.map_err(|error| malformed(&error))?;
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.content_disposition().and_then(|about| about.get_filename()).map(str::to_owned);
        let limit = if file_name.is_some() { limits.max_upload_bytes } else { max_text_body_bytes(limits) };
        let mut permit = None;
        let bytes = read_part(part, limit.min(left), &timeout, || {
            permit = Some(room.enter()?);
            Ok(())
        });
        let bytes = bytes.await?;
        left -= bytes.len();
        let value = match file_name {
            Some(name) => FieldValue::File(Upload { name, bytes, _room: permit }),
            None => FieldValue::Text(text(&bytes)),
        };
        form.insert(name, value)?;
    }
    Ok(form)
}

/// The content of a part. `grow` is called once if it becomes large.
async fn read_part(
    mut part: Field,
    max_bytes: usize,
    timeout: &BodyTimeout,
    mut grow: impl FnMut() -> Result<(), ApiError>,
) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = timeout.wait(next(&mut part)).await? {
        let chunk = chunk.map_err(|error| malformed(&error))?;
        if bytes.len() + chunk.len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        let becomes_large = bytes.len() <= LARGE_BYTES && bytes.len() + chunk.len() > LARGE_BYTES;
        if becomes_large {
            grow()?;
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// Decodes UTF-8, or else Latin-1, in which each byte is a character.
fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

fn malformed(error: &MultipartError) -> ApiError {
    match error {
        MultipartError::Payload(error) => broken(error),
        MultipartError::BoundaryMissing => ApiError::bad_request("Missing boundary in multipart."),
        _ => ApiError::bad_request("Invalid multipart data."),
    }
}

impl Form {
    /// Whether there is a field with this name, empty or not.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The text of a field; an empty one counts as none.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, WrongKind> {
        match self.0.get(name) {
            Some(FieldValue::Text(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(FieldValue::File(_)) => Err(WrongKind),
            None => Ok(None),
        }
    }

    /// The file of a field; one without name and content, as browsers send of an empty field, counts as none.
    pub(crate) fn file(&self, name: &str) -> Result<Option<&Upload>, WrongKind> {
        match self.0.get(name) {
            Some(FieldValue::File(file)) => {
                Ok(Some(file).filter(|file| !(file.name.is_empty() && file.bytes.is_empty())))
            }
            Some(FieldValue::Text(text)) if !text.is_empty() => Err(WrongKind),
            Some(FieldValue::Text(_)) | None => Ok(None),
        }
    }

    fn insert(&mut self, name: String, value: FieldValue) -> Result<(), ApiError> {
        self.0.insert(name, value);
        if self.0.len() > MAX_FIELDS {
            return Err(ApiError::bad_request(format!("the form has more than {MAX_FIELDS} fields")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, FieldValue)]) -> Form {
        Form(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    fn upload(name: &str, bytes: &'static [u8]) -> FieldValue {
        FieldValue::File(Upload { name: name.to_owned(), bytes: Bytes::from_static(bytes), _room: None })
    }

    #[test]
    fn empty_fields_count_as_none() {
        let form = form(&[
            ("empty", FieldValue::Text(String::new())),
            ("text", FieldValue::Text("a".to_owned())),
            ("no_file", upload("", b"")),
            ("empty_file", upload("a.wav", b"")),
            ("nameless", upload("", b"a")),
        ]);
        assert_eq!(
            (form.text("empty"), form.text("text"), form.text("other")),
            (Ok(None), Ok(Some("a")), Ok(None))
        );
        assert!(form.contains("empty") && !form.contains("other"));
        assert!(form.file("no_file").unwrap().is_none() && form.file("empty").unwrap().is_none());
        assert!(form.file("empty_file").unwrap().is_some() && form.file("nameless").unwrap().is_some());
        assert_eq!(form.text("nameless"), Err(WrongKind));
        assert_eq!(form.file("text").err(), Some(WrongKind));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_read_as_latin_1() {
        assert_eq!((text("é".as_bytes()), text(b"\xe9")), ("é".to_owned(), "é".to_owned()));
    }
}
