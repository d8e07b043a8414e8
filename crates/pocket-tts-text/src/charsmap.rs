//! The layout of a normalization table of SentencePiece, a `precompiled_charsmap`.
//!
//! The table is the length of a double array in bytes, the double array in the format of darts-clone (a trie over the
//! bytes of what is replaced), and NUL-terminated replacements that its values point to. Must not know how a text is
//! normalized.

/// The bits of a unit that must equal the next byte of the text. The top bit marks a value, which no byte equals.
pub(crate) const LABEL_BITS: u32 = (1 << 31) | 0xff;
/// Set in a unit at which a rule ends; the unit at its offset then holds the value.
pub(crate) const HAS_VALUE_BIT: u32 = 1 << 8;
/// The bits of a value, an index into the replacements.
pub(crate) const VALUE_BITS: u32 = !(1 << 31);
/// The size of the double array is a multiple of this.
const BLOCK_BYTES: usize = 1024;

/// How far the children of a unit are from it, to be combined by exclusive-or.
pub(crate) fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & (1 << 9)) >> 6)) as usize
}

/// The two parts of a table: the units of the double array and the replacements.
///
/// # Errors
/// If the parts don't have the sizes that the table says, or the replacements are not terminated UTF-8. Whether the
/// units point to each other and to replacements is not checked.
pub(crate) fn parts(table: &[u8]) -> Result<(Vec<u32>, &str), String> {
    let cut = || "its normalization table is cut".to_owned();
    let (length, rest) = table.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| cut())?;
    let (trie, replacements) = rest.split_at_checked(length).ok_or_else(cut)?;
    if trie.is_empty() || !trie.len().is_multiple_of(BLOCK_BYTES) {
        return Err("its normalization table has no valid size".to_owned());
    }
    let units = trie.as_chunks::<4>().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
    let replacements =
        str::from_utf8(replacements).map_err(|_| "its normalization table holds text that is not UTF-8")?;
    if !replacements.ends_with('\0') {
        return Err("its normalization table is not terminated".to_owned());
    }
    Ok((units, replacements))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_has_a_near_or_a_far_offset() {
        assert_eq!(offset((3 << 10) | HAS_VALUE_BIT | LABEL_BITS), (1 << 21) | 3);
        assert_eq!(offset((3 << 10) | (1 << 9) | 0xff), 3 << 8);
    }
}
