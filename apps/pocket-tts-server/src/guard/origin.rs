//! Which pages may use this server. Browsers let any page send requests to any server, even to one on this machine, and
//! only report the origin of the page. Programs other than browsers report none and are allowed.
//!
//! It must not know what a request does.

use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN, REFERER};
use url::Url;

use crate::api_error::ApiError;

/// Stands for all origins.
const ALL: &str = "*";
/// Written by the browser itself on secure connections.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The requested host, from a proxy that sends another `Host`.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Rejects pages of origins other than the server's own and the allowed ones.
///
/// A page of another origin cannot set the headers that identify the server's own pages without a preflight request,
/// which is rejected.
pub(crate) fn check(headers: &HeaderMap, allowed: &[String]) -> Result<(), ApiError> {
    let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    if text(headers, SITE) == Some("same-origin") || is_known(headers, origin, allowed) {
        return Ok(());
    }
    Err(refusal())
}

/// As [`check`], for GET requests that cost something, such as audio that a page embeds. For these, browsers send no
/// `Origin`, but `Sec-Fetch-Site`, or at least `Referer` unless the page forbids that.
pub(crate) fn check_embedding(headers: &HeaderMap, allowed: &[String]) -> Result<(), ApiError> {
    check(headers, allowed)?;
    if headers.contains_key(ORIGIN) {
        return Ok(());
    }
    let page =
        text(headers, REFERER).map(|page| Url::parse(page).map(|url| url.origin().ascii_serialization()));
    let is_known = page.as_ref().map(|page| page.as_ref().is_ok_and(|page| is_known(headers, page, allowed)));
    let may = match text(headers, SITE) {
        // Opened by a person, or by a page of this server.
        Some("same-origin" | "none") => true,
        Some(_) => is_known == Some(true) || allowed.iter().any(|known| known == ALL),
        None => is_known != Some(false),
    };
    if may { Ok(()) } else { Err(refusal()) }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether an origin is the server's own or allowed.
fn is_known(headers: &HeaderMap, origin: &str, allowed: &[String]) -> bool {
    let is_host = |host: &str| is_own(origin, host.split(',').next().unwrap_or_default().trim());
    text(headers, HOST).is_some_and(is_host)
        || text(headers, FORWARDED_HOST).is_some_and(is_host)
        || allowed.iter().any(|known| known == ALL || known == origin)
}

fn refusal() -> ApiError {
    let message = "pages of this origin may not use this server; its operator can allow that with --cors-origin, or, \
                   if a proxy changes the host of requests, make that proxy send X-Forwarded-Host";
    ApiError::refused(403, message).code("origin_not_allowed")
}

/// Whether an origin is that of a host. Either may omit the default port.
fn is_own(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let plain = |text: &str| text.strip_suffix(port).unwrap_or(text).to_ascii_lowercase();
    !authority.is_empty() && plain(authority) == plain(host)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn may(lines: &[(&'static str, &'static str)], allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let allowed: Vec<String> = allowed.iter().map(|origin| (*origin).to_owned()).collect();
        check(&headers, &allowed).is_ok()
    }

    #[test]
    fn programs_and_own_and_allowed_pages_may() {
        for lines in [
            &[("host", "localhost:8000")][..],
            &[("host", "localhost:8000"), ("origin", "http://localhost:8000")],
            &[("host", "Example.org"), ("origin", "https://example.org")],
            &[("host", "example.org:443"), ("origin", "https://example.org")],
            &[
                ("host", "server-1:8000"),
                ("x-forwarded-host", "example.org"),
                ("origin", "https://example.org"),
            ],
            &[("host", "b"), ("x-forwarded-host", "a.org, b"), ("origin", "https://a.org")],
            &[
                ("host", "server-1:8000"),
                ("origin", "https://example.org"),
                ("sec-fetch-site", "same-origin"),
            ],
        ] {
            assert!(may(lines, &[]), "{lines:?}");
        }
        let other = &[("host", "localhost:8000"), ("origin", "https://example.org")];
        assert!(may(other, &["https://example.org"]) && may(other, &["*"]));
    }

    #[test]
    fn pages_of_others_may_not() {
        for origin in [
            "https://example.org",
            "http://localhost:8001",
            "http://localhost",
            "http://localhost:8000.example.org",
            "null",
            "",
            "://",
            "file://localhost:8000",
            "http://",
        ] {
            assert!(!may(&[("host", "localhost:8000"), ("origin", origin)], &[]), "{origin}");
        }
        for lines in [
            &[("origin", "https://example.org")][..],
            &[("host", "a"), ("origin", "https://example.org"), ("sec-fetch-site", "cross-site")],
            &[("host", "a"), ("origin", "https://example.org"), ("sec-fetch-site", "same-site")],
        ] {
            assert!(!may(lines, &["https://example.com"]), "{lines:?}");
        }
    }
    fn may_embed(lines: &[(&'static str, &'static str)], allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [&[("host", "localhost:8000")], lines].concat() {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let allowed: Vec<String> = allowed.iter().map(|origin| (*origin).to_owned()).collect();
        check_embedding(&headers, &allowed).is_ok()
    }

    #[test]
    fn sounds_are_played_by_own_and_allowed_pages_and_by_programs() {
        for lines in [
            &[][..],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("referer", "http://localhost:8000/")],
            &[("origin", "http://localhost:8000")],
        ] {
            assert!(may_embed(lines, &[]), "{lines:?}");
        }
        let page = ("referer", "https://example.org/page");
        for lines in [&[("sec-fetch-site", "cross-site"), page][..], &[page]] {
            assert!(may_embed(lines, &["https://example.org"]) && may_embed(lines, &["*"]), "{lines:?}");
        }
        assert!(may_embed(&[("sec-fetch-site", "cross-site")], &["*"]));
        assert!(may_embed(&[("origin", "https://example.org")], &["https://example.org"]));
    }

    #[test]
    fn sounds_are_not_played_by_pages_of_others() {
        for lines in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("referer", "https://example.com/")],
            &[("referer", "https://example.com/")],
            &[("referer", "http://localhost:8001/")],
            &[("referer", "nonsense")],
            &[("origin", "https://example.com")],
            &[("origin", "null")],
        ] {
            assert!(!may_embed(lines, &["https://example.org"]), "{lines:?}");
        }
    }
}
