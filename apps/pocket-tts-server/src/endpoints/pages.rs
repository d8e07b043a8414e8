//! What browsers show: the page, and the description of the API. All of it is compiled in, and none of it
//! loads anything from elsewhere.

use actix_web::{HttpResponse, http::header::ContentType};

/// The only scripts and styles are the pages' own.
const POLICY: (&str, &str) = (
    "Content-Security-Policy",
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
     media-src 'self' blob:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
);
const NO_SNIFFING: (&str, &str) = ("X-Content-Type-Options", "nosniff");

static INDEX: &str = include_str!("../../../../assets/web/index.html");
static DOCS: &str = include_str!("../pages/docs.html");
/// The description of every endpoint.
pub(super) static OPEN_API: &str = include_str!("../pages/openapi.json");

/// `GET /`.
pub(super) async fn index() -> HttpResponse {
    page(INDEX)
}

/// `GET /docs`.
pub(super) async fn docs() -> HttpResponse {
    page(DOCS)
}

/// `GET /openapi.json`.
pub(super) async fn open_api() -> HttpResponse {
    HttpResponse::Ok().insert_header(ContentType::json()).insert_header(NO_SNIFFING).body(OPEN_API)
}

fn page(text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header(POLICY)
        .insert_header(NO_SNIFFING)
        .body(text)
}
