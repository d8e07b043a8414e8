//! Durations in digits before the name of their first unit: `2:05:30 Stunden`, `3:45 min`.

use super::minute_marks;
use crate::context::{Context, Match, fill};

/// Reads hours, minutes and seconds, or minutes and seconds.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let table = context.table.times.durations.as_ref()?;
    let is_part = |digits: &&str| digits.len() == 2 && *digits < "60";
    let first = tokens.digits(at).filter(|digits| digits.len() <= 3 && tokens.is_mark(at + 1, ':'))?;
    let second = tokens.digits(at + 2).filter(is_part)?;
    let third = tokens.digits(at + 4).filter(is_part).filter(|_| tokens.is_mark(at + 3, ':'));
    let end = if third.is_some() { at + 5 } else { at + 3 };
    let name_at = tokens.after_space(end);
    let name = tokens.word(name_at).filter(|_| tokens.ends_word(name_at + 1)).unwrap_or_default();
    let is_duration = context.follows(at, &table.after);
    let is_unit = name == table.units[0];
    let is_listed = |names: &[String]| names.iter().any(|listed| listed == name);
    let units = match third {
        _ if is_listed(&table.hours) || is_duration => &table.units[..],
        None if is_listed(&table.minutes) => &table.units[1..],
        _ => return None,
    };
    let parts = [Some(first), Some(second), third].into_iter().flatten();
    let said: Option<Vec<String>> =
        parts.zip(units).map(|(digits, unit)| minute_marks::say(context, digits, unit)).collect();
    let words = match said?.as_slice() {
        [first, second] => fill(&table.two, &[("first", first.as_str()), ("second", second.as_str())]),
        [first, second, third] => {
            let fields = [("first", first.as_str()), ("second", second.as_str()), ("third", third.as_str())];
            fill(&table.three, &fields)
        }
        _ => return None,
    };
    let has_name = is_listed(&table.hours) || is_listed(&table.minutes) || is_unit;
    Some(Match::new(if has_name { name_at + 1 } else { end }, words))
}
