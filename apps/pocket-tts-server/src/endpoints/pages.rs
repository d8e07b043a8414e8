//! The description of the API, for browsers and for programs. It is compiled in and loads nothing from
//! elsewhere.

use actix_web::{HttpResponse, http::header::ContentType};

/// The only scripts and styles are the page's own.
const POLICY: (&str, &str) = (
    "Content-Security-Policy",
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
     media-src 'self' blob:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
);
const NO_SNIFFING: (&str, &str) = ("X-Content-Type-Options", "nosniff");

static DOCS: &str = include_str!("../pages/docs.html");
/// The description of every endpoint.
pub(super) static OPEN_API: &str = include_str!("../pages/openapi.json");

/// `GET /docs`.
pub(super) async fn docs() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header(POLICY)
        .insert_header(NO_SNIFFING)
        .body(DOCS)
}

/// `GET /openapi.json`.
pub(super) async fn open_api() -> HttpResponse {
    HttpResponse::Ok().insert_header(ContentType::json()).insert_header(NO_SNIFFING).body(OPEN_API)
}
