//! Boxes: a size, a name and a body.

/// The header of [`media_data_header`].
pub(in super::super) const MEDIA_DATA_HEADER_BYTES: u64 = 16;
const SHORT_HEADER_BYTES: u64 = 8;

/// A box, whose body is the given parts.
pub(super) fn boxed(name: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(8 + body);
    bytes.extend(((8 + body) as u32).to_be_bytes());
    bytes.extend(name);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// A box with a version and flags in front of its body.
pub(super) fn full_box(name: [u8; 4], version: u8, flags: u32, parts: &[&[u8]]) -> Vec<u8> {
    let mut start = flags.to_be_bytes();
    start[0] = version;
    boxed(name, &[&[&start[..]], parts].concat())
}

/// A box that starts with a number of entries.
pub(super) fn list_box(name: [u8; 4], count: usize, entries: &[u8]) -> Vec<u8> {
    full_box(name, 0, 0, &[&(count as u32).to_be_bytes(), entries])
}

/// Numbers of 32 bits.
pub(super) fn words(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    numbers.into_iter().flat_map(u32::to_be_bytes).collect()
}

/// Times, in 32 bits each if all fit, with the version that states how many.
pub(super) fn times<const N: usize>(times: [u64; N]) -> (u8, [Vec<u8>; N]) {
    let fit = times.iter().all(|time| u32::try_from(*time).is_ok());
    let bytes =
        |time: u64| if fit { (time as u32).to_be_bytes().to_vec() } else { time.to_be_bytes().to_vec() };
    (u8::from(!fit), times.map(bytes))
}

/// The first box of the file: what players may expect.
pub(in super::super) fn file_type() -> Vec<u8> {
    boxed(*b"ftyp", &[b"M4B ", &[0; 4], b"M4B ", b"M4A ", b"mp42", b"isom"])
}

/// The header of the box with the media data, `[16]`: with a size of 32 bits if `bytes` of data fit, and an empty box in
/// front.
pub(in super::super) fn media_data_header(bytes: u64) -> Vec<u8> {
    if let Ok(size) = u32::try_from(bytes + SHORT_HEADER_BYTES) {
        return [boxed(*b"free", &[]), size.to_be_bytes().to_vec(), b"mdat".to_vec()].concat();
    }
    let size = (bytes + MEDIA_DATA_HEADER_BYTES).to_be_bytes();
    [&1_u32.to_be_bytes()[..], b"mdat", &size].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_the_data_has_one_length_for_all_sizes() {
        for bytes in [0, 1, u64::from(u32::MAX) - 8, u64::from(u32::MAX), 1 << 40] {
            assert_eq!(media_data_header(bytes).len() as u64, MEDIA_DATA_HEADER_BYTES, "{bytes}");
        }
        assert_eq!(media_data_header(1), b"\0\0\0\x08free\0\0\0\x09mdat");
        assert_eq!(media_data_header(1 << 32), b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\x10");
    }

    #[test]
    fn long_times_need_version_1() {
        assert_eq!(times([1, 2]), (0, [vec![0, 0, 0, 1], vec![0, 0, 0, 2]]));
        assert_eq!(times([1 << 32, 2]).0, 1);
        assert_eq!(
            full_box(*b"test", 1, 7, &[&times([1 << 32]).1[0]]),
            b"\0\0\0\x14test\x01\0\0\x07\0\0\0\x01\0\0\0\0"
        );
    }
}
