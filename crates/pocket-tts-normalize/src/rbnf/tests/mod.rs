mod icu;
mod notation;

use proptest::prelude::*;

use super::*;

const LOCALES: [(&str, Locale); Locale::COUNT] = [
    ("pt", Locale::BrazilianPortuguese),
    ("nl", Locale::Dutch),
    ("en", Locale::English),
    ("pt_PT", Locale::EuropeanPortuguese),
    ("fr", Locale::French),
    ("de", Locale::German),
    ("it", Locale::Italian),
    ("es", Locale::Spanish),
];

#[test]
fn sets_are_public_or_unknown() {
    let speller = Speller::of(Locale::German);
    assert!(speller.has("spellout-ordinal-n"));
    for name in ["", "ste", "%ste", "spellout-ordinal-", "spellout-ordinal-feminine"] {
        assert!(!speller.has(name), "{name}");
        assert_eq!(speller.spell(name, 1), None, "{name}");
    }
}

#[test]
fn numbers_of_nineteen_digits_have_no_words() {
    let speller = Speller::of(Locale::English);
    let limit = 1_000_000_000_000_000_000;
    for number in [limit, -limit, i64::MAX, i64::MIN] {
        assert_eq!(speller.spell("spellout-cardinal", number), None, "{number}");
    }
    for number in [limit - 1, 1 - limit] {
        assert!(speller.spell("spellout-cardinal", number).is_some(), "{number}");
    }
}

#[test]
fn portuguese_differs_in_europe() {
    let spell = |locale| Speller::of(locale).spell("spellout-numbering", 19_000_000_016).unwrap();
    assert_eq!(spell(Locale::BrazilianPortuguese), "dezenove bilhões e dezesseis");
    assert_eq!(spell(Locale::EuropeanPortuguese), "dezanove mil milhões e dezasseis");
}

proptest! {
    #[test]
    fn every_number_below_the_limit_is_words_in_each_set(number in -999_999_999_999_999_999_i64..1_000_000_000_000_000_000) {
        for (_, locale) in LOCALES {
            let speller = Speller::of(locale);
            for name in speller.rules.public_names() {
                let words = speller.spell(name, number);
                let is_words = words.is_some_and(|words| {
                    let is_inner = |character: char| character.is_alphabetic() || " -,".contains(character);
                    !words.trim().is_empty() && words == words.trim() && words.chars().all(is_inner)
                });
                prop_assert!(is_words, "{locale:?} {name} {number}");
            }
        }
    }
}
