//! Why bytes can't be spoken as a text.

use crate::exit::Failure;

/// The largest text, in bytes: some hundred hours of speech.
pub(crate) const MAX_TEXT_BYTES: u64 = 16 << 20;

pub(crate) fn too_large(place: &str) -> Failure {
    Failure::Usage(format!("the text {place} is larger than {MAX_TEXT_BYTES} bytes; speak it in parts"))
}

/// The text isn't UTF-8 from the byte `at` on.
pub(crate) fn not_utf8(place: &str, at: usize) -> Failure {
    Failure::Usage(format!(
        "the text {place} is not UTF-8 (byte {at} is the first invalid one); convert it, for example with \
         `iconv -t UTF-8`"
    ))
}

pub(crate) fn no_text(place: &str) -> Failure {
    Failure::Usage(format!(
        "there is no text {place}; write it there, or give it as in `pocket-tts generate \"Hello.\"`"
    ))
}
