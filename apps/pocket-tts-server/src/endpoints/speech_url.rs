//! `GET /v1/audio/speech`: speech at a URL, for players that can only open one.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    http::{
        Version,
        header::{CACHE_CONTROL, HeaderValue},
    },
    web::{Bytes, Data},
};
use url::form_urlencoded;

use super::{
    schemas,
    speech::{SpeechRequest, prepare, say},
};
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    guard::origin,
    intake::json,
};

/// Speak at a URL, for players that can only open one.
///
/// The query has the fields of the body of POST. HEAD returns the headers and speaks nothing. Pages of other origins are rejected here, too, unless --cors-origin
/// allows them. For example: <http://localhost:8000/v1/audio/speech?input=Hello.>
#[utoipa::path(
    get,
    path = "/v1/audio/speech",
    tag = "Speech",
    operation_id = "speech_at_address",
    params(
        ("input" = String, Query, description = "What to say.", min_length = 1, pattern = r"\S"),
        ("model" = Option<String>, Query, description = "A model of this server."),
        ("voice" = Option<String>, Query, description = "A voice: a name or an id of /v1/audio/voices, or one of OpenAI's \
            names."),
        ("response_format" = Option<String>, Query, description = "wav, pcm, mp3, opus, aac or flac. Default: mp3."),
        ("speed" = Option<f32>, Query, description = "How many times as fast as the model speaks. Default: 1.", minimum = 0.25, maximum = 4.0),
        ("stream_format" = Option<String>, Query, description = "audio or sse. Default: audio."),
        ("timestamps" = Option<bool>, Query, description = "Whether events tell when sentences and words begin and end. Default: false."),
        ("check" = Option<String>, Query, description = "off, report or repeat. Default: repeat."),
        ("seed" = Option<u64>, Query, description = "Makes the speech reproducible."),
        ("temperature" = Option<f32>, Query, description = "Variance of the noise. Default: the model's.", minimum = 0.0, maximum = 5.0),
        ("language" = Option<String>, Query, description = "Chooses a model of this server that speaks it."),
        ("normalize" = Option<bool>, Query, description = "Whether numbers and abbreviations are put into words. Default: true."),
        ("text_language" = Option<String>, Query, description = "The language of that. Default: the model's."),
        ("markup" = Option<bool>, Query, description = "Whether marks and SSML are read. Default: true."),
        ("text_format" = Option<String>, Query, description = "auto, plain or ssml. Default: auto."),
        ("input_format" = Option<String>, Query, description = "text, markdown, html or auto. Default: text."),
        ("dictionary" = Option<String>, Query, description = "The pronunciation of words: the text of a TOML file."),
        ("split" = Option<String>, Query, description = "natural or reference. Default: natural."),
        ("sentence_pause" = Option<f64>, Query, description = "Seconds between sentences. Default: 0.", minimum = 0.0, maximum = 60.0),
        ("paragraph_pause" = Option<f64>, Query, description = "Seconds between paragraphs. Default: 0.4.", minimum = 0.0, maximum = 60.0),
    ),
    responses(
        schemas::SpeechOrEvents,
        (status = 400, description = "A field can't be used; `param` names it."),
        (status = 403, description = "The request comes from a page of another origin."),
        schemas::SpeechFailures,
    )
)]
pub(super) async fn speak(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    answer(&request, &app).await.unwrap_or_else(|error| error.response(Shape::OpenAi))
}

/// The headers of the response to GET, for players that ask for them first. Nothing is spoken.
pub(super) async fn describe(request: HttpRequest, app: Data<App>) -> HttpResponse {
    description(&request, &app).unwrap_or_else(|error| error.response(Shape::OpenAi))
}

async fn answer(request: &HttpRequest, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    let fields = fields(request, app)?;
    Ok(not_stored(say(request, fields, app).await?))
}

fn description(request: &HttpRequest, app: &App) -> Result<HttpResponse, ApiError> {
    let (_, mut response) = prepare(fields(request, app)?, app)?;
    let mut response = response.body(OmittedBody);
    if request.version() < Version::HTTP_11 {
        response.head_mut().no_chunking(true);
    }
    Ok(not_stored(response.map_into_boxed_body()))
}

/// The fields of a request that may be spoken.
fn fields(request: &HttpRequest, app: &App) -> Result<SpeechRequest, ApiError> {
    // Any page can make a browser open this URL, which costs as much as a POST.
    origin::check_embedding(request.headers(), &app.settings.cors_origins)?;
    parse(request.query_string())
}

fn not_stored(mut response: HttpResponse) -> HttpResponse {
    // Without a seed, each response is different.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The body of a response to HEAD: of unknown length, as that of GET, and not sent.
struct OmittedBody;

impl MessageBody for OmittedBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

fn parse(text: &str) -> Result<SpeechRequest, ApiError> {
    let query = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(query).map_err(|error| {
        let (path, problem) = (error.path().to_string(), error.inner().to_string());
        json::missing_or_repeated_field(&problem).unwrap_or_else(|| {
            let message = format!("`{path}` can't be used: {problem}");
            ApiError::bad_request(message).param(path).code("invalid_value")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_the_fields_of_a_body() {
        assert!(parse("input=Good+morning.&voice=alba&speed=1.5&seed=18446744073709551615&other=1").is_ok());
        for (query, message, code) in [
            ("", "`input` is missing", "missing_required_parameter"),
            ("voice=alba", "`input` is missing", "missing_required_parameter"),
            ("input=a&input=b", "`input` is given more than once", "duplicate_parameter"),
            ("input=a&speed=fast", "`speed` can't be used: invalid float literal", "invalid_value"),
            ("input=a&seed=-1", "`seed` can't be used: invalid digit found in string", "invalid_value"),
        ] {
            let error = parse(query).unwrap_err().to_open_ai();
            assert_eq!(
                (&error["error"]["message"], &error["error"]["code"]),
                (&message.into(), &code.into())
            );
        }
    }
}
