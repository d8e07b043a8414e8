//! The names of passages: what their sound depends on, as a hash.

use std::fmt::Write;
use std::ops::Range;

use pocket_tts_core::{TtsModel, Voice};
use sha2::{Digest, Sha256};

use super::cast::Cast;
use crate::settings::Settings;

/// To be increased whenever the program speaks the same passage differently: passages that were spoken before are then
/// spoken again.
const SOUND_VERSION: u32 = 1;
/// The bytes of a hash in the name of its files. The first ones are the seed.
const NAMED: Range<usize> = 8..28;
/// Bytes of the length of a `.safetensors` header.
const HEADER_LENGTH_BYTES: usize = 8;

/// The hash of a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PassageDigest([u8; 32]);

/// The hash of what all passages of a run depend on.
#[derive(Debug, Clone)]
pub(super) struct SoundDigest {
    common: Sha256,
    /// The hashes of the narrator and of the voice of quotations.
    voices: [[u8; 32]; 2],
}

impl SoundDigest {
    pub(super) fn new(model: &TtsModel, cast: &Cast, settings: &Settings) -> Self {
        let mut common = Sha256::new();
        add(&mut common, &SOUND_VERSION.to_le_bytes());
        add(&mut common, model.tag().weights.as_bytes());
        add(&mut common, format!("{:?}", model.config()).as_bytes());
        add(&mut common, settings.precision.name().as_bytes());
        // All options, the seed and the dictionary among them.
        add(&mut common, format!("{:?}", settings.options).as_bytes());
        add(&mut common, format!("{:?}", model.language()).as_bytes());
        Self { common, voices: [false, true].map(|is_quoted| voice_digest(cast.voice(is_quoted))) }
    }

    /// Of voices that don't exist.
    #[cfg(test)]
    pub(super) fn of_nobody() -> Self {
        Self { common: Sha256::new(), voices: [[0; 32], [1; 32]] }
    }

    /// The hash of a passage of these pieces, each with whether it is a quotation.
    pub(super) fn of(&self, pieces: &[(bool, String)]) -> PassageDigest {
        let mut digest = self.common.clone();
        for (is_quoted, text) in pieces {
            add(&mut digest, &self.voices[usize::from(*is_quoted)]);
            add(&mut digest, text.as_bytes());
        }
        PassageDigest(digest.finalize().into())
    }
}

impl PassageDigest {
    /// The seed of the passage: its own, so that it doesn't depend on the passages around it.
    pub(super) fn seed(self) -> u64 {
        self.0.iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
    }

    /// The name of the passage's files, without an ending.
    pub(super) fn name(self) -> String {
        hexadecimal(&self.0[NAMED])
    }

    /// Whether a passage may have this name.
    pub(super) fn is_name(name: &str) -> bool {
        name.len() == 2 * NAMED.len() && name.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// The SHA-256 of bytes in hexadecimal digits.
pub(super) fn checksum(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The hash of a voice's numbers. The header of its file also tells the program's version.
fn voice_digest(voice: &Voice) -> [u8; 32] {
    let file = voice.to_safetensors();
    let length = file.first_chunk::<HEADER_LENGTH_BYTES>().map_or(0, |length| u64::from_le_bytes(*length));
    let start = HEADER_LENGTH_BYTES.saturating_add(usize::try_from(length).unwrap_or(0));
    Sha256::digest(file.get(start..).unwrap_or(&file)).into()
}

/// Adds bytes and their number, so that no two sequences of additions look alike.
fn add(digest: &mut Sha256, bytes: &[u8]) {
    digest.update((bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_are_known_by_their_names() {
        let name = SoundDigest::of_nobody().of(&[(false, "Hello.".to_owned())]).name();
        assert!(PassageDigest::is_name(&name) && name.len() == 40);
        assert!(!PassageDigest::is_name("01 - Morning") && !PassageDigest::is_name(&name[1..]));
    }
}
