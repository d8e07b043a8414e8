//! `POST /tts`: the reference's endpoint, with its fields, statuses, messages, headers and bytes. It takes
//! further fields, which the reference ignores, so that clients that send a recording have the same choices as at
//! `/v1/audio/speech`.
//!
//! Source: `pocket_tts/main.py`, `text_to_speech`

use std::{str::FromStr, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use pocket_tts_audio::AudioFormat;
use pocket_tts_core::GenerateOptions;
use serde_json::json;
use utoipa::ToSchema;

use super::schemas;
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    intake::{
        checking::{ResponseUse, with_check},
        fields::{speed, temperature},
        form::{self, Form, WrongKind},
        reading::{DictionaryField, ReadingFields},
        text::check_text,
    },
    random,
    speech::{format, framing::Framing, job::SpeechJob, reply::reply, run::SpeechPlan},
    voices::choice::VoiceChoice,
};

/// The fields of the form. An empty one counts as none.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes the form, which is read field by field")]
pub(super) struct TtsRequest {
    /// What to say.
    #[schema(min_length = 1, pattern = r"\S", example = "Hello from Pocket TTS.")]
    text: String,
    /// A voice by name, or `hf://OWNER/NAME/PATH` of an allowed repository, or, where the operator allows it, `https://…`.
    #[schema(nullable = false)]
    voice_url: Option<String>,
    /// A recording of the voice (the first 30 s are used), or an exported voice; not together with `voice_url`.
    #[schema(value_type = Option<String>, format = Binary, nullable = false)]
    voice_wav: Option<Vec<u8>>,
    /// A model of this server; tts-1, tts-1-hd, gpt-4o-mini-tts and pocket-tts stand for the default one.
    #[schema(nullable = false)]
    model: Option<String>,
    #[schema(schema_with = format_name)]
    response_format: Option<String>,
    /// How many times as fast as the model speaks, at the same pitch. Default: 1.
    #[schema(minimum = 0.25, maximum = 4, nullable = false)]
    speed: Option<f64>,
    /// Makes the speech reproducible; the response has it as `X-Seed`.
    #[schema(format = "uint64", maximum = 18_446_744_073_709_551_615_u64, nullable = false)]
    seed: Option<u64>,
    /// Variance of the noise. Default: the model's, 0.3 for most.
    #[schema(minimum = 0, maximum = 5, nullable = false)]
    temperature: Option<f64>,
    /// Whether numbers, dates, money and abbreviations are put into words. Default: true.
    #[schema(nullable = false)]
    normalize: Option<bool>,
    /// The language in which they are put into words: a name or a code such as pt-PT. Default: the model's.
    #[schema(nullable = false)]
    text_language: Option<String>,
    /// Whether marks such as `[pause:500ms]` and `[voice:NAME]`, and SSML, are read. Default: true.
    #[schema(nullable = false)]
    markup: Option<bool>,
    #[schema(schema_with = text_formats_of_form)]
    text_format: Option<String>,
    #[schema(schema_with = input_formats_of_form)]
    input_format: Option<String>,
    /// The pronunciation of words: the text of a TOML file with a table `words`.
    #[schema(nullable = false)]
    dictionary: Option<String>,
    #[schema(schema_with = checks_of_form)]
    check: Option<String>,
    #[schema(schema_with = splittings_of_form)]
    split: Option<String>,
    /// Seconds of silence to add between sentences that are spoken apart. Default: 0.
    #[schema(minimum = 0, maximum = 60, nullable = false)]
    sentence_pause: Option<f64>,
    /// Seconds of silence to add between paragraphs. Default: 0.4.
    #[schema(minimum = 0, maximum = 60, nullable = false)]
    paragraph_pause: Option<f64>,
}

/// Speak, as the Python package does.
///
/// For example: `curl -F text="Hello." http://localhost:8000/tts > hello.wav`
#[utoipa::path(
    post,
    path = "/tts",
    tag = "Speech",
    operation_id = "tts",
    request_body(content(
        (TtsRequest = "multipart/form-data"),
        (TtsRequest = "application/x-www-form-urlencoded"),
    )),
    responses(
        schemas::SpeechResponse,
        (status = 400, description = "The text, the voice or another field can't be used."),
        (status = 413, description = "The text or the recording is too large."),
        (status = 422, description = "A field is missing or of the wrong kind."),
        schemas::SpeechFailures,
    )
)]
pub(super) async fn speak(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    answer(&request, payload, &app).await.unwrap_or_else(|error| error.response(Shape::FastApi))
}

async fn answer(request: &HttpRequest, payload: Payload, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.limits;
    let form = form::read(request, payload, limits, &app.upload_room).await?;
    let model = app.models.select(form.text("model").ok().flatten(), None)?;
    let (text, voice) = fields(&form, app, model)?;
    let format =
        form.text("response_format").ok().flatten().map(|name| format::parse("response_format", name));
    let format = format.transpose()?.unwrap_or(AudioFormat::Wav);
    let seed = number(&form, "seed", "a whole number from 0 to 18446744073709551615")?;
    let seed = seed.unwrap_or_else(random::seed);
    let temperature = temperature(number(&form, "temperature", "a number")?)?;
    let tempo = speed(number(&form, "speed", "a number")?)?;
    let options = GenerateOptions::default().seed(seed).temperature(temperature).speed(tempo);
    let options = reading(&form)?.apply(options, &app.settings.reading)?;
    let check = form.text("check").ok().flatten();
    let options = with_check(options, check, app.settings.reading.check, ResponseUse::Streamed)?;
    let model = model.to_owned();
    let plan = SpeechPlan { model, voice, options };
    let job = SpeechJob { plan, text, format, framing: Framing::Audio };
    let disposition = format!("attachment; filename=generated_speech.{}", format.name());
    let mut response = HttpResponse::Ok();
    response
        .content_type(format.mime_type())
        .insert_header(("Content-Disposition", disposition))
        .insert_header(("X-Seed", seed.to_string()));
    reply(app, request, job, response).await
}

/// The schema of the format's name.
fn format_name() -> utoipa::openapi::Object {
    of_form(schemas::format_name(AudioFormat::Wav))
}

fn text_formats_of_form() -> utoipa::openapi::Object {
    of_form(schemas::text_formats())
}

fn input_formats_of_form() -> utoipa::openapi::Object {
    of_form(schemas::input_formats())
}

fn checks_of_form() -> utoipa::openapi::Object {
    of_form(schemas::checks())
}

fn splittings_of_form() -> utoipa::openapi::Object {
    of_form(schemas::splittings())
}

/// A schema without null, which a form doesn't have.
fn of_form(mut schema: utoipa::openapi::Object) -> utoipa::openapi::Object {
    schema.schema_type = utoipa::openapi::Type::String.into();
    schema.enum_values.iter_mut().for_each(|names| names.retain(|name| !name.is_null()));
    schema
}

/// The text and the voice of a form.
fn fields(form: &Form, app: &App, model: &str) -> Result<(String, VoiceChoice), ApiError> {
    let no_string = |field: &'static str| {
        move |_: WrongKind| wrong("string_type", field, "Input should be a valid string")
    };
    let text = form.text("text").map_err(no_string("text"))?;
    // An empty field counts as none, as in the reference.
    let missing = if form.contains("text") { "Field required: it is empty" } else { "Field required" };
    let text = text.ok_or_else(|| wrong("missing", "text", missing))?;
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

/// How the text of a form is read.
fn reading(form: &Form) -> Result<ReadingFields, ApiError> {
    let text = |field| form.text(field).ok().flatten().map(str::to_owned);
    Ok(ReadingFields {
        normalize: switch(form, "normalize")?,
        text_language: text("text_language"),
        markup: switch(form, "markup")?,
        text_format: text("text_format"),
        input_format: text("input_format"),
        dictionary: text("dictionary").map(DictionaryField::Toml),
        split: text("split"),
        sentence_pause: number(form, "sentence_pause", "a number")?,
        paragraph_pause: number(form, "paragraph_pause", "a number")?,
    })
}

/// The number in a field.
fn number<T: FromStr>(form: &Form, field: &'static str, allowed: &str) -> Result<Option<T>, ApiError> {
    let Some(text) = form.text(field).ok().flatten() else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| not_allowed(field, text, allowed))
}

/// The switch in a field. Python's clients write `True` and `False`.
fn switch(form: &Form, field: &'static str) -> Result<Option<bool>, ApiError> {
    let Some(text) = form.text(field).ok().flatten() else { return Ok(None) };
    let switch = text.trim().to_ascii_lowercase().parse();
    switch.map(Some).map_err(|_| not_allowed(field, text, "true or false"))
}

fn not_allowed(field: &'static str, text: &str, allowed: &str) -> ApiError {
    ApiError::bad_request(format!("`{field}` is `{}`, but must be {allowed}", text.escape_debug()))
        .param(field)
}

/// A wrong field, in FastAPI's form.
fn wrong(kind: &str, field: &str, message: &str) -> ApiError {
    let about = json!({ "type": kind, "loc": ["body", field], "msg": message, "input": null });
    ApiError::unprocessable(message, &about)
}
