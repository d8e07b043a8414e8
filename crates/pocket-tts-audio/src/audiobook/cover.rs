//! The picture on a book's cover. Knows no container.

use thiserror::Error;

use super::picture_size::{jpeg_size, png_size};

/// The largest cover: FLAC counts the bytes of a picture in 24 bits, and players refuse large ones.
pub const MAX_COVER_BYTES: usize = 15 << 20;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";
/// Pictures that are often mistaken for supported ones, by bytes and their position.
const OTHERS: &[(usize, &[u8], &str)] = &[
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftypmif", "a HEIC picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"<svg", "an SVG picture"),
    (0, b"<?xml", "an SVG picture"),
    (0, b"%PDF", "a PDF document"),
];

/// Why a picture can't be a cover.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CoverError {
    /// It is neither JPEG nor PNG.
    #[error("the cover is {}, but it must be a JPEG or PNG picture; convert it", found.unwrap_or("of an unknown kind"))]
    Kind {
        /// Its kind, if it is known.
        found: Option<&'static str>,
    },
    /// It has too many bytes.
    #[error("the cover has {found} bytes, but at most {MAX_COVER_BYTES} are allowed; make it smaller")]
    TooLarge {
        /// Its size.
        found: usize,
    },
    /// It ends before it states its width and height.
    #[error("the cover is damaged: it states no width and height; export it again")]
    Damaged,
}

/// The file format of a cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CoverKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

/// A JPEG or PNG picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Cover {
    bytes: Vec<u8>,
    kind: CoverKind,
    width: u32,
    height: u32,
}

impl CoverKind {
    /// The MIME type.
    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

impl Cover {
    /// A picture from the bytes of its file. Only its header is checked.
    ///
    /// # Errors
    /// [`CoverError`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, CoverError> {
        if bytes.len() > MAX_COVER_BYTES {
            return Err(CoverError::TooLarge { found: bytes.len() });
        }
        let (kind, size) = if bytes.starts_with(PNG) {
            (CoverKind::Png, png_size(&bytes))
        } else if bytes.starts_with(JPEG) {
            (CoverKind::Jpeg, jpeg_size(&bytes))
        } else {
            return Err(CoverError::Kind { found: other_kind(&bytes) });
        };
        let (width, height) = size.ok_or(CoverError::Damaged)?;
        Ok(Self { bytes, kind, width, height })
    }

    /// The bytes of its file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its format.
    pub fn kind(&self) -> CoverKind {
        self.kind
    }

    /// Its width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}

impl std::fmt::Debug for Cover {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Cover")
            .field("kind", &self.kind)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    let is =
        |(at, magic, _): &&(usize, &[u8], &str)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic));
    OTHERS.iter().find(is).map(|(_, _, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_pictures_are_named() {
        for (bytes, name) in [
            (&b"GIF89a"[..], "GIF"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
            (b"\0\0\0\x18ftypheic", "HEIC"),
            (b"<svg xmlns", "SVG"),
            (b"", "unknown kind"),
            (b"hello", "unknown kind"),
        ] {
            let message = Cover::new(bytes.to_vec()).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains("JPEG or PNG"), "{message}");
        }
    }

    #[test]
    fn damaged_and_large_pictures_are_refused() {
        assert_eq!(Cover::new(PNG.to_vec()), Err(CoverError::Damaged));
        assert_eq!(Cover::new(JPEG.to_vec()), Err(CoverError::Damaged));
        let large = [PNG, &vec![0; MAX_COVER_BYTES]].concat();
        assert_eq!(Cover::new(large), Err(CoverError::TooLarge { found: MAX_COVER_BYTES + 8 }));
    }
}
