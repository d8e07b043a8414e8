//! Decides whether a sentence ends at a mark or a line end, given what follows.

use super::characters::{APOSTROPHES, goes_on, is_bullet, is_dash, is_inverted};
use super::word::{
    Kind, follows_ordinals, is_roman, is_speech_verb, is_starter, is_starter_after_initial,
    kind_before_period,
};

/// What a sentence ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A line end without a mark.
    Line,
    /// One period.
    Period,
    /// Several periods. `is_apart` tells whether a space is before them.
    Ellipsis { is_apart: bool },
    /// Marks with an exclamation or question mark among them.
    Strong,
    /// A Chinese or Japanese full stop.
    Wide,
}

/// A place at which a sentence may end.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one place")]
pub(super) struct Candidate<'a> {
    pub(super) mark: Mark,
    /// The sentence, or its end, through its mark and the quotation marks after it.
    pub(super) sentence: &'a str,
    /// Whether `sentence` is all of it.
    pub(super) is_all: bool,
    /// Whether white space follows.
    pub(super) is_spaced: bool,
    /// Whether a line end is in that white space.
    pub(super) is_line_end: bool,
    /// Whether a quotation mark follows the mark.
    pub(super) has_quote: bool,
    /// Whether the mark is in brackets that opened inside the sentence.
    pub(super) is_in_brackets: bool,
    /// Whether no capital has been seen in the text.
    pub(super) is_small_text: bool,
    /// The number of the list item that the sentence is.
    pub(super) item: Option<u32>,
}

/// Whether the sentence ends if `ahead` follows, which begins with a character that is not white space. `None` if that
/// depends on what follows `ahead`; never so if `is_final`.
pub(super) fn ends_sentence(candidate: &Candidate<'_>, ahead: &str, is_final: bool) -> Option<bool> {
    if candidate.is_line_end && begins_item(candidate, ahead, is_final)? {
        return Some(true);
    }
    if candidate.is_spaced && !matches!(candidate.mark, Mark::Line) && begins_cut(ahead, is_final)? {
        return Some(true);
    }
    let next = Next::read(ahead, is_final)?;
    match candidate.mark {
        _ if next.case == Case::None => Some(false),
        Mark::Line => Some(false),
        Mark::Wide => Some(true),
        _ if candidate.is_in_brackets => Some(false),
        _ if !candidate.is_spaced => ends_without_space(candidate, &next),
        _ => ends_with_space(candidate, &next),
    }
}

/// Whether a sentence may end after `sentence`, which ends with a mark, and before `next`, if it has to end somewhere.
pub(crate) fn may_end(sentence: &str, next: &str) -> bool {
    let word = &next[..next.find(|c: char| !c.is_alphanumeric()).unwrap_or(next.len())];
    if word.starts_with(char::is_lowercase) {
        return false;
    }
    let is_period = sentence.ends_with('.') && !sentence.ends_with("..");
    match if is_period { kind_before_period(sentence, false) } else { Kind::Ordinary } {
        Kind::Ordinary | Kind::Either | Kind::LargeNumber => true,
        Kind::Ordinal => !follows_ordinals(word),
        Kind::Inside | Kind::Numbered | Kind::Initial | Kind::ListMarker => false,
    }
}

/// Whether `ahead` begins with mark-up for a pause or another voice, which cuts the text.
fn begins_cut(ahead: &str, is_final: bool) -> Option<bool> {
    let Some(name) = ahead.strip_prefix('[').map(str::as_bytes) else { return Some(false) };
    for known in [&b"pause"[..], b"voice"] {
        let read = name.len().min(known.len());
        if !name[..read].eq_ignore_ascii_case(&known[..read]) {
            continue;
        }
        match name.get(known.len()) {
            Some(b':' | b']') => return Some(true),
            None if !is_final => return None,
            _ => {}
        }
    }
    Some(false)
}

/// Whether `ahead` is the start of a list item.
fn begins_item(candidate: &Candidate<'_>, ahead: &str, is_final: bool) -> Option<bool> {
    let mut characters = ahead.chars();
    let first = characters.next();
    let is_space = |next: Option<char>| match next {
        Some(character) => Some(character.is_whitespace()),
        None => is_final.then_some(false),
    };
    if first.is_some_and(is_bullet) {
        return is_space(characters.next());
    }
    let label = &ahead[..ahead.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(ahead.len())];
    let is_number = label.bytes().all(|byte| byte.is_ascii_digit());
    if label.is_empty() || label.len() > if is_number { 3 } else { 1 } {
        return Some(false);
    }
    let mut after = ahead[label.len()..].chars();
    let Some(sign) = after.next() else { return is_final.then_some(false) };
    let is_label = match label.parse::<u32>() {
        Ok(number) => {
            let is_first = || number == 1 && candidate.sentence.trim_end().ends_with(':');
            matches!(sign, '.' | ')') && (candidate.item.is_some_and(|item| item + 1 == number) || is_first())
        }
        Err(_) => sign == ')',
    };
    if !is_label {
        return Some(false);
    }
    is_space(after.next())
}

/// How a word begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// There is no word, or the sentence goes on before it.
    None,
    Small,
    Capital,
    Digit,
    /// A letter of a script without capitals.
    Other,
}

/// What follows a possible end.
#[derive(Debug)]
struct Next<'a> {
    /// Quotation marks, brackets, dashes and other signs before the word.
    openers: &'a str,
    word: &'a str,
    /// What is known after the word.
    after: &'a str,
    case: Case,
    /// Whether nothing more will be known.
    is_final: bool,
}

impl<'a> Next<'a> {
    fn read(ahead: &'a str, is_final: bool) -> Option<Self> {
        let start = ahead.find(|c: char| c.is_alphanumeric() || goes_on(c)).unwrap_or(ahead.len());
        let (openers, rest) = ahead.split_at(start);
        let first = rest.chars().next();
        let word = &rest[..rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())];
        let mut next = Self { openers, word, after: &rest[word.len()..], case: Case::None, is_final };
        match first {
            None if !is_final => return None,
            Some(first) if !goes_on(first) => next.case = next.read_case(first)?,
            _ => {}
        }
        Some(next)
    }

    fn read_case(&self, first: char) -> Option<Case> {
        if first.is_numeric() {
            return Some(Case::Digit);
        }
        if first.is_uppercase() {
            return Some(Case::Capital);
        }
        if !first.is_lowercase() {
            return Some(Case::Other);
        }
        match self.word.chars().nth(1) {
            // A name such as `iPhone`.
            Some(second) if second.is_uppercase() => Some(Case::Capital),
            None if !self.is_complete() => None,
            // `'s Avonds`, as Dutch sentences begin.
            None if self.openers.ends_with(APOSTROPHES) && matches!(first, 's' | 't' | 'k' | 'n' | 'm') => {
                match self.after.trim_start().chars().next() {
                    Some(following) if following.is_uppercase() => Some(Case::Capital),
                    None if !self.is_final => None,
                    _ => Some(Case::Small),
                }
            }
            _ => Some(Case::Small),
        }
    }

    /// Whether the end of the word is known.
    fn is_complete(&self) -> bool {
        self.is_final || !self.after.is_empty()
    }

    /// The word, once it is complete.
    fn whole_word(&self) -> Option<&'a str> {
        self.is_complete().then_some(self.word)
    }

    /// Whether the word often begins a sentence.
    fn begins_sentence(&self, is_starter: fn(&str) -> bool) -> Option<bool> {
        let word = self.whole_word()?;
        // `A. Smith` is a name.
        let is_initial = self.after.starts_with('.') && word.chars().count() == 1;
        Some(!is_initial && is_starter(word))
    }

    /// Whether the word is one that lost its vowel, as in `L'heure`.
    fn is_elided(&self) -> Option<bool> {
        let word = self.whole_word()?;
        let is_short = matches!(
            word,
            "L" | "D"
                | "C"
                | "J"
                | "S"
                | "N"
                | "M"
                | "T"
                | "Qu"
                | "Un"
                | "All"
                | "Dell"
                | "Nell"
                | "Sull"
                | "Quell"
        );
        Some(is_short && self.after.starts_with(APOSTROPHES))
    }

    /// Whether the word and the one after it say who spoke, as in `"Who?" Anna asked`.
    fn says_who_spoke(&self) -> Option<bool> {
        self.whole_word()?;
        let rest = self.after.trim_start();
        let end = rest.find(|c: char| !c.is_alphanumeric());
        if end.is_none() && !self.is_final {
            return None;
        }
        Some(is_speech_verb(&rest[..end.unwrap_or(rest.len())]))
    }

    fn has_inverted_mark(&self) -> bool {
        self.openers.contains(is_inverted)
    }
}

/// Whether a sentence ends before a character that no space precedes. Only in clear cases: most such marks are parts of
/// numbers, addresses and abbreviations.
fn ends_without_space(candidate: &Candidate<'_>, next: &Next<'_>) -> Option<bool> {
    /// Parts of addresses and file names.
    const OF_ADDRESSES: [char; 6] = ['/', '@', '=', '&', ':', '\\'];
    if next.has_inverted_mark() {
        return Some(true);
    }
    if !next.openers.is_empty() || next.case != Case::Capital {
        return Some(false);
    }
    let chunk = candidate.sentence.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = next.whole_word()?;
    let follows_word = !chunk.contains(OF_ADDRESSES) && !next.after.starts_with(OF_ADDRESSES);
    let is_word = word.chars().skip(1).all(char::is_lowercase);
    match candidate.mark {
        Mark::Period => {
            let before = chunk.trim_end_matches('.');
            let is_plain = before.chars().count() > 1 && before.chars().all(char::is_alphabetic);
            let is_small = before.ends_with(char::is_lowercase);
            let is_apart = next.after.starts_with(char::is_whitespace);
            Some(is_plain && is_small && is_apart && is_word && is_starter(word))
        }
        _ => Some(follows_word && is_word && word.chars().count() > 1),
    }
}

/// Whether a sentence ends before a word that a space precedes.
fn ends_with_space(candidate: &Candidate<'_>, next: &Next<'_>) -> Option<bool> {
    let kind = match candidate.mark {
        Mark::Period => kind_before_period(candidate.sentence, candidate.is_all),
        _ => Kind::Ordinary,
    };
    if matches!(kind, Kind::Inside | Kind::ListMarker) {
        return Some(false);
    }
    if next.has_inverted_mark() {
        return Some(true);
    }
    if next.case == Case::Small {
        let is_plain = !matches!(candidate.mark, Mark::Ellipsis { .. }) && kind == Kind::Ordinary;
        let is_dialogue = candidate.has_quote || next.openers.contains(is_dash);
        return Some(candidate.is_small_text && is_plain && !is_dialogue);
    }
    match candidate.mark {
        Mark::Ellipsis { is_apart: true } => next.begins_sentence(is_starter_after_ellipsis),
        Mark::Ellipsis { is_apart: false } => Some(!next.word.starts_with('I') || next.whole_word()? != "I"),
        _ if candidate.has_quote && next.case == Case::Capital && next.says_who_spoke()? => Some(false),
        Mark::Period => ends_at_period(kind, next),
        _ => Some(true),
    }
}

fn is_starter_after_ellipsis(word: &str) -> bool {
    word != "I" && is_starter(word)
}

fn ends_at_period(kind: Kind, next: &Next<'_>) -> Option<bool> {
    match kind {
        Kind::Inside | Kind::ListMarker => Some(false),
        Kind::Ordinary => Some(true),
        Kind::Numbered => Some(!(next.case == Case::Digit || is_roman(next.whole_word()?))),
        Kind::Either | Kind::Ordinal => Some(next.begins_sentence(is_starter)? || next.is_elided()?),
        Kind::Initial => next.begins_sentence(is_starter_after_initial),
        Kind::LargeNumber => Some(!follows_ordinals(next.whole_word()?)),
    }
}
