//! Fractions: `1/2`, `3 1/2`, `¾`.

use super::length_mark;
use super::range_template::range_template;
use super::spell_letters;
use super::unit;
use super::{code, range, year};
use crate::context::{Context, Match, capitalized, contains, fill};
use crate::lexer::{Kind, is_all_capitals, is_capitalized};
use crate::number::Number;
use crate::roman_numeral;
use crate::table::Gender;

/// The most letters of the register of a court's case.
const MOST_REGISTER_LETTERS: usize = 4;

/// Whether a fraction can begin at `at`.
pub(super) fn can_start(context: &Context<'_>, at: usize) -> bool {
    context.tokens.starts_word(at) && !follows_slash(context, at)
}

/// Reads numbers with a slash that name something, rather than a part of a whole.
pub(super) fn read_name(context: &Context<'_>, at: usize) -> Option<Match> {
    with_year(context, at)
        .or_else(|| year_and_number(context, at))
        .or_else(|| docket(context, at))
        .or_else(|| union_law(context, at))
        .or_else(|| half_hour(context, at))
        .or_else(|| beat(context, at))
}

/// Reads a fraction, with a whole number before it or without.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    two_values(context, at).or_else(|| single(context, at))
}

/// A fraction that is not the first of a range.
pub(super) fn single(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    if let Some(fraction) = fraction(context, at).filter(|_| !is_rating(context, at)) {
        if let Some(range) = range(context, at, &fraction) {
            return Some(range);
        }
        if let Some(end) = length_mark::after_inch_mark(context, at, fraction.end) {
            return Some(Match::new(end, format!("{} inch", say(context, &fraction))));
        }
        if let Some(memory) = memory(context, &fraction) {
            return Some(memory);
        }
        if let Some(half) = half_after_noun(context, at, &fraction) {
            return Some(Match::new(fraction.end, half));
        }
        let found = say_with_noun(context, at, &fraction);
        let words = without_article(context, at, found.words);
        // `a 1/4 of it`
        let one = format!("{} ", context.spell(&context.table.cardinal.bare, "1"));
        let follows_article = context.follows(at, &context.table.attributive_after);
        let words = match words.strip_prefix(&one).filter(|_| follows_article) {
            Some(part) => part.to_owned(),
            None => words,
        };
        return Some(Match { words, ..found });
    }
    let whole = context.number(at).filter(|number| number.decimals.is_none())?;
    // `1-1/2`
    let has_hyphen = tokens.is_mark(whole.end, '-') && whole.whole.len() <= 2;
    let fraction_at = if has_hyphen { whole.end + 1 } else { tokens.after_space(whole.end) };
    let fraction = fraction(context, fraction_at)?;
    if has_hyphen && !matches!(fraction.denominator, 2 | 3 | 4 | 8 | 16) {
        return None;
    }
    if fraction.numerator >= fraction.denominator {
        return None;
    }
    if let Some(found) = mixed_half_with_noun(context, &whole, &fraction) {
        return Some(found);
    }
    let table = &context.table.fraction;
    let said = say(context, &fraction);
    let part = said.split_once(' ').map_or(said.as_str(), |(_, part)| part);
    let template = match (&table.mixed_half, &table.mixed_one, &table.mixed_one_vowel) {
        (Some(mixed_half), ..) if fraction.is_half() => mixed_half,
        (_, _, Some(mixed_one)) if fraction.numerator == 1 && part.starts_with(['a', 'e', 'i', 'o']) => {
            mixed_one
        }
        (_, Some(mixed_one), _) if fraction.numerator == 1 => mixed_one,
        _ => &table.mixed,
    };
    // `eineinhalb`: as before a noun, if it is one word with the rest.
    let is_compound = template.trim_start_matches("{whole}").starts_with(char::is_alphabetic);
    let whole = context.say(&whole, context.table.gender.default.filter(|_| is_compound));
    let fields = [("whole", whole.as_str()), ("fraction", said.as_str()), ("part", part)];
    if let Some(end) = length_mark::after_inch_mark(context, at, fraction.end) {
        let name = length_mark::inch(context, end);
        return Some(Match::new(end, format!("{} {name}", fill(template, &fields))));
    }
    Some(with_unit(context, fraction.end, fill(template, &fields), false))
}

/// A half after a noun and a word such as `y`, in the form for the noun: `una taza y 1/2`.
fn half_after_noun<'t>(context: &Context<'t>, at: usize, fraction: &Fraction) -> Option<&'t str> {
    let (tokens, table) = (&context.tokens, &context.table.fraction);
    let joiner = table.half_joiner.as_ref().filter(|_| fraction.is_half())?;
    let half = table.half_after.as_ref().or(table.half_before.as_ref())?;
    let before = tokens.before_space(at).filter(|before| tokens.text(*before) == joiner)?;
    let noun = tokens.before_space(before).and_then(|noun| tokens.word(noun))?;
    // `y 1/2 kg` is another amount.
    let is_last = tokens.next_word(fraction.end).is_none_or(|word| matches!(word, "de" | "di" | "d"))
        && unit::unit(context, fraction.end).is_none();
    is_last.then_some(())?;
    Some(half.of(context.gender_of(&noun.to_lowercase())).trim_end())
}

/// Two sizes of memory: `8/128 GB`.
fn memory(context: &Context<'_>, fraction: &Fraction) -> Option<Match> {
    let tokens = &context.tokens;
    let unit = unit::unit(context, fraction.end)?;
    matches!(tokens.text(unit.end - 1), "MB" | "GB" | "TB" | "Mo" | "Go" | "To").then_some(())?;
    let bare = &context.table.cardinal.bare;
    let first = context.spell(bare, &fraction.numerator.to_string());
    let second = context.spell(bare, &fraction.denominator.to_string());
    let name = unit::name(context, false, &unit);
    Some(Match::new(unit.end, format!("{first} {} {second} {name}", context.table.electronic.slash)))
}

/// Half an hour before the next one, after a word such as `um`: `um ½ 8`.
fn half_hour(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, times) = (&context.tokens, &context.table.times);
    let template = times.half_hour.as_ref().filter(|_| context.follows(at, &times.after))?;
    let half =
        fraction(context, at).filter(|fraction| fraction.is_half() && tokens.is_space(fraction.end))?;
    let hour = tokens
        .digits(half.end + 1)
        .filter(|hour| hour.parse().is_ok_and(|hour: u8| (1..=12).contains(&hour)))?;
    let is_whole = tokens.ends_word(half.end + 2) && unit::unit(context, half.end + 2).is_none();
    let hour = context.spell(&context.table.cardinal.bare, hour);
    is_whole.then(|| Match::new(half.end + 2, fill(template, &[("hour", hour.as_str())])))
}

/// Whether a fraction is one of the most points, as in `rated 8/10`.
fn is_rating(context: &Context<'_>, at: usize) -> bool {
    let table = &context.table.range;
    table.rating.is_some()
        && context.follows(at, &table.rating_after)
        && matches!(context.tokens.text(at + 2), "5" | "10" | "20" | "100")
}

/// The words of a fraction without an article that already stands before `at`: `ein 1/2 Liter`.
fn without_article(context: &Context<'_>, at: usize, words: String) -> String {
    let previous = context.tokens.previous_word(at).map(str::to_lowercase);
    match words.split_once(' ') {
        Some((first, rest)) if previous.as_deref() == Some(first) => rest.to_owned(),
        _ => words,
    }
}

/// Two numbers with a slash that are a range: `12/15 ans`.
fn range(context: &Context<'_>, at: usize, fraction: &Fraction) -> Option<Match> {
    let noun = context.tokens.next_word(fraction.end)?;
    let is_range = fraction.numerator > 1
        && fraction.numerator < fraction.denominator
        && contains(&context.table.fraction.range_before, noun);
    let counted = Number { end: fraction.end, ..context.number(at)? };
    let gender = context.gender_of_counted(&counted);
    let say = |number: u64| context.cardinal(&number.to_string(), gender);
    let (first, second) = (say(fraction.numerator), say(fraction.denominator));
    let fields = [("first", first.as_str()), ("second", second.as_str())];
    is_range.then(|| Match::new(fraction.end, fill(range_template(context, at), &fields)))
}

/// The number of a law with its year: `16/2019`, `n.º 38/92`.
fn with_year(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let template = context.table.fraction.with_year.as_ref()?;
    let number = context.number(at).filter(|number| number.decimals.is_none())?;
    let year = tokens.digits(number.end + 1).filter(|_| tokens.is_mark(number.end, '/'))?;
    let end = number.end + 2;
    let is_year = year.len() == 4 && ("1800"..="2099").contains(&year);
    let words = context.table.fraction.year_after.as_ref().unwrap_or(&context.table.gender.labels);
    let is_label = context.follows(at, words) || context.follows(at, &context.table.codes.version_after);
    let is_season = year::next_year(context, at).is_some();
    if !(is_year || is_label) || is_season || !tokens.ends_word(end) || tokens.is_mark(end, '/') {
        return None;
    }
    let (number, year) = (context.say(&number, None), context.spell(&context.table.years.rule_set, year));
    Some(Match::new(end, fill(template, &[("number", number.as_str()), ("year", year.as_str())])))
}

/// The number of a regulation after its year: `2016/679`.
fn year_and_number(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let template = context.table.fraction.year_number.as_ref()?;
    let year = tokens.digits(at).filter(|year| year.len() == 4 && ("1900"..="2099").contains(year))?;
    let number = tokens.digits(at + 2).filter(|_| tokens.is_mark(at + 1, '/') && tokens.ends_word(at + 3))?;
    if year::next_year(context, at).is_some() || tokens.is_mark(at + 3, '/') {
        return None;
    }
    let year = context.spell(&context.table.years.rule_set, year);
    let number = code::say(context, number);
    Some(Match::new(at + 3, fill(template, &[("year", year.as_str()), ("number", number.as_str())])))
}

/// Two values of a unit: `50/60 Hz`.
fn two_values(context: &Context<'_>, at: usize) -> Option<Match> {
    let template = context.table.range.alternative.as_ref()?;
    let fraction = fraction(context, at)?;
    let is_clear = fraction.numerator >= 10 && !fraction.denominator.is_power_of_two();
    let unit = unit::unit(context, fraction.end).filter(|unit| is_clear && !unit.is_symbol())?;
    let spell = |number: u64| context.spell(&context.table.cardinal.bare, &number.to_string());
    let second = format!("{} {}", spell(fraction.denominator), unit::name(context, false, &unit));
    let fields = [("first", spell(fraction.numerator)), ("second", second)];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    (fraction.numerator < fraction.denominator).then(|| Match::new(unit.end, fill(template, &fields)))
}

/// The beat of music: `3/4 time`.
fn beat(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let beats =
        tokens.digits(at).filter(|beats| beats.len() <= 2 && *beats != "1" && !beats.starts_with('0'))?;
    let note = tokens.digits(at + 2).filter(|_| tokens.is_mark(at + 1, '/'))?;
    let is_beat = matches!(note, "2" | "4" | "8" | "16")
        && tokens.next_word(at + 3).is_some_and(|word| contains(&context.table.fraction.music_before, word));
    let spell = |digits: &str| context.spell(&context.table.cardinal.bare, digits);
    is_beat.then(|| Match::new(at + 3, format!("{} {}", spell(beats), spell(note))))
}

/// The year and number of a law of the European Union: `EU 2016/679`.
fn union_law(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let year = tokens.digits(at).filter(|year| year.len() == 4 && ("1950".."2100").contains(year))?;
    let number = tokens.digits(at + 2).filter(|_| tokens.is_mark(at + 1, '/') && tokens.ends_word(at + 3))?;
    // `2019/790/UE`
    if tokens.is_mark(at + 3, '/') && matches!(tokens.text(at + 4), "EU" | "UE" | "CE" | "EG") {
        let (year, number) = (
            context.spell(&context.table.years.rule_set, year),
            context.spell(&context.table.cardinal.bare, number),
        );
        let union = spell_letters(context, tokens.text(at + 4));
        let slash = &context.table.electronic.slash;
        return Some(Match::new(at + 5, format!("{year} {slash} {number} {slash} {union}")));
    }
    let before = tokens.before_space(at)?;
    let union = if tokens.is_mark(before, ')') { before.checked_sub(1)? } else { before };
    let is_law =
        matches!(tokens.text(union), "EU" | "UE" | "CE" | "EG" | "EC") && !tokens.is_mark(at + 3, '/');
    let year = context.spell(&context.table.years.rule_set, year);
    let number = context.spell(&context.table.cardinal.bare, number);
    is_law.then(|| Match::new(at + 3, format!("{year} {} {number}", context.table.electronic.slash)))
}

/// The number of a case of a court and its year: `5 U 113/18`, `VIII ZR 12/20`.
fn docket(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let number = tokens.digits(at)?;
    let year = tokens.digits(at + 2).filter(|year| year.len() == 2 && tokens.is_mark(at + 1, '/'))?;
    let register = tokens.before_space(at).filter(|register| register + 2 == at)?;
    let is_register = tokens.word(register).is_some_and(|word| {
        word.len() <= MOST_REGISTER_LETTERS && is_capitalized(word) && word.ends_with(char::is_uppercase)
    });
    let chamber = tokens.before_space(register).filter(|chamber| chamber + 2 == register)?;
    let is_chamber = tokens.digits(chamber).is_some()
        || tokens.word(chamber).is_some_and(|word| roman_numeral::value(word).is_some());
    let is_docket = is_register && is_chamber && tokens.ends_word(at + 3) && !tokens.is_mark(at + 3, '/');
    let bare = &context.table.cardinal.bare;
    let (number, year) = (context.spell(bare, number), context.spell(bare, year));
    is_docket.then(|| Match::new(at + 3, format!("{number} {} {year}", context.table.electronic.slash)))
}

/// `2 1/2 horas`, where the half agrees with the noun or unit before it: `dos horas y media`.
fn mixed_half_with_noun(context: &Context<'_>, whole: &Number<'_>, fraction: &Fraction) -> Option<Match> {
    let table = &context.table.fraction;
    let template = table.mixed_half_noun.as_ref().filter(|_| fraction.is_half())?;
    let half = table.half_after.as_ref().or(table.half_before.as_ref())?;
    let end = fraction.end;
    let unit = unit::unit(context, end).filter(|unit| !unit.is_symbol());
    let counted = Number { end, ..whole.clone() };
    let (gender, noun, end) = if let Some(unit) = unit {
        let name = unit::name(context, whole.is_one(), &unit);
        (unit.gender().or(context.table.gender.default)?, name, unit.end)
    } else {
        let noun_at = context.tokens.after_space(end);
        let written = context.tokens.text(noun_at);
        let singular = table.singulars.get(written);
        let gender =
            singular.map_or_else(|| context.gender_of_counted(&counted), |noun| context.gender_of(noun))?;
        let noun = singular.filter(|_| whole.is_one());
        (gender, noun.map_or(written, String::as_str).to_owned(), noun_at + 1)
    };
    if let Some(one_and_half) = table.mixed_half_one.as_ref().filter(|_| whole.is_one()) {
        return Some(Match::new(end, format!("{} {noun}", one_and_half.of(Some(gender)))));
    }
    let half = half.of(Some(gender));
    let counted = context.say_before(whole, Some(gender), &noun) + &noun;
    let whole = context.say(whole, Some(gender));
    let fields = [
        ("counted", counted.as_str()),
        ("whole", whole.as_str()),
        ("noun", noun.as_str()),
        ("half", half.trim_end()),
    ];
    Some(Match::new(end, fill(template, &fields)))
}

/// A fraction with the unit after it.
fn with_unit(context: &Context<'_>, end: usize, said: String, is_one: bool) -> Match {
    // `3/4-lb`
    let hyphen = usize::from(context.tokens.is_mark(end, '-'));
    match unit::unit(context, end + hyphen).filter(|unit| unit.end > end + hyphen) {
        Some(unit) if hyphen > 0 => {
            Match::new(unit.end, format!("{said}-{}", unit::name(context, true, &unit)))
        }
        Some(unit) => {
            let name = unit::name(context, is_one, &unit);
            Match::new(unit.end, format!("{said} {name}{}", unit::period_after(context, unit.end)))
        }
        None => Match::new(end, said),
    }
}

/// Whether a slash stands before `at`, as in a date or a path.
fn follows_slash(context: &Context<'_>, at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| context.tokens.is_mark(before, '/'))
}

struct Fraction {
    numerator: u64,
    denominator: u64,
    end: usize,
}

impl Fraction {
    /// Whether it is no part of a whole: `120/80`.
    fn is_ratio(&self) -> bool {
        self.numerator > self.denominator
            && (self.denominator >= SMALLEST_RATIO || self.numerator >= SMALLEST_NUMERATOR)
    }

    fn is_half(&self) -> bool {
        (self.numerator, self.denominator) == (1, 2)
    }
}

/// A fraction with the unit after it, or in the form for the noun after it: `mezzo litro`.
fn say_with_noun(context: &Context<'_>, at: usize, fraction: &Fraction) -> Match {
    let table = &context.table.fraction;
    let end = fraction.end;
    let half = table.half_before.as_ref().filter(|_| fraction.is_half());
    let dative = &context.table.cardinal.dative;
    let half_dative = table.half_dative.as_ref().filter(|_| context.follows(at, &dative.after));
    let half = |gender: Option<Gender>| {
        let one = dative.one(gender.unwrap_or(Gender::Masculine));
        let in_dative = half_dative.zip(one).map(|(half, one)| format!("{one} {half} "));
        half.map(|half| in_dative.unwrap_or_else(|| half.of(gender).to_owned()))
    };
    if let Some(unit) = unit::unit(context, end).filter(|unit| !unit.is_symbol()) {
        let name = unit::name(context, true, &unit);
        if let Some(half) = half(unit.gender()) {
            return Match::new(unit.end, format!("{half}{name}"));
        }
        if let Some(template) = &table.of_unit {
            let said = say(context, fraction);
            let fields =
                [("fraction", said.as_str()), ("of", context.of_noun(&name)), ("unit", name.as_str())];
            return Match::new(unit.end, fill(template, &fields));
        }
        return with_unit(context, end, say(context, fraction), !fraction.is_ratio());
    }
    match context.gender_after(end).and_then(|gender| half(Some(gender))) {
        // A space after it is the text's own, and a hyphen takes its place.
        Some(half) if half.ends_with(' ') => Match::new(end, half.trim_end()),
        Some(half) => Match::new(context.tokens.after_space(end), half),
        None => with_unit(context, end, say(context, fraction), !fraction.is_ratio()),
    }
}

/// Whether a fraction stands at `at`.
pub(super) fn is_at(context: &Context<'_>, at: usize) -> bool {
    fraction(context, at).is_some()
}

fn fraction(context: &Context<'_>, at: usize) -> Option<Fraction> {
    let tokens = &context.tokens;
    if let Some(Kind::Mark(mark)) = tokens.kind(at) {
        let (numerator, denominator) = unicode_fraction(mark)?;
        return Some(Fraction { numerator, denominator, end: at + 1 });
    }
    let numerator = short_number(tokens.digits(at)?)?;
    if !(tokens.is_mark(at + 1, '/') || tokens.is_mark(at + 1, '⁄')) {
        return None;
    }
    let denominator = short_number(tokens.digits(at + 2)?)?;
    // `1/10th`
    let suffix = context.table.ordinal.suffixes.whole_at(tokens, at + 3);
    let end = suffix.map_or(at + 3, |suffix| suffix.end);
    // `23/417-B`
    let is_code = tokens.is_mark(end, '-') && tokens.word(end + 1).is_some_and(is_all_capitals);
    let goes_on =
        is_code || matches!(tokens.kind(end), Some(Kind::Mark('/' | '⁄'))) || !tokens.ends_word(end);
    // `10/2` is a division.
    let is_fraction =
        denominator > 0 && !numerator.is_multiple_of(denominator) && year::next_year(context, at).is_none();
    let are_wickets = context.table.range.wickets.is_some() && range::are_wickets(numerator, denominator);
    (is_fraction && !goes_on && !are_wickets).then_some(Fraction { numerator, denominator, end })
}

/// Numbers of up to four digits, which have no leading zero.
fn short_number(digits: &str) -> Option<u64> {
    (digits.len() <= 4 && !digits.starts_with('0')).then(|| digits.parse().ok()).flatten()
}

fn unicode_fraction(mark: char) -> Option<(u64, u64)> {
    Some(match mark {
        '½' => (1, 2),
        '⅓' => (1, 3),
        '⅔' => (2, 3),
        '¼' => (1, 4),
        '¾' => (3, 4),
        '⅕' => (1, 5),
        '⅖' => (2, 5),
        '⅗' => (3, 5),
        '⅘' => (4, 5),
        '⅙' => (1, 6),
        '⅚' => (5, 6),
        '⅐' => (1, 7),
        '⅛' => (1, 8),
        '⅜' => (3, 8),
        '⅝' => (5, 8),
        '⅞' => (7, 8),
        '⅑' => (1, 9),
        '⅒' => (1, 10),
        _ => return None,
    })
}

/// The smallest denominator below a greater numerator with which the two are no part of a whole.
const SMALLEST_RATIO: u64 = 20;
/// The same for a numerator above any denominator: `14/9` is a blood pressure and `12/8` a time signature.
const SMALLEST_NUMERATOR: u64 = 10;

fn say(context: &Context<'_>, fraction: &Fraction) -> String {
    let table = &context.table.fraction;
    let numerator = context.spell(&table.numerator, &fraction.numerator.to_string());
    let denominator = fraction.denominator.to_string();
    let is_one = fraction.numerator == 1;
    let is_ratio = fraction.is_ratio();
    if let Some(names) = table.denominators.get(&denominator).filter(|_| !is_ratio) {
        return match (names.as_slice(), is_one) {
            ([_, _, all], true) => all.clone(),
            ([one, ..], true) | ([one], false) => format!("{numerator} {one}"),
            ([_, many, ..], false) => format!("{numerator} {many}"),
            ([], _) => numerator,
        };
    }
    if fraction.denominator <= table.ordinals_up_to && !is_ratio {
        let rule_set = table.many_rule_set.as_ref().filter(|_| !is_one).unwrap_or(&table.rule_set);
        let ordinal = context.spell(rule_set, &denominator);
        let template = if is_one { &table.ordinal_one } else { &table.ordinal_many };
        let name = capitalized(&ordinal);
        let fields = [("ordinal", ordinal.as_str()), ("Ordinal", name.as_str())];
        return format!("{numerator} {}", fill(template, &fields));
    }
    let bare = &context.table.cardinal.bare;
    let numerator = context.spell(bare, &fraction.numerator.to_string());
    let denominator = context.spell(bare, &denominator);
    let template = table.ratio.as_ref().filter(|_| is_ratio).unwrap_or(&table.over);
    fill(template, &[("numerator", numerator.as_str()), ("denominator", denominator.as_str())])
}
