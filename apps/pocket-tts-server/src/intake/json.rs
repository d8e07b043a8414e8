//! JSON bodies. It must not know what their fields mean.

use actix_web::web::Payload;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Error;

use super::body;
use crate::{api_error::ApiError, limits::Limits};

/// The names of Rust types in errors, and plain words for them.
const TYPES: [(&str, &str); 10] = [
    ("u64", "a whole number of 0 or more"),
    ("u32", "a whole number of 0 or more"),
    ("usize", "a whole number of 0 or more"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("a boolean", "true or false"),
    ("a string", "a text"),
    ("a sequence", "a list"),
    ("a map", "an object"),
    ("variant identifier", "a name"),
];
/// Characters of a wrong value that are shown.
const MAX_SHOWN: usize = 80;

/// Parses the body. The content type is ignored, as clients often omit it.
pub(crate) async fn read<T: DeserializeOwned>(payload: Payload, limits: &Limits) -> Result<T, ApiError> {
    let bytes = body::read(payload, body::max_text_body_bytes(limits), limits.body_timeout).await?;
    parse(&bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let invalid = |message: String| ApiError::bad_request(message).code("invalid_json");
    // serde accepts a list in place of a struct.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    if !is_object && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        return Err(invalid("the body must be a JSON object, {…}".to_owned()));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json);
    let no_json = |error: &Error| invalid(format!("the body is not JSON: {error}"));
    let value = value.map_err(|error| {
        let path = error.path().to_string();
        if error.inner().is_data() { wrong(error.inner(), &path) } else { no_json(error.inner()) }
    })?;
    json.end().map_err(|error| no_json(&error))?;
    Ok(value)
}

/// The error for a body that is JSON of the wrong form.
fn wrong(error: &Error, path: &str) -> ApiError {
    let message = error.to_string();
    if let Some(error) = missing_or_repeated_field(&message) {
        return error;
    }
    let problem = problem_of(error);
    let is_field = path.bytes().any(|byte| byte.is_ascii_alphanumeric());
    let code = if message.starts_with("invalid value") { "invalid_value" } else { "invalid_type" };
    match problem.strip_prefix("it ") {
        Some(rest) if is_field => {
            ApiError::bad_request(format!("`{path}` {rest}")).param(path.to_owned()).code(code)
        }
        None if is_field => ApiError::bad_request(problem).param(path.to_owned()).code(code),
        _ => ApiError::bad_request(format!("the body has the wrong form: {problem}")).code("invalid_json"),
    }
}

/// The error for a field that is missing or there twice, if the message is about one.
pub(crate) fn missing_or_repeated_field(message: &str) -> Option<ApiError> {
    if let Some(field) = missing(message) {
        let error = ApiError::bad_request(format!("`{field}` is missing"));
        return Some(error.param(field.to_owned()).code("missing_required_parameter"));
    }
    let field = message.strip_prefix("duplicate field `")?.split_once('`').map(|(field, _)| field)?;
    let error = ApiError::bad_request(format!("`{field}` is given more than once"));
    Some(error.param(field.to_owned()).code("duplicate_parameter"))
}

/// What is wrong with a JSON text, without the names of Rust types.
pub(crate) fn problem_of(error: &Error) -> String {
    let message = error.to_string();
    if !error.is_data() {
        return message;
    }
    if let Some(field) = missing(&message) {
        return format!("`{field}` is missing");
    }
    // Line and column do not help: clients rarely see the text.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let types = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    let Some((found, expected)) = types.and_then(|types| types.rsplit_once(", expected ")) else {
        return message.to_owned();
    };
    let expected = match TYPES.iter().find(|(name, _)| *name == expected) {
        Some((_, words)) => words,
        // The only other types are whole messages.
        None if expected.contains("enum ") || expected.contains("struct ") => {
            return "it must be an object".to_owned();
        }
        None => expected,
    };
    format!("it is {}, but must be {expected}", shown(found))
}

fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split_once('`').map(|(field, _)| field)
}

/// A value as it stands in an error, without its type if the value itself is there.
fn shown(found: &str) -> String {
    let kinds = ["string ", "integer ", "floating point ", "boolean "];
    let value = kinds.iter().find_map(|kind| found.strip_prefix(kind));
    let value = value.unwrap_or(match found {
        "map" => "an object",
        "sequence" => "a list",
        other => other,
    });
    match value.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Sample {
        input: String,
        speed: Option<f32>,
        seed: Option<u64>,
    }

    fn error(body: &str) -> (String, String, Option<String>) {
        let error = parse::<Sample>(body.as_bytes()).unwrap_err().to_open_ai()["error"].clone();
        let text = |key: &str| error[key].as_str().map(str::to_owned);
        (text("message").unwrap(), text("code").unwrap(), text("param"))
    }

    #[test]
    fn what_is_right_is_read() {
        let sample: Sample = parse(br#" {"input":"a","speed":1,"seed":18446744073709551615}"#).unwrap();
        assert_eq!((sample.input.as_str(), sample.speed, sample.seed), ("a", Some(1.0), Some(u64::MAX)));
    }

    #[test]
    fn anything_but_a_json_object_is_rejected() {
        for body in [r#"["a",1,2]"#, "5", "null"] {
            let (message, code, param) = error(body);
            assert!(message.contains("must be a JSON object"), "{body}: {message}");
            assert_eq!((code.as_str(), param), ("invalid_json", None));
        }
        for body in ["", "{", r#"{"input":"a"}}"#, r#"{"input":"a"} b"#, r#"{"input":"\x"}"#] {
            let (message, code, param) = error(body);
            assert!(message.contains("is not JSON"), "{body}: {message}");
            assert_eq!((code.as_str(), param), ("invalid_json", None));
        }
    }

    #[test]
    fn a_missing_or_wrong_field_is_named_in_words_of_json() {
        for (body, message, code, param) in [
            ("{}", "`input` is missing", "missing_required_parameter", "input"),
            (
                r#"{"input":"a","speed":"fast"}"#,
                r#"`speed` is "fast", but must be a number"#,
                "invalid_type",
                "speed",
            ),
            (
                r#"{"input":"a","seed":-1}"#,
                "`seed` is `-1`, but must be a whole number of 0 or more",
                "invalid_value",
                "seed",
            ),
            (
                r#"{"input":"a","input":"b"}"#,
                "`input` is given more than once",
                "duplicate_parameter",
                "input",
            ),
            (r#"{"input":5}"#, "`input` is `5`, but must be a text", "invalid_type", "input"),
            (r#"{"input":{"a":1}}"#, "`input` is an object, but must be a text", "invalid_type", "input"),
            (r#"{"input":[]}"#, "`input` is a list, but must be a text", "invalid_type", "input"),
        ] {
            let expected = (message.to_owned(), code.to_owned(), Some(param.to_owned()));
            assert_eq!(error(body), expected, "{body}");
        }
        let long = format!(r#"{{"input":"a","speed":"{}"}}"#, "ä".repeat(1_000));
        assert!(error(&long).0.chars().count() < 150);
    }
}
