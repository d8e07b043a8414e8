//! The classes of written forms, each in its own file: dates, times, money and so on.
//!
//! A class looks at the tokens from one index on and returns what it reads there in words. It looks at a bounded number
//! of tokens, so that normalizing takes linear time.

mod abbreviation;
mod account;
mod alternative;
mod code;
mod date;
mod duration;
mod electronic;
mod file_name;
mod fraction;
mod fraction_range;
mod initialism;
mod length_mark;
mod measure;
mod minute_marks;
mod mixed;
mod money;
mod old_money;
mod ordinal;
mod plain_number;
mod postal;
mod power;
mod range;
mod range_template;
mod roman;
mod scale;
mod scientific;
mod scripture;
mod short_date;
mod subsection;
mod telephone;
mod time;
mod unit;
mod version;
mod weekday;
mod year;

use crate::context::{Context, Match};
use crate::lexer::Kind;
use crate::rule::Rule;

/// What a class reads at an index, if anything.
type Class = fn(&Context<'_>, usize) -> Option<Match>;

/// The rules that can read something that begins with a token of `kind`, in the order in which they are tried.
pub(crate) fn rules_of(kind: Kind) -> &'static [Rule] {
    match kind {
        Kind::Space => &[],
        Kind::Word => &[
            Rule::Electronic,
            Rule::Telephone,
            Rule::Date,
            Rule::Time,
            Rule::Money,
            Rule::Version,
            Rule::Roman,
            Rule::Abbreviation,
            Rule::Initialism,
            Rule::Mixed,
        ],
        Kind::Digits => &[
            // `24/7` is listed, and no fraction.
            Rule::Abbreviation,
            Rule::Electronic,
            Rule::Telephone,
            Rule::Date,
            Rule::Time,
            Rule::Money,
            Rule::Version,
            Rule::Fraction,
            Rule::Range,
            Rule::Year,
            Rule::Measure,
            Rule::Ordinal,
            Rule::Mixed,
            Rule::Number,
        ],
        // Neither signs nor currencies.
        Kind::Mark(
            ',' | ';' | ':' | '!' | '?' | '"' | '=' | '*' | '~' | '#' | '%' | '&' | '/' | '|' | ')' | '['
            | ']' | '<' | '>' | '@' | '_' | '^',
        ) => &[Rule::Electronic, Rule::Abbreviation, Rule::Symbol],
        Kind::Mark(_) => &[
            Rule::Electronic,
            Rule::Telephone,
            Rule::Money,
            Rule::Fraction,
            Rule::Range,
            Rule::Year,
            Rule::Measure,
            Rule::Abbreviation,
            Rule::Number,
            Rule::Symbol,
        ],
    }
}

/// An address on the net, or the name of a file.
fn electronic(context: &Context<'_>, at: usize) -> Option<Match> {
    electronic::read(context, at).or_else(|| file_name::read(context, at))
}

/// A version, or another number that counts nothing.
fn version(context: &Context<'_>, at: usize) -> Option<Match> {
    version::read(context, at)
        .or_else(|| scientific::read(context, at))
        .or_else(|| subsection::read(context, at))
        .or_else(|| code::read(context, at))
}

/// An abbreviation, or chapter and verse of a book, whose name often is one.
fn abbreviation(context: &Context<'_>, at: usize) -> Option<Match> {
    let is_word = context.tokens.word(at).is_some();
    let unit = || measure::after_quantity(context, at).filter(|_| is_word);
    scripture::read(context, at)
        .or_else(|| postal::read(context, at))
        .or_else(unit)
        .or_else(|| abbreviation::read_abbreviation(context, at))
}

/// A date, or a day of the week.
fn date(context: &Context<'_>, at: usize) -> Option<Match> {
    weekday::read(context, at).or_else(|| date::read(context, at))
}

/// A time of day, one in marks, or a duration.
fn time(context: &Context<'_>, at: usize) -> Option<Match> {
    minute_marks::read(context, at)
        .or_else(|| duration::read(context, at))
        .or_else(|| time::read(context, at))
}

/// A number with a unit, or several for the same thing.
fn measure(context: &Context<'_>, at: usize) -> Option<Match> {
    measure::read_with(context, at, |unit, first| alternative::read(context, at, unit, first))
}

/// A fraction, a range with one, or something that is written as one.
fn fraction(context: &Context<'_>, at: usize) -> Option<Match> {
    if !fraction::can_start(context, at) {
        return None;
    }
    fraction::read_name(context, at)
        .or_else(|| fraction_range::read(context, at))
        .or_else(|| fraction::read(context, at))
}

/// What `rule` reads at `at`.
pub(crate) fn read(rule: Rule, context: &Context<'_>, at: usize) -> Option<Match> {
    let class: Class = match rule {
        Rule::Electronic => electronic,
        Rule::Date => date,
        Rule::Time => time,
        Rule::Telephone => telephone::read,
        Rule::Money => money::read,
        Rule::Measure => measure,
        Rule::Fraction => fraction,
        Rule::Version => version,
        Rule::Range => range::read,
        Rule::Year => year::read,
        Rule::Ordinal => ordinal::read,
        Rule::Roman => roman::read,
        Rule::Number => plain_number::read,
        Rule::Abbreviation => abbreviation,
        Rule::Initialism => initialism::read,
        Rule::Mixed => mixed::read,
        Rule::Symbol => abbreviation::read_symbol,
        // Read by hints alone.
        Rule::SayAs => return None,
    };
    class(context, at)
}

pub(crate) use date::read_as as read_date_as;
pub(crate) use initialism::spell_letters;
pub(crate) use range_template::range_template_of;

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::Path;

    use super::*;
    use crate::language::Language;
    use crate::lexer::Tokens;
    use crate::rbnf::Speller;

    #[test]
    fn rules_that_are_left_out_read_nothing() {
        for language in Language::ALL {
            let path = format!("tests/cases/{}.tsv", language.name());
            let cases = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
            let cases = cases.expect("each language has cases");
            for text in cases.lines().filter_map(|line| line.split('\t').next()) {
                let context = Context {
                    tokens: Tokens::new(text),
                    table: language.table(),
                    speller: Speller::of(language.locale()),
                    no_address: RefCell::default(),
                    last_number: RefCell::default(),
                };
                for at in 0..context.tokens.len() {
                    let rules = rules_of(context.tokens.kind(at).expect("there is a token"));
                    let others = Rule::ALL.into_iter().filter(|rule| !rules.contains(rule));
                    for rule in others.filter(|_| !context.tokens.is_space(at)) {
                        let found = read(rule, &context, at);
                        assert_eq!(found, None, "{} at {at} in {text}", rule.name());
                    }
                }
            }
        }
    }
}
