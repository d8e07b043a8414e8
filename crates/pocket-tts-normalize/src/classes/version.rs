//! Versions and other numbers with several points: `v1.2.3`, `192.168.0.1`.

use super::spell_letters;
use crate::context::{Context, Match};

/// The most parts.
const MOST_PARTS: usize = 8;

/// Reads a version.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    if !tokens.starts_word(at) {
        return None;
    }
    let prefix = tokens.word(at).filter(|word| matches!(*word, "v" | "V"));
    let start = if prefix.is_some() { at + 1 } else { at };
    let mut parts = vec![tokens.digits(start)?];
    let mut end = start + 1;
    while parts.len() < MOST_PARTS
        && tokens.is_mark(end, '.')
        && let Some(part) = tokens.digits(end + 1)
    {
        parts.push(part);
        end += 2;
    }
    // `1.x`
    let is_open =
        tokens.is_mark(end, '.') && matches!(tokens.text(end + 1), "x" | "X") && tokens.ends_word(end + 2);
    let is_program = parts.len() == 2 && context.follows(at, &context.table.codes.version_after);
    let is_number = !is_program && parts.len() < 3 || has_groups(context, &parts);
    if prefix.is_none() && is_number && !is_open || !tokens.ends_word(end) {
        return None;
    }
    let point = if context.table.numbers.decimal_mark == '.' {
        &context.table.numbers.decimal_word
    } else {
        &context.table.numbers.foreign_decimal_word
    };
    let zero = &context.table.codes.zero;
    let said = parts.iter().map(|part| {
        let spelled = context.spell(&context.table.cardinal.bare, part);
        // `Ubuntu 22.04`
        if is_program && part.len() == 2 && part.starts_with('0') {
            format!("{zero} {spelled}")
        } else {
            spelled
        }
    });
    let said: Vec<String> = said.collect();
    let mut words = said.join(&format!(" {point} "));
    if is_open {
        words = format!("{words} {point} {}", spell_letters(context, tokens.text(end + 1)));
        end += 2;
    }
    if let Some((suffix_end, suffix)) = suffix(context, end) {
        words = format!("{words} {suffix}");
        end = suffix_end;
    }
    // The port of an address: `192.168.1.1:8080`.
    if parts.len() == 4
        && tokens.is_mark(end, ':')
        && let Some(port) = tokens.digits(end + 1)
    {
        let port = context.spell(&context.table.cardinal.bare, port);
        words = format!("{words} {} {port}", context.table.electronic.colon);
        end += 2;
    }
    Some(Match::new(
        end,
        prefix.map_or_else(|| words.clone(), |prefix| format!("{} {words}", spell_letters(context, prefix))),
    ))
}

/// Words after a version that is not final.
const SUFFIXES: [&str; 10] =
    ["alpha", "beta", "rc", "RC", "dev", "pre", "preview", "canary", "snapshot", "SNAPSHOT"];

/// `-beta.2` and `-rc1` after a version, in words, and the index after it.
fn suffix(context: &Context<'_>, end: usize) -> Option<(usize, String)> {
    let tokens = &context.tokens;
    let at = if tokens.is_mark(end, '-') || tokens.is_mark(end, '.') { end + 1 } else { return None };
    let word = tokens.word(at).filter(|word| SUFFIXES.contains(word))?;
    let words =
        if word.len() == 2 { spell_letters(context, &word.to_uppercase()) } else { word.to_lowercase() };
    let number_at = if tokens.is_mark(at + 1, '.') { at + 2 } else { at + 1 };
    Some(match tokens.digits(number_at).filter(|_| tokens.ends_word(number_at + 1)) {
        Some(number) => {
            let number = context.spell(&context.table.cardinal.bare, number);
            (number_at + 1, format!("{words} {number}"))
        }
        None => (at + 1, words),
    })
}

/// Whether parts are the groups of a number: `123.456.789`, but not `192.168.178.100`.
fn has_groups(context: &Context<'_>, parts: &[&str]) -> bool {
    let is_octet = |part: &&str| !part.starts_with('0') && part.parse::<u32>().is_ok_and(|part| part < 256);
    let is_address = parts.len() == 4 && parts.iter().all(is_octet);
    let has_groups = parts[0].len() <= 3 && parts[1..].iter().all(|part| part.len() == 3);
    let is_usual = context.table.numbers.group_marks.contains(&'.') || parts[0].len() < 3;
    has_groups && !is_address && is_usual
}
