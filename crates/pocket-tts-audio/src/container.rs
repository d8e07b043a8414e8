//! Recognises the container of a file by its first bytes. Knows names of formats, not their contents.

use crate::error::AudioError;

/// A supported container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    /// RIFF/WAVE.
    Wav,
    /// A stream of MPEG audio frames: MP3.
    Mpeg,
    /// Native FLAC.
    Flac,
    /// Ogg, which holds Vorbis, Opus or FLAC.
    Ogg,
    /// `WebM` and other Matroska files; only Opus is supported.
    WebM,
    /// A stream of AAC frames.
    Adts,
    /// ISO media: M4A, MP4.
    Mp4,
}

/// Whether the bytes start like a supported audio file, or with a tag that may precede one.
pub fn looks_like_sound(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ID3") || Container::recognise(bytes).is_ok()
}

/// The codec's name is searched for in this many bytes: the first page of an Ogg file holds it.
const OGG_PAGE_BYTES: usize = 64;
const ID3_HEADER_BYTES: usize = 10;
/// Files that are often mistaken for supported recordings, by their first bytes.
const OTHER_KINDS: &[(&[u8], &str)] = &[
    (b"FORM", "an AIFF file"),
    (b"caff", "a Core Audio file"),
    (b".snd", "an AU file"),
    (b"#!AMR", "an AMR file"),
    (b"MThd", "a MIDI file"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
    (b"RIFF", "a RIFF file without sound"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"%PDF", "a PDF document"),
    (b"version https://git-lfs", "a Git LFS pointer instead of the file; fetch it with `git lfs pull`"),
];

impl Container {
    /// The container of the file, and the file without the tags in front of it.
    ///
    /// # Errors
    /// [`AudioError::NotAudio`], with the kind of the file if it is known.
    pub(crate) fn recognise(bytes: &[u8]) -> Result<(Self, &[u8]), AudioError> {
        let bytes = without_tags(bytes);
        let container = match bytes {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Self::Wav,
            [b'f', b'L', b'a', b'C', ..] => Self::Flac,
            [b'O', b'g', b'g', b'S', ..] => match ogg_codec(bytes) {
                None => Self::Ogg,
                Some(codec) => return Err(AudioError::NotAudio { found: Some(codec) }),
            },
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Self::Mp4,
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Self::WebM,
            // A sync word of twelve bits, any version, and layer 0, which no MPEG audio frame has.
            [0xff, second, ..] if second & 0xf6 == 0xf0 => Self::Adts,
            [0xff, second, third, ..] if is_mpeg_frame(*second, *third) => Self::Mpeg,
            _ => return Err(AudioError::NotAudio { found: other_kind(bytes) }),
        };
        Ok((container, bytes))
    }
}

/// Whether 0xff and these two bytes start a frame of MPEG audio: version, layer, bit rate and sample rate must not
/// be reserved values.
fn is_mpeg_frame(second: u8, third: u8) -> bool {
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (bit_rate, sample_rate) = (third >> 4, third >> 2 & 3);
    second & 0xe0 == 0xe0 && version != 1 && layer != 0 && !matches!(bit_rate, 0 | 15) && sample_rate != 3
}

/// Skips `ID3v2` tags, which may precede any stream and contain pictures of any size, and the zeros that some
/// programs write after them.
fn without_tags(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some(tag) = id3_bytes(rest) {
        rest = rest.get(tag..).unwrap_or_default();
    }
    if rest.len() == bytes.len() {
        return bytes;
    }
    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
    &rest[zeros..]
}

/// The length of the `ID3v2` tag that the bytes start with.
pub(crate) fn id3_bytes(bytes: &[u8]) -> Option<usize> {
    let [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = bytes else { return None };
    let digits = [a, b, c, d];
    if digits.iter().any(|byte| **byte >= 0x80) {
        return None;
    }
    let size = digits.into_iter().fold(0_usize, |size, byte| size << 7 | usize::from(*byte));
    let footer = if flags & 0x10 == 0 { 0 } else { ID3_HEADER_BYTES };
    Some(ID3_HEADER_BYTES + size + footer)
}

/// The codec of an Ogg file, if it is a known unsupported one.
fn ogg_codec(bytes: &[u8]) -> Option<&'static str> {
    let page = &bytes[..bytes.len().min(OGG_PAGE_BYTES)];
    let holds = |name: &[u8]| page.windows(name.len()).any(|window| window == name);
    let others: [(&[u8], &str); 2] = [(b"Speex   ", "Speex in Ogg"), (b"\x80theora", "a video in Ogg")];
    others.into_iter().find(|(name, _)| holds(name)).map(|(_, codec)| codec)
}

fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    let known = OTHER_KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name);
    known.or_else(|| {
        let text = bytes.trim_ascii_start();
        let is_page = [&b"<!doctype"[..], b"<html"]
            .iter()
            .any(|tag| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)));
        // The length of a header, then the header.
        let is_safetensors = bytes.get(5..9).is_some_and(|middle| middle.starts_with(&[0, 0, 0, b'{']));
        if is_page {
            Some("a web page instead of the file; check its address")
        } else if is_safetensors {
            Some("a .safetensors file; give an exported voice that extension")
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_any_size_are_skipped() {
        let tag = |size: usize| {
            let bytes =
                [(size >> 21) as u8, (size >> 14 & 127) as u8, (size >> 7 & 127) as u8, (size & 127) as u8];
            [b"ID3\x04\0\0".to_vec(), bytes.to_vec(), vec![b'x'; size]].concat()
        };
        for size in [0, 1, 127, 128, 300_000] {
            let file = [tag(size), tag(3), vec![0; 5], b"\xff\xfb\x90\x64sound".to_vec()].concat();
            let (container, rest) = Container::recognise(&file).unwrap();
            assert_eq!((container, rest), (Container::Mpeg, &b"\xff\xfb\x90\x64sound"[..]), "{size}");
        }
    }

    #[test]
    fn unsupported_files_are_named() {
        let cases: [(&[u8], &str); 6] = [
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13Speex   ", "Speex"),
            (b"FORM\0\0\0\x10AIFF", "AIFF"),
            (b"PK\x03\x04", "ZIP"),
            (b"\n <!DOCTYPE html>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1", "LFS"),
            (b"\x40\0\0\0\0\0\0\0{\"a\":", "safetensors"),
        ];
        for (bytes, name) in cases {
            let message = Container::recognise(bytes).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
        let unknown = Container::recognise(b"hello, this is text");
        assert!(matches!(unknown, Err(AudioError::NotAudio { found: None })));
    }
}
