//! Dates, times and years in a language's table.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::phrases::{Phrase, PhraseIndex};

/// The order of day and month in a date of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    DayMonth,
    MonthDay,
}

/// How dates are written and said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Dates {
    pub(crate) order: Order,
    /// The names of the months. If they begin with a small letter, a capital one is allowed too.
    pub(crate) months: Vec<String>,
    /// Abbreviations of each month, without the period.
    pub(crate) short_months: Vec<Vec<String>>,
    /// Abbreviations of months that are words too, and need a period inside a sentence or a year.
    #[serde(default)]
    pub(crate) short_words: Vec<String>,
    /// The names of the days of the week, from Monday on, and their abbreviations without the period.
    #[serde(default)]
    pub(crate) weekdays: Vec<String>,
    #[serde(default)]
    pub(crate) short_weekdays: Vec<Vec<String>>,
    /// Words after an abbreviated day of the week: `Mo geschlossen`.
    #[serde(default)]
    pub(crate) after_weekdays: Vec<String>,
    /// Words for holidays, which stand beside days of the week: `So. u. Feiertage`.
    #[serde(default)]
    pub(crate) holidays: Vec<String>,
    /// `{first}` and `{second}` for two days of the week; that of all ranges if absent.
    pub(crate) weekday_range: Option<String>,
    /// The rule set of the day.
    pub(crate) day: String,
    /// The rule set of the first day, if it is another one.
    pub(crate) first_day: Option<String>,
    /// What follows the digits of a day: `th`, `.`, `º`.
    #[serde(default)]
    pub(crate) day_suffixes: Vec<String>,
    /// A word between day and month: `of`, `de`.
    #[serde(default)]
    pub(crate) joiners: Vec<String>,
    /// `{day}` and `{month}` where only a space is written between them: `the {day} of {month}`.
    pub(crate) day_month: String,
    /// `{month}` and `{day}` in this order, if it is written at all.
    #[serde(default)]
    pub(crate) month_day: String,
    /// `{day}`, `{month}` and `{year}` for a date of digits.
    pub(crate) numeric: String,
    /// The same without a year.
    pub(crate) numeric_short: String,
    /// `{month}` and `{year}` without a day, if not with a space between them.
    pub(crate) month_year: Option<String>,
    /// Marks between the digits of a date.
    pub(crate) separators: Vec<char>,
    /// Marks between them that need a year of four digits, as they are common in other numbers too.
    #[serde(default)]
    pub(crate) weak_separators: Vec<char>,
    /// Words between two dates of digits: `to`.
    #[serde(default)]
    pub(crate) range_words: Vec<String>,
    /// Words before day and month alone: `on`.
    #[serde(default)]
    pub(crate) short_after: Vec<String>,
    /// The same, unless the two are a usual fraction: `reduce by 1/3`.
    #[serde(default)]
    pub(crate) short_after_unless_part: Vec<String>,
    /// Words between such a date and a time: `10/3 at 9:00`.
    #[serde(default)]
    pub(crate) short_before_time: Vec<String>,
    /// The same for two words: `as of`.
    #[serde(default)]
    pub(crate) short_after_pairs: Vec<[String; 2]>,
}

/// How years are recognized and said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Years {
    pub(crate) rule_set: String,
    /// Words before a year: `in`, `since`.
    pub(crate) after: Vec<String>,
    /// Words after a year: `BC`.
    #[serde(default)]
    pub(crate) before: Vec<String>,
    /// Nouns that a year describes: `the 2024 election`.
    #[serde(default)]
    pub(crate) nouns: Vec<String>,
    /// Whether four digits from 1100 to 2099 that count nothing are a year.
    #[serde(default)]
    pub(crate) alone: bool,
}

/// How decades are written and said: `1990s`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Decades {
    /// What follows the digits.
    pub(crate) suffixes: Vec<String>,
    /// What a suffix appends to the words: `n` for `ern`.
    pub(crate) endings: BTreeMap<String, String>,
    /// The decades by their number: `"90" = "nineties"`. `"00"` is the first of a century, and four
    /// digits are one decade alone.
    pub(crate) tens: BTreeMap<String, String>,
    /// Words after which two digits and `s` are seconds: `for 30s`.
    pub(crate) not_after: Vec<String>,
    /// Said for the year `'00`, if it is no decade.
    pub(crate) zero: Option<String>,
    /// `{century}` and `{tens}` for four digits.
    pub(crate) full: String,
    /// The rule set of the century.
    pub(crate) century: String,
}

/// How times of day are written and said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Times {
    /// Marks and words between hour and minute: `:`, `h`.
    pub(crate) separators: Vec<String>,
    /// Separators that need one of `words` after the time or one of `after` before it: `.`.
    #[serde(default)]
    pub(crate) weak_separators: Vec<String>,
    /// `{first}` and `{second}` for two times; that of all ranges if absent.
    pub(crate) range: Option<String>,
    /// Words after a time that it says itself: `Uhr`. They make a number an hour: `9 Uhr`.
    #[serde(default)]
    pub(crate) words: Vec<String>,
    /// Words right after the minutes: `17h45min`.
    #[serde(default)]
    pub(crate) minute_words: Vec<String>,
    /// Abbreviations of `words` that stand right after a time with minutes, or after an hour after one of `after`: `h`.
    #[serde(default)]
    pub(crate) glued_words: Vec<String>,
    /// Words before a time.
    #[serde(default)]
    pub(crate) after: Vec<String>,
    /// Words after a time with a weak separator and `the` before it: `the 7.15 to Leeds`.
    #[serde(default)]
    pub(crate) weak_before: Vec<String>,
    /// Words between two times, the second of which has one of `words`: `8.30 tot 12.00 uur`.
    #[serde(default)]
    pub(crate) joiners: Vec<String>,
    /// `{hour}`, `{minute}` or `{minutes}` without `zero`, and `{minute-name}`.
    pub(crate) hour_minute: String,
    /// What `{minute-name}` is for one minute and for more.
    #[serde(default)]
    pub(crate) minute_name: String,
    #[serde(default)]
    pub(crate) minutes_name: String,
    /// `{hour}` for a full hour.
    pub(crate) full_hour: String,
    /// `{hour}` for a full hour with minutes and without `words`: `9:00`; `full_hour` if absent.
    pub(crate) plain_hour: Option<String>,
    /// `{hour}` for a full hour without `words`, with `AM` or `PM`.
    pub(crate) short_hour: String,
    /// `{hour}`, `{minute}` or `{minutes}` without `zero`, and `{second}`.
    pub(crate) hour_minute_second: String,
    /// `{hours}`, `{minutes}` and `{seconds}`, each with its name, where hours of one digit are a duration: `2:03:59`.
    pub(crate) long_duration: Option<String>,
    /// Words before such a form that make it a time of day.
    #[serde(default)]
    pub(crate) clock_after: Vec<String>,
    /// The same templates for an hour in the singular, where the language has another word.
    pub(crate) one_o_clock: Option<OneOClock>,
    /// The templates for a time with a word between hour and minute, which may be a duration: `2h30`. The
    /// templates for times of day if absent.
    pub(crate) duration: Option<OneOClock>,
    pub(crate) one_duration: Option<OneOClock>,
    /// How durations before the name of their first unit are said: `2:05:30 Stunden`.
    pub(crate) durations: Option<Durations>,
    /// How minutes and seconds with marks are said, which are not read if absent.
    pub(crate) marks: Option<MinuteMarks>,
    /// Articles in the plural that one o'clock follows, and what is said with it, with its space: `a las 1`.
    #[serde(default)]
    pub(crate) singulars: BTreeMap<String, String>,
    /// Said before a minute below 10.
    #[serde(default)]
    pub(crate) zero: String,
    /// The rule sets of hours and minutes; the bare one if absent.
    pub(crate) hour: Option<String>,
    pub(crate) minute: Option<String>,
    /// `{hour}` for half an hour before it: `um ½ 8`.
    pub(crate) half_hour: Option<String>,
    /// Hours that are said otherwise.
    #[serde(default)]
    pub(crate) hours: BTreeMap<String, String>,
    /// Zones after a time, which begin no sentence: `GMT`.
    #[serde(default)]
    pub(crate) zones: Vec<String>,
    /// The rule set of minutes and seconds before their names; that of minutes if absent.
    pub(crate) counted: Option<String>,
    /// Halves of the day: `PM`.
    #[serde(default)]
    pub(crate) halves: PhraseIndex<Phrase>,
}

/// Templates for one o'clock.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OneOClock {
    pub(crate) hour_minute: String,
    pub(crate) full_hour: String,
    pub(crate) hour_minute_second: String,
}

/// Durations of hours, minutes and seconds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Durations {
    /// Words before durations of hours, which need no name then.
    #[serde(default)]
    pub(crate) after: Vec<String>,
    /// Names after durations that begin with hours and with minutes.
    pub(crate) hours: Vec<String>,
    pub(crate) minutes: Vec<String>,
    /// How the units are written that name hours, minutes and seconds.
    pub(crate) units: [String; 3],
    /// `{first}` and `{second}`, each with its name, and `{third}`.
    pub(crate) two: String,
    pub(crate) three: String,
}

/// Minutes and seconds with marks: `26'17"53`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MinuteMarks {
    /// How the units are written that name minutes and seconds.
    pub(crate) minute_unit: String,
    pub(crate) second_unit: String,
    /// `{minutes}` and `{seconds}`, each with its name.
    pub(crate) minutes_seconds: String,
    /// `{time}` and `{hundredths}` of a second, of two digits and of three.
    pub(crate) hundredths: String,
    pub(crate) thousandths: String,
    /// Words before minutes that are said as an ordinal, and `{ordinal}` for it: `al 90'`.
    #[serde(default)]
    pub(crate) ordinal_after: Vec<String>,
    #[serde(default)]
    pub(crate) ordinal: String,
}
