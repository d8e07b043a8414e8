//! What the server answers, one family of endpoints a file, and the list of all routes.

mod check;
mod health;
mod objects;
mod open_api;
pub(crate) mod speech;
mod speech_url;
mod stream;
mod tts;
mod voices;
mod web_page;

use actix_web::{
    HttpRequest, HttpResponse, Resource, Route,
    guard::{Any, Get, Head},
    http::{Method, header::ALLOW},
    web::{self, ServiceConfig},
};

use crate::api_error::{ApiError, Shape};

/// The routes that read a body.
pub(crate) const WITH_BODY: [&str; 4] = ["/tts", "/v1/audio/speech", "/v1/audio/check", "/v1/audio/voices"];

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
            resource("/v1/audio/speech", "GET, POST")
                .route(web::get().to(speech_url::speak))
                .route(web::post().to(speech::speak)),
        )
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

/// The only route of the port for metrics alone.
pub(crate) fn metrics_routes(config: &mut ServiceConfig) {
    config
        .service(resource("/metrics", "GET, HEAD").route(read().to(health::metrics_alone)))
        .default_service(web::route().to(not_found));
}

/// Whoever reads, or only asks what reading would bring: the framework leaves the body out then.
fn read() -> Route {
    web::route().guard(Any(Get()).or(Head()))
}

/// A path that answers 405 to any method that it has no route for.
fn resource(path: &'static str, allowed: &'static str) -> Resource {
    let refuse = move |request: HttpRequest| async move {
        let mut response = ApiError::refused(405, "Method Not Allowed").response(shape(request.path()));
        if let Ok(allowed) = allowed.parse() {
            response.headers_mut().insert(ALLOW, allowed);
        }
        response
    };
    web::resource(path).default_service(web::route().to(refuse))
}

async fn not_found(request: HttpRequest) -> HttpResponse {
    // A preflight request of a browser that no rule covers ends here as well.
    let status = if request.method() == Method::OPTIONS { 405 } else { 404 };
    ApiError::refused(status, "Not Found").response(shape(request.path()))
}

/// The shape in which the clients of a path expect errors.
pub(crate) fn shape(path: &str) -> Shape {
    if path.starts_with("/v1/") { Shape::OpenAi } else { Shape::FastApi }
}
