//! The checksums of headers and frames.

/// `x^8 + x^2 + x + 1`.
const OF_HEADER: u8 = 0x07;
/// `x^16 + x^15 + x^2 + 1`.
const OF_FRAME: u16 = 0x8005;
/// Bytes that are added at once.
const SLICES: usize = 8;

static HEADER: [u8; 256] = header_table();
/// `[s][byte]`: the checksum of the byte and `s` zeros.
static FRAME: [[u16; 256]; SLICES] = frame_tables();

const fn header_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u8;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x80 == 0 { sum << 1 } else { sum << 1 ^ OF_HEADER };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
}

const fn frame_tables() -> [[u16; 256]; SLICES] {
    let mut tables = [[0; 256]; SLICES];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = (byte as u16) << 8;
        let mut slice = 0;
        while slice < SLICES {
            let mut bit = 0;
            while bit < 8 {
                sum = if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ OF_FRAME };
                bit += 1;
            }
            tables[slice][byte] = sum;
            slice += 1;
        }
        byte += 1;
    }
    tables
}

/// The checksum of a header's bytes.
pub(super) fn of_header(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| HEADER[usize::from(sum ^ byte)])
}

/// The checksum of a frame's bytes. With its own checksum behind them it is 0.
pub(super) fn of_frame(bytes: &[u8]) -> u16 {
    let (chunks, rest) = bytes.as_chunks::<SLICES>();
    let mut sum = 0;
    for chunk in chunks {
        let [high, low] = u16::to_be_bytes(sum);
        let [a, b, c, d, e, f, g, h] = *chunk;
        sum = [a ^ high, b ^ low, c, d, e, f, g, h]
            .iter()
            .enumerate()
            .fold(0, |sum, (at, byte)| sum ^ FRAME[SLICES - 1 - at][usize::from(*byte)]);
    }
    rest.iter().fold(sum, |sum, byte| sum << 8 ^ FRAME[0][usize::from((sum >> 8) as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_remainders_of_divisions() {
        let bytes: Vec<u8> = (0..29_u8).map(|number| number.wrapping_mul(37) ^ 0x5a).collect();
        for length in 0..bytes.len() {
            let (mut header, mut frame) = (0_u8, 0_u16);
            for byte in &bytes[..length] {
                header ^= byte;
                frame ^= u16::from(*byte) << 8;
                for _ in 0..8 {
                    header = if header & 0x80 == 0 { header << 1 } else { header << 1 ^ OF_HEADER };
                    frame = if frame & 0x8000 == 0 { frame << 1 } else { frame << 1 ^ OF_FRAME };
                }
            }
            assert_eq!(
                (of_header(&bytes[..length]), of_frame(&bytes[..length])),
                (header, frame),
                "{length}"
            );
        }
    }
}
