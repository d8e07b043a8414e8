//! `GET /v1/audio/speech`: speech at an address, for players that can do no more than open one.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::Data,
};
use url::form_urlencoded;

use super::speech::{SpeechRequest, say};
use crate::{
    api_error::{ApiError, Shape},
    app::App,
    guard::origin,
    intake::json,
};

/// The endpoint. Its query has the fields of the body of `POST`.
pub(super) async fn speak(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let app = app.into_inner();
    answer(&request, &app).await.unwrap_or_else(|error| error.response(Shape::OpenAi))
}

async fn answer(request: &HttpRequest, app: &Arc<App>) -> Result<HttpResponse, ApiError> {
    // Any page can have a browser open any address, which costs as much here as a request of its own.
    origin::check_embedding(request.headers(), &app.settings.cors_origins)?;
    let wishes = parse(request.query_string())?;
    let mut response = say(request, wishes, app).await?;
    // Without a seed, each answer is another one.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn parse(query: &str) -> Result<SpeechRequest, ApiError> {
    let fields = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(fields).map_err(|error| {
        let (path, problem) = (error.path().to_string(), error.inner().to_string());
        json::missing_field(&problem).unwrap_or_else(|| {
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
