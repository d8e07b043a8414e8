//! The words are ICU's, in all public rule sets of our languages.
//!
//! The rules are the ones that ICU 78.3 prints, except for fractions and for numbers of 19 digits, and only soft hyphens are
//! removed from what it says. [`differs`] lists the exceptions.

use super::LOCALES;
use crate::rbnf::{Locale, Speller};

/// Words to look at: locale, rule set, number, words.
const NUMBERS: &str = include_str!("../../../tests/data/icu_numbers.tsv");

/// Digests of the words of all [`numbers`]: locale, rule set, one digest for each [`BLOCK`].
const DIGESTS: &str = include_str!("../../../tests/data/icu_digests.tsv");

const BLOCK: usize = 550;

fn locale(name: &str) -> Locale {
    LOCALES.into_iter().find(|(known, _)| *known == name).unwrap().1
}

/// Whether our words differ from ICU's on purpose.
fn differs(locale: Locale, rule_set: &str, number: i64) -> bool {
    // ICU says "negentienvijf" for the year 1905, which is "negentienhonderdvijf".
    let (centuries, rest) = (number.abs() / 100, number.abs() % 100);
    let has_century = (11..100).contains(&centuries) && centuries % 10 != 0;
    let is_dutch_year = locale == Locale::Dutch && rule_set == "spellout-numbering-year";
    // ICU says "quatre-vingt-et-unième" for 81st, which is "quatre-vingt-unième", and so for 91st.
    let is_french_ordinal = locale == Locale::French && rule_set.starts_with("spellout-ordinal");
    is_dutch_year && has_century && (1..=9).contains(&rest) || is_french_ordinal && matches!(rest, 81 | 91)
}

fn rows(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

/// All up to 2100, then 10,000 of up to 18 digits: one in five ends with zeros, one in seven is negative.
fn numbers() -> Vec<i64> {
    let mut state = 0_u64;
    let mut random = move || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let large = (0..10_000).map(|index| {
        let digits = 1 + index % 18;
        let mut number = (random() % 10_u64.pow(digits)) as i64;
        if index % 5 == 4 {
            number -= number % 10_i64.pow(digits / 2);
        }
        if index % 7 == 6 { -number } else { number }
    });
    (0..=2100).chain(large).collect()
}

/// FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[test]
fn words_are_those_of_icu() {
    for row in rows(NUMBERS) {
        let [name, rule_set, number, words] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let number = number.parse().unwrap();
        let spelled = Speller::of(locale(name)).spell(rule_set, number);
        let is_same = spelled.as_deref() == Some(words);
        assert_eq!(is_same, !differs(locale(name), rule_set, number), "{row}: {spelled:?}");
    }
}

#[test]
fn words_of_twelve_thousand_numbers_are_those_of_icu() {
    let numbers = numbers();
    for row in rows(DIGESTS) {
        let [name, rule_set, digests] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let speller = Speller::of(locale(name));
        let digests: Vec<&str> = digests.split(' ').collect();
        assert_eq!(digests.len(), numbers.len().div_ceil(BLOCK), "{name} {rule_set}");
        for (block, expected) in numbers.chunks(BLOCK).zip(digests) {
            let line = |&number: &i64| {
                let differs = differs(locale(name), rule_set, number);
                let words = speller.spell(rule_set, number).filter(|_| !differs);
                words.unwrap_or_default() + "\n"
            };
            let words: Vec<String> = block.iter().map(line).collect();
            let digest = format!("{:016x}", digest(&words.concat()));
            assert_eq!(digest, expected, "{name} {rule_set}, one of these: {words:?}");
        }
    }
}

#[test]
fn every_public_set_of_every_language_is_compared() {
    for table in [NUMBERS, DIGESTS] {
        for (name, locale) in LOCALES {
            for rule_set in Speller::of(locale).rules.public_names() {
                let start = format!("{name}\t{rule_set}\t");
                assert!(rows(table).any(|row| row.starts_with(&start)), "{start}");
            }
        }
    }
}
