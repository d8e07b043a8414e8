//! The JSON objects of responses, with their schemas.

use serde::Serialize;
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{
        Type,
        schema::{ArrayBuilder, Object, OneOfBuilder, Schema},
    },
};

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// `healthy`, `ready` or `alive`, depending on the endpoint; otherwise `loading` or `draining`.
    pub(super) status: &'static str,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Model {
    /// Its name, as requests give it.
    #[schema(example = "tiny")]
    pub(super) id: String,
    /// `model`.
    pub(super) object: &'static str,
    /// Always 0: it is not known.
    pub(super) created: u64,
    /// `pocket-tts`.
    pub(super) owned_by: &'static str,
}

/// All models.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelList {
    /// `list`.
    pub(super) object: &'static str,
    /// The models, the default one first.
    pub(super) data: Vec<Model>,
}

/// All models, also in the form of clients that look for speech models.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AudioModelList {
    /// `list`.
    pub(super) object: &'static str,
    /// The models, the default one first.
    pub(super) data: Vec<Model>,
    /// The same by name.
    pub(super) models: Vec<NamedModel>,
}

/// A model by name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NamedModel {
    /// Its name, as requests give it.
    #[schema(example = "tiny")]
    pub(super) id: String,
    /// Its name, for people.
    pub(super) name: String,
}

/// Warnings about a text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TextCheck {
    /// Objects with a `code` (`unknown_characters`, `overlong_sentences`), a `message`, and the `characters` or
    /// `sentences`.
    #[schema(value_type = Vec<AnyObject>)]
    pub(super) warnings: Vec<Value>,
    /// The number of tokens.
    pub(super) tokens: usize,
}

/// All voices of a model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VoiceList {
    /// The model's own voices, then those created here.
    pub(super) voices: Vec<ListedVoice>,
}

/// A voice, or with `legacy` its id alone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum ListedVoice {
    /// The voice.
    Whole {
        /// What requests give as their voice.
        id: String,
        /// Its name, for people.
        name: String,
    },
    /// Its id.
    Id(String),
}

/// A voice that has been created.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CreatedVoice {
    /// What requests give as their voice. The name works, too.
    pub(super) id: String,
    /// `audio.voice`.
    pub(super) object: &'static str,
    /// Its name, as it was sent.
    pub(super) name: String,
    /// When it was created, in seconds since 1970.
    pub(super) created_at: u64,
    /// `audio_sample`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Warnings about the recording.
    pub(super) warnings: Vec<String>,
}

/// The confirmation that a voice has been deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletedVoice {
    /// Its id.
    pub(super) id: String,
    /// `audio.voice.deleted`.
    pub(super) object: &'static str,
    /// `true`.
    pub(super) deleted: bool,
}

/// An error of an endpoint below /v1.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes what `ApiError` writes")]
pub(super) struct OpenAiError {
    // A description here would be added to the one of the type, not replace it.
    #[schema(inline)]
    error: OpenAiErrorFields,
}

/// The fields of an error of an endpoint below /v1.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes what `ApiError` writes")]
struct OpenAiErrorFields {
    /// What is wrong, what is allowed, and what to do.
    message: String,
    /// Its class: `invalid_request_error`, `authentication_error`, `rate_limit_error` or `server_error`.
    #[schema(rename = "type")]
    kind: String,
    /// The field that is wrong.
    #[schema(required)]
    param: Option<String>,
    /// A code for programs, such as `voice_not_found`.
    #[schema(required)]
    code: Option<String>,
}

/// An error of another endpoint.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes what `ApiError` writes")]
pub(super) struct FastApiError {
    #[schema(schema_with = detail)]
    detail: Value,
}

/// Any JSON object.
#[derive(Debug, ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "only describes what another program's format defines")]
pub(super) struct AnyObject(Value);

fn detail() -> Schema {
    OneOfBuilder::new()
        .item(Object::with_type(Type::String))
        .item(ArrayBuilder::new().items(Object::with_type(Type::Object)))
        .description(Some("What is wrong; with status 422 a list of the fields that are wrong."))
        .build()
        .into()
}
