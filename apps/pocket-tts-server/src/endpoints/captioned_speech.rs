//! `POST /dev/captioned_speech`: speech with the times of its words, for clients of Kokoro-FastAPI.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    schemas::{self, checks},
    speech::{SpeechRequest, prepare_framed},
};
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    intake::{fields::VoiceField, json, reading::DictionaryField},
    speech::{format, framing::Framing, reply::reply},
};

/// The name that these clients give their model.
const THEIR_MODEL: &str = "kokoro";

/// The body of a request. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CaptionRequest {
    /// What to say.
    #[schema(min_length = 1, pattern = r"\S", example = "Hello from Pocket TTS.")]
    input: String,
    /// A model of this server; kokoro and the names for `/v1/audio/speech` stand for the default one.
    #[schema(example = "kokoro")]
    model: Option<String>,
    /// A voice, as for `/v1/audio/speech`. Kokoro's names are unknown unless the operator maps them, as with
    /// `--voice-map af_heart=heart`. Default: the model's.
    #[schema(inline, example = "alloy")]
    voice: Option<VoiceField>,
    #[schema(schema_with = format_name)]
    response_format: Option<String>,
    /// How many times as fast as the model speaks, at the same pitch. Default: 1.
    #[schema(minimum = 0.25, maximum = 4)]
    speed: Option<f64>,
    /// Whether the audio comes in many objects, one a line, or in one. Default: true.
    stream: Option<bool>,
    /// Whether the times of words are told. Default: true.
    return_timestamps: Option<bool>,
    /// How the text is read.
    #[schema(inline)]
    normalization_options: Option<NormalizationOptions>,
    // Extensions.
    /// Makes the speech reproducible; the response has it as `X-Seed`.
    #[schema(format = "uint64", maximum = 18_446_744_073_709_551_615_u64)]
    seed: Option<u64>,
    /// Variance of the noise. Default: the model's, 0.3 for most.
    #[schema(minimum = 0, maximum = 5)]
    temperature: Option<f64>,
    /// Chooses a model of this server that speaks it: a name or an ISO 639-1 code.
    language: Option<String>,
    /// The pronunciation of words: an object such as `{"Nginx": "engine x"}`, or the text of a TOML file.
    #[schema(inline)]
    dictionary: Option<DictionaryField>,
    #[schema(schema_with = checks)]
    check: Option<String>,
}

/// How a text is read. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
struct NormalizationOptions {
    /// Whether numbers, dates, money and abbreviations are put into words. Default: true.
    normalize: Option<bool>,
}

/// A piece of audio, or all of it, and its words.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Caption {
    /// The audio in base64. The pieces of all lines are one file.
    audio: String,
    /// Its type, such as `audio/mpeg`.
    audio_format: String,
    /// The words that ended since the last line, or all; none if the model doesn't know their times, with `word_times`
    /// false.
    #[schema(required)]
    timestamps: Option<Vec<CaptionWord>>,
}

/// A word, and when it is heard.
#[derive(Debug, Serialize, ToSchema)]
struct CaptionWord {
    /// The word, as it is spoken.
    word: String,
    /// When it begins, in seconds from the start of the speech.
    start_time: f64,
    /// When it ends.
    end_time: f64,
}

/// Speak and tell when each word is heard, as Kokoro-FastAPI does.
///
/// For example: `curl http://localhost:8000/dev/captioned_speech --json '{"input":"Hello.","stream":false}'`
#[utoipa::path(
    post,
    path = "/dev/captioned_speech",
    tag = "Speech",
    operation_id = "captioned_speech",
    request_body = CaptionRequest,
    responses(
        (status = 200, description = "Objects with audio and times, one a line, sent while it is being generated; or one \
            object, with `stream` false. If the connection breaks, the audio is incomplete.", content(
            (Caption = "application/json"), (String = "application/x-ndjson"),
        )),
        (status = 400, description = "A field can't be used."),
        schemas::SpeechFailures,
    )
)]
pub(super) async fn speak(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    answer(&request, payload, &app).await.unwrap_or_else(|error| error.response(Shape::FastApi))
}

async fn answer(request: &HttpRequest, payload: Payload, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    let body: CaptionRequest = json::read(payload, &app.settings.limits).await?;
    let has_times = body.return_timestamps.unwrap_or(true);
    let framing = if body.stream.unwrap_or(true) {
        Framing::CaptionLines { has_times }
    } else {
        Framing::Caption { has_times }
    };
    let (job, mut response) = prepare_framed(body.into(), framing, app)?;
    let disposition = format!("attachment; filename=speech.{}", job.format.name());
    response.insert_header(("Content-Disposition", disposition));
    reply(app, request, job, response).await
}

impl From<CaptionRequest> for SpeechRequest {
    fn from(body: CaptionRequest) -> Self {
        let CaptionRequest { input, model, voice, response_format, speed, .. } = body;
        Self {
            input,
            model: model.filter(|model| model != THEIR_MODEL),
            voice,
            response_format,
            speed,
            normalize: body.normalization_options.and_then(|options| options.normalize),
            seed: body.seed,
            temperature: body.temperature,
            language: body.language,
            dictionary: body.dictionary,
            check: body.check,
            ..Self::default()
        }
    }
}

/// The schema of the format's name.
fn format_name() -> utoipa::openapi::Object {
    schemas::format_name(format::DEFAULT_OF_OPEN_AI)
}
