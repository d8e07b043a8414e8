//! Audio with the times of words, in the objects of Kokoro-FastAPI's `/dev/captioned_speech`: `{"audio", "audio_format",
//! "timestamps": [{"word", "start_time", "end_time"}]}`.

use actix_web::web::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use pocket_tts_audio::AudioFormat;
use serde_json::{Value, json};

use super::framer::Framer;
use crate::speech::{
    run::Said,
    timing::{Edge, Timing, in_seconds},
};

/// Bytes that have a base64 text of their own.
const BASE64_BYTES: usize = 3;

/// The words that have ended.
#[derive(Debug)]
struct Words {
    is_wanted: bool,
    /// Whether the model knows the times of words.
    is_known: bool,
    ended: Vec<Value>,
}

/// One object a line. Each holds the words that ended since the last one.
#[derive(Debug)]
pub(super) struct Lines {
    format: AudioFormat,
    words: Words,
    /// The last piece, held back so that words come with their audio.
    held: Option<Vec<u8>>,
    has_begun: bool,
}

/// One object, which is sent while its audio is being generated.
#[derive(Debug)]
pub(super) struct Object {
    format: AudioFormat,
    words: Words,
    /// Bytes that have no base64 text of their own yet.
    rest: Vec<u8>,
    has_begun: bool,
}

impl Words {
    fn new(is_wanted: bool) -> Self {
        Self { is_wanted, is_known: false, ended: Vec::new() }
    }

    fn take(&mut self, timings: Vec<Timing>) {
        let ended = timings.into_iter().filter(|timing| self.is_wanted && timing.edge == Edge::WordEnd);
        self.ended.extend(ended.map(|Timing { text, start_s, end_s, .. }| {
            json!({ "word": text, "start_time": in_seconds(start_s), "end_time": in_seconds(end_s) })
        }));
    }

    /// Says plainly that there will be none.
    fn tell_missing(&self, object: &mut Value) {
        if self.is_wanted && !self.is_known {
            object["word_times"] = json!(false);
        }
    }
}

impl Lines {
    pub(super) fn new(format: AudioFormat, has_times: bool) -> Self {
        Self { format, words: Words::new(has_times), held: None, has_begun: false }
    }

    fn line(&mut self, sound: &[u8], warnings: Vec<Value>) -> Bytes {
        let mut line = json!({
            "audio": STANDARD.encode(sound),
            "audio_format": self.format.mime_type(),
            "timestamps": std::mem::take(&mut self.words.ended),
        });
        if !std::mem::replace(&mut self.has_begun, true) {
            self.words.tell_missing(&mut line);
        }
        if !warnings.is_empty() {
            line["warnings"] = warnings.into();
        }
        format!("{line}\n").into()
    }
}

impl Framer for Lines {
    fn begin(&mut self, has_word_times: bool) {
        self.words.is_known = has_word_times;
    }

    fn times(&mut self, timings: Vec<Timing>) -> Option<Bytes> {
        self.words.take(timings);
        None
    }

    fn sound(&mut self, sound: Vec<u8>) -> Option<Bytes> {
        let last = self.held.replace(sound)?;
        Some(self.line(&last, Vec::new()))
    }

    fn end(&mut self, said: Said) -> Option<Bytes> {
        let last = self.held.take().unwrap_or_default();
        Some(self.line(&last, said.warnings))
    }
}

impl Object {
    pub(super) fn new(format: AudioFormat, has_times: bool) -> Self {
        Self { format, words: Words::new(has_times), rest: Vec::new(), has_begun: false }
    }

    /// The part of the object up to this audio.
    fn start(&mut self, sound: &str) -> String {
        let begin = if std::mem::replace(&mut self.has_begun, true) { "" } else { "{\"audio\":\"" };
        format!("{begin}{sound}")
    }
}

impl Framer for Object {
    fn begin(&mut self, has_word_times: bool) {
        self.words.is_known = has_word_times;
    }

    fn times(&mut self, timings: Vec<Timing>) -> Option<Bytes> {
        self.words.take(timings);
        None
    }

    fn sound(&mut self, sound: Vec<u8>) -> Option<Bytes> {
        self.rest.extend(sound);
        let whole = self.rest.len() - self.rest.len() % BASE64_BYTES;
        let text = STANDARD.encode(&self.rest[..whole]);
        self.rest.drain(..whole);
        Some(self.start(&text).into())
    }

    fn end(&mut self, said: Said) -> Option<Bytes> {
        let mut others = json!({ "audio_format": self.format.mime_type() });
        others["timestamps"] =
            if self.words.is_wanted { std::mem::take(&mut self.words.ended).into() } else { Value::Null };
        self.words.tell_missing(&mut others);
        if !said.warnings.is_empty() {
            others["warnings"] = said.warnings.into();
        }
        let rest = STANDARD.encode(std::mem::take(&mut self.rest));
        // The fields go on after the audio.
        let others = others.to_string().replacen('{', "\",", 1);
        Some((self.start(&rest) + &others).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::timing::Place;

    fn word(text: &str, edge: Edge) -> Timing {
        let source = Place::default()..Place::end_of(text);
        Timing { edge, sentence: 0, word: Some(0), text: text.to_owned(), source, start_s: 0.08, end_s: 0.16 }
    }

    fn said(warnings: Vec<Value>) -> Said {
        Said { tokens: 1, frames: 1, warnings }
    }

    #[test]
    fn one_object_has_all_of_the_audio_in_whatever_pieces_it_comes() {
        for size in 1..8 {
            let mut object = Object::new(AudioFormat::Wav, true);
            object.begin(true);
            let sound: Vec<u8> = (0..20).collect();
            let mut body = Vec::new();
            for piece in sound.chunks(size) {
                body.extend(object.sound(piece.to_vec()).unwrap());
            }
            assert!(object.times(vec![word("a", Edge::WordStart), word("a", Edge::WordEnd)]).is_none());
            body.extend(object.end(said(vec![json!("{")])).unwrap());
            let expected = json!({
                "audio": STANDARD.encode(&sound), "audio_format": "audio/wav", "warnings": ["{"],
                "timestamps": [{ "word": "a", "start_time": 0.08, "end_time": 0.16 }],
            });
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected, "{size}");
        }
    }

    #[test]
    fn words_come_with_the_line_of_the_audio_before_their_end() {
        let mut lines = Lines::new(AudioFormat::Pcm, true);
        lines.begin(true);
        assert!(lines.sound(vec![1]).is_none());
        assert!(lines.times(vec![word("a", Edge::WordEnd)]).is_none());
        let parse = |line: Option<Bytes>| serde_json::from_slice::<Value>(&line.unwrap()).unwrap();
        let first = parse(lines.sound(vec![2]));
        assert_eq!((&first["audio"], &first["timestamps"][0]["word"]), (&json!("AQ=="), &json!("a")));
        let last = parse(lines.end(said(Vec::new())));
        assert_eq!((&last["audio"], &last["timestamps"]), (&json!("Ag=="), &json!([])));
        assert!(last.get("word_times").is_none() && last.get("warnings").is_none());
    }

    #[test]
    fn a_model_without_times_of_words_is_told_in_the_first_line() {
        let mut lines = Lines::new(AudioFormat::Pcm, true);
        lines.begin(false);
        lines.sound(vec![1]);
        let line: Value = serde_json::from_slice(&lines.sound(vec![2]).unwrap()).unwrap();
        assert_eq!(line["word_times"], json!(false));
    }
}
