//! The description of the API for programs. It is compiled in; people read it at `/docs`, a page of its own.

use actix_web::{HttpResponse, http::header::ContentType};

const NO_SNIFFING: (&str, &str) = ("X-Content-Type-Options", "nosniff");

/// The description of every endpoint.
pub(super) static OPEN_API: &str = include_str!("../pages/openapi.json");

/// `GET /openapi.json`.
pub(super) async fn open_api() -> HttpResponse {
    HttpResponse::Ok().insert_header(ContentType::json()).insert_header(NO_SNIFFING).body(OPEN_API)
}
