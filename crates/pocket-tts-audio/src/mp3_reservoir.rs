//! Whether frames of MP3 hold all that the last of them depends on: the bits that earlier frames keep for it, and two frames
//! whose sound overlaps with it.
//!
//! Source: ISO/IEC 11172-3, 2.4.1 and 2.4.3.4 (`main_data_begin`).

/// Frames in front of the last one that must be decoded completely.
const OVERLAPPING: usize = 2;
const HEADER_BYTES: usize = 4;
const CHECKSUM_BYTES: usize = 2;

/// Whether the last of the frames, and those it overlaps with, can be decoded completely without earlier ones.
pub(crate) fn is_enough<'a>(frames: impl Iterator<Item = &'a [u8]>) -> bool {
    let (mut kept, mut complete) = (0, 0);
    for frame in frames {
        let Some((wanted, own)) = main_data(frame) else { return false };
        complete = if wanted <= kept { complete + 1 } else { 0 };
        kept += own;
    }
    complete > OVERLAPPING
}

/// How many bytes of main data earlier frames hold for this one, and how many bytes of main data it has itself.
pub(crate) fn main_data(frame: &[u8]) -> Option<(usize, usize)> {
    let [_, second, _, fourth, ..] = frame else { return None };
    let (is_mpeg_1, is_mono) = (second >> 3 & 3 == 3, fourth >> 6 == 3);
    let has_checksum = second & 1 == 0;
    let side_start = HEADER_BYTES + if has_checksum { CHECKSUM_BYTES } else { 0 };
    let side_bytes = match (is_mpeg_1, is_mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let side = frame.get(side_start..side_start + side_bytes)?;
    let first = usize::from(side[0]);
    let wanted = if is_mpeg_1 { first << 1 | usize::from(side[1] >> 7) } else { first };
    Some((wanted, frame.len() - side_start - side_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mono frame of MPEG 1 with `own` bytes of main data, the first of which is `wanted` bytes before it.
    fn frame(wanted: usize, own: usize) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xfb, 0x90, 0xc0];
        bytes.extend([(wanted >> 1) as u8, (wanted << 7) as u8]);
        bytes.resize(4 + 17 + own, 0);
        bytes
    }

    fn enough(frames: &[(usize, usize)]) -> bool {
        let frames: Vec<_> = frames.iter().map(|(wanted, own)| frame(*wanted, *own)).collect();
        is_enough(frames.iter().map(Vec::as_slice))
    }

    #[test]
    fn frames_are_enough_once_three_have_all_their_bits() {
        assert_eq!(main_data(&frame(511, 30)), Some((511, 30)));
        assert!(enough(&[(0, 50), (50, 20), (70, 1)]));
        assert!(!enough(&[(0, 50), (51, 20), (0, 1)]));
        assert!(enough(&[(400, 200), (400, 200), (400, 200), (400, 200), (511, 200)]));
        assert!(!enough(&[(400, 200), (400, 200), (400, 200), (511, 200)]));
        assert!(!enough(&[]) && !is_enough([&[0xff, 0xfb][..]].into_iter()));
    }
}
