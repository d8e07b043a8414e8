//! Feet and inches that are written with marks: `5'10"`, `6' 3"`, `a 3" stick`.

use crate::context::{Context, Match, fill};
use crate::lexer::{Kind, is_all_capitals};

/// The most tokens before a mark among which an opening one is looked for.
pub(super) const MOST_QUOTED: usize = 60;
/// The most digits of feet.
const MOST_DIGITS: usize = 3;

/// Reads a length.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    context.table.feet_and_inches.as_ref()?;
    feet_and_inches(context, at).or_else(|| feet(context, at)).or_else(|| inches(context, at))
}

/// `5'10"`.
fn feet_and_inches(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let template = context.table.feet_and_inches.as_ref()?;
    let feet = tokens.digits(at).filter(|_| is_foot_mark(context, at + 1))?;
    let inches_at = tokens.after_space(at + 2);
    let inches = context.number(inches_at)?;
    let has_mark = matches!(tokens.kind(inches.end), Some(Kind::Mark('"' | '″' | '”')));
    // The height of a person needs no second mark.
    let is_height = inches_at == at + 2
        && matches!(feet, "4" | "5" | "6" | "7")
        && inches.is_plain()
        && (inches.whole.len() == 1 || matches!(&*inches.whole, "10" | "11"))
        && tokens.ends_word(inches.end);
    (has_mark || is_height).then_some(())?;
    let end = if has_mark { inches.end + 1 } else { inches.end };
    let feet = context.spell(&context.table.cardinal.bare, feet);
    let fields = [("feet", feet.as_str()), ("inches", &context.say(&inches, None))];
    Some(Match::new(end, fill(template, &fields)))
}

fn is_foot_mark(context: &Context<'_>, at: usize) -> bool {
    matches!(context.tokens.kind(at), Some(Kind::Mark('\'' | '′' | '’')))
}

/// `a 6' ladder`, if no quotation begins before the mark on its line.
fn feet(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let number = context.number(at).filter(|number| number.whole.len() <= MOST_DIGITS)?;
    let end = number.end + 1;
    // `90+3'` is a minute.
    let follows_apostrophe =
        at.checked_sub(1).is_some_and(|before| is_foot_mark(context, before) || tokens.is_mark(before, '+'));
    let is_opening = |before: usize| {
        matches!(tokens.kind(before), Some(Kind::Mark('\'' | '‘')))
            && before.checked_sub(1).is_none_or(|space| tokens.word(space).is_none())
            && tokens.word(before + 1).is_some()
    };
    let is_meant = is_foot_mark(context, number.end)
        && !follows_apostrophe
        && can_go_on(context, end)
        && line_before(context, at)?.all(|before| !is_opening(before));
    is_meant.then_some(())?;
    let is_one = context.is_singular(&number) || is_before_noun(context, end);
    Some(Match::new(end, format!("{} {}", context.say(&number, None), if is_one { "foot" } else { "feet" })))
}

/// `a 3" stick`.
fn inches(context: &Context<'_>, at: usize) -> Option<Match> {
    let number = context.number(at)?;
    let end = after_inch_mark(context, at, number.end)?;
    // `a 55" 4K display`
    let is_before_number =
        || context.tokens.digits(end + 1).is_some() && context.follows(at, &context.table.attributive_after);
    let name = if context.is_singular(&number) || is_before_number() { "inch" } else { inch(context, end) };
    Some(Match::new(end, format!("{} {name}", context.say(&number, None))))
}

/// The name of inches that end before `end`.
pub(super) fn inch(context: &Context<'_>, end: usize) -> &'static str {
    if is_before_noun(context, end) { "inch" } else { "inches" }
}

/// Whether the length that ends before `end` describes a noun: `a 3" stick`.
fn is_before_noun(context: &Context<'_>, end: usize) -> bool {
    let table = context.table;
    let is_noun = |word: &str| {
        (word.starts_with(char::is_lowercase) || is_code(word))
            && !table.gender.function_words.contains(word)
            && !table.attributive_not_before.contains(word)
            && !table.attributive_not_endings.iter().any(|ending| word.ends_with(ending.as_str()))
    };
    context.tokens.is_space(end) && context.tokens.next_word(end).is_some_and(is_noun)
}

/// The index after the mark of inches at `end` of a number that begins at `at`, if the mark ends no quotation.
pub(super) fn after_inch_mark(context: &Context<'_>, at: usize, end: usize) -> Option<usize> {
    let tokens = &context.tokens;
    context.table.feet_and_inches.as_ref()?;
    tokens.is_mark(end, '"').then_some(())?;
    // A mark right after a number is one of inches itself.
    let is_quotation = |before: &usize| {
        matches!(tokens.kind(*before), Some(Kind::Mark('"' | '“' | '”')))
            && before.checked_sub(1).is_none_or(|number| tokens.digits(number).is_none())
    };
    let is_open = line_before(context, at)?.filter(is_quotation).count() % 2 == 1;
    (!is_open && can_go_on(context, end + 1)).then_some(end + 1)
}

/// Whether something follows at `end` that may follow a length: a word in small letters, a number, or a mark.
fn can_go_on(context: &Context<'_>, end: usize) -> bool {
    let tokens = &context.tokens;
    match tokens.kind(end) {
        None => true,
        Some(Kind::Space) => {
            let next = end + 1;
            tokens.text(end).contains('\n')
                || tokens.digits(next).is_some()
                || tokens.word(next).is_some_and(|word| word.starts_with(char::is_lowercase) || is_code(word))
                || matches!(tokens.kind(next), Some(Kind::Mark('(' | '×' | '–' | '—')))
        }
        Some(Kind::Mark(mark)) => matches!(mark, ',' | '.' | ';' | ':' | ')' | '-' | '–' | '×'),
        // `36"W`
        Some(Kind::Word) => matches!(tokens.text(end), "W" | "D" | "H" | "L"),
        Some(_) => false,
    }
}

/// Whether a word has several capitals and nothing else: `LED`.
fn is_code(word: &str) -> bool {
    word.len() > 1 && is_all_capitals(word)
}

/// The tokens before `at` on its line, unless there are too many.
fn line_before(context: &Context<'_>, at: usize) -> Option<impl Iterator<Item = usize>> {
    let tokens = &context.tokens;
    let is_line_end = |before: &usize| tokens.is_space(*before) && tokens.text(*before).contains('\n');
    let first = at.saturating_sub(MOST_QUOTED);
    let line = (first..at).rev().take_while(|before| !is_line_end(before)).count();
    (line < MOST_QUOTED).then_some(at - line..at)
}
