//! The pages at `/` and `/docs` and their parts. All of it is compiled in. It sends requests to this server only, and
//! the headers make browsers enforce that.

use std::{collections::BTreeMap, sync::LazyLock};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{CacheControl, CacheDirective, ETag, EntityTag, IfNoneMatch, LOCATION},
    web::{Data, Path},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use pocket_tts_audio::AudioFormat;
use pocket_tts_core::VoiceSource;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    api_error::{ApiError, Shape},
    app::App,
    intake::fields::SPEEDS,
    models::{choice::ModelChoice, language},
    names::VERSION,
};

/// The description of the server for its page, which stands beside the page's files.
const SERVER: &str = "server.json";
/// Bytes of a hash that tell two versions of a file apart.
const TAG_BYTES: usize = 12;

/// Restricts what the pages may do. Recordings are played as `blob:` URLs; nothing else is needed.
const HEADERS: [(&str, &str); 5] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         media-src 'self' blob:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; \
         require-trusted-types-for 'script'",
    ),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
];

/// A file that browsers load.
#[derive(Debug)]
struct File {
    content_type: &'static str,
    content: &'static str,
    tag: String,
}

static FILES: LazyLock<BTreeMap<&'static str, File>> = LazyLock::new(|| {
    pocket_tts_web::FILES.iter().map(|(name, content)| (*name, File::new(name, content))).collect()
});

/// The web page.
#[utoipa::path(
    get,
    path = "/",
    tag = "About",
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 304, description = "The browser has it already."),
    )
)]
pub(super) async fn index(request: HttpRequest) -> HttpResponse {
    answer("index.html", &request)
}

/// The API's documentation.
#[utoipa::path(
    get,
    path = "/docs",
    tag = "About",
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 304, description = "The browser has it already."),
    )
)]
pub(super) async fn docs(request: HttpRequest) -> HttpResponse {
    answer("docs.html", &request)
}

/// The icon, for browsers that look for it here. They go by its content type, not by the extension.
#[utoipa::path(
    get,
    path = "/favicon.ico",
    tag = "About",
    responses(
        (status = 200, description = "The icon.", content_type = "image/svg+xml", body = String),
        (status = 304, description = "The browser has it already."),
    )
)]
pub(super) async fn icon(request: HttpRequest) -> HttpResponse {
    answer("icon.svg", &request)
}

/// The Python package's second documentation page; it redirects to /docs.
#[utoipa::path(
    get,
    path = "/redoc",
    tag = "About",
    responses((status = 307, description = "It is at /docs."))
)]
pub(super) async fn redoc() -> HttpResponse {
    // A relative location leads to the right place behind a proxy that serves this under a folder, too.
    HttpResponse::TemporaryRedirect().insert_header((LOCATION, "docs")).finish()
}

/// A file of the page; `server.json` describes the features of this server.
#[utoipa::path(
    get,
    path = "/web/{file}",
    tag = "About",
    operation_id = "web_file",
    params(("file" = String, Path, description = "The file's name.")),
    responses(
        (status = 200, description = "The file.", content(
            (String = "text/javascript"), (String = "text/css"), (String = "image/svg+xml"),
            (super::objects::AnyObject = "application/json"),
        )),
        (status = 304, description = "The browser has it already."),
        (status = 404, description = "The page has no such file."),
    )
)]
pub(super) async fn part(request: HttpRequest, name: Path<String>, app: Data<App>) -> HttpResponse {
    if name.as_str() == SERVER {
        return about(&app);
    }
    // The pages have addresses of their own.
    if name.ends_with(".html") { not_found() } else { answer(&name, &request) }
}

fn answer(name: &str, request: &HttpRequest) -> HttpResponse {
    FILES.get(name).map_or_else(not_found, |file| file.answer(request))
}

fn not_found() -> HttpResponse {
    ApiError::refused(404, "Not Found").response(Shape::FastApi)
}

/// What the page needs to know about the server. It holds no secrets.
fn about(app: &App) -> HttpResponse {
    let formats = AudioFormat::ALL.map(AudioFormat::name);
    let speeds = json!({ "min": SPEEDS.start(), "max": SPEEDS.end() });
    let limits = &app.settings.limits;
    let names = app.models.names().iter();
    let clones_voices: BTreeMap<&str, Option<bool>> =
        names.map(|name| (name.as_str(), app.models.clones_voices(name))).collect();
    let models: BTreeMap<&str, Value> =
        app.models.names().iter().map(|name| (name.as_str(), about_model(app, name))).collect();
    let about = json!({
        "version": VERSION,
        "formats": formats,
        "speeds": speeds,
        "max_text_characters": limits.max_text_characters,
        "max_upload_bytes": limits.max_upload_bytes,
        "models": models,
        "clones_voices": clones_voices,
        "keeps_voices": app.voices.store().is_some(),
    });
    HttpResponse::Ok().insert_header(CacheControl(vec![CacheDirective::NoStore])).json(about)
}

/// The language of a model and the name of its default voice; null if unknown.
fn about_model(app: &App, name: &str) -> Value {
    let choice = app.models.choice(name);
    let operators = app.settings.default_voices.get(name);
    let default_voice = match (operators, choice) {
        (Some(VoiceSource::Named(voice)), _) => Some(voice.clone()),
        (None, Some(ModelChoice::Language(model))) => {
            let voices = pocket_tts_core::voices(model).unwrap_or_default();
            voices.into_iter().find(|voice| voice.is_default).map(|voice| voice.name)
        }
        _ => None,
    };
    let language = choice.and_then(ModelChoice::language).and_then(language::code);
    json!({ "language": language, "default_voice": default_voice })
}

impl File {
    fn new(name: &str, content: &'static str) -> Self {
        let content_type = match name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        };
        let tag = BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(content)[..TAG_BYTES]);
        Self { content_type, content, tag }
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let is_known = match request.get_header::<IfNoneMatch>() {
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.tag() == self.tag),
            None => false,
        };
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        for header in HEADERS {
            response.insert_header(header);
        }
        response
            .insert_header(ETag(EntityTag::new_strong(self.tag.clone())))
            // Browsers revalidate it each time, so that a new version shows at once.
            .insert_header(CacheControl(vec![CacheDirective::NoCache]));
        if is_known { response.finish() } else { response.content_type(self.content_type).body(self.content) }
    }
}
