//! How the server is. Nothing here waits for anything.

use actix_web::{HttpResponse, web::Data};
use serde_json::json;

use crate::{
    api_error::{ApiError, Shape},
    app::{App, Phase},
};

/// `GET /health`, in the reference's words once the server speaks.
pub(super) async fn health(app: Data<App>) -> HttpResponse {
    status(&app, "healthy")
}

/// `GET /health/live`: that there is a server at all.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// `GET /health/ready`: whether requests should be sent here.
pub(super) async fn ready(app: Data<App>) -> HttpResponse {
    status(&app, "ready")
}

/// `GET /metrics`, for Prometheus.
pub(super) async fn metrics(app: Data<App>) -> HttpResponse {
    app.metrics.models_loaded.set(app.models.loaded() as i64);
    app.metrics.spool.set(app.spool_space.used_bytes() as i64);
    match app.metrics.text(app.admission.waiting(), app.admission.active()) {
        Ok(text) => HttpResponse::Ok().content_type(prometheus::TEXT_FORMAT).body(text),
        Err(error) => ApiError::internal(error.to_string()).response(Shape::FastApi),
    }
}

fn status(app: &App, word: &str) -> HttpResponse {
    match app.phase.get() {
        Phase::Ready => HttpResponse::Ok().json(json!({ "status": word })),
        Phase::Loading => HttpResponse::ServiceUnavailable().json(json!({ "status": "loading" })),
        Phase::Leaving | Phase::Draining => {
            HttpResponse::ServiceUnavailable().json(json!({ "status": "draining" }))
        }
    }
}
