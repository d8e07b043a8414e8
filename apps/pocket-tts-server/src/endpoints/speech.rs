//! OpenAI's speech API: `POST /v1/audio/speech`, and the list of models.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    web::{Data, Path, Payload},
};
use pocket_tts_core::GenerateOptions;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    objects::{AudioModelList, Model, ModelList, NamedModel},
    schemas::{self, checks, input_formats, splittings, text_formats},
};
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    intake::{
        checking::{ResponseUse, with_check},
        fields::{VoiceField, speed, temperature},
        json,
        reading::{DictionaryField, reading_of},
        text::check_text,
    },
    random,
    speech::{format, framing::Framing, job::SpeechJob, reply::reply, run::SpeechPlan},
    voices::choice::VoiceChoice,
};

/// The body of a request. Unknown fields, which OpenAI's clients send, are ignored.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct SpeechRequest {
    /// What to say.
    #[schema(min_length = 1, pattern = r"\S", example = "Hello from Pocket TTS.")]
    pub(super) input: String,
    /// A model of this server; tts-1, tts-1-hd, gpt-4o-mini-tts and pocket-tts stand for the default one.
    #[schema(example = "tts-1")]
    pub(super) model: Option<String>,
    /// A voice: a name or an id of `/v1/audio/voices`, or one of OpenAI's names; or an object with that as id. Default: the
    /// model's.
    #[schema(inline, example = "alloy")]
    pub(super) voice: Option<VoiceField>,
    #[schema(schema_with = format_name)]
    pub(super) response_format: Option<String>,
    /// How many times as fast as the model speaks, at the same pitch. Default: 1.
    #[schema(minimum = 0.25, maximum = 4)]
    pub(super) speed: Option<f64>,
    #[schema(schema_with = stream_formats)]
    pub(super) stream_format: Option<String>,
    /// Accepted without effect: these models take no instructions.
    #[serde(rename = "instructions")]
    pub(super) _instructions: Option<String>,
    // Extensions.
    /// Whether events tell when sentences and words begin and end, with `stream_format` sse. Default: false.
    pub(super) timestamps: Option<bool>,
    #[schema(schema_with = checks)]
    pub(super) check: Option<String>,
    /// Makes the speech reproducible; the response has it as `X-Seed`.
    #[schema(format = "uint64", maximum = 18_446_744_073_709_551_615_u64)]
    pub(super) seed: Option<u64>,
    /// Variance of the noise. Default: the model's, 0.3 for most.
    #[schema(minimum = 0, maximum = 5)]
    pub(super) temperature: Option<f64>,
    /// Chooses a model of this server that speaks it: a name or an ISO 639-1 code.
    pub(super) language: Option<String>,
    /// Whether numbers, dates, money and abbreviations are put into words. Default: true.
    pub(super) normalize: Option<bool>,
    /// The language in which they are put into words: a name or a code such as pt-PT. Default: the model's.
    pub(super) text_language: Option<String>,
    /// Whether marks such as `[pause:500ms]` and `[voice:NAME]`, and SSML, are read. Default: true.
    pub(super) markup: Option<bool>,
    #[schema(schema_with = text_formats)]
    pub(super) text_format: Option<String>,
    #[schema(schema_with = input_formats)]
    pub(super) input_format: Option<String>,
    /// The pronunciation of words: an object such as `{"Nginx": "engine x"}`, or the text of a TOML file.
    #[schema(inline)]
    pub(super) dictionary: Option<DictionaryField>,
    #[schema(schema_with = splittings)]
    pub(super) split: Option<String>,
    /// Seconds of silence to add between sentences that are spoken apart. Default: 0.
    #[schema(minimum = 0, maximum = 60)]
    pub(super) sentence_pause: Option<f64>,
    /// Seconds of silence to add between paragraphs. Default: 0.4.
    #[schema(minimum = 0, maximum = 60)]
    pub(super) paragraph_pause: Option<f64>,
}

/// Speak, as OpenAI's service does.
///
/// For example: `curl http://localhost:8000/v1/audio/speech --json '{"input":"Hello.","response_format":"wav"}' >
/// hello.wav`
#[utoipa::path(
    post,
    path = "/v1/audio/speech",
    tag = "Speech",
    operation_id = "speech",
    request_body = SpeechRequest,
    responses(
        schemas::SpeechOrEvents,
        (status = 400, description = "A field can't be used; `param` names it."),
        schemas::SpeechFailures,
    )
)]
pub(super) async fn speak(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    answer(&request, payload, &app).await.unwrap_or_else(|error| error.response(Shape::OpenAi))
}

/// List the models.
#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "Models",
    responses((status = 200, description = "The models, the default one first.", body = ModelList))
)]
pub(super) async fn models(app: Data<App>) -> HttpResponse {
    let data = app.models.names().iter().map(|name| about(name)).collect();
    HttpResponse::Ok().json(ModelList { object: "list", data })
}

/// List the models, for clients that look for speech models.
#[utoipa::path(
    get,
    path = "/v1/audio/models",
    tag = "Models",
    responses((status = 200, description = "The models, the default one first.", body = AudioModelList))
)]
pub(super) async fn audio_models(app: Data<App>) -> HttpResponse {
    let names = app.models.names();
    let models = names.iter().map(|name| NamedModel { id: name.clone(), name: name.clone() }).collect();
    let data = names.iter().map(|name| about(name)).collect();
    HttpResponse::Ok().json(AudioModelList { object: "list", data, models })
}

/// One model.
#[utoipa::path(
    get,
    path = "/v1/models/{id}",
    tag = "Models",
    params(("id" = String, Path, description = "The model's name.")),
    responses(
        (status = 200, description = "The model.", body = Model),
        (status = 404, description = "There is no such model."),
    )
)]
pub(super) async fn model(id: Path<String>, app: Data<App>) -> HttpResponse {
    match app.models.select(Some(&id), None) {
        Ok(name) => HttpResponse::Ok().json(about(name)),
        Err(error) => error.response(Shape::OpenAi),
    }
}

async fn answer(request: &HttpRequest, payload: Payload, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    let body = json::read(payload, &app.settings.limits).await?;
    say(request, body, app).await
}

/// Speaks the text of a request.
pub(super) async fn say(
    request: &HttpRequest,
    body: SpeechRequest,
    app: &Arc<App>,
) -> Result<HttpResponse, ApiError> {
    let (job, response) = prepare(body, app)?;
    reply(app, request, job, response).await
}

/// Checks a request. Returns its job, and the response with all headers that are known before there is audio.
pub(super) fn prepare(body: SpeechRequest, app: &App) -> Result<(SpeechJob, HttpResponseBuilder), ApiError> {
    let framing = framing(body.stream_format.as_deref(), body.timestamps.unwrap_or(false))?;
    prepare_framed(body, framing, app)
}

/// As [`prepare`], with a body of this kind.
pub(super) fn prepare_framed(
    mut body: SpeechRequest,
    framing: Framing,
    app: &App,
) -> Result<(SpeechJob, HttpResponseBuilder), ApiError> {
    let limits = &app.settings.limits;
    check_text(&body.input, limits, "input", 400)?;
    let format = match &body.response_format {
        Some(name) => format::parse("response_format", name)?,
        None => format::DEFAULT_OF_OPEN_AI,
    };
    let tempo = speed(body.speed)?;
    let model = app.models.select(body.model.as_deref(), body.language.as_deref())?.to_owned();
    let voice = match &body.voice {
        Some(VoiceField::Name(name) | VoiceField::Object { id: name }) => app.voices.by_name(&model, name)?,
        None => VoiceChoice::Default,
    };
    let seed = body.seed.unwrap_or_else(random::seed);
    let options =
        GenerateOptions::default().seed(seed).temperature(temperature(body.temperature)?).speed(tempo);
    let options = reading_of!(body).apply(options, &app.settings.reading)?;
    let response_use =
        if matches!(framing, Framing::Caption { .. }) { ResponseUse::Whole } else { ResponseUse::Streamed };
    let mut options = with_check(options, body.check.as_deref(), app.settings.reading.check, response_use)?;
    if framing.has_times() {
        options = options.timings(true);
    }
    let plan = SpeechPlan { model, voice, options };
    let job = SpeechJob { plan, text: body.input, format, framing };
    let mut response = HttpResponse::Ok();
    response.insert_header(("X-Seed", seed.to_string())).content_type(framing.content_type(format));
    if framing != Framing::Audio {
        response.insert_header(("Cache-Control", "no-cache"));
    }
    Ok((job, response))
}

fn framing(stream_format: Option<&str>, has_times: bool) -> Result<Framing, ApiError> {
    match stream_format {
        None | Some("audio") if has_times => {
            let message = "`timestamps` is true, but audio has no room for them; set `stream_format` to sse";
            Err(ApiError::bad_request(message).param("timestamps").code("invalid_value"))
        }
        None | Some("audio") => Ok(Framing::Audio),
        Some("sse") => Ok(Framing::Events { has_times }),
        Some(other) => Err(ApiError::bad_request(format!(
            "`stream_format` is `{}`, but must be audio or sse",
            other.escape_debug()
        ))
        .param("stream_format")
        .code("invalid_value")),
    }
}

fn about(name: &str) -> Model {
    Model { id: name.to_owned(), object: "model", created: 0, owned_by: "pocket-tts" }
}

/// The schema of the format's name.
fn format_name() -> utoipa::openapi::Object {
    schemas::format_name(format::DEFAULT_OF_OPEN_AI)
}

/// The schema of the framing.
fn stream_formats() -> utoipa::openapi::Object {
    let about = "The audio itself, or events (speech.audio.delta, speech.audio.done) that hold pieces of it. With \
                 timestamps, speech.timestamps {word_times} comes first, which is false if this model only tells \
                 sentences. Then speech.sentence.start, speech.word.start, speech.word.end and speech.sentence.end \
                 {sentence, word, text, start, end, utf8, utf16} come before the audio: seconds of the speech, and \
                 the part of the input that is spoken, in bytes and in UTF-16 units. Default: audio.";
    schemas::one_of_or_none(["audio", "sse"], about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_a_text_or_an_object() {
        for voice in [r#""alba""#, r#"{"id":"alba"}"#] {
            let body = format!(r#"{{"input":"a","voice":{voice},"instructions":"b","unknown":1}}"#);
            let request: SpeechRequest = serde_json::from_str(&body).unwrap();
            let Some(VoiceField::Name(name) | VoiceField::Object { id: name }) = request.voice else {
                panic!()
            };
            assert_eq!(name, "alba");
        }
        let error = serde_json::from_str::<SpeechRequest>(r#"{"input":"a","voice":5}"#).unwrap_err();
        assert!(error.to_string().contains("`voice` must be a text"), "{error}");
    }
}
