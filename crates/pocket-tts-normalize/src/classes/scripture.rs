//! Chapters and verses of the Bible: `Jn 3,16`, `1 Cor 13:4-7`.

use super::{measure, money};
use crate::context::{Context, Match, fill};
use crate::lexer::Kind;
use crate::table::Scripture;

/// The most digits of a chapter or verse.
const MOST_DIGITS: usize = 3;

/// Reads the name or abbreviation of a book, a chapter and a verse or several.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let table = context.table.scripture.as_ref()?;
    let number = tokens.digits(at).filter(|number| matches!(*number, "1" | "2" | "3"));
    let book_at = if number.is_some() { tokens.after_space(at + 1) } else { at };
    let written = tokens.word(book_at).filter(|_| tokens.starts_word(at))?;
    let chapter_at =
        tokens.after_space(if tokens.is_mark(book_at + 1, '.') { book_at + 2 } else { book_at + 1 });
    let is_short = |digits: &&str| digits.len() <= MOST_DIGITS;
    let chapter = tokens.digits(chapter_at).filter(is_short).filter(|_| tokens.is_space(chapter_at - 1))?;
    let Some(Kind::Mark(mark @ (',' | ':' | '.'))) = tokens.kind(chapter_at + 1) else { return None };
    let verse_at = if mark == ',' { tokens.after_space(chapter_at + 2) } else { chapter_at + 2 };
    let verse = tokens.digits(verse_at).filter(is_short)?;
    let (last, end) =
        last_verse(context, verse_at + 1).map_or((None, verse_at + 1), |(last, end)| (Some(last), end));
    let (name, is_abbreviated) = book(table, written)?;
    // `Lucas 7,5` is a mark.
    let is_clear = is_abbreviated
        || number.is_some()
        || last.is_some()
        || mark == ':'
        || mark == ',' && (verse.len() > 1 || verse_at > chapter_at + 2);
    let is_amount = measure::unit(context, end).is_some() || money::currency(context, end).is_some();
    if !is_clear || is_amount || !tokens.ends_word(end) {
        return None;
    }
    let spell = |digits: &str| context.spell(&context.table.cardinal.bare, digits);
    let (chapter, mut verse) = (spell(chapter), spell(verse));
    if let Some(last) = last {
        verse = fill(&table.verses, &[("first", verse.as_str()), ("second", spell(last).as_str())]);
    }
    let name = number.map_or_else(
        || name.to_owned(),
        |number| {
            let number = context.spell(&table.number, number);
            fill(&table.numbered, &[("number", number.as_str()), ("book", name)])
        },
    );
    Some(Match::new(end, format!("{name} {chapter}, {verse}")))
}

/// The name of the book that is written so, and whether it is abbreviated.
fn book<'t>(table: &'t Scripture, written: &str) -> Option<(&'t str, bool)> {
    table.books.iter().find_map(|(name, short)| {
        let is_abbreviated = short.iter().any(|short| short == written);
        (is_abbreviated || name == written).then_some((name.as_str(), is_abbreviated))
    })
}

/// The last verse of several after the first one, which ends before `end`, and the index after it.
fn last_verse<'a>(context: &Context<'a>, end: usize) -> Option<(&'a str, usize)> {
    matches!(context.tokens.kind(end), Some(Kind::Mark('-' | '–' | '‑'))).then_some(())?;
    let last = context.tokens.digits(end + 1).filter(|digits| digits.len() <= MOST_DIGITS)?;
    Some((last, end + 2))
}
