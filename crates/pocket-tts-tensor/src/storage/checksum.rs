//! The CRC-32 of many bytes, on all cores. It must not know what they are.

use crc32fast::Hasher;

use crate::exec::parallel::{Rows, for_each_part};

/// Bytes that a core takes in one go.
const PIECE_BYTES: usize = 1 << 20;
/// Floating-point operations of a product that take as long as a byte.
const OPERATIONS_PER_BYTE: usize = 5;

/// The CRC-32 of `bytes`.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let pieces: Vec<&[u8]> = bytes.chunks(PIECE_BYTES).collect();
    let mut checksums = vec![0; pieces.len()];
    let each =
        Rows { count: pieces.len(), width: 1, operations: OPERATIONS_PER_BYTE * PIECE_BYTES, block: 1 };
    for_each_part(each, &mut checksums, |part, checksums| {
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
    fn it_is_the_checksum_of_the_bytes_in_one_piece() {
        // The value that every description of this checksum gives.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        for bytes in [0, 1, PIECE_BYTES, 40 * PIECE_BYTES + 7] {
            let content: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            assert_eq!(crc32(&content), crc32fast::hash(&content), "{bytes} bytes");
        }
    }
}
