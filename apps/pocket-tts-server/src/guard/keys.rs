//! The keys that open the server. They are kept as hashes and never shown.

use std::fmt;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::api_error::ApiError;

/// A key's hash, which tells nothing of the key.
pub(crate) type KeyHash = [u8; 32];

/// The keys; without any, everybody may enter.
#[derive(Clone, Default)]
pub(crate) struct ApiKeys(Vec<KeyHash>);

impl ApiKeys {
    pub(crate) fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self(keys.into_iter().map(hash).collect())
    }

    /// The hash of the key that a request brought; none if none is needed.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<Option<KeyHash>, ApiError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let given = given(headers).ok_or_else(|| {
            ApiError::unauthorized(
                "this server needs a key: send it as `Authorization: Bearer KEY` or `X-Api-Key: KEY`",
            )
        })?;
        // All keys are compared, and hashes have one length, so that the time tells nothing.
        let given = hash(given);
        let known = self.0.iter().fold(Choice::from(0), |known, key| known | key.ct_eq(&given));
        if bool::from(known) {
            Ok(Some(given))
        } else {
            Err(ApiError::unauthorized("this key is not known here"))
        }
    }
}

impl fmt::Debug for ApiKeys {
    /// Tells how many there are.
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

fn hash(key: &str) -> KeyHash {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn check(keys: &ApiKeys, name: &'static str, value: &'static str) -> Result<Option<KeyHash>, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        keys.check(&headers)
    }

    #[test]
    fn each_key_opens_by_either_header_and_nothing_else_does() {
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
