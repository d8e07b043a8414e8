//! The width and height that the header of a picture states.
//!
//! Source: PNG (ISO/IEC 15948), 11.2.2; JPEG (ITU-T T.81), B.1.1 and B.2.2.

/// The width and height of a PNG file: of its first chunk, `IHDR`.
pub(super) fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.get(8..).filter(|rest| rest.get(4..8) == Some(b"IHDR"))?;
    let (width, rest) = header.get(8..)?.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    nonzero(u32::from_be_bytes(*width), u32::from_be_bytes(*height))
}

/// The width and height of a JPEG file: of its first frame header.
pub(super) fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.get(2..)?;
    loop {
        match rest {
            // Any number of 0xff may precede a marker.
            [0xff, 0xff, ..] => rest = &rest[1..],
            // SOF0 to SOF15, except for the markers DHT, JPG and DAC, which lie among them.
            [0xff, 0xc0..=0xcf, _, _, _, high, low, wide, narrow, ..]
                if !matches!(rest[1], 0xc4 | 0xc8 | 0xcc) =>
            {
                let (height, width) =
                    (u16::from_be_bytes([*high, *low]), u16::from_be_bytes([*wide, *narrow]));
                return nonzero(u32::from(width), u32::from(height));
            }
            // The picture itself starts, or the file ends.
            [0xff, 0xd9 | 0xda, ..] => return None,
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length.max(2)..)?;
            }
            _ => return None,
        }
    }
}

fn nonzero(width: u32, height: u32) -> Option<(u32, u32)> {
    (width > 0 && height > 0).then_some((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_states_its_size_in_its_first_chunk() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x02\0\0\0\x03";
        assert_eq!(png_size(png), Some((258, 3)));
        assert_eq!(png_size(&png[..23]), None);
    }

    #[test]
    fn a_jpeg_states_its_size_after_other_segments() {
        let jpeg = b"\xff\xd8\xff\xe0\0\x04xx\xff\xff\xc4\0\x03y\xff\xc2\0\x11\x08\0\x10\x01\0\x03";
        assert_eq!(jpeg_size(jpeg), Some((256, 16)));
        for end in 0..jpeg.len() - 1 {
            assert_eq!(jpeg_size(&jpeg[..end]), None);
        }
        assert_eq!(jpeg_size(b"\xff\xd8\xff\xda\0\x04xx\xff\xc0\0\x11\x08\0\x10\x01\0"), None);
    }
}
