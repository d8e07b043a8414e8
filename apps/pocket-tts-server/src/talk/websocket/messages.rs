//! The messages of the WebSocket, as JSON. It must not know how they are handled.

use actix_web::web::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use pocket_tts_audio::AudioFormat;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    api_error::ApiError,
    intake::{
        fields::VoiceField,
        json,
        reading::{DictionaryField, ReadingFields},
    },
    speech::{format, timing::Timing},
    talk::{
        conversation::{ConversationEvent, SpokenText},
        plan::{ConversationPlan, RequestedSpeech},
        turn_speech::AudioInfo,
    },
};

/// A message from a client.
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
    /// Makes the speech reproducible: each sentence sounds as a request for it with this seed.
    #[schema(format = "uint64", maximum = 18_446_744_073_709_551_615_u64)]
    seed: Option<u64>,
    /// Variance of the noise, 0 to 5. Default: the model's.
    #[schema(minimum = 0, maximum = 5)]
    temperature: Option<f32>,
    /// Whether numbers, dates, money and abbreviations are put into words. Default: true.
    normalize: Option<bool>,
    /// The language in which they are put into words: a name or a code such as pt-PT. Default: the model's.
    text_language: Option<String>,
    /// Whether marks such as `[pause:500ms]` and `[voice:NAME]` are read. A voice stays until the next mark
    /// or `cancel`. Default: true.
    markup: Option<bool>,
    /// Whether the server tells when sentences and words begin and end. Default: false.
    timestamps: Option<bool>,
    /// What is done about words that the speech lacks or says twice: `off`, `report` (the client is told), or `repeat` (a
    /// sentence that isn't waited for is spoken again). Default: `repeat`.
    check: Option<String>,
    /// The pronunciation of words: an object such as `{"Nginx": "engine x"}`, or the text of a TOML file.
    #[schema(inline)]
    dictionary: Option<DictionaryField>,
    /// `pcm` (16 bits, mono, little endian; the default) or `wav`, the same as one WAV file.
    #[serde(alias = "output_format")]
    format: Option<String>,
    // A description here would be added to the one of the type, not replace it.
    #[serde(default)]
    #[schema(inline)]
    audio: AudioFrames,
}

/// How audio is sent: as `binary` messages (the default) or as `base64` in JSON.
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
pub(super) enum WebSocketMark {
    Flushed(Option<Value>),
    EndOfStream,
}

impl ClientMessage {
    /// # Errors
    ///
    /// If the text is not a message.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        serde_json::from_str(text).map_err(|error| {
            let problem = json::problem_of(&error);
            ApiError::bad_request(format!(
                "the message is not understood: {problem}; messages are JSON objects whose `type` is setup, text, flush, \
                 cancel or end_of_stream"
            ))
            .code("invalid_message")
        })
    }
}

impl Setup {
    /// The requested speech, its audio format, and how it is sent.
    ///
    /// # Errors
    ///
    /// If there is no such format.
    pub(super) fn decide(self) -> Result<(RequestedSpeech, AudioFormat, AudioFrames), ApiError> {
        let format =
            self.format.as_deref().map_or(Ok(AudioFormat::Pcm), |name| format::parse("format", name))?;
        let Self { model, language, voice, seed, temperature, .. } = self;
        let Self { normalize, text_language, markup, dictionary, timestamps, check, .. } = self;
        let has_times = timestamps.unwrap_or(false);
        // SSML can't be read in pieces.
        let text_format = Some("plain".to_owned()).filter(|_| markup != Some(false));
        let reading = ReadingFields {
            normalize,
            text_language,
            markup,
            text_format,
            dictionary,
            ..ReadingFields::default()
        };
        let requested = RequestedSpeech {
            model,
            language,
            voice,
            seed,
            temperature,
            reading,
            check,
            has_times,
            is_growing: true,
        };
        Ok((requested, format, self.audio))
    }
}

/// A message from the server.
#[derive(Debug)]
pub(super) enum ServerMessage {
    Text(String),
    Binary(Bytes),
    Pong(Bytes),
}

impl ServerMessage {
    pub(super) fn ready(audio: AudioInfo, plan: &ConversationPlan, format: AudioFormat) -> Self {
        let mut message = json!({
            "type": "ready",
            "sample_rate": audio.sample_rate_hz,
            "frame_size": audio.samples_per_frame,
            "format": format.name(),
            "model": plan.speech.model,
            "seed": plan.seed,
        });
        if plan.has_times {
            message["word_times"] = json!(audio.has_word_times);
        }
        Self::json(&message)
    }

    pub(super) fn audio(sound: Vec<u8>, frames: AudioFrames, start_s: f64, stop_s: f64) -> Self {
        match frames {
            AudioFrames::Binary => Self::Binary(sound.into()),
            AudioFrames::Base64 => Self::json(&json!({
                "type": "audio", "audio": STANDARD.encode(sound), "start_s": start_s, "stop_s": stop_s,
            })),
        }
    }

    /// The messages about sentences and words that begin or end.
    pub(super) fn times(timings: &[Timing]) -> impl Iterator<Item = Self> {
        timings.iter().map(|timing| Self::json(&timing.to_json(&timing.edge.name("_"))))
    }

    /// The message of an event without audio; `None` for the others.
    pub(super) fn of_event(event: &ConversationEvent<WebSocketMark>) -> Option<Self> {
        Some(Self::json(&match event {
            ConversationEvent::Begin(SpokenText { index, text, start_s, .. }, warnings) => {
                let mut message =
                    json!({ "type": "sentence", "index": index, "text": text, "start_s": start_s });
                if !warnings.is_empty() {
                    message["warnings"] = json!(warnings);
                }
                message
            }
            ConversationEvent::End(SpokenText { index, text, start_s, stop_s }, warnings) => {
                let mut message = json!({
                    "type": "text", "index": index, "text": text, "start_s": start_s, "stop_s": stop_s,
                });
                if !warnings.is_empty() {
                    message["warnings"] = json!(warnings);
                }
                message
            }
            ConversationEvent::Refused(SpokenText { index, .. }, error) => {
                let mut message = error_fields(error);
                message["index"] = json!(index);
                message
            }
            ConversationEvent::Mark(WebSocketMark::Flushed(id)) => {
                json!({ "type": "flushed", "id": id })
            }
            ConversationEvent::Cancelled { stop_s } => json!({ "type": "cancelled", "stop_s": stop_s }),
            ConversationEvent::Mark(WebSocketMark::EndOfStream) => {
                json!({ "type": "end_of_stream" })
            }
            ConversationEvent::Ready(_) | ConversationEvent::Audio { .. } | ConversationEvent::Times(_) => {
                return None;
            }
        }))
    }

    pub(super) fn error(error: &ApiError) -> Self {
        Self::json(&error_fields(error))
    }

    fn json(message: &Value) -> Self {
        Self::Text(message.to_string())
    }
}

/// `code` is always present: an error without a code has its class instead.
fn error_fields(error: &ApiError) -> Value {
    let fields = &error.to_open_ai()["error"];
    let code = if fields["code"].is_null() { &fields["type"] } else { &fields["code"] };
    json!({
        "type": "error", "message": fields["message"], "code": code, "param": fields["param"], "status": error.status(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_parsed_and_unknown_ones_rejected() {
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
        let (requested, format, frames) = setup(r#"{"type":"setup"}"#).unwrap();
        assert!(requested.model.is_none() && requested.seed.is_none());
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
