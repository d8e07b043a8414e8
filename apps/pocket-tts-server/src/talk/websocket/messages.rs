//! The messages of the WebSocket, as JSON. It must not know what becomes of them.

use actix_web::web::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use pocket_tts_audio::AudioFormat;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    api_error::ApiError,
    endpoints::speech::VoiceField,
    intake::json,
    speech::format,
    talk::{
        conversation::{Event, Spoken},
        plan::{Plan, Wishes},
        speaker::Sound,
    },
};

/// What a client sends.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    Setup(Setup),
    Text {
        text: String,
    },
    Flush {
        #[serde(alias = "flush_id")]
        id: Option<Value>,
    },
    Cancel,
    EndOfStream,
}

/// The first message of a WebSocket: which model and voice speak, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StreamSetup)]
pub(crate) struct Setup {
    /// A model of this server. Default: the first one.
    #[serde(alias = "model_name")]
    model: Option<String>,
    /// A voice: a name or an id of `/v1/audio/voices`, or one of OpenAI's names. Default: the model's.
    #[serde(alias = "voice_id")]
    #[schema(inline)]
    voice: Option<VoiceField>,
    /// The language that the model must speak.
    language: Option<String>,
    /// Makes the sound reproducible: each sentence sounds as a request for it with this seed.
    #[schema(format = "uint64", maximum = 18_446_744_073_709_551_615_u64)]
    seed: Option<u64>,
    /// Variance of the noise, 0 to 5. Default: the model's.
    #[schema(minimum = 0, maximum = 5)]
    temperature: Option<f32>,
    /// `pcm` (16 bits, mono, little endian; the default) or `wav`, the same as one WAV file.
    #[serde(alias = "output_format")]
    format: Option<String>,
    // Its type says what it is; what is said here would come beside that, not in its place.
    #[serde(default)]
    #[schema(inline)]
    audio: AudioFrames,
}

/// How sound is sent: as `binary` messages (the default) or as `base64` in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AudioFrames {
    /// As binary messages.
    #[default]
    Binary,
    /// In JSON messages.
    Base64,
}

/// A mark of this protocol.
#[derive(Debug)]
pub(super) enum Mark {
    Flushed(Option<Value>),
    EndOfStream,
}

impl ClientMessage {
    /// # Errors
    ///
    /// If the text is none of the messages.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        serde_json::from_str(text).map_err(|error| {
            let problem = json::problem_of(&error);
            ApiError::bad_request(format!(
                "the message isn't understood: {problem}; messages are JSON objects whose `type` is setup, text, flush, \
                 cancel or end_of_stream"
            ))
            .code("invalid_message")
        })
    }
}

impl Setup {
    /// The wishes, the format of the sound, and how it is sent.
    ///
    /// # Errors
    ///
    /// If there is no such format.
    pub(super) fn decide(self) -> Result<(Wishes, AudioFormat, AudioFrames), ApiError> {
        let format =
            self.format.as_deref().map_or(Ok(AudioFormat::Pcm), |name| format::parse("format", name))?;
        let Self { model, language, voice, seed, temperature, .. } = self;
        Ok((Wishes { model, language, voice, seed, temperature }, format, self.audio))
    }
}

/// What a server sends.
#[derive(Debug)]
pub(super) enum ServerMessage {
    Text(String),
    Binary(Bytes),
    Pong(Bytes),
}

impl ServerMessage {
    pub(super) fn ready(sound: Sound, plan: &Plan, format: AudioFormat) -> Self {
        Self::json(&json!({
            "type": "ready",
            "sample_rate": sound.sample_rate_hz,
            "frame_size": sound.samples_per_frame,
            "format": format.name(),
            "model": plan.speech.model,
            "seed": plan.seed,
        }))
    }

    pub(super) fn audio(sound: Vec<u8>, frames: AudioFrames, start_s: f64, stop_s: f64) -> Self {
        match frames {
            AudioFrames::Binary => Self::Binary(sound.into()),
            AudioFrames::Base64 => Self::json(&json!({
                "type": "audio", "audio": STANDARD.encode(sound), "start_s": start_s, "stop_s": stop_s,
            })),
        }
    }

    /// The message of an event that holds no sound; none for the others.
    pub(super) fn of_event(event: &Event<Mark>) -> Option<Self> {
        Some(Self::json(&match event {
            Event::Begin(Spoken { index, text, start_s, .. }, warnings) => {
                let mut message =
                    json!({ "type": "sentence", "index": index, "text": text, "start_s": start_s });
                if !warnings.is_empty() {
                    message["warnings"] = json!(warnings);
                }
                message
            }
            Event::End(Spoken { index, text, start_s, stop_s }) => json!({
                "type": "text", "index": index, "text": text, "start_s": start_s, "stop_s": stop_s,
            }),
            Event::Refused(Spoken { index, .. }, error) => {
                let mut message = error_fields(error);
                message["index"] = json!(index);
                message
            }
            Event::Mark(Mark::Flushed(id)) => json!({ "type": "flushed", "id": id }),
            Event::Cancelled { stop_s } => json!({ "type": "cancelled", "stop_s": stop_s }),
            Event::Mark(Mark::EndOfStream) => json!({ "type": "end_of_stream" }),
            Event::Ready(_) | Event::Audio { .. } => return None,
        }))
    }

    pub(super) fn error(error: &ApiError) -> Self {
        Self::json(&error_fields(error))
    }

    fn json(message: &Value) -> Self {
        Self::Text(message.to_string())
    }
}

/// `code` is never absent: without one of its own, an error has that of its class.
fn error_fields(error: &ApiError) -> Value {
    let told = &error.to_open_ai()["error"];
    let code = if told["code"].is_null() { &told["type"] } else { &told["code"] };
    json!({
        "type": "error", "message": told["message"], "code": code, "param": told["param"], "status": error.status(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_and_strange_ones_refused() {
        let parse = ClientMessage::parse;
        assert!(
            matches!(parse(r#"{"type":"text","text":"a"}"#), Ok(ClientMessage::Text { text }) if text == "a")
        );
        assert!(
            matches!(parse(r#"{"type":"flush","flush_id":7}"#), Ok(ClientMessage::Flush { id: Some(id) }) if id == 7)
        );
        assert!(matches!(parse(r#"{"type":"cancel"}"#), Ok(ClientMessage::Cancel)));
        for (text, part) in [
            ("[", "EOF"),
            ("5", "it must be an object"),
            (r#"{"type":5}"#, "it is `5`, but must be a name"),
            ("{}", "`type` is missing"),
            (r#"{"type":"sing"}"#, "unknown variant `sing`"),
            (r#"{"type":"text"}"#, "`text` is missing"),
            (r#"{"type":"setup","sed":1}"#, "unknown field `sed`"),
            (r#"{"type":"setup","seed":-1}"#, "it is `-1`, but must be a whole number of 0 or more"),
            (r#"{"type":"setup","temperature":"warm"}"#, "it is \"warm\", but must be a number"),
            (r#"{"type":"setup","audio":"smoke"}"#, "unknown variant `smoke`"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("end_of_stream"), "{error}");
        }
    }

    #[test]
    fn a_setup_may_leave_everything_out_and_ask_for_any_format() {
        let setup = |text: &str| match ClientMessage::parse(text).unwrap() {
            ClientMessage::Setup(setup) => setup.decide(),
            other => panic!("{other:?}"),
        };
        let (wishes, format, frames) = setup(r#"{"type":"setup"}"#).unwrap();
        assert!(wishes.model.is_none() && wishes.seed.is_none());
        assert_eq!((format, frames), (AudioFormat::Pcm, AudioFrames::Binary));
        assert_eq!(
            setup(r#"{"type":"setup","format":"wav","audio":"base64"}"#).unwrap().2,
            AudioFrames::Base64
        );
        assert_eq!(setup(r#"{"type":"setup","format":"mp3"}"#).unwrap().1, AudioFormat::Mp3);
        let error = setup(r#"{"type":"setup","format":"mp4"}"#).unwrap_err();
        assert!(error.to_string().contains("`format` is `mp4`"), "{error}");
    }
}
