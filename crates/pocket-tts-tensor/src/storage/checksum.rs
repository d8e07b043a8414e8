//! The CRC-32 of large files, on all cores.

use crc32fast::Hasher;

use crate::exec::parallel::{RowSplit, for_each_part};

/// Bytes of a piece, which one core hashes at once.
const PIECE_BYTES: usize = 1 << 20;
/// Floating-point operations of a product that take as long as hashing one byte.
const OPERATIONS_PER_BYTE: usize = 5;

/// The CRC-32 of `bytes`.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let pieces: Vec<&[u8]> = bytes.chunks(PIECE_BYTES).collect();
    let mut checksums = vec![0; pieces.len()];
    let split = RowSplit {
        rows: pieces.len(),
        width: 1,
        operations: OPERATIONS_PER_BYTE * PIECE_BYTES,
        granularity: 1,
    };
    for_each_part(split, &mut checksums, |part, checksums| {
        for (piece, checksum) in pieces[part].iter().zip(checksums) {
            *checksum = crc32fast::hash(piece);
        }
    });
    let mut whole = Hasher::new();
    for (checksum, piece) in checksums.into_iter().zip(pieces) {
        whole.combine(&Hasher::new_with_initial_len(checksum, piece.len() as u64));
    }
    whole.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_give_the_checksum_of_the_whole() {
        // The check value of the CRC catalogue.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        for bytes in [0, 1, PIECE_BYTES, 40 * PIECE_BYTES + 7] {
            let content: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            assert_eq!(crc32(&content), crc32fast::hash(&content), "{bytes} bytes");
        }
    }
}
