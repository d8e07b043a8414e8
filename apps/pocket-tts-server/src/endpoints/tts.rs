//! `POST /tts`: the reference's endpoint, with its fields, statuses, messages, headers and bytes.
//!
//! Source: `pocket_tts/main.py`, `text_to_speech`

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use pocket_tts_core::GenerateOptions;
use serde_json::json;

use crate::{
    api_error::{ApiError, Shape},
    app::App,
    intake::{
        check_text,
        form::{self, Form, WrongKind},
    },
    random,
    speech::{events::Framing, format::AudioFormat, job::Job, reply::reply},
    voices::VoiceChoice,
};

/// The endpoint.
pub(super) async fn speak(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    answer(&request, payload, &app).await.unwrap_or_else(|error| error.response(Shape::FastApi))
}

async fn answer(request: &HttpRequest, payload: Payload, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.limits;
    let form = form::read(request, payload, limits, &app.upload_room).await?;
    let model = app.models.default_name();
    let (text, voice) = fields(&form, app, model)?;
    let seed = random::seed();
    let job = Job {
        model: model.to_owned(),
        voice,
        text,
        options: GenerateOptions::default().seed(seed),
        format: AudioFormat::Wav,
        speed: 1.0,
        framing: Framing::Audio,
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(AudioFormat::Wav.content_type())
        .insert_header(("Content-Disposition", "attachment; filename=generated_speech.wav"))
        .insert_header(("X-Seed", seed.to_string()));
    reply(app, request, job, response).await
}

/// The text and the voice of a form.
fn fields(form: &Form, app: &App, model: &str) -> Result<(String, VoiceChoice), ApiError> {
    let no_string = |field: &'static str| {
        move |_: WrongKind| wrong("string_type", field, "Input should be a valid string")
    };
    let text = form.text("text").map_err(no_string("text"))?;
    let text = text.ok_or_else(|| wrong("missing", "text", "Field required"))?;
    let voice_url = form.text("voice_url").map_err(no_string("voice_url"))?;
    let voice_wav = form.file("voice_wav").map_err(|_| {
        let message = "Value error, Expected UploadFile, received: <class 'str'>";
        let input = form.text("voice_wav").ok().flatten();
        let field = json!({
            "type": "value_error", "loc": ["body", "voice_wav"], "msg": message, "input": input,
            "ctx": { "error": {} },
        });
        ApiError::unprocessable(message, &field)
    })?;
    if text.trim().is_empty() {
        return Err(ApiError::bad_request("Text cannot be empty"));
    }
    check_text(text, &app.settings.limits, "text", 413)?;
    let voice = match (voice_url, voice_wav) {
        (Some(_), Some(_)) => {
            return Err(ApiError::bad_request("Cannot provide both voice_url and voice_wav"));
        }
        (Some(url), None) => app.voices.by_url(model, url)?,
        (None, Some(file)) => VoiceChoice::Encoded(file.clone()),
        (None, None) => VoiceChoice::Default,
    };
    Ok((text.to_owned(), voice))
}

/// A field that isn't what it should be, as FastAPI tells it.
fn wrong(kind: &str, field: &str, message: &str) -> ApiError {
    let about = json!({ "type": kind, "loc": ["body", field], "msg": message, "input": null });
    ApiError::unprocessable(message, &about)
}
