//! Parts of the API's description that several endpoints share.

use std::collections::BTreeMap;

use pocket_tts_audio::AudioFormat;
use pocket_tts_core::{InputFormat, TextFormat};
use serde_json::Value;
use utoipa::{
    IntoResponses,
    openapi::{
        Content, Header, KnownFormat, Object, ObjectBuilder, RefOr, ResponseBuilder, SchemaFormat, Type,
        response::Response, schema::SchemaType,
    },
};

use crate::{
    intake::{checking::SpeechCheck, reading::SPLITTINGS},
    names::{TEXT_WARNING, VOICE_WARNING},
};

const EVENTS: &str = "text/event-stream";

/// The response with speech.
pub(super) struct SpeechResponse;

/// The response with speech, or with events that hold it.
pub(super) struct SpeechOrEvents;

/// The failures of any request for speech.
pub(super) struct SpeechFailures;

/// A response header.
pub(super) fn header(kind: Type, description: &str) -> RefOr<Header> {
    let mut header = Header::new(Object::with_type(kind));
    header.description = Some(description.to_owned());
    RefOr::T(header)
}

/// The response with speech in any format, or in one of these content types.
fn sound(more: &[&str]) -> BTreeMap<String, RefOr<Response>> {
    let mut response = ResponseBuilder::new().description(
        "The audio, sent while it is being generated. If the connection breaks, the audio is incomplete.",
    );
    for mime_type in AudioFormat::ALL.map(AudioFormat::mime_type) {
        let binary = ObjectBuilder::new().schema_type(Type::String);
        let binary = binary.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        response = response.content(mime_type, Content::new(Some(binary)));
    }
    for mime_type in more {
        let events = Content::new(Some(Object::with_type(Type::String)));
        response = response.content(*mime_type, events);
    }
    let mut response = response.build();
    for (name, kind, about) in [
        (
            "X-Seed",
            Type::Integer,
            "The seed of the speech. The same request with the same seed returns the same audio.",
        ),
        (
            TEXT_WARNING,
            Type::String,
            "Warnings about the text, percent-encoded: characters that are left out, sentences that are too long.",
        ),
        (VOICE_WARNING, Type::String, "Warnings about the voice that the request brought."),
    ] {
        response.headers.insert(name.to_owned(), header(kind, about));
    }
    BTreeMap::from([("200".to_owned(), RefOr::T(response))])
}

impl IntoResponses for SpeechResponse {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        sound(&[])
    }
}

impl IntoResponses for SpeechOrEvents {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        sound(&[EVENTS])
    }
}

impl IntoResponses for SpeechFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let failures = [
            ("404", "There is no such model."),
            ("502", "The voice could not be fetched."),
            (
                "503",
                "The model is being loaded, no stream became free in time, or the server is shutting down.",
            ),
            ("504", "No audio was ready in time."),
        ];
        let response = |(status, about): (&str, &str)| {
            (status.to_owned(), RefOr::T(ResponseBuilder::new().description(about).build()))
        };
        failures.into_iter().map(response).collect()
    }
}

/// The schema of an optional audio format.
pub(super) fn format_name(default: AudioFormat) -> Object {
    let about = format!("Mono at the model's rate; wav and pcm have 16 bits. Default: {}.", default.name());
    one_of_or_none(AudioFormat::ALL.map(AudioFormat::name), &about)
}

/// The schema of an optional field with these values.
pub(super) fn one_of_or_none<const N: usize>(words: [&str; N], about: &str) -> Object {
    let mut schema = Object::with_type(SchemaType::from_iter([Type::String, Type::Null]));
    schema.description = Some(about.to_owned());
    schema.enum_values = Some(words.into_iter().map(Into::into).chain([Value::Null]).collect());
    schema
}

/// The schema of the mark-up's name.
pub(super) fn text_formats() -> Object {
    let about = "The mark-up: ssml, plain (marks in brackets), or auto: ssml if the text begins with `<speak`. Default: \
                 auto.";
    one_of_or_none(TextFormat::NAMES, about)
}

/// The schema of what a text is.
pub(super) fn input_formats() -> Object {
    one_of_or_none(InputFormat::NAMES, "What the text is, to say it without its formatting. Default: text.")
}

/// The schema of what is done about flawed speech.
pub(super) fn checks() -> Object {
    let about = "What is done about words that the speech lacks or says twice, with models whose attention tells: off, \
                 report (events warn of them), or repeat (a sentence that isn't waited for is spoken again). Default: \
                 repeat.";
    one_of_or_none(SpeechCheck::NAMES, about)
}

/// The schema of a way to split a text.
pub(super) fn splittings() -> Object {
    let about = "How a text is split into the pieces that the model speaks: natural, or as the Python package does. \
                 Default: natural.";
    one_of_or_none(SPLITTINGS.map(|(name, _)| name), about)
}
