//! Where a voice comes from, as a caller says it. It must not fetch or read anything.

use std::{fmt, path::Path, path::PathBuf, str::FromStr, sync::Arc};

use pocket_tts_audio::Audio;

use crate::{
    catalogue,
    config::{Location, LocationError},
};

/// Where a voice comes from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum VoiceSource {
    /// A voice of the model's catalogue, such as `alba`.
    Named(String),
    /// A file: a state exported before (`.safetensors`), or else a recording to clone.
    File(Location),
    /// A recording in memory, to clone.
    Samples(Audio),
    /// The bytes of a file, such as one that was sent over a network: an exported state or a recording, told
    /// apart by content.
    Encoded(EncodedVoice),
}

/// The bytes of a recording's or an exported voice's file, cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedVoice {
    /// Its name in messages.
    pub name: String,
    /// The whole file.
    pub bytes: Arc<[u8]>,
}

impl VoiceSource {
    /// Reads a voice as a user writes it: a name of the catalogue, a path, or an `https://` or `hf://`
    /// location. A word that is no file and has neither folder nor extension counts as a name.
    ///
    /// # Errors
    ///
    /// If it has a scheme but is no location.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let location = Location::parse(text)?;
        let is_name = match &location {
            Location::Path(path) => {
                is_known(text)
                    || (is_voice_mix(text) && !path.exists())
                    || (path.extension().is_none() && path.components().count() == 1 && !path.exists())
            }
            _ => false,
        };
        Ok(if is_name { Self::Named(text.to_owned()) } else { Self::File(location) })
    }

    /// The bytes of a recording or of an exported voice, and their name in messages.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Encoded(EncodedVoice { name: name.into(), bytes: bytes.into() })
    }
}

/// Whether `name` is a mix of voices, as other programs accept it: `a+b`, `a(1)+b(2)`, `a(2)`. No voice is found by
/// such a name ([`Error::VoiceMix`](crate::Error::VoiceMix)).
///
/// ```
/// use pocket_tts_core::is_voice_mix;
///
/// assert!(is_voice_mix("alba(1)+marius(2)"));
/// assert!(!is_voice_mix("alba"));
/// ```
pub fn is_voice_mix(name: &str) -> bool {
    // Names of files have dots and slashes; names of voices have none.
    let is_name = |name: &str| !name.trim().is_empty() && !name.contains(['.', '/', '\\', ':']);
    let part = |part: &str| {
        let weighted = part.trim().strip_suffix(')').and_then(|part| part.split_once('('));
        match weighted {
            None => is_name(part).then_some(false),
            Some((name, weight)) => (is_name(name) && weight.trim().parse::<f64>().is_ok()).then_some(true),
        }
    };
    let parts: Option<Vec<bool>> = name.split('+').map(part).collect();
    parts.is_some_and(|weighted| weighted.len() > 1 || weighted.contains(&true))
}

/// Whether some model has a voice of this name.
fn is_known(name: &str) -> bool {
    #[cfg(feature = "tiny")]
    if crate::names::embedded_voice_names().any(|known| known == name) {
        return true;
    }
    catalogue::voice_names().any(|known| known == name)
}

impl FromStr for VoiceSource {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        Self::parse(text)
    }
}

impl From<&Path> for VoiceSource {
    fn from(path: &Path) -> Self {
        Self::File(Location::Path(path.to_owned()))
    }
}

impl From<PathBuf> for VoiceSource {
    fn from(path: PathBuf) -> Self {
        Self::File(Location::Path(path))
    }
}

impl fmt::Debug for EncodedVoice {
    /// Tells the size only; the bytes would fill a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EncodedVoice")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixes_are_names_with_a_plus_or_a_weight() {
        for mix in ["a+b", "a + b", "a(1)+b(2)", "af_bella(0.5)", "a+b+c"] {
            assert!(is_voice_mix(mix), "{mix}");
            assert_eq!(VoiceSource::parse(mix).unwrap(), VoiceSource::Named(mix.to_owned()));
        }
        for other in ["", "+", "a+", "alba", "a(b)", "(1)", "a()", "é", "me+you.wav", "a/b+c", "hf://a/b+c"]
        {
            assert!(!is_voice_mix(other), "{other}");
        }
        assert!(matches!(VoiceSource::parse("me+you.wav").unwrap(), VoiceSource::File(_)));
    }
}
