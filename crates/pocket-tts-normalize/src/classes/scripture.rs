//! Chapters and verses of the Bible: `Jn 3,16`, `1 Cor 13:4-7`.

use super::unit;
use super::{money, ordinal};
use crate::context::{Context, Match, capitalized, contains, fill};
use crate::lexer::{Kind, is_capitalized};
use crate::table::Scripture;

/// The most digits of a chapter or verse.
const MOST_DIGITS: usize = 3;

/// Reads the name or abbreviation of a book, a chapter and a verse or several.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let table = context.table.scripture.as_ref()?;
    let is_short = |digits: &&str| digits.len() <= MOST_DIGITS;
    let number = tokens.digits(at).filter(|number| number.len() == 1);
    let book_at = if number.is_some() { after_number(context, at) } else { at };
    let written = tokens.word(book_at).filter(|_| tokens.starts_word(at))?;
    let name_end = if tokens.is_mark(book_at + 1, '.') { book_at + 2 } else { book_at + 1 };
    let chapter_at = tokens.after_space(name_end);
    let chapter = tokens.digits(chapter_at).filter(is_short).filter(|_| chapter_at > name_end)?;
    let Some(Kind::Mark(mark)) = tokens.kind(chapter_at + 1) else { return None };
    let verse_at = if mark == ',' { tokens.after_space(chapter_at + 2) } else { chapter_at + 2 };
    let verse = tokens.digits(verse_at).filter(is_short)?;
    let (last, end) =
        last_verse(context, verse_at + 1).map_or((None, verse_at + 1), |(last, end)| (Some(last), end));
    let (name, is_abbreviated) = book(table, written)?;
    let is_plain = !is_abbreviated && number.is_none() && last.is_none();
    let is_long = verse.len() > 1 || verse_at > chapter_at + 2;
    let is_clear = table.marks.contains(&mark)
        || table.weak_marks.contains(&mark) && (!is_plain || mark == ',' && is_long);
    // `Daniel 3,5 Jahre`
    let counts_noun = context.table.gender.nouns_are_capitalized
        && is_plain
        && mark == ','
        && tokens.next_word(end).is_some_and(is_capitalized);
    if !is_clear || counts_noun || is_other(context, end) {
        return None;
    }
    let name = match number {
        Some(number) => numbered(context, table, number, name)?,
        None => name.to_owned(),
    };
    let spell = |digits: &str| context.spell(&context.table.cardinal.bare, digits);
    let (chapter, mut verse) = (spell(chapter), spell(verse));
    if let Some(last) = last {
        verse = fill(&table.verses, &[("first", verse.as_str()), ("second", spell(last).as_str())]);
    }
    let place = fill(&table.say, &[("chapter", chapter.as_str()), ("verse", verse.as_str())]);
    Some(Match::new(end, format!("{name} {place}")))
}

/// The index of the book after its number, which has a period in some languages.
fn after_number(context: &Context<'_>, at: usize) -> usize {
    let tokens = &context.tokens;
    let has_period = ordinal::has_period(context) && tokens.is_mark(at + 1, '.');
    tokens.after_space(if has_period { at + 2 } else { at + 1 })
}

/// Whether what ends before `end` is an amount or a time and no verse: `Mark 3:16 pm`.
fn is_other(context: &Context<'_>, end: usize) -> bool {
    let (tokens, times) = (&context.tokens, &context.table.times);
    !tokens.ends_word(end)
        || unit::unit(context, end).is_some()
        || money::currency(context, end).is_some()
        || times.halves.whole_at(tokens, tokens.after_space(end)).is_some()
        || tokens.next_word(end).is_some_and(|word| contains(&times.words, word))
}

/// The name of a book with its number, which is not above the highest one.
fn numbered(context: &Context<'_>, table: &Scripture, number: &str, book: &str) -> Option<String> {
    let numbered = table.numbered_otherwise.get(book).unwrap_or(&table.numbered);
    number.parse().ok().filter(|number| (1..=numbered.most).contains(number))?;
    let number = context.spell(&numbered.rule_set, number);
    let capital = capitalized(&number);
    let fields = [("number", number.as_str()), ("Number", capital.as_str()), ("book", book)];
    Some(fill(&numbered.say, &fields))
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
