//! API keys, each with a label for the log. They are kept as hashes and never shown.

use std::fmt;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::api_error::ApiError;

/// Most bytes of a label.
const MAX_LABEL_BYTES: usize = 32;

/// The keys. Without any, every request is allowed.
#[derive(Clone, Default)]
pub(crate) struct ApiKeys(Vec<ApiKey>);

#[derive(Clone)]
struct ApiKey {
    label: String,
    hash: [u8; 32],
}

impl ApiKeys {
    /// Takes keys as `KEY` or `LABEL:KEY`; keys without a label are numbered from 1.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let key = |(index, text)| {
            let (label, key) = label_and_key(text);
            let label = label.map_or_else(|| format!("key-{}", index + 1), str::to_owned);
            ApiKey { label, hash: hash(key) }
        };
        Self(texts.into_iter().enumerate().map(key).collect())
    }

    /// Whether every request is allowed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The label of the key of this index.
    pub(super) fn label(&self, index: usize) -> &str {
        self.0.get(index).map_or("unknown", |key| &key.label)
    }

    /// The index of the key that a request sent, or of the first key with the same label; `None` if no key is needed.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<Option<usize>, ApiError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let given = given(headers).ok_or_else(|| {
            ApiError::unauthorized(
                "this server needs a key: send it as `Authorization: Bearer KEY` or `X-Api-Key: KEY`",
            )
        })?;
        // All keys are compared, and hashes have the same length, so that the time reveals nothing.
        let given = hash(given);
        let mut found = u64::MAX;
        for (index, key) in self.0.iter().enumerate() {
            found.conditional_assign(&(index as u64), key.hash.ct_eq(&given));
        }
        let key = usize::try_from(found).ok().and_then(|index| self.0.get(index));
        let key = key.ok_or_else(|| ApiError::unauthorized("this key is not known here"))?;
        Ok(self.0.iter().position(|other| other.label == key.label))
    }
}

/// The label, if there is one, and the key of `KEY` or `LABEL:KEY`.
pub(crate) fn label_and_key(text: &str) -> (Option<&str>, &str) {
    let is_label = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match text.split_once(':') {
        Some((label, key)) if is_label(label) => (Some(label), key.trim_start()),
        _ => (None, text),
    }
}

impl fmt::Debug for ApiKeys {
    /// Shows the number of keys.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiKeys({})", self.0.len())
    }
}

fn given(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    bearer.or_else(|| headers.get("x-api-key")?.to_str().ok().map(str::trim))
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn check(keys: &ApiKeys, name: &'static str, value: &'static str) -> Result<Option<usize>, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        keys.check(&headers)
    }

    #[test]
    fn labels_are_not_part_of_keys_and_keys_of_one_label_are_one_client() {
        let keys = ApiKeys::new(["laptop:first", "second", "laptop: third", "no label:fourth"]);
        let place = |key| check(&keys, "x-api-key", key).ok().flatten();
        assert_eq!((place("first"), place("second"), place("third")), (Some(0), Some(1), Some(0)));
        assert_eq!((place("no label:fourth"), place("fourth"), place("laptop:first")), (Some(3), None, None));
        assert_eq!((keys.label(0), keys.label(1), keys.label(3)), ("laptop", "key-2", "key-4"));
    }

    #[test]
    fn each_key_is_accepted_in_either_header() {
        let keys = ApiKeys::new(["first", "second"]);
        for (name, value) in
            [("authorization", "Bearer first"), ("authorization", "bearer second"), ("x-api-key", "first")]
        {
            assert!(check(&keys, name, value).unwrap().is_some(), "{name}: {value}");
        }
        for (name, value) in [
            ("authorization", "Bearer third"),
            ("authorization", "Basic first"),
            ("authorization", "first"),
            ("authorization", "Bearer "),
            ("x-api-key", ""),
            ("accept", "first"),
        ] {
            let error = check(&keys, name, value).unwrap_err();
            assert_eq!(error.status(), 401, "{name}: {value}");
            assert!(!error.to_string().contains("third"));
        }
        assert!(!format!("{keys:?}").contains("first"));
        assert!(check(&ApiKeys::default(), "accept", "any").unwrap().is_none());
    }
}
