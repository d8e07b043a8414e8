//! Chapters and verses: `John 3:16`.

use super::range_template::range_template;
use crate::context::{Context, Match, contains, fill};
use crate::lexer::{Kind, is_capitalized};

/// The most digits of a chapter or verse.
const MOST_DIGITS: usize = 3;

/// Reads a chapter and verse after the name of a book.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let table = context.table.references.as_ref()?;
    let short = |at: usize| tokens.digits(at).filter(|digits| digits.len() <= MOST_DIGITS);
    let chapter = short(at)?;
    let has_mark = matches!(tokens.kind(at + 1), Some(Kind::Mark(mark)) if table.marks.contains(&mark));
    let verse = short(at + 2).filter(|_| has_mark && context.follows(at, &table.books))?;
    // `James 2:30 pm`, `Johannes 10:30 Uhr`, `Daniel 3,5 Jahre`
    let times = &context.table.times;
    let next = tokens.after_space(at + 3);
    let is_other = tokens.word(next).is_some_and(|word| {
        contains(&times.words, word) || tokens.is_mark(at + 1, ',') && is_capitalized(word)
    });
    if !tokens.ends_word(at + 3) || is_other || times.halves.whole_at(tokens, next).is_some() {
        return None;
    }
    let spell = |digits: &str| context.spell(&context.table.cardinal.bare, digits);
    let (mut verse, mut end) = (spell(verse), at + 3);
    if matches!(tokens.kind(end), Some(Kind::Mark('-' | '–' | '‑')))
        && let Some(last) = short(end + 1)
        && tokens.digits(end + 3).is_none()
    {
        let last = spell(last);
        verse = fill(range_template(context, at), &[("first", verse.as_str()), ("second", last.as_str())]);
        end += 2;
    }
    let chapter = spell(chapter);
    Some(Match::new(end, fill(&table.say, &[("chapter", chapter.as_str()), ("verse", verse.as_str())])))
}
