//! The notation, by rules of no language.

use proptest::prelude::*;

use super::super::{Rules, Speller};

fn speller(rules: &str) -> Speller {
    Speller { rules: Rules::read(rules).unwrap() }
}

fn spelled(rules: &str, number: i64) -> Option<String> {
    speller(rules).spell("a", number)
}

#[test]
fn substitutions_stand_for_number_quotient_and_remainder() {
    let rules = "%a:\n0: z;\n1: =%%b=;\n100: <<h>%%b>;\n%%b:\n0: o;\n5: fi-ve;";
    assert_eq!(spelled(rules, 0).as_deref(), Some("z"));
    assert_eq!(spelled(rules, 3).as_deref(), Some("o"));
    assert_eq!(spelled(rules, 105).as_deref(), Some("ohfi-ve"));
    assert_eq!(spelled(rules, 10_500).as_deref(), Some("ohfi-veho"));
}

#[test]
fn optional_text_is_for_other_numbers_than_multiples() {
    let rules = "%a:\n0: z;\n1: u;\n20: w[-[>>]];";
    assert_eq!(spelled(rules, 20).as_deref(), Some("w"));
    assert_eq!(spelled(rules, 21).as_deref(), Some("w-u"));
    assert_eq!(spelled(rules, 40).as_deref(), Some("w"));
}

#[test]
fn the_radix_decides_what_a_rule_divides_by() {
    let rules = "%a:\n0: z;\n1: o;\n19: n;\n60/20: s-<<->>;";
    assert_eq!(spelled(rules, 60).as_deref(), Some("s-o-z"));
    assert_eq!(spelled(rules, 79).as_deref(), Some("s-o-n"));
}

#[test]
fn multiples_use_the_rule_before_one_that_is_for_rests() {
    let rules = "%a:\n0: o;\n1000: thousand;\n1001: <<-thousands->>;\n5001: many;\n6001: many;";
    assert_eq!(spelled(rules, 2000).as_deref(), Some("thousand"));
    assert_eq!(spelled(rules, 2001).as_deref(), Some("o-thousands-o"));
    // Without a remainder, a rule is for all its numbers.
    assert_eq!(spelled(rules, 6000).as_deref(), Some("many"));
}

#[test]
fn negative_numbers_use_their_rule_or_else_none() {
    assert_eq!(spelled("%a:\n-x: minus >>;\n0: o;", -7).as_deref(), Some("minus o"));
    assert_eq!(spelled("%a:\n0: o;", -7).as_deref(), Some("o"));
    assert_eq!(spelled("%a:\n0: =%b=;\n%b:\n-x: minus >>;\n0: p;", -7).as_deref(), Some("minus p"));
}

#[test]
fn a_plural_follows_the_quotient() {
    let rules = "%a:\n0: o;\n1000: $(cardinal,one{mil}other{mils})$;";
    assert_eq!(spelled(rules, 1_999).as_deref(), Some("mil"));
    assert_eq!(spelled(rules, 2_000).as_deref(), Some("mils"));
}

#[test]
fn an_apostrophe_keeps_white_space_and_soft_hyphens_vanish() {
    assert_eq!(spelled("%a:\n0: ' a\u{ad}b;", 0).as_deref(), Some(" ab"));
}

#[test]
fn numbers_before_the_first_base_have_no_words() {
    assert_eq!(spelled("%a:\n1: o;", 0), None);
    assert_eq!(spelled("%a:", 0), None);
    assert_eq!(spelled("%a:\n1: o;\n10: t>>;", 20), None);
}

#[test]
fn rules_without_end_have_no_words() {
    assert_eq!(spelled("%a:\n0: >>;", 0), None);
    assert_eq!(spelled("%a:\n0: =%b=;\n%b:\n0: =%a=;", 7), None);
    assert_eq!(spelled("%a:\n0: >>;\n10: <<>>==;", 999_999_999_999), None);
}

#[test]
fn mistakes_name_their_line() {
    let cases = [
        ("0: a;", "a rule needs a set"),
        ("%a:\n0: a", "a rule ends with a semicolon"),
        ("%a:\nnull", "a rule needs a colon"),
        ("%a:\nten: a;", "a base is a number"),
        ("%a:\n10/x: a;", "a radix is a number"),
        ("%a:\n10/1: a;", "a radix is at least 2"),
        ("%a:\n18446744073709551615/2: a;", "a base is below 2^63"),
        ("%a:\n5: a;\n5: b;", "the bases of a set rise"),
        ("%a:\n0: =%b=;", "a substitution names a set of the same language"),
        ("%a:\n0: <<>;", "a substitution ends with the mark it begins with"),
        ("%a:\n0: a[b;", "a `[` needs a `]`"),
        ("%a:\n0: ab];", "a `]` needs a `[`"),
        ("%a:\n0: $(ordinal,one{a}other{b})$;", "a plural has two cases"),
    ];
    for (rules, problem) in cases {
        let line = rules.lines().last().unwrap();
        assert_eq!(Rules::read(rules).unwrap_err().to_string(), format!("`{line}`: {problem}"));
    }
}

proptest! {
    #[test]
    fn no_rules_panic(
        rules in "(%a:\n)?((-x|0|7|10|100/[0-9]{1,2}|1[0-9]{0,20}): [a<>=\\[\\]$ %']{0,8};\n){0,6}",
        number in any::<i64>(),
    ) {
        if let Ok(rules) = Rules::read(&rules) {
            Speller { rules }.spell("a", number);
        }
    }
}
