//! Both backends read the same files and give the same ids and texts. The C++ library decides what is right.

use std::collections::HashSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use super::UnigramBackend;
use crate::model_file::{ModelFile, byte_of};
use crate::sentencepiece_backend::SentencePieceBackend;
use crate::sentencepiece_guard::fields;
use crate::test_support::{bytes_field, float_field, golden_bytes, shipped_bytes, varint_field};

/// One file, read by both.
struct Both {
    cpp: SentencePieceBackend,
    rust: UnigramBackend,
}

impl Both {
    fn new(bytes: &[u8]) -> Self {
        Self {
            cpp: SentencePieceBackend::from_bytes(bytes).unwrap(),
            rust: UnigramBackend::from_bytes(bytes).unwrap(),
        }
    }

    /// The file, if both read it. The C++ library also refuses files whose own tests fail.
    fn of_any(bytes: &[u8]) -> Option<Self> {
        let (cpp, rust) = (SentencePieceBackend::from_bytes(bytes), UnigramBackend::from_bytes(bytes));
        Some(Self { cpp: cpp.ok()?, rust: rust.ok()? })
    }

    fn compare(&self, text: &str) -> Result<(), TestCaseError> {
        let ids = self.cpp.encode(text).map_err(TestCaseError::fail)?;
        prop_assert_eq!(&self.rust.encode(text).map_err(TestCaseError::fail)?, &ids, "{:?}", text);
        self.compare_decoded(&ids)
    }

    fn compare_decoded(&self, ids: &[u32]) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.rust.decode(ids), self.cpp.decode(ids), "{:?}", ids);
        Ok(())
    }
}

fn all_models() -> [Both; 3] {
    [golden_bytes("tokenizer_a.model"), golden_bytes("tokenizer_b.model"), shipped_bytes()].map(|bytes| {
        let both = Both::new(&bytes);
        assert_eq!(both.rust.vocabulary_size(), both.cpp.vocabulary_size());
        assert_eq!(both.rust.unknown_id(), both.cpp.unknown_id());
        both
    })
}

#[test]
fn golden_texts_have_equal_ids() {
    fn compare_all(models: &[Both], value: &Value) -> usize {
        match value {
            Value::String(text) => {
                for model in models {
                    model.compare(text).unwrap();
                }
                1
            }
            Value::Array(values) => values.iter().map(|value| compare_all(models, value)).sum(),
            Value::Object(values) => values.values().map(|value| compare_all(models, value)).sum(),
            _ => 0,
        }
    }
    let golden: Value = serde_json::from_slice(&golden_bytes("text_golden.json")).unwrap();
    let compared = compare_all(&all_models(), &golden);
    assert!(compared > 1_000, "{compared}");
}

#[test]
fn texts_on_which_readers_of_models_disagree_have_equal_ids() {
    for model in all_models() {
        for text in [
            "",
            " ",
            "   ",
            "▁",
            "▁▁ ▁",
            " a",
            "        Hi there.",
            "a  b",
            "a \n\t b ",
            "14½-13½",
            "(",
            "Hello, world!",
            "ﬁne ½ x² Å ǆ ﷺ",
            "\0",
            "a\0b",
            "\u{200b}",
            "\u{feff}a",
            "e\u{301}",
            "😀😀 日本",
            "\u{10ffff}\u{fffd}",
            "<s></s><unk><pad>",
            "<0x41>",
            "ｶﾞ",
            "...!?,;:-",
            "\u{3000}a\u{3000}",
        ] {
            model.compare(text).unwrap();
        }
    }
}

#[test]
fn long_texts_have_equal_ids() {
    for model in all_models() {
        for text in ["word and ", "aaaa", "...", "日本", "é😀a "] {
            model.compare(&text.repeat(2_000)).unwrap();
        }
    }
}

#[test]
fn the_unknown_piece_has_any_id() {
    let piece = |text: &str, kind| TestPiece { text: text.to_owned(), score: -1.0, kind };
    let pieces = [piece("a", 1), piece("b", 1), piece("<unk>", 2)];
    let both = Both::new(&model(&pieces, [false; 5], &[], false));
    assert_eq!([both.cpp.unknown_id(), both.rust.unknown_id()], [2; 2]);
    both.compare("abc").unwrap();
}

/// Texts of many scripts, with combining marks, controls, spaces, pictures and SentencePiece's mark for a space.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => "[a-zA-Z]{1,12}",
        3 => "[ \t\n\u{a0}\u{3000}\u{2009}]{1,4}",
        2 => "[.!?…,;:\"'()-]{1,4}",
        2 => "[0-9½²⑤Ⅷ٣９]{1,5}",
        2 => "[éàüßñçÅǆﬁﷺ]{1,5}",
        2 => "[а-яА-Яα-ωא-תا-ي]{1,6}",
        2 => "[日本語ひらカナｶﾞ한글ไทย]{1,6}",
        2 => "[a-e][\u{300}-\u{330}]{1,3}",
        1 => "[😀👩\u{200d}👧❤\u{fe0f}\u{1f1e9}\u{1f1ea}]{1,4}",
        2 => "▁{1,3}",
        1 => "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{feff}]{1,3}",
        1 => prop_oneof![Just("<unk>"), Just("<s>"), Just("<0x41>"), Just("<pad>")].prop_map(str::to_owned),
        1 => ".{1,8}",
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

#[derive(Clone, Debug)]
struct TestPiece {
    text: String,
    score: f32,
    kind: u64,
}

/// The bytes of a model with these pieces and flags.
fn model(pieces: &[TestPiece], flags: [bool; 5], table: &[u8], denormalizes: bool) -> Vec<u8> {
    let piece = |TestPiece { text, score, kind }: &TestPiece| {
        let fields = [
            bytes_field(fields::PIECE_TEXT, text.as_bytes()),
            float_field(fields::PIECE_SCORE, *score),
            varint_field(fields::PIECE_KIND, *kind),
        ];
        bytes_field(fields::PIECES, &fields.concat())
    };
    let [suffix, fallback, prefix, remove, escape] = flags;
    let trainer = [
        varint_field(fields::WHITESPACE_AS_SUFFIX, u64::from(suffix)),
        varint_field(fields::BYTE_FALLBACK, u64::from(fallback)),
    ];
    let normalizer = [
        bytes_field(fields::NORMALIZATION_TABLE, table),
        varint_field(fields::ADD_DUMMY_PREFIX, u64::from(prefix)),
        varint_field(fields::REMOVE_EXTRA_WHITESPACES, u64::from(remove)),
        varint_field(fields::ESCAPE_WHITESPACES, u64::from(escape)),
    ]
    .concat();
    let mut bytes: Vec<u8> = pieces.iter().flat_map(piece).collect();
    bytes.extend(bytes_field(fields::TRAINER_SPEC, &trainer.concat()));
    bytes.extend(bytes_field(fields::NORMALIZER_SPEC, &normalizer));
    if denormalizes {
        bytes.extend(bytes_field(fields::DENORMALIZER_SPEC, &normalizer));
    }
    bytes
}

/// Pieces of a few letters, among them the unknown piece, control symbols and, for byte fallback, all bytes.
fn pieces(fallback: bool) -> impl Strategy<Value = Vec<TestPiece>> {
    let score = prop_oneof![(-12_i16..=0).prop_map(f32::from), -20.0_f32..0.5, Just(0.0)];
    let text = prop_oneof![4 => "[ab▁ .é日]{1,4}", 1 => "<0x4[0-9]>", 1 => "[<s>]{1,3}"];
    let kind = prop_oneof![8 => Just(1_u64), 2 => Just(4), 1 => Just(5), 1 => Just(3)];
    let piece = (text, score, kind).prop_map(|(text, score, kind)| TestPiece { text, score, kind });
    proptest::collection::vec(piece, 1..40).prop_map(move |mut pieces| {
        let bytes = if fallback { 0..256 } else { 0..0 };
        pieces.extend(bytes.map(|byte| TestPiece { text: format!("<0x{byte:02X}>"), score: 0.0, kind: 6 }));
        pieces.insert(pieces.len() / 2, TestPiece { text: "<unk>".to_owned(), score: 0.0, kind: 2 });
        let mut seen = HashSet::new();
        pieces.retain(|piece| {
            let is_reserved = matches!(piece.kind, 2 | 3 | 6);
            // A control symbol must not take the name of a byte.
            let is_taken = piece.kind == 3 && byte_of(&piece.text).is_some();
            !is_taken && seen.insert((is_reserved, piece.text.clone()))
        });
        pieces
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn random_texts_have_equal_ids(text in texts()) {
        thread_local!(static MODELS: [Both; 3] = all_models());
        MODELS.with(|models| models.iter().try_for_each(|model| model.compare(&text)))?;
    }
}

/// The normalization table `nmt_nfkc`.
static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let golden = golden_bytes("tokenizer_b.model");
    ModelFile::parse(&golden).unwrap().normalizer.table.to_owned()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_models_give_equal_ids(
        (flags, pieces) in any::<[bool; 5]>().prop_flat_map(|flags| (Just(flags), pieces(flags[1]))),
        has_table in any::<bool>(),
        denormalizes in any::<bool>(),
        texts in proptest::collection::vec("[ab▁ .é日½<>s]{0,12}|<0x4[0-9]>|.{0,6}", 20),
        ids in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let table: &[u8] = if has_table { &TABLE } else { &[] };
        let bytes = model(&pieces, flags, table, denormalizes);
        let cpp = SentencePieceBackend::from_bytes(&bytes);
        let rust = UnigramBackend::from_bytes(&bytes);
        prop_assert_eq!(cpp.as_ref().err(), rust.as_ref().err());
        let Ok((cpp, rust)) = cpp.and_then(|cpp| Ok((cpp, rust?))) else { return Ok(()) };
        let both = Both { cpp, rust };
        for text in &texts {
            both.compare(text)?;
        }
        let ids: Vec<u32> = ids.iter().map(|index| index.index(pieces.len()) as u32).collect();
        both.compare_decoded(&ids)?;
    }

    #[test]
    fn damaged_models_give_equal_ids_or_are_refused(
        model in 0..3_usize,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 1..=u8::MAX), 1..8),
        text in texts(),
    ) {
        let files = [golden_bytes("tokenizer_a.model"), golden_bytes("tokenizer_b.model"), shipped_bytes()];
        let mut bytes = files[model].clone();
        // Most of a file with a normalization table is that table.
        let end = if flips.len() % 2 == 0 { bytes.len() } else { bytes.len().min(6_000) };
        for (position, mask) in flips {
            let position = position.index(end);
            bytes[position] ^= mask;
        }
        if let Some(both) = Both::of_any(&bytes) {
            both.compare(&text)?;
        }
    }
}

#[test]
fn tokens_have_equal_places() {
    let texts = [
        "Hello world, how are you?",
        "It's a well-known  thing!",
        " Two  spaces. ",
        "I",
        "“Yes”, he said – no…",
    ];
    for model in all_models() {
        for text in texts {
            let (rust, cpp) = (model.rust.encode_with_places(text), model.cpp.encode_with_places(text));
            let (rust, cpp) = (rust.unwrap(), cpp.unwrap());
            let ids = |tokens: &[(u32, std::ops::Range<usize>)]| {
                tokens.iter().map(|(id, _)| *id).collect::<Vec<_>>()
            };
            assert_eq!(ids(&rust), ids(&cpp), "{text:?}");
            for ((_, rust), (_, cpp)) in rust.iter().zip(&cpp) {
                let [rust, cpp] = [rust, cpp].map(|place| text.get(place.clone()).unwrap_or_default().trim());
                // C++ gives a character to the last of its bytes, and none to the others.
                assert!(cpp.is_empty() || rust == cpp, "{text:?}: {rust:?} {cpp:?}");
            }
        }
    }
}
