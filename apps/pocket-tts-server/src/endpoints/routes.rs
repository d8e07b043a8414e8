//! The list of all routes.

use actix_web::{
    HttpRequest, HttpResponse, Resource, Route,
    guard::{Any, Get, Head},
    http::{Method, header::ALLOW},
    web::{self, ServiceConfig},
};

use super::{captioned_speech, check, health, open_api, speech, speech_url, stream, tts, voices, web_page};
use crate::api_error::{ApiError, Shape};

/// Every route of the server.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/", "GET, HEAD").route(read().to(web_page::index)))
        .service(resource("/favicon.ico", "GET, HEAD").route(read().to(web_page::icon)))
        .service(resource("/web/{file}", "GET, HEAD").route(read().to(web_page::part)))
        .service(resource("/docs", "GET, HEAD").route(read().to(web_page::docs)))
        .service(resource("/redoc", "GET, HEAD").route(read().to(web_page::redoc)))
        .service(resource("/openapi.json", "GET, HEAD").route(read().to(open_api::open_api)))
        .service(resource("/health", "GET, HEAD").route(read().to(health::health)))
        .service(resource("/health/live", "GET, HEAD").route(read().to(health::live)))
        .service(resource("/health/ready", "GET, HEAD").route(read().to(health::ready)))
        .service(resource("/metrics", "GET, HEAD").route(read().to(health::metrics)))
        .service(resource("/tts", "POST").route(web::post().to(tts::speak)))
        .service(
            resource("/v1/audio/speech", "GET, HEAD, POST")
                .route(web::get().to(speech_url::speak))
                .route(web::head().to(speech_url::describe))
                .route(web::post().to(speech::speak)),
        )
        .service(resource("/dev/captioned_speech", "POST").route(web::post().to(captioned_speech::speak)))
        .service(resource("/v1/audio/check", "POST").route(web::post().to(check::check)))
        .service(resource("/v1/audio/models", "GET, HEAD").route(read().to(speech::audio_models)))
        .service(resource("/v1/audio/stream", "GET").route(web::get().to(stream::open)))
        .service(resource("/v1/models", "GET, HEAD").route(read().to(speech::models)))
        .service(resource("/v1/models/{id}", "GET, HEAD").route(read().to(speech::model)))
        .service(
            resource("/v1/audio/voices", "GET, HEAD, POST")
                .route(read().to(voices::list))
                .route(web::post().to(voices::create)),
        )
        .service(resource("/v1/audio/voices/{id}", "DELETE").route(web::delete().to(voices::delete)))
        .default_service(web::route().to(not_found));
}

/// The routes of the port for metrics.
pub(crate) fn metrics_routes(config: &mut ServiceConfig) {
    config
        .service(resource("/metrics", "GET, HEAD").route(read().to(health::metrics_alone)))
        .default_service(web::route().to(not_found));
}

/// GET and HEAD. The framework omits the body for HEAD.
fn read() -> Route {
    web::route().guard(Any(Get()).or(Head()))
}

/// A path that answers 405 to other methods.
fn resource(path: &'static str, allowed: &'static str) -> Resource {
    let refuse = move |request: HttpRequest| async move {
        let mut response =
            ApiError::refused(405, "Method Not Allowed").response(Shape::of_path(request.path()));
        if let Ok(allowed) = allowed.parse() {
            response.headers_mut().insert(ALLOW, allowed);
        }
        response
    };
    web::resource(path).default_service(web::route().to(refuse))
}

async fn not_found(request: HttpRequest) -> HttpResponse {
    // CORS preflight requests that no rule covers end here, too.
    let status = if request.method() == Method::OPTIONS { 405 } else { 404 };
    ApiError::refused(status, "Not Found").response(Shape::of_path(request.path()))
}
