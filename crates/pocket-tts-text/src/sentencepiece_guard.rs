//! Checks a SentencePiece model before the C++ library sees it.
//!
//! The library trusts parts of its file: a damaged normalisation table makes it read outside its
//! memory, a piece with a NUL byte makes it throw an exception that nobody catches, and text that
//! is not UTF-8 makes its Rust binding panic. Only those parts are looked at here; everything else
//! that may be wrong with a model is the library's to refuse. Every occurrence of a field is
//! checked, because the library lets later ones replace or extend earlier ones.

/// Checks the bytes of a `.model` file (a protobuf `ModelProto`).
///
/// Source: `sentencepiece_model.proto` and `normalizer.cc` of SentencePiece 0.2.1.
pub(crate) fn check(model: &[u8]) -> Result<(), String> {
    for_each_bytes_field(model, |field, bytes| match field {
        MODEL_PIECES => for_each_bytes_field(bytes, |field, piece| match field {
            PIECE_TEXT => check_piece(piece),
            _ => Ok(()),
        }),
        MODEL_TRAINER_SPEC => for_each_bytes_field(bytes, |field, surface| match field {
            TRAINER_UNKNOWN_SURFACE => {
                str::from_utf8(surface).map(|_| ()).map_err(|_| "its unk_surface is not UTF-8".to_owned())
            }
            _ => Ok(()),
        }),
        MODEL_NORMALIZER_SPEC | MODEL_DENORMALIZER_SPEC => {
            for_each_bytes_field(bytes, |field, table| match field {
                NORMALIZER_TABLE if !table.is_empty() => check_normalization_table(table),
                _ => Ok(()),
            })
        }
        _ => Ok(()),
    })
}

const MODEL_PIECES: u32 = 1;
const MODEL_TRAINER_SPEC: u32 = 2;
const MODEL_NORMALIZER_SPEC: u32 = 3;
const MODEL_DENORMALIZER_SPEC: u32 = 5;
const PIECE_TEXT: u32 = 1;
const TRAINER_UNKNOWN_SURFACE: u32 = 44;
const NORMALIZER_TABLE: u32 = 2;

/// The library's room for rules that match at one place in a text.
const MAX_RULES_ON_A_PATH: u8 = 32;
/// The bits of a unit that must equal the next byte of the text. The top bit marks a value, which
/// no byte equals.
const LABEL_BITS: u32 = (1 << 31) | 0xff;
const HAS_VALUE_BIT: u32 = 1 << 8;
const VALUE_BITS: u32 = !(1 << 31);

/// Calls `visit` with the number and content of every length-delimited field of a message.
fn for_each_bytes_field<'a>(
    message: &'a [u8],
    mut visit: impl FnMut(u32, &'a [u8]) -> Result<(), String>,
) -> Result<(), String> {
    let truncated = || "it ends in the middle of a field".to_owned();
    let mut rest = message;
    while !rest.is_empty() {
        let tag = u32::try_from(take_varint(&mut rest)?).map_err(|_| "a field has no valid number")?;
        match tag & 7 {
            0 => drop(take_varint(&mut rest)?),
            1 => drop(rest.split_off(..8).ok_or_else(truncated)?),
            2 => {
                let length = usize::try_from(take_varint(&mut rest)?).map_err(|_| truncated())?;
                visit(tag >> 3, rest.split_off(..length).ok_or_else(truncated)?)?;
            }
            5 => drop(rest.split_off(..4).ok_or_else(truncated)?),
            _ => return Err("a field has an unknown wire type".to_owned()),
        }
    }
    Ok(())
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = *rest.split_off_first().ok_or("it ends in the middle of a number")?;
        value |= u64::from(byte & 0x7f).unbounded_shl(shift);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a number is too long".to_owned())
}

fn check_piece(piece: &[u8]) -> Result<(), String> {
    match str::from_utf8(piece) {
        Err(_) => Err(format!("the piece \"{}\" is not UTF-8", piece.escape_ascii())),
        Ok(text) if text.contains('\0') => Err(format!("the piece {text:?} contains a NUL byte")),
        Ok(_) => Ok(()),
    }
}

/// Checks a `precompiled_charsmap`: the length of a double array in bytes, the double array (a trie
/// over the bytes of what is replaced), and NUL-terminated replacements that its values point to.
fn check_normalization_table(table: &[u8]) -> Result<(), String> {
    let cut = || "its normalisation table is cut".to_owned();
    let (length, rest) = table.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| cut())?;
    let (trie, replacements) = rest.split_at_checked(length).ok_or_else(cut)?;
    let (units, odd_bytes) = trie.as_chunks::<4>();
    if units.is_empty() || !odd_bytes.is_empty() {
        return Err("its normalisation table has no valid size".to_owned());
    }
    let units: Vec<u32> = units.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
    let replacements =
        str::from_utf8(replacements).map_err(|_| "its normalisation table holds text that is not UTF-8")?;
    if !replacements.ends_with('\0') {
        return Err("its normalisation table is not terminated".to_owned());
    }
    walk_trie(&units, replacements)
}

/// A place in the trie that some UTF-8 text leads to.
struct Place {
    /// Where the units of the next byte are: at this index, exclusive-or the byte.
    base: usize,
    /// Bytes that the current character still lacks.
    lacking: u8,
    /// Rules that matched on the way.
    rules: u8,
}

/// Follows every path that UTF-8 text can take through the trie, and requires that it stays inside
/// the units, that rules end where characters end, and that their values point at characters.
fn walk_trie(units: &[u32], replacements: &str) -> Result<(), String> {
    let outside = || "its normalisation table points outside itself".to_owned();
    // For each unit and number of lacking bytes: 1 + the most rules met on a way there, 0 if none led
    // there. A way back to the same place needs another look only with more rules, so loops end.
    let mut visited = vec![[0_u8; 4]; units.len()];
    let mut places = vec![Place { base: offset(units[0]), lacking: 0, rules: 0 }];
    while let Some(place) = places.pop() {
        for byte in 0..=u8::MAX {
            let Some(lacking) = lacking_after(place.lacking, byte) else { continue };
            let index = place.base ^ usize::from(byte);
            let unit = *units.get(index).ok_or_else(outside)?;
            if unit & LABEL_BITS != u32::from(byte) {
                continue;
            }
            let base = index ^ offset(unit);
            let mut rules = place.rules;
            if unit & HAS_VALUE_BIT != 0 {
                let value = (units.get(base).ok_or_else(outside)? & VALUE_BITS) as usize;
                rules += 1;
                if value >= replacements.len() || !replacements.is_char_boundary(value) {
                    return Err(outside());
                }
                if lacking != 0 || rules > MAX_RULES_ON_A_PATH {
                    return Err("its normalisation table has a rule that no text can match".to_owned());
                }
            }
            let most_rules = &mut visited[index][usize::from(lacking)];
            if *most_rules <= rules {
                *most_rules = rules + 1;
                places.push(Place { base, lacking, rules });
            }
        }
    }
    Ok(())
}

/// How far a unit's children are from it, to be combined by exclusive-or.
fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & (1 << 9)) >> 6)) as usize
}

/// How many bytes a character lacks after `byte`, or none if UTF-8 cannot have that byte there.
fn lacking_after(lacking: u8, byte: u8) -> Option<u8> {
    match (lacking, byte) {
        (0, 0x00..=0x7f) => Some(0),
        (0, 0xc2..=0xdf) => Some(1),
        (0, 0xe0..=0xef) => Some(2),
        (0, 0xf0..=0xf4) => Some(3),
        (1..=3, 0x80..=0xbf) => Some(lacking - 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::golden_bytes;

    /// The ranges in `model` of the contents of `inner` fields within `outer` fields.
    fn ranges_of(model: &[u8], outer: u32, inner: u32) -> Vec<std::ops::Range<usize>> {
        let mut ranges = Vec::new();
        let start = model.as_ptr() as usize;
        for_each_bytes_field(model, |field, bytes| {
            if field != outer {
                return Ok(());
            }
            for_each_bytes_field(bytes, |field, part| {
                if field == inner {
                    let place = part.as_ptr() as usize - start;
                    ranges.push(place..place + part.len());
                }
                Ok(())
            })
        })
        .unwrap();
        ranges
    }

    #[test]
    fn sound_models_pass() {
        check(&golden_bytes("tokenizer_a.model")).unwrap();
        check(&golden_bytes("tokenizer_b.model")).unwrap();
    }

    #[test]
    fn pieces_with_nul_or_without_utf8_are_refused() {
        let model = golden_bytes("tokenizer_a.model");
        let piece = ranges_of(&model, MODEL_PIECES, PIECE_TEXT)
            .into_iter()
            .find(|range| model[range.clone()].starts_with("▁".as_bytes()) && range.len() > 3)
            .unwrap();
        for (byte, complaint) in [(0, "NUL"), (0xff, "UTF-8")] {
            let mut damaged = model.clone();
            damaged[piece.end - 1] = byte;
            let reason = check(&damaged).unwrap_err();
            assert!(reason.contains(complaint), "{reason}");
        }
    }

    #[test]
    fn tables_that_lead_outside_themselves_are_refused() {
        let model = golden_bytes("tokenizer_b.model");
        let table = ranges_of(&model, MODEL_NORMALIZER_SPEC, NORMALIZER_TABLE).remove(0);
        // The root's unit comes after the four bytes of the length.
        for (place, bytes, complaint) in [
            (table.start + 4, &u32::MAX.to_le_bytes()[..], "outside itself"),
            (table.start, &(u32::MAX - 3).to_le_bytes(), "cut"),
            (table.start, &1022_u32.to_le_bytes(), "no valid size"),
            (table.end - 1, b"a", "not terminated"),
            (table.end - 2, b"\xff", "not UTF-8"),
        ] {
            let mut damaged = model.clone();
            damaged[place..place + bytes.len()].copy_from_slice(bytes);
            let reason = check(&damaged).unwrap_err();
            assert!(reason.contains(complaint), "{reason}");
        }
    }

    /// Units of a trie that has the given (index, unit) pairs and is otherwise empty.
    fn trie(pairs: &[(usize, u32)]) -> Vec<u32> {
        let mut units = vec![LABEL_BITS; 256];
        for (index, unit) in pairs {
            units[*index] = *unit;
        }
        units
    }

    #[test]
    fn rules_that_loop_or_end_inside_a_character_are_refused() {
        let value = 1 << 31;
        let sound = trie(&[(0, 1 << 10), (1 ^ 0x61, HAS_VALUE_BIT | (2 << 10) | 0x61), (0x60 ^ 2, value)]);
        walk_trie(&sound, "b\0").unwrap();
        // Its base is that of the root, so that it follows itself.
        let endless = trie(&[(0, 1 << 10), (0x60, HAS_VALUE_BIT | (0x61 << 10) | 0x61), (1, value)]);
        assert!(walk_trie(&endless, "b\0").unwrap_err().contains("no text can match"));
        let half = trie(&[(0, 1 << 10), (1 ^ 0xc3, HAS_VALUE_BIT | (2 << 10) | 0xc3), (0xc2 ^ 2, value)]);
        assert!(walk_trie(&half, "b\0").unwrap_err().contains("no text can match"));
        let far = trie(&[(0, 1 << 10), (0x60, HAS_VALUE_BIT | (2 << 10) | 0x61), (0x62, value | 9)]);
        assert!(walk_trie(&far, "b\0").unwrap_err().contains("outside itself"));
    }
}
