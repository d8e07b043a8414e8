//! Health checks and metrics. No handler here waits for anything.

use actix_web::{HttpResponse, web::Data};

use super::objects::Status;
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    phase::Phase,
};

/// Whether the server is ready, in the Python package's format.
#[utoipa::path(
    get,
    path = "/health",
    tag = "Health",
    responses(
        (status = 200, description = "The server is ready.", body = Status),
        (status = 503, description = "The server is loading a model or shutting down.", body = Status),
    )
)]
pub(super) async fn health(app: Data<App>) -> HttpResponse {
    status(&app, "healthy")
}

/// Whether the process is alive.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "Health",
    responses((status = 200, description = "The process is alive.", body = Status))
)]
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Status { status: "alive" })
}

/// Whether requests should be sent here.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "Health",
    responses(
        (status = 200, description = "The server accepts requests.", body = Status),
        (status = 503, description = "The server is loading a model or shutting down.", body = Status),
    )
)]
pub(super) async fn ready(app: Data<App>) -> HttpResponse {
    status(&app, "ready")
}

/// Metrics for Prometheus.
///
/// With --metrics-port they are served on that port only.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "Health",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain"))
)]
pub(super) async fn metrics(app: Data<App>) -> HttpResponse {
    if app.settings.listen.metrics.is_some() {
        return ApiError::refused(404, "Not Found").response(Shape::FastApi);
    }
    all_metrics(&app)
}

/// The metrics, on a port of their own.
pub(super) async fn metrics_alone(app: Data<App>) -> HttpResponse {
    all_metrics(&app)
}

fn all_metrics(app: &App) -> HttpResponse {
    app.metrics.models_loaded.set(app.models.loaded() as i64);
    app.metrics.spool.set(app.spool_space.used_bytes() as i64);
    match app.metrics.text(app.admission.waiting(), app.admission.active()) {
        Ok(text) => HttpResponse::Ok().content_type(prometheus::TEXT_FORMAT).body(text),
        Err(error) => ApiError::internal(error.to_string()).response(Shape::FastApi),
    }
}

fn status(app: &App, word: &'static str) -> HttpResponse {
    match app.phase.get() {
        Phase::Ready => HttpResponse::Ok().json(Status { status: word }),
        Phase::Loading => HttpResponse::ServiceUnavailable().json(Status { status: "loading" }),
        Phase::Leaving | Phase::Draining => {
            HttpResponse::ServiceUnavailable().json(Status { status: "draining" })
        }
    }
}
