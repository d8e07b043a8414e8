//! `POST /v1/audio/check`: warnings about a text, without speaking it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use pocket_tts_core::GenerateOptions;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    objects::TextCheck,
    schemas::{input_formats, splittings, text_formats},
};
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    guard::requests::request_is_whole,
    intake::{
        json,
        reading::{DictionaryField, reading_of},
        text::check_text,
    },
    speech::warnings,
};

/// A text to check.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CheckRequest {
    /// The text.
    #[schema(min_length = 1, pattern = r"\S", example = "I have 25 cats.")]
    input: String,
    /// A model of this server, as for /v1/audio/speech.
    #[schema(example = "tts-1")]
    model: Option<String>,
    /// Chooses a model of this server that speaks it: a name or an ISO 639-1 code.
    language: Option<String>,
    /// Whether numbers, dates, money and abbreviations are put into words. Default: true.
    normalize: Option<bool>,
    /// The language in which they are put into words: a name or a code such as pt-PT. Default: the model's.
    text_language: Option<String>,
    /// Whether marks such as `[pause:500ms]` and `[voice:NAME]`, and SSML, are read. Default: true.
    markup: Option<bool>,
    #[schema(schema_with = text_formats)]
    text_format: Option<String>,
    #[schema(schema_with = input_formats)]
    input_format: Option<String>,
    /// The pronunciation of words: an object such as `{"Nginx": "engine x"}`, or the text of a TOML file.
    #[schema(inline)]
    dictionary: Option<DictionaryField>,
    #[schema(schema_with = splittings)]
    split: Option<String>,
    /// Seconds of silence to add between sentences that are spoken apart. Default: 0.
    #[schema(minimum = 0, maximum = 60)]
    sentence_pause: Option<f64>,
    /// Seconds of silence to add between paragraphs. Default: 0.4.
    #[schema(minimum = 0, maximum = 60)]
    paragraph_pause: Option<f64>,
}

/// Check a text and return warnings, without speaking it.
#[utoipa::path(
    post,
    path = "/v1/audio/check",
    tag = "Speech",
    operation_id = "check_text",
    request_body = CheckRequest,
    responses(
        (status = 200, description = "The warnings; empty if there are none.", body = TextCheck),
        (status = 400, description = "The text holds nothing to say, or a field can't be used; `param` names it."),
        (status = 404, description = "There is no such model."),
        (status = 503, description = "The model is being loaded, or the server is shutting down."),
    )
)]
pub(super) async fn check(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    answer(&request, payload, &app).await.unwrap_or_else(|error| error.response(Shape::OpenAi))
}

async fn answer(request: &HttpRequest, payload: Payload, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.limits;
    let mut body: CheckRequest = json::read(payload, limits).await?;
    request_is_whole(request);
    check_text(&body.input, limits, "input", 400)?;
    app.phase.wait_ready(limits.queue_timeout).await?;
    let model = app.models.select(body.model.as_deref(), body.language.as_deref())?.to_owned();
    let options = reading_of!(body).apply(GenerateOptions::default(), &app.settings.reading)?;
    let worker = Arc::clone(app);
    // The model may have to be loaded first, which takes a while.
    let checked = web::block(move || {
        let lease = worker.models.acquire(&model)?;
        Ok::<_, ApiError>(lease.get().model().check_text(&body.input, &options)?)
    });
    let report =
        checked.await.map_err(|_| ApiError::internal("the thread that checked a text panicked"))??;
    Ok(HttpResponse::Ok()
        .json(TextCheck { warnings: warnings::to_json(&report), tokens: report.token_count }))
}
