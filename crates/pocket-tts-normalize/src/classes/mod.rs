//! The classes of written forms, each in its own file: dates, times, money and so on.
//!
//! A class looks at the tokens from one index on and returns what it reads there in words. It looks at a bounded number
//! of tokens, so that normalizing takes linear time.

mod abbreviation;
mod date;
mod electronic;
mod fraction;
mod initialism;
mod measure;
mod mixed;
mod money;
mod ordinal;
mod plain_number;
mod range;
mod range_template;
mod roman;
mod scale;
mod telephone;
mod time;
mod version;
mod year;

use crate::context::{Context, Match};
use crate::rule::Rule;

/// What a class reads at an index, if anything.
type Class = fn(&Context<'_>, usize) -> Option<Match>;

/// What `rule` reads at `at`.
pub(crate) fn read(rule: Rule, context: &Context<'_>, at: usize) -> Option<Match> {
    let class: Class = match rule {
        Rule::Electronic => electronic::read,
        Rule::Date => date::read,
        Rule::Time => time::read,
        Rule::Telephone => telephone::read,
        Rule::Money => money::read,
        Rule::Measure => measure::read,
        Rule::Fraction => fraction::read,
        Rule::Version => version::read,
        Rule::Range => range::read,
        Rule::Year => year::read,
        Rule::Ordinal => ordinal::read,
        Rule::Roman => roman::read,
        Rule::Number => plain_number::read,
        Rule::Abbreviation => abbreviation::read_abbreviation,
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
