//! Checks a SentencePiece model before anything else reads it.
//!
//! The C++ library trusts parts of its file. A damaged normalization table makes it read outside its memory, a piece
//! with a NUL byte makes it throw an exception that ends the process, and text that is not UTF-8 makes its Rust binding
//! panic. Very long pieces and replacements make every text take minutes or fill the memory. Only those parts are
//! checked here, and in every occurrence of a field, because later ones replace or extend earlier ones.

use crate::charsmap::{HAS_VALUE_BIT, LABEL_BITS, VALUE_BITS, offset, parts};
use crate::protobuf::for_each_bytes_field;

/// The field numbers of a `.model` file.
///
/// Source: `sentencepiece_model.proto` of SentencePiece 0.2.1.
pub(crate) mod fields {
    pub(crate) const PIECES: u32 = 1;
    pub(crate) const TRAINER_SPEC: u32 = 2;
    pub(crate) const NORMALIZER_SPEC: u32 = 3;
    pub(crate) const DENORMALIZER_SPEC: u32 = 5;

    pub(crate) const PIECE_TEXT: u32 = 1;
    pub(crate) const PIECE_SCORE: u32 = 2;
    pub(crate) const PIECE_KIND: u32 = 3;

    pub(crate) const MODEL_KIND: u32 = 3;
    pub(crate) const WHITESPACE_AS_SUFFIX: u32 = 24;
    pub(crate) const BYTE_FALLBACK: u32 = 35;
    pub(crate) const UNKNOWN_SURFACE: u32 = 44;

    pub(crate) const NORMALIZATION_TABLE: u32 = 2;
    pub(crate) const ADD_DUMMY_PREFIX: u32 = 3;
    pub(crate) const REMOVE_EXTRA_WHITESPACES: u32 = 4;
    pub(crate) const ESCAPE_WHITESPACES: u32 = 5;
}

/// The most pieces of a vocabulary. Vocabularies of a hundred languages have a quarter of it.
const MAX_PIECES: usize = 1 << 20;
/// The longest piece and the longest surface of unknown pieces, in bytes. Real pieces have less than a hundred.
const MAX_PIECE_BYTES: usize = 4_096;
/// The most bytes of all pieces together.
const MAX_PIECES_BYTES: usize = 16 << 20;
/// The longest normalization table, in bytes. That of `nmt_nfkc` has 240,007.
const MAX_TABLE_BYTES: usize = 4 << 20;
/// The longest replacement in a normalization table, in bytes. The longest of Unicode's compatibility forms has 33.
const MAX_REPLACEMENT_BYTES: usize = 256;
/// The C++ library's room for rules that match at one place in a text.
const MAX_RULES_ON_A_PATH: u8 = 32;

/// Checks the bytes of a `.model` file (a protobuf `ModelProto`).
///
/// # Errors
/// A reason to refuse the file.
pub(crate) fn check(model: &[u8]) -> Result<(), String> {
    let (mut pieces, mut pieces_bytes) = (0_usize, 0_usize);
    for_each_bytes_field(model, |field, bytes| match field {
        fields::PIECES => {
            pieces += 1;
            if pieces > MAX_PIECES {
                return Err(format!("it has more than {MAX_PIECES} pieces"));
            }
            for_each_bytes_field(bytes, |field, piece| match field {
                fields::PIECE_TEXT => {
                    pieces_bytes += piece.len();
                    if pieces_bytes > MAX_PIECES_BYTES {
                        return Err(format!("its pieces have more than {MAX_PIECES_BYTES} bytes"));
                    }
                    check_piece(piece)
                }
                _ => Ok(()),
            })
        }
        fields::TRAINER_SPEC => for_each_bytes_field(bytes, |field, surface| match field {
            fields::UNKNOWN_SURFACE => check_unknown_surface(surface),
            _ => Ok(()),
        }),
        fields::NORMALIZER_SPEC | fields::DENORMALIZER_SPEC => {
            for_each_bytes_field(bytes, |field, table| match field {
                fields::NORMALIZATION_TABLE if !table.is_empty() => check_normalization_table(table),
                _ => Ok(()),
            })
        }
        _ => Ok(()),
    })
}

fn check_piece(piece: &[u8]) -> Result<(), String> {
    if piece.len() > MAX_PIECE_BYTES {
        return Err(format!("a piece has {} bytes, {MAX_PIECE_BYTES} are allowed", piece.len()));
    }
    match str::from_utf8(piece) {
        Err(_) => Err(format!("the piece \"{}\" is not UTF-8", piece.escape_ascii())),
        Ok(text) if text.contains('\0') => Err(format!("the piece {text:?} contains a NUL byte")),
        Ok(_) => Ok(()),
    }
}

fn check_unknown_surface(surface: &[u8]) -> Result<(), String> {
    if surface.len() > MAX_PIECE_BYTES {
        return Err(format!("its unk_surface has {} bytes, {MAX_PIECE_BYTES} are allowed", surface.len()));
    }
    str::from_utf8(surface).map(|_| ()).map_err(|_| "its unk_surface is not UTF-8".to_owned())
}

/// Checks a `precompiled_charsmap`.
///
/// Source: `normalizer.cc` of SentencePiece 0.2.1.
fn check_normalization_table(table: &[u8]) -> Result<(), String> {
    if table.len() > MAX_TABLE_BYTES {
        return Err(format!(
            "its normalization table has {} bytes, {MAX_TABLE_BYTES} are allowed",
            table.len()
        ));
    }
    let (units, replacements) = parts(table)?;
    walk_trie(&units, replacements)
}

/// A state of the trie that some UTF-8 text leads to.
struct TrieState {
    /// The index of the unit for the next byte is this, exclusive-or the byte.
    base: usize,
    /// The number of bytes that the current character lacks.
    lacking: u8,
    /// The number of rules that matched on the way.
    rules: u8,
}

/// Follows every path that UTF-8 text can take through the trie. Each must stay inside the units, rules must end where
/// characters end, and their values must point at characters.
fn walk_trie(units: &[u32], replacements: &str) -> Result<(), String> {
    let outside = || "its normalization table points outside itself".to_owned();
    // For each unit and number of lacking bytes: 0 if it was not reached, else 1 + the most rules on a path to it. A
    // state is visited again only with more rules, so loops end.
    let mut visited = vec![[0_u8; 4]; units.len()];
    let mut states = vec![TrieState { base: offset(units[0]), lacking: 0, rules: 0 }];
    while let Some(state) = states.pop() {
        for byte in 0..=u8::MAX {
            let Some(lacking) = lacking_after(state.lacking, byte) else { continue };
            let index = state.base ^ usize::from(byte);
            let unit = *units.get(index).ok_or_else(outside)?;
            if unit & LABEL_BITS != u32::from(byte) {
                continue;
            }
            let base = index ^ offset(unit);
            let mut rules = state.rules;
            if unit & HAS_VALUE_BIT != 0 {
                let value = (units.get(base).ok_or_else(outside)? & VALUE_BITS) as usize;
                rules += 1;
                if value >= replacements.len() || !replacements.is_char_boundary(value) {
                    return Err(outside());
                }
                let replacement = replacements[value..].find('\0').unwrap_or(replacements.len());
                if replacement > MAX_REPLACEMENT_BYTES {
                    return Err(format!(
                        "its normalization table has a replacement of {replacement} bytes, {MAX_REPLACEMENT_BYTES} are \
                         allowed"
                    ));
                }
                if lacking != 0 || rules > MAX_RULES_ON_A_PATH {
                    return Err("its normalization table has a rule that no text can match".to_owned());
                }
            }
            let most_rules = &mut visited[index][usize::from(lacking)];
            if *most_rules <= rules {
                *most_rules = rules + 1;
                states.push(TrieState { base, lacking, rules });
            }
        }
    }
    Ok(())
}

/// The number of bytes that a character lacks after `byte`, or `None` if UTF-8 cannot have that byte there.
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
    use crate::test_support::{bytes_field, golden_bytes};

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
                    let position = part.as_ptr() as usize - start;
                    ranges.push(position..position + part.len());
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
        let piece = ranges_of(&model, fields::PIECES, fields::PIECE_TEXT)
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
        let table = ranges_of(&model, fields::NORMALIZER_SPEC, fields::NORMALIZATION_TABLE).remove(0);
        // The root's unit comes after the four bytes of the length.
        for (position, bytes, complaint) in [
            (table.start + 4, &u32::MAX.to_le_bytes()[..], "outside itself"),
            (table.start, &(u32::MAX - 3).to_le_bytes(), "cut"),
            (table.start, &1022_u32.to_le_bytes(), "no valid size"),
            (table.end - 1, b"a", "not terminated"),
            (table.end - 2, b"\xff", "not UTF-8"),
        ] {
            let mut damaged = model.clone();
            damaged[position..position + bytes.len()].copy_from_slice(bytes);
            let reason = check(&damaged).unwrap_err();
            assert!(reason.contains(complaint), "{reason}");
        }
    }

    #[test]
    fn files_that_are_too_large_are_refused() {
        let piece =
            |text: &str| bytes_field(fields::PIECES, &bytes_field(fields::PIECE_TEXT, text.as_bytes()));
        let surface = |text: &str| {
            bytes_field(fields::TRAINER_SPEC, &bytes_field(fields::UNKNOWN_SURFACE, text.as_bytes()))
        };
        let longest = "a".repeat(MAX_PIECE_BYTES);
        let table = bytes_field(fields::NORMALIZATION_TABLE, &vec![0; MAX_TABLE_BYTES + 1]);
        check(&[piece(&longest), surface(&longest)].concat()).unwrap();
        for (model, complaint) in [
            (piece(&format!("{longest}a")), "4097 bytes"),
            (surface(&format!("{longest}a")), "4097 bytes"),
            (piece(&longest).repeat(4_097), "more than 16777216 bytes"),
            (piece("").repeat(MAX_PIECES + 1), "more than 1048576 pieces"),
            (bytes_field(fields::NORMALIZER_SPEC, &table), "4194305 bytes"),
        ] {
            let reason = check(&model).unwrap_err();
            assert!(reason.contains(complaint), "{reason}");
        }
    }

    #[test]
    fn long_replacements_are_refused() {
        let units = trie(&[(0, 1 << 10), (1 ^ 0x61, HAS_VALUE_BIT | (2 << 10) | 0x61), (0x60 ^ 2, 1 << 31)]);
        walk_trie(&units, &format!("{}\0", "b".repeat(MAX_REPLACEMENT_BYTES))).unwrap();
        let reason = walk_trie(&units, &format!("{}\0", "b".repeat(MAX_REPLACEMENT_BYTES + 1))).unwrap_err();
        assert!(reason.contains("257 bytes"), "{reason}");
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

    #[test]
    fn files_of_the_largest_size_pass() {
        let piece =
            |text: &str| bytes_field(fields::PIECES, &bytes_field(fields::PIECE_TEXT, text.as_bytes()));
        check(&piece("").repeat(MAX_PIECES)).unwrap();
        check(&piece(&"a".repeat(MAX_PIECE_BYTES)).repeat(MAX_PIECES_BYTES / MAX_PIECE_BYTES)).unwrap();
        let units = trie(&[(0, 1 << 10)]);
        let mut table = (units.len() as u32 * 4).to_le_bytes().to_vec();
        table.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        table.resize(MAX_TABLE_BYTES, 0);
        let table = bytes_field(fields::NORMALIZATION_TABLE, &table);
        check(&bytes_field(fields::NORMALIZER_SPEC, &table)).unwrap();
    }

    #[test]
    fn values_that_point_past_the_end_or_into_a_character_are_refused() {
        for value in [1, 3] {
            let rule = (1 ^ 0x61, HAS_VALUE_BIT | (2 << 10) | 0x61);
            let units = trie(&[(0, 1 << 10), rule, (0x60 ^ 2, (1 << 31) | value)]);
            assert!(walk_trie(&units, "é\0").unwrap_err().contains("outside itself"), "{value}");
        }
    }

    /// A trie with the rules `a`, `aa` and so on.
    fn chain(rules: usize) -> Vec<u32> {
        let mut units = vec![LABEL_BITS; 256 * (rules + 1)];
        units[0] = 0x80 << 10;
        for rule in 0..rules {
            let (node, base) = (256 * rule + (0x80 ^ 0x61), 256 * (rule + 1) + 0x80);
            units[node] = HAS_VALUE_BIT | (((node ^ base) as u32) << 10) | 0x61;
            units[base] = 1 << 31;
        }
        units
    }

    #[test]
    fn the_number_of_rules_that_begin_with_each_other_is_bounded() {
        walk_trie(&chain(usize::from(MAX_RULES_ON_A_PATH)), "b\0").unwrap();
        let reason = walk_trie(&chain(usize::from(MAX_RULES_ON_A_PATH) + 1), "b\0").unwrap_err();
        assert!(reason.contains("no text can match"), "{reason}");
    }

    #[test]
    fn a_loop_without_rules_is_followed_once() {
        walk_trie(&trie(&[(0, 1 << 10), (0x60, (0x61 << 10) | 0x61)]), "b\0").unwrap();
    }

    #[test]
    fn rules_for_characters_of_several_bytes_are_checked() {
        // A rule after the first byte of a character.
        for byte in [0xc3_u32, 0xe2, 0xf0] {
            let node = 1 ^ byte as usize;
            let rule = (node, HAS_VALUE_BIT | (2 << 10) | byte);
            let units = trie(&[(0, 1 << 10), rule, (node ^ 2, 1 << 31)]);
            assert!(walk_trie(&units, "b\0").unwrap_err().contains("no text can match"), "{byte}");
        }
        // A rule after `é`, whose value is outside the replacements.
        let first = (1 ^ 0xc3, (2 << 10) | 0xc3);
        let second = (0xc0 ^ 0xa9, HAS_VALUE_BIT | (4 << 10) | 0xa9);
        let units = trie(&[(0, 1 << 10), first, second, (0x69 ^ 4, (1 << 31) | 9)]);
        assert!(walk_trie(&units, "b\0").unwrap_err().contains("outside itself"));
    }
}
