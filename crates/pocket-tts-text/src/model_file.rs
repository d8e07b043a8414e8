//! What a SentencePiece `.model` file says: its pieces and how a text is normalized.
//!
//! Must not know how a text is segmented.

use std::collections::HashSet;

use crate::protobuf::{FieldValue, for_each_field};
use crate::sentencepiece_guard::{self, fields};

/// The C++ library's room for user-defined symbols that match at one place in a text.
const MAX_NESTED_SYMBOLS: usize = 64;

/// A parsed model file, which borrows the texts from the bytes of the file.
///
/// Source: `sentencepiece_model.proto` and `model_interface.cc` of SentencePiece 0.2.1.
#[derive(Debug)]
pub(crate) struct ModelFile<'a> {
    /// The vocabulary; a piece's index is its id.
    pub(crate) pieces: Vec<Piece<'a>>,
    /// The id of the one piece of kind [`PieceKind::Unknown`].
    pub(crate) unknown_id: u32,
    pub(crate) model_kind: ModelKind,
    /// Whether unknown characters become the pieces of their bytes.
    pub(crate) byte_fallback: bool,
    /// The text that unknown pieces are decoded to.
    pub(crate) unknown_surface: &'a str,
    /// How a text is normalized before it is segmented.
    pub(crate) normalizer: NormalizerSpec<'a>,
    /// How a decoded text is normalized. Without a table it is not.
    pub(crate) denormalizer: NormalizerSpec<'a>,
}

/// One entry of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    /// Never empty.
    pub(crate) text: &'a str,
    /// The logarithm of the piece's probability.
    pub(crate) score: f32,
    pub(crate) kind: PieceKind,
}

/// What a piece is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// A part of a text.
    Normal,
    /// What the vocabulary lacks.
    Unknown,
    /// A symbol that no text has.
    Control,
    /// A part of a text that is never split or joined with another.
    UserDefined,
    /// One byte of a character that the vocabulary lacks.
    Byte,
    /// A part of a text that is not used.
    Unused,
}

/// How a text is segmented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModelKind {
    Unigram,
    Bpe,
    Word,
    Char,
}

/// The settings of a normalizer.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one independent switch per field of the file")]
pub(crate) struct NormalizerSpec<'a> {
    /// A `precompiled_charsmap`; may be empty.
    pub(crate) table: &'a [u8],
    pub(crate) add_dummy_prefix: bool,
    pub(crate) remove_extra_whitespaces: bool,
    pub(crate) escape_whitespaces: bool,
    /// Whether the dummy prefix is a suffix instead. The file has this among the settings of the trainer.
    pub(crate) whitespace_as_suffix: bool,
}

impl Default for NormalizerSpec<'_> {
    fn default() -> Self {
        Self {
            table: &[],
            add_dummy_prefix: true,
            remove_extra_whitespaces: true,
            escape_whitespaces: true,
            whitespace_as_suffix: false,
        }
    }
}

impl<'a> ModelFile<'a> {
    /// Checks and parses the bytes of a file.
    ///
    /// # Errors
    /// A reason to refuse the file.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        sentencepiece_guard::check(bytes)?;
        let mut file = Self {
            pieces: Vec::new(),
            unknown_id: 0,
            model_kind: ModelKind::Unigram,
            byte_fallback: false,
            unknown_surface: " \u{2047} ",
            normalizer: NormalizerSpec::default(),
            denormalizer: NormalizerSpec::default(),
        };
        for_each_field(bytes, |field, value| match (field, value) {
            (fields::PIECES, FieldValue::Bytes(piece)) => {
                file.pieces.push(Piece::parse(piece)?);
                Ok(())
            }
            (fields::TRAINER_SPEC, FieldValue::Bytes(spec)) => file.merge_trainer_spec(spec),
            (fields::NORMALIZER_SPEC, FieldValue::Bytes(spec)) => file.normalizer.merge(spec),
            (fields::DENORMALIZER_SPEC, FieldValue::Bytes(spec)) => file.denormalizer.merge(spec),
            _ => Ok(()),
        })?;
        file.check_pieces()?;
        file.unknown_id = file.only_unknown_id()?;
        Ok(file)
    }

    fn merge_trainer_spec(&mut self, spec: &'a [u8]) -> Result<(), String> {
        for_each_field(spec, |field, value| {
            match (field, value) {
                (fields::MODEL_KIND, FieldValue::Varint(kind)) => {
                    self.model_kind = match kind as i32 {
                        1 => ModelKind::Unigram,
                        2 => ModelKind::Bpe,
                        3 => ModelKind::Word,
                        4 => ModelKind::Char,
                        _ => self.model_kind,
                    };
                }
                (fields::WHITESPACE_AS_SUFFIX, FieldValue::Varint(flag)) => {
                    self.normalizer.whitespace_as_suffix = flag != 0;
                }
                (fields::BYTE_FALLBACK, FieldValue::Varint(flag)) => self.byte_fallback = flag != 0,
                (fields::UNKNOWN_SURFACE, FieldValue::Bytes(surface)) => {
                    // The C++ library reads it as a C string.
                    self.unknown_surface = text(surface)?.split('\0').next().unwrap_or_default();
                }
                _ => {}
            }
            Ok(())
        })
    }

    /// Whether unknown characters become bytes must fit the vocabulary, and no piece may be there twice.
    fn check_pieces(&self) -> Result<(), String> {
        let (mut parts_of_texts, mut reserved) = (HashSet::new(), HashSet::new());
        let mut bytes = HashSet::new();
        for Piece { text, kind, .. } in &self.pieces {
            let names = if kind.is_part_of_texts() { &mut parts_of_texts } else { &mut reserved };
            if !names.insert(*text) {
                return Err(format!("the piece {text:?} is there twice"));
            }
            if *kind == PieceKind::Byte {
                if !self.byte_fallback {
                    return Err(format!("it has the byte {text:?}, but its byte_fallback is false"));
                }
                bytes.insert(byte_of(text).ok_or_else(|| format!("the piece {text:?} is not a byte"))?);
            }
        }
        if self.byte_fallback && bytes.len() < 256 {
            return Err(format!("it has {} bytes of 256, but its byte_fallback is true", bytes.len()));
        }
        if parts_of_texts.is_empty() {
            return Err("it has no pieces of texts".to_owned());
        }
        let symbols = self.pieces.iter().filter(|piece| piece.kind == PieceKind::UserDefined);
        let nested = deepest_nesting(symbols.map(|piece| piece.text).collect());
        if nested > MAX_NESTED_SYMBOLS {
            return Err(format!(
                "{nested} of its user-defined symbols begin with each other, {MAX_NESTED_SYMBOLS} are allowed"
            ));
        }
        Ok(())
    }

    fn only_unknown_id(&self) -> Result<u32, String> {
        let mut unknown = (0_u32..).zip(&self.pieces).filter(|(_, piece)| piece.kind == PieceKind::Unknown);
        match (unknown.next(), unknown.next()) {
            (Some((id, _)), None) => Ok(id),
            (None, _) => Err("it has no piece for what is unknown".to_owned()),
            (Some(_), Some(_)) => Err("it has two pieces for what is unknown".to_owned()),
        }
    }
}

impl<'a> Piece<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, String> {
        let mut piece = Self { text: "", score: 0.0, kind: PieceKind::Normal };
        for_each_field(message, |field, value| {
            match (field, value) {
                (fields::PIECE_TEXT, FieldValue::Bytes(bytes)) => piece.text = text(bytes)?,
                (fields::PIECE_SCORE, FieldValue::Fixed32(score)) => piece.score = f32::from_le_bytes(score),
                (fields::PIECE_KIND, FieldValue::Varint(kind)) => {
                    piece.kind = match kind as i32 {
                        1 => PieceKind::Normal,
                        2 => PieceKind::Unknown,
                        3 => PieceKind::Control,
                        4 => PieceKind::UserDefined,
                        5 => PieceKind::Unused,
                        6 => PieceKind::Byte,
                        _ => piece.kind,
                    };
                }
                _ => {}
            }
            Ok(())
        })?;
        if piece.text.is_empty() { Err("it has an empty piece".to_owned()) } else { Ok(piece) }
    }
}

impl PieceKind {
    /// Whether pieces of this kind can be a part of a text.
    pub(crate) fn is_part_of_texts(self) -> bool {
        matches!(self, Self::Normal | Self::UserDefined | Self::Unused)
    }
}

impl<'a> NormalizerSpec<'a> {
    fn merge(&mut self, spec: &'a [u8]) -> Result<(), String> {
        for_each_field(spec, |field, value| {
            match (field, value) {
                (fields::NORMALIZATION_TABLE, FieldValue::Bytes(table)) => self.table = table,
                (fields::ADD_DUMMY_PREFIX, FieldValue::Varint(flag)) => self.add_dummy_prefix = flag != 0,
                (fields::REMOVE_EXTRA_WHITESPACES, FieldValue::Varint(flag)) => {
                    self.remove_extra_whitespaces = flag != 0;
                }
                (fields::ESCAPE_WHITESPACES, FieldValue::Varint(flag)) => self.escape_whitespaces = flag != 0,
                _ => {}
            }
            Ok(())
        })
    }
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|_| "it holds text that is not UTF-8".to_owned())
}

/// The byte that a piece such as `<0x0A>` stands for.
pub(crate) fn byte_of(piece: &str) -> Option<u8> {
    let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    let is_byte = digits.len() == 2 && digits.bytes().all(is_digit);
    if is_byte { u8::from_str_radix(digits, 16).ok() } else { None }
}

/// The largest number of texts of which each begins with the one before.
fn deepest_nesting(mut texts: Vec<&str>) -> usize {
    texts.sort_unstable();
    let (mut prefixes, mut deepest) = (Vec::new(), 0);
    for text in texts {
        while prefixes.last().is_some_and(|prefix| !text.starts_with(prefix)) {
            prefixes.pop();
        }
        prefixes.push(text);
        deepest = deepest.max(prefixes.len());
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{bytes_field, golden_bytes, varint_field};

    fn piece(text: &str, kind: u64) -> Vec<u8> {
        let fields =
            [bytes_field(fields::PIECE_TEXT, text.as_bytes()), varint_field(fields::PIECE_KIND, kind)];
        bytes_field(fields::PIECES, &fields.concat())
    }

    #[track_caller]
    fn refused(parts: &[Vec<u8>], complaint: &str) {
        let model = parts.concat();
        let reason = ModelFile::parse(&model).unwrap_err();
        assert!(reason.contains(complaint), "{reason}");
    }

    #[test]
    fn the_settings_of_a_file_are_read() {
        let bytes = golden_bytes("tokenizer_a.model");
        let file = ModelFile::parse(&bytes).unwrap();
        assert_eq!((file.pieces.len(), file.unknown_id, file.byte_fallback), (360, 0, true));
        assert!(file.normalizer.table.is_empty() && !file.normalizer.remove_extra_whitespaces);
        assert!(file.normalizer.add_dummy_prefix && file.normalizer.escape_whitespaces);
        let bytes = golden_bytes("tokenizer_b.model");
        let file = ModelFile::parse(&bytes).unwrap();
        assert_eq!((file.pieces.len(), file.normalizer.table.len()), (110, 240_007));
        assert!(file.normalizer.remove_extra_whitespaces && !file.byte_fallback);
    }

    #[test]
    fn later_fields_replace_earlier_ones_and_unknown_kinds_are_ignored() {
        let spec = |surface: &str, kind: u64| {
            let spec = [
                bytes_field(fields::UNKNOWN_SURFACE, surface.as_bytes()),
                varint_field(fields::MODEL_KIND, kind),
            ];
            bytes_field(fields::TRAINER_SPEC, &spec.concat())
        };
        let model = [piece("a", 9), piece("?", 2), spec("x", 2), spec("y\0z", 77)].concat();
        let file = ModelFile::parse(&model).unwrap();
        assert_eq!((file.pieces[0].kind, file.unknown_id), (PieceKind::Normal, 1));
        assert_eq!((file.unknown_surface, file.model_kind), ("y", ModelKind::Bpe));
    }

    #[test]
    fn vocabularies_that_contradict_themselves_are_refused() {
        let fallback = bytes_field(fields::TRAINER_SPEC, &varint_field(fields::BYTE_FALLBACK, 1));
        let (sound, unknown) = (piece("a", 1), piece("?", 2));
        refused(std::slice::from_ref(&sound), "no piece for what is unknown");
        refused(&[sound.clone(), unknown.clone(), piece("!", 2)], "two pieces for what is unknown");
        refused(&[unknown.clone(), piece("b", 3)], "no pieces of texts");
        refused(&[sound.clone(), unknown.clone(), sound.clone()], "\"a\" is there twice");
        refused(&[sound.clone(), unknown.clone(), piece("", 1)], "empty piece");
        refused(&[sound.clone(), unknown.clone(), piece("<0x0A>", 6)], "byte_fallback is false");
        refused(&[sound.clone(), unknown.clone(), fallback.clone()], "0 bytes of 256");
        refused(&[sound, unknown, piece("<0x0a>", 6), fallback], "\"<0x0a>\" is not a byte");
    }

    #[test]
    fn one_text_may_be_a_piece_of_texts_and_a_reserved_one() {
        ModelFile::parse(&[piece("a", 1), piece("?", 2), piece("a", 3)].concat()).unwrap();
    }

    #[test]
    fn symbols_that_begin_with_each_other_are_bounded() {
        let symbols =
            |count: usize| (1..=count).map(|length| piece(&"a".repeat(length), 4)).collect::<Vec<_>>();
        let model = |count: usize| [symbols(count).concat(), piece("b", 4), piece("?", 2)];
        ModelFile::parse(&model(64).concat()).unwrap();
        refused(&model(65), "65 of its user-defined symbols");
    }

    #[test]
    fn all_kinds_and_flags_are_read_from_their_last_field() {
        let pieces = [
            PieceKind::Normal,
            PieceKind::Unknown,
            PieceKind::Control,
            PieceKind::UserDefined,
            PieceKind::Unused,
            PieceKind::Byte,
        ];
        for (number, kind) in (1..).zip(pieces) {
            let kinds = [number % 6 + 1, number].map(|number| varint_field(fields::PIECE_KIND, number));
            let message = [bytes_field(fields::PIECE_TEXT, b"a"), kinds.concat()].concat();
            assert_eq!(Piece::parse(&message).unwrap().kind, kind);
        }
        let models = [ModelKind::Unigram, ModelKind::Bpe, ModelKind::Word, ModelKind::Char];
        for (number, kind) in (1..).zip(models) {
            for flag in [false, true] {
                let trainer = [number % 4 + 1, number].map(|number| varint_field(fields::MODEL_KIND, number));
                let suffix = varint_field(fields::WHITESPACE_AS_SUFFIX, u64::from(flag));
                let flags =
                    [fields::ADD_DUMMY_PREFIX, fields::REMOVE_EXTRA_WHITESPACES, fields::ESCAPE_WHITESPACES]
                        .map(|field| varint_field(field, u64::from(flag)))
                        .concat();
                let model = [
                    [piece("a", 1), piece("?", 2)].concat(),
                    bytes_field(fields::TRAINER_SPEC, &[trainer.concat(), suffix].concat()),
                    bytes_field(fields::NORMALIZER_SPEC, &flags),
                    bytes_field(fields::DENORMALIZER_SPEC, &flags),
                ];
                let model = model.concat();
                let file = ModelFile::parse(&model).unwrap();
                assert_eq!((file.model_kind, file.normalizer.whitespace_as_suffix), (kind, flag));
                for spec in [file.normalizer, file.denormalizer] {
                    assert_eq!(
                        [spec.add_dummy_prefix, spec.remove_extra_whitespaces, spec.escape_whitespaces],
                        [flag; 3]
                    );
                }
            }
        }
    }
}
