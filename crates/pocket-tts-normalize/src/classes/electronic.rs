//! E-mail addresses and URLs.

use std::ops::Range;

use super::spell_letters;
use crate::context::{Context, Match};
use crate::lexer::Kind;

/// The most tokens of an address.
const MOST_TOKENS: usize = 120;

/// Reads an address.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    if !matches!(tokens.kind(at), Some(Kind::Word | Kind::Digits)) || !starts_address(context, at) {
        return None;
    }
    let has_scheme = has_scheme(context, at);
    if !has_scheme && !is_www(context, at) && context.no_address.borrow().contains(&at) {
        return None;
    }
    let start = if has_scheme { at + 4 } else { at };
    let host_end = end_of_host(context, start);
    let is_mail = !has_scheme && (start..host_end).any(|at| tokens.is_mark(at, '@'));
    let is_file = !has_scheme && !is_mail && is_file(context, start, host_end);
    if !has_scheme && !is_mail && !is_file && !is_host(context, start, host_end) {
        // What it is not has nothing to do with its first token, so that it is not looked at from the next one again.
        let is_cut = host_end == start + MOST_TOKENS;
        context.no_address.replace(start..if is_cut { start + MOST_TOKENS / 2 } else { host_end });
        return None;
    }
    let end = if is_file { host_end } else { end_of_address(context, at) };
    if is_file {
        return Some(Match::new(end, say_all(context, start..end, None)));
    }
    if start >= end || !(is_mail || is_name(context, start, host_end)) {
        return None;
    }
    let last = (start..host_end).rev().find(|at| tokens.word(*at).is_some());
    Some(Match::new(end, say_all(context, start..end, last)))
}

/// Tokens in words, of which the one at `domain` is a top-level domain.
fn say_all(context: &Context<'_>, range: Range<usize>, domain: Option<usize>) -> String {
    let parts = range.map(|at| say(context, at, Some(at) == domain)).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// The ends of the names of files, which are spelled if they are no words.
const FILES: [&str; 24] = [
    "bmp", "csv", "doc", "docx", "exe", "gif", "html", "jpeg", "jpg", "json", "mp3", "mp4", "odt", "pdf",
    "png", "ppt", "pptx", "rtf", "svg", "txt", "wav", "xls", "xlsx", "zip",
];

/// Whether tokens are the name of a file: `report_v2.pdf`. A table with names of its own for extensions has them read
/// by `file_name`.
fn is_file(context: &Context<'_>, start: usize, end: usize) -> bool {
    let tokens = &context.tokens;
    if !context.table.electronic.extensions.is_empty() {
        return false;
    }
    let period = (start + 1..end).rev().find(|at| tokens.is_mark(*at, '.'));
    period.is_some_and(|period| FILES.contains(&tokens.text_of(period + 1..end)))
}

fn starts_address(context: &Context<'_>, at: usize) -> bool {
    at == 0
        || !matches!(
            context.tokens.kind(at - 1),
            Some(Kind::Word | Kind::Digits | Kind::Mark('@' | '.' | '_' | '-' | '/'))
        )
}

fn has_scheme(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let is_scheme =
        |word: &str| ["https", "http", "ftp"].iter().any(|scheme| scheme.eq_ignore_ascii_case(word));
    tokens.is_mark(at + 1, ':')
        && tokens.is_mark(at + 2, '/')
        && tokens.is_mark(at + 3, '/')
        && is_scheme(tokens.text(at))
}

fn is_www(context: &Context<'_>, at: usize) -> bool {
    context.tokens.is_mark(at + 1, '.') && context.tokens.text(at).eq_ignore_ascii_case("www")
}

/// The index after the last token that can belong to a host or a mail address, without marks at its end.
fn end_of_host(context: &Context<'_>, at: usize) -> usize {
    end_of_parts(context, at, |mark| matches!(mark, '.' | '@' | '-' | '_' | '=' | '&' | '%' | '+' | '~'))
}

/// The index after the last token that can belong to an address, without marks at its end.
fn end_of_address(context: &Context<'_>, at: usize) -> usize {
    end_of_parts(context, at, |mark| {
        matches!(mark, '.' | '/' | ':' | '@' | '-' | '_' | '?' | '=' | '&' | '#' | '%' | '+' | '~')
    })
}

/// The index after words, digits and some marks, without marks at their end.
fn end_of_parts(context: &Context<'_>, at: usize, is_inside: impl Fn(char) -> bool) -> usize {
    let tokens = &context.tokens;
    let is_part = |at: usize| match tokens.kind(at) {
        Some(Kind::Word | Kind::Digits) => true,
        Some(Kind::Mark(mark)) => is_inside(mark),
        _ => false,
    };
    let mut end = at;
    while end < at + MOST_TOKENS && is_part(end) {
        end += 1;
    }
    while end > at
        && matches!(tokens.kind(end - 1), Some(Kind::Mark('.' | ':' | '?' | '-' | '&' | '=' | '#' | '+')))
    {
        end -= 1;
    }
    end
}

/// Whether tokens are a host that can be told from a sentence without a space after its period: with `www.`, or with a
/// well-known top-level domain.
fn is_host(context: &Context<'_>, start: usize, end: usize) -> bool {
    let tokens = &context.tokens;
    if is_www(context, start) {
        return true;
    }
    let has_period = end > start + 2 && tokens.is_mark(end - 2, '.');
    has_period
        && tokens.word(end - 1).is_some_and(|domain| {
            context.table.electronic.domains.iter().any(|known| known == domain)
                || COUNTRIES.contains(&domain)
        })
}

/// Top-level domains of countries that are seldom the first word of a sentence.
const COUNTRIES: [&str; 14] =
    ["de", "fr", "uk", "nl", "eu", "ch", "at", "br", "pt", "mx", "ar", "us", "ca", "io"];

/// Whether tokens are names with periods between them.
fn is_name(context: &Context<'_>, start: usize, end: usize) -> bool {
    let tokens = &context.tokens;
    (start..end).all(|at| {
        matches!(tokens.kind(at), Some(Kind::Word | Kind::Digits | Kind::Mark('.' | '-' | '_' | '@')))
    }) && tokens.word(end.saturating_sub(1)).is_some_and(|last| last.len() > 1)
        && tokens.is_mark(end.saturating_sub(2), '.')
}

/// A token of an address in words. Its last word is the domain.
pub(super) fn say(context: &Context<'_>, at: usize, is_domain: bool) -> String {
    let (tokens, words) = (&context.tokens, &context.table.electronic);
    match tokens.kind(at) {
        Some(Kind::Word) => {
            let word = tokens.text(at);
            let is_spelled = word.eq_ignore_ascii_case("www")
                || words.extensions.is_empty()
                    && word.len() <= 3
                    && FILES.contains(&word)
                    && tokens.is_mark(at.saturating_sub(1), '.')
                || is_domain
                    && word.len() <= 3
                    && !words.domains.iter().any(|known| known.eq_ignore_ascii_case(word));
            if is_spelled { spell_letters(context, word) } else { word.to_owned() }
        }
        Some(Kind::Digits) => {
            let digits = tokens.text(at);
            if digits.len() > 4 || digits.starts_with('0') && digits.len() > 1 {
                context.spell_digits(digits)
            } else {
                context.spell(&context.table.cardinal.bare, digits)
            }
        }
        Some(Kind::Mark(mark)) => match mark {
            '.' => words.dot.clone(),
            '@' => words.at.clone(),
            '/' => words.slash.clone(),
            '-' => words.hyphen.clone(),
            '_' => words.underscore.clone(),
            ':' => words.colon.clone(),
            '?' => words.question.clone(),
            '=' => words.equals.clone(),
            '&' => words.ampersand.clone(),
            '#' => words.hash.clone(),
            '+' => words.plus.clone(),
            '%' => words.percent.clone(),
            '~' => words.tilde.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}
