//! `POST /v1/audio/check`: what is doubtful about a text, without speaking it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Payload},
};
use pocket_tts_core::GenerateOptions;
use serde::Deserialize;
use serde_json::json;

use crate::{
    api_error::{ApiError, Shape},
    app::App,
    guard::request_is_whole,
    intake::{check_text, json},
    speech::warnings,
};

/// The body of a request.
#[derive(Debug, Deserialize)]
struct CheckRequest {
    input: String,
    model: Option<String>,
    language: Option<String>,
}

/// The endpoint.
pub(super) async fn check(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    answer(&request, payload, &app).await.unwrap_or_else(|error| error.response(Shape::OpenAi))
}

async fn answer(request: &HttpRequest, payload: Payload, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.limits;
    let body: CheckRequest = json::read(payload, limits).await?;
    request_is_whole(request);
    check_text(&body.input, limits, "input", 400)?;
    app.phase.demand_ready()?;
    let model = app.models.select(body.model.as_deref(), body.language.as_deref())?.to_owned();
    let worker = Arc::clone(app);
    // The model may have to be loaded first, which takes a while.
    let checked = web::block(move || {
        let lease = worker.models.acquire(&model)?;
        Ok::<_, ApiError>(lease.get().model().check_text(&body.input, &GenerateOptions::default())?)
    });
    let report =
        checked.await.map_err(|_| ApiError::internal("the thread that checked a text panicked"))??;
    Ok(HttpResponse::Ok()
        .json(json!({ "warnings": warnings::to_json(&report), "tokens": report.token_count })))
}
