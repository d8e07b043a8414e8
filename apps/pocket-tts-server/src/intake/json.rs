//! JSON bodies. It must not know what they mean.

use actix_web::web::Payload;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::{api_error::ApiError, settings::Limits};

/// The body as a value, whatever its content type says: clients forget that header often.
pub(crate) async fn read<T: DeserializeOwned>(payload: Payload, limits: &Limits) -> Result<T, ApiError> {
    let bytes = super::read(payload, super::max_text_body_bytes(limits), limits.body_timeout).await?;
    parse(&bytes).map_err(|problem| ApiError::bad_request(format!("the body {problem}")).code("invalid_json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // Lists would be taken for objects whose names were left out.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    if !is_object && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        return Err("has the wrong form: it must be a JSON object, {…}".to_owned());
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let problem = if error.is_data() { "has the wrong form" } else { "is no JSON" };
        format!("{problem}: {}", without_types(&error.to_string()))
    })
}

/// An error without the names of this language's types.
fn without_types(message: &str) -> String {
    ["f32", "f64"]
        .iter()
        .fold(message.replace("expected u64", "expected a whole number of 0 or more"), |text, kind| {
            text.replace(&format!("expected {kind}"), "expected a number")
        })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Wish {
        input: String,
        speed: Option<f32>,
        seed: Option<u64>,
    }

    #[test]
    fn errors_speak_of_json_only() {
        let wish: Wish = parse(br#" {"input":"a","speed":1,"seed":18446744073709551615}"#).unwrap();
        assert_eq!((wish.input.as_str(), wish.speed, wish.seed), ("a", Some(1.0), Some(u64::MAX)));
        for (body, expected) in [
            (r#"["a",1,2]"#, "it must be a JSON object"),
            ("5", "it must be a JSON object"),
            ("", "is no JSON"),
            ("{", "is no JSON"),
            (r#"{"input":"a","speed":"fast"}"#, r#"invalid type: string "fast", expected a number"#),
            (
                r#"{"input":"a","seed":-1}"#,
                "invalid value: integer `-1`, expected a whole number of 0 or more",
            ),
            (r#"{"input":5}"#, "invalid type: integer `5`, expected a string"),
            ("{}", "missing field `input`"),
        ] {
            let error = parse::<Wish>(body.as_bytes()).unwrap_err();
            assert!(error.contains(expected) && !error.contains("Wish"), "{body}: {error}");
        }
    }
}
