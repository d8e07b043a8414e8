//! The `OpenAPI` description, collected from the attributes of the handlers. `/docs` shows it to people.
//!
//! What many endpoints have in common is added here: the shape of errors, the key, the headers of every response.

use actix_web::{HttpResponse, http::header::ContentType, web::Data};
use utoipa::{
    OpenApi,
    openapi::{
        Content, PathItem, Ref, RefOr, ResponseBuilder, Type,
        path::Operation,
        schema::Schema,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    captioned_speech, check, health, objects, schemas::header, speech, speech_url, stream, tts, voices,
    web_page,
};
use crate::{
    api_error::Shape, app::App, guard::public::is_public, settings::check::Settings,
    talk::websocket::messages,
};

const NO_SNIFFING: (&str, &str) = ("X-Content-Type-Options", "nosniff");
const JSON: &str = "application/json";
/// The two ways to send a key.
const SCHEMES: [&str; 2] = ["bearer", "key"];

/// The description without what many endpoints have in common and what depends on the settings.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "pocket-tts",
        description = "Text to speech on an ordinary CPU.\n\nErrors are {\"error\": {\"message\", \"type\", \"param\", \
            \"code\"}} below /v1 and {\"detail\": …} elsewhere. Pages of origins other than the server's own and \
            those in --cors-origin get 403 from every endpoint that costs or changes something. A server without keys answers \
            only to addresses, to names of local networks and to the names of --allowed-host, with 421 to others. With \
            --rate-limit, responses report what is left in x-ratelimit-limit-requests, x-ratelimit-remaining-requests and \
            x-ratelimit-reset-requests. If the server has keys, each request needs one, as \
            Authorization: Bearer KEY or X-Api-Key: KEY; pages, health checks and this description need none."
    ),
    paths(
        captioned_speech::speak,
        check::check,
        health::health,
        health::live,
        health::ready,
        health::metrics,
        open_api,
        speech::speak,
        speech::audio_models,
        speech::models,
        speech::model,
        speech_url::speak,
        stream::open,
        tts::speak,
        voices::list,
        voices::create,
        voices::delete,
        web_page::icon,
        web_page::index,
        web_page::part,
        web_page::docs,
        web_page::redoc,
    ),
    components(schemas(messages::Setup, objects::OpenAiError, objects::FastApiError))
)]
struct Document;

/// The API's description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "About",
    responses((status = 200, description = "OpenAPI 3.1.", body = objects::AnyObject))
)]
pub(super) async fn open_api(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::json())
        .insert_header(NO_SNIFFING)
        .json(describe(&app.settings))
}

/// The description of a server with these settings.
fn describe(settings: &Settings) -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.info.license = None;
    document.info.contact = None;
    let components = document.components.get_or_insert_default();
    for (name, scheme) in SCHEMES.into_iter().zip([
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key"))),
    ]) {
        components.add_security_scheme(name, scheme);
    }
    for (schema, field) in [
        ("SpeechRequest", "input"),
        ("CaptionRequest", "input"),
        ("CheckRequest", "input"),
        ("TtsRequest", "text"),
    ] {
        if let Some(schema) = components.schemas.get_mut(schema) {
            limit_length(schema, field, settings.limits.max_text_characters);
        }
    }
    // A form of this type has no files.
    let mut texts = components.schemas.get("TtsRequest").cloned();
    if let Some(RefOr::T(Schema::Object(object))) = &mut texts {
        object.properties.remove("voice_wav");
    }
    set_body(document.paths.paths.get_mut("/tts"), "application/x-www-form-urlencoded", texts);
    if settings.listen.metrics.is_some() {
        document.paths.paths.remove("/metrics");
    }
    document.security = Some(if settings.keys.is_empty() { vec![no_key()] } else { keys() });
    for (path, item) in &mut document.paths.paths {
        for (is_safe, operation) in operations(item) {
            complete(path, is_safe, operation);
        }
    }
    document
}

fn no_key() -> SecurityRequirement {
    SecurityRequirement::default()
}

fn keys() -> Vec<SecurityRequirement> {
    SCHEMES.map(|name| SecurityRequirement::new::<_, [&str; 0], &str>(name, [])).into()
}

/// Sets the maximum length of a text.
fn limit_length(schema: &mut RefOr<Schema>, field: &str, most_characters: usize) {
    if let RefOr::T(Schema::Object(object)) = schema
        && let Some(RefOr::T(Schema::Object(field))) = object.properties.get_mut(field)
    {
        field.max_length = Some(most_characters);
    }
}

/// Sets the schema of a path's body of this type.
fn set_body(item: Option<&mut PathItem>, mime_type: &str, schema: Option<RefOr<Schema>>) {
    if let Some(RefOr::T(body)) = item.and_then(|item| item.post.as_mut()?.request_body.as_mut())
        && let Some(RefOr::T(content)) = body.content.get_mut(mime_type)
    {
        content.schema = schema;
    }
}

/// The operations of a path, and whether they are safe.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let safe = item.get.as_mut().map(|operation| (true, operation));
    let unsafe_ones = [&mut item.post, &mut item.delete, &mut item.put, &mut item.patch];
    let unsafe_ones = unsafe_ones.into_iter().flatten().map(|operation| (false, operation));
    safe.into_iter().chain(unsafe_ones)
}

/// Adds what endpoints have in common.
fn complete(path: &str, is_safe: bool, operation: &mut Operation) {
    if is_public(path) {
        operation.security = Some(vec![no_key()]);
    } else {
        add(operation, "401", "The key is missing or wrong.");
        add(operation, "429", "The server is busy, or the client has sent too many requests.");
    }
    if !is_safe {
        add(operation, "403", "The request comes from a page of another origin.");
    }
    if operation.request_body.is_some() {
        add(operation, "408", "The body took too long to arrive.");
        add(operation, "413", "The body is too large.");
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let is_error = status.starts_with(['4', '5']);
        if is_error && response.content.is_empty() {
            response.content.insert(JSON.to_owned(), error(path).into());
        }
        if matches!(status.as_str(), "429" | "503") && is_error {
            let about = "Seconds after which to try again.";
            response.headers.insert("Retry-After".to_owned(), header(Type::Integer, about));
        }
        let about = "The id of the request in the log.";
        response.headers.insert("X-Request-Id".to_owned(), header(Type::String, about));
    }
}

/// Adds a response unless the endpoint describes it itself.
fn add(operation: &mut Operation, status: &str, description: &str) {
    let response = || ResponseBuilder::new().description(description).build().into();
    operation.responses.responses.entry(status.to_owned()).or_insert_with(response);
}

fn error(path: &str) -> Content {
    let name = match Shape::of_path(path) {
        Shape::OpenAi => "OpenAiError",
        Shape::FastApi => "FastApiError",
    };
    Content::new(Some(Ref::from_schema_name(name)))
}
