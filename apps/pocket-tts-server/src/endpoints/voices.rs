//! The voices of a model and those that were created here: list, create, delete.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Path, Payload, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    api_error::{ApiError, Shape},
    app::App,
    guard::{client_of, request_is_whole},
    intake::{
        Upload,
        form::{self, Form},
    },
    voices::{
        VoiceChoice,
        store::{StoreError, StoredVoice, VoiceStore, problem_of_name},
        voice_warnings,
    },
};

/// What a client writes to say that whoever is heard in the recording agrees.
const CONSENT: [&str; 4] = ["true", "1", "yes", "on"];

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    /// Names only, as older clients expect them.
    legacy: Option<bool>,
    /// The model whose voices are asked for.
    model: Option<String>,
}

/// `GET /v1/audio/voices`.
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
    let voices: Vec<Value> = own
        .chain(created)
        .map(
            |(id, name)| {
                if query.legacy.unwrap_or_default() { json!(id) } else { json!({ "id": id, "name": name }) }
            },
        )
        .collect();
    HttpResponse::Ok().json(json!({ "voices": voices }))
}

/// `POST /v1/audio/voices`.
pub(super) async fn create(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    match try_create(&request, payload, &app).await {
        Ok((voice, warnings)) => HttpResponse::Ok().json(about(&voice, &warnings)),
        Err(error) => error.response(Shape::OpenAi),
    }
}

/// `DELETE /v1/audio/voices/{id}`.
pub(super) async fn delete(id: Path<String>, app: Data<App>) -> HttpResponse {
    let id = id.into_inner();
    match try_delete(id.clone(), app.into_inner()).await {
        Ok(()) => {
            HttpResponse::Ok().json(json!({ "id": id, "object": "audio.voice.deleted", "deleted": true }))
        }
        Err(error) => error.response(Shape::OpenAi),
    }
}

async fn try_create(
    request: &HttpRequest,
    payload: Payload,
    app: &Arc<App>,
) -> Result<(StoredVoice, Vec<String>), ApiError> {
    demand_store(app)?;
    app.phase.demand_ready()?;
    let form = form::read(request, payload, &app.settings.limits, &app.upload_room).await?;
    request_is_whole(request);
    let (name, sample) = fields(&form, app)?;
    let client = client_of(request, app)?;
    let permit = app.admission.enter(client, app.settings.limits.queue_timeout).await?;
    let worker = Arc::clone(app);
    // The work of a stream, in a thread where it holds up nobody, within the number of streams.
    let created = web::block(move || {
        let _permit = permit;
        store(&worker, &name, &sample)
    });
    created.await.map_err(|_| ApiError::internal("the thread that took a voice panicked"))?
}

/// Makes sure that the recording gives a voice, then stores it. Also tells what is doubtful about it.
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
    let name = form.text("name").ok().flatten().ok_or_else(|| wrong("name", "is missing"))?;
    if let Some(problem) = problem_of_name(name) {
        return Err(ApiError::bad_request(problem).param("name"));
    }
    if app.voices.is_reserved(name) {
        return Err(name_taken(
            "a voice that comes with the models, or with OpenAI's service, has this name",
        ));
    }
    let consent = form.text("consent").ok().flatten().unwrap_or_default();
    if !CONSENT.iter().any(|word| consent.eq_ignore_ascii_case(word)) {
        return Err(wrong(
            "consent",
            "must be `true`: state that whoever is heard in the recording agrees to it",
        )
        .code("consent_required"));
    }
    let sample = form.file("audio_sample").ok().flatten();
    let sample = sample.ok_or_else(|| wrong("audio_sample", "is missing; send the recording as a file"))?;
    let limit = demand_store(app)?.max_sample_bytes();
    if sample.bytes.len() > limit {
        let message = format!("`audio_sample` is larger than {limit} bytes");
        return Err(ApiError::refused(413, message).param("audio_sample"));
    }
    Ok((name.to_owned(), sample.clone()))
}

fn demand_store(app: &App) -> Result<&VoiceStore, ApiError> {
    app.voices.store().ok_or_else(|| {
        ApiError::refused(403, "this server keeps no voices; its operator can allow that with --voices-dir")
            .code("voices_disabled")
    })
}

fn name_taken(message: &str) -> ApiError {
    ApiError::refused(409, message).param("name").code("name_taken")
}

fn about(voice: &StoredVoice, warnings: &[String]) -> Value {
    json!({
        "id": voice.id,
        "object": "audio.voice",
        "name": voice.name,
        "created_at": voice.created_at,
        "type": "audio_sample",
        "warnings": warnings,
    })
}
