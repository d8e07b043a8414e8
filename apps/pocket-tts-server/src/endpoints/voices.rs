//! Lists, creates and deletes voices.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Path, Payload, Query},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::objects::{CreatedVoice, DeletedVoice, ListedVoice, VoiceList};
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    guard::{identify::client_of, requests::request_is_whole},
    intake::{
        form::{self, Form},
        upload::Upload,
    },
    voices::{
        choice::{VoiceChoice, voice_warnings},
        store::{StoreError, StoredVoice, VoiceStore, problem_of_name},
    },
};

/// The values by which a client states that the person in the recording consents.
const CONSENT: [&str; 4] = ["true", "1", "yes", "on"];

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// `true`: ids only, as older clients expect them.
    #[param(value_type = bool, required = false)]
    legacy: Option<bool>,
    /// The model whose voices are listed.
    #[param(value_type = String, required = false)]
    model: Option<String>,
}

/// The fields of the form.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes the form, which is read field by field")]
pub(super) struct VoiceRequest {
    /// What the voice is called: letters, digits, spaces between them, and - _ . '.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = r"^[\p{L}\p{N}_.'-]+( [\p{L}\p{N}_.'-]+)*$",
        example = "Ann"
    )]
    name: String,
    #[schema(schema_with = consent)]
    consent: String,
    /// The recording, of which the first 30 s are used.
    #[schema(value_type = String, format = Binary)]
    audio_sample: Vec<u8>,
    /// Accepted without effect.
    #[schema(rename = "type", nullable = false)]
    kind: Option<String>,
}

/// List the voices of a model.
#[utoipa::path(
    get,
    path = "/v1/audio/voices",
    tag = "Voices",
    operation_id = "list_voices",
    params(ListQuery),
    responses(
        (status = 200, description = "The model's voices, then those created here.", body = VoiceList),
        (status = 400, description = "`legacy` is neither true nor false."),
        (status = 404, description = "There is no such model."),
    )
)]
pub(super) async fn list(query: Query<ListQuery>, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    let model = match app.models.select(query.model.as_deref(), None) {
        Ok(model) => model,
        Err(error) => return error.response(Shape::OpenAi),
    };
    app.refresh_voices().await;
    let own = app.voices.listed(model).into_iter().map(|name| (name.clone(), name));
    let created = app.voices.store().map(VoiceStore::list).unwrap_or_default();
    let created = created.into_iter().map(|voice| (voice.id, voice.name));
    let listed = |(id, name)| {
        if query.legacy.unwrap_or_default() { ListedVoice::Id(id) } else { ListedVoice::Whole { id, name } }
    };
    HttpResponse::Ok().json(VoiceList { voices: own.chain(created).map(listed).collect() })
}

/// Create a voice from a recording.
///
/// For example: `curl -F name=Ann -F consent=true -F audio_sample=@ann.wav http://localhost:8000/v1/audio/voices`
#[utoipa::path(
    post,
    path = "/v1/audio/voices",
    tag = "Voices",
    operation_id = "create_voice",
    request_body(content = VoiceRequest, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The voice.", body = CreatedVoice),
        (status = 400, description = "A field can't be used, or no voice can be made from the recording."),
        (status = 403, description = "This server stores no voices, or the request comes from a page of another origin."),
        (status = 409, description = "The name is taken, or there are too many voices."),
        (status = 413, description = "The recording is too large."),
        (status = 503, description = "The model is being loaded, no stream became free in time, or the server is \
            shutting down."),
    )
)]
pub(super) async fn create(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    match try_create(&request, payload, &app).await {
        Ok((voice, warnings)) => HttpResponse::Ok().json(about(voice, warnings)),
        Err(error) => error.response(Shape::OpenAi),
    }
}

/// Delete a voice that was created here.
#[utoipa::path(
    delete,
    path = "/v1/audio/voices/{id}",
    tag = "Voices",
    operation_id = "delete_voice",
    params(("id" = String, Path, description = "The voice's id.")),
    responses(
        (status = 200, description = "The voice is deleted.", body = DeletedVoice),
        (status = 403, description = "This server stores no voices, or the request comes from a page of another origin."),
        (status = 404, description = "No voice with this id was created here."),
    )
)]
pub(super) async fn delete(id: Path<String>, app: Data<App>) -> HttpResponse {
    let id = id.into_inner();
    match try_delete(id.clone(), app.into_inner()).await {
        Ok(()) => HttpResponse::Ok().json(DeletedVoice { id, object: "audio.voice.deleted", deleted: true }),
        Err(error) => error.response(Shape::OpenAi),
    }
}

async fn try_create(
    request: &HttpRequest,
    payload: Payload,
    app: &Arc<App>,
) -> Result<(StoredVoice, Vec<String>), ApiError> {
    demand_store(app)?;
    let form = form::read(request, payload, &app.settings.limits, &app.upload_room).await?;
    request_is_whole(request);
    let (name, sample) = fields(&form, app)?;
    app.phase.wait_ready(app.settings.limits.queue_timeout).await?;
    let client = client_of(request, app)?;
    let permit = app.admission.enter(client, app.settings.limits.queue_timeout).await?;
    let worker = Arc::clone(app);
    // It is as much work as a stream, so it takes a permit and runs in a thread that may block.
    let created = web::block(move || {
        let _permit = permit;
        store(&worker, &name, &sample)
    });
    created.await.map_err(|_| ApiError::internal("the thread that took a voice panicked"))?
}

/// Checks that the recording gives a voice, and stores it. Returns warnings about it, too.
fn store(app: &App, name: &str, sample: &Upload) -> Result<(StoredVoice, Vec<String>), ApiError> {
    let model_name = app.models.default_name();
    let lease = app.models.acquire(model_name)?;
    let choice = VoiceChoice::Encoded(sample.clone());
    let voice = app.voices.voice(&choice, model_name, lease.get());
    let voice = voice.map_err(|error| error.param("audio_sample"))?;
    let stored = demand_store(app)?.create(name, &sample.bytes).map_err(|error| match error {
        StoreError::Full(_) => ApiError::refused(409, error.to_string()).code("too_many_voices"),
        StoreError::NameTaken => name_taken(&error.to_string()),
        StoreError::Io(error) => ApiError::internal(error.to_string()),
    })?;
    Ok((stored, voice_warnings(&voice).collect()))
}

async fn try_delete(id: String, app: Arc<App>) -> Result<(), ApiError> {
    demand_store(&app)?;
    let shown = id.escape_debug().to_string();
    let deleted = web::block(move || demand_store(&app).map(|store| store.delete(&id)));
    let deleted = deleted.await.map_err(|_| ApiError::internal("the thread that deletes panicked"))??;
    match deleted {
        Ok(true) => Ok(()),
        Ok(false) => Err(ApiError::refused(404, format!("no voice with the id `{shown}` was created here"))
            .param("id")
            .code("voice_not_found")),
        Err(error) => Err(ApiError::internal(error.to_string())),
    }
}

fn fields(form: &Form, app: &App) -> Result<(String, Upload), ApiError> {
    let wrong = |field: &'static str, problem: &str| {
        ApiError::bad_request(format!("`{field}` {problem}")).param(field)
    };
    let missing = |field, problem| wrong(field, problem).code("missing_required_parameter");
    let name = form.text("name").ok().flatten().ok_or_else(|| missing("name", "is missing"))?;
    if let Some(problem) = problem_of_name(name) {
        return Err(ApiError::bad_request(problem).param("name").code("invalid_value"));
    }
    if app.voices.is_reserved(name) {
        return Err(name_taken(
            "a voice that comes with the models, or with OpenAI's service, has this name",
        ));
    }
    let consent = form.text("consent").ok().flatten().unwrap_or_default();
    if !CONSENT.iter().any(|word| consent.eq_ignore_ascii_case(word)) {
        return Err(wrong("consent", "must be `true`: state that the person in the recording consents")
            .code("consent_required"));
    }
    let sample = form.file("audio_sample").ok().flatten();
    let sample = sample.ok_or_else(|| missing("audio_sample", "is missing; send the recording as a file"))?;
    let limit = demand_store(app)?.max_sample_bytes();
    if sample.bytes.len() > limit {
        let message = format!("`audio_sample` is larger than {limit} bytes");
        return Err(ApiError::refused(413, message).param("audio_sample").code("voice_too_large"));
    }
    Ok((name.to_owned(), sample.clone()))
}

fn demand_store(app: &App) -> Result<&VoiceStore, ApiError> {
    app.voices.store().ok_or_else(|| {
        ApiError::refused(403, "this server stores no voices; its operator can allow that with --voices-dir")
            .code("voices_disabled")
    })
}

fn name_taken(message: &str) -> ApiError {
    ApiError::refused(409, message).param("name").code("name_taken")
}

fn about(voice: StoredVoice, warnings: Vec<String>) -> CreatedVoice {
    let StoredVoice { id, name, created_at } = voice;
    CreatedVoice { id, object: "audio.voice", name, created_at, kind: "audio_sample", warnings }
}

/// The schema of the consent: the words in lower case, though any case is taken.
fn consent() -> utoipa::openapi::Object {
    let mut schema = utoipa::openapi::Object::with_type(utoipa::openapi::Type::String);
    schema.description = Some("`true`: that the person heard in the recording agrees.".to_owned());
    schema.enum_values = Some(CONSENT.map(Into::into).into());
    schema
}
