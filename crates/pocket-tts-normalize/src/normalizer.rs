//! Puts the written forms of a text into words.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use pocket_tts_spans::{Edits, MappedText};

use crate::classes;
use crate::context::{Context, Match, fill};
use crate::language::Language;
use crate::lexer::{Kind, Tokens};
use crate::rbnf::Speller;
use crate::rule::Rule;
use crate::say_as::{self, SayAs};

/// Puts numbers, dates, money, abbreviations and the like into words.
///
/// ```
/// use pocket_tts_normalize::{Language, Normalizer};
///
/// let normalizer = Normalizer::new(Language::English);
/// let normalized = normalizer.normalize("On March 3rd, 2024 she paid $12.50.");
/// assert_eq!(normalized.text(), "On March third, twenty twenty-four she paid twelve dollars and fifty cents.");
/// let change = &normalized.changes[1];
/// assert_eq!((change.rule.name(), change.source.clone()), ("money", 28..34));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalizer {
    language: Language,
    disabled: BTreeSet<Rule>,
}

/// A text in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normalized {
    /// The text, which knows its places in the original.
    pub mapped: MappedText,
    /// What was put into words, in order.
    pub changes: Vec<Change>,
}

/// A written form that was put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where the words stand in the new text, in bytes.
    pub output: Range<usize>,
    /// What they stand for in the original, in bytes.
    pub source: Range<usize>,
    /// The rule that read it.
    pub rule: Rule,
}

/// What is known of a piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The piece, in bytes of the text to normalize.
    pub range: Range<usize>,
    /// What is known.
    pub kind: HintKind,
}

/// What is known of a piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HintKind {
    /// It stays as it is.
    Verbatim,
    /// It is read in this way. A piece that cannot be is read as if there were no hint.
    SayAs(SayAs),
}

impl Normalized {
    /// The text in words.
    pub fn text(&self) -> &str {
        self.mapped.text()
    }
}

impl Normalizer {
    /// A normalizer with all rules.
    pub fn new(language: Language) -> Self {
        Self { language, disabled: BTreeSet::new() }
    }

    /// Disables a rule. Digits that no enabled rule reads stay as they are.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.disabled.insert(rule);
        self
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Puts `text` into words. Takes time and memory in proportion to its length.
    pub fn normalize(&self, text: &str) -> Normalized {
        self.normalize_mapped(&MappedText::new(text), &[])
    }

    /// Puts a text that comes from another one into words. `hints` are in order and don't overlap.
    pub fn normalize_mapped(&self, text: &MappedText, hints: &[Hint]) -> Normalized {
        let context = Context {
            tokens: Tokens::new(text.text()),
            table: self.language.table(),
            speller: Speller::of(self.language.locale()),
            no_address: RefCell::default(),
            last_number: RefCell::default(),
        };
        let mut edits = Edits::new(text);
        let mut changes = Vec::new();
        let (mut at, mut hints) = (0, hints);
        // The index after the last words, which must not be glued to the next ones: `r²=1`.
        let mut after_words = None;
        while at < context.tokens.len() {
            let start = context.tokens.bytes(at..at).start;
            while let Some((hint, rest)) = hints.split_first()
                && hint.range.end <= start
            {
                hints = rest;
            }
            let (found, next) = self.read_with_hint(&context, at, hints.first());
            if let Some((rule, found)) = found {
                let range = context.tokens.bytes(at..found.end);
                let source = text.source_of(range.clone());
                let mut words = spaced(&context, at, found.end, &found.words);
                if after_words == Some(at) && words.starts_with(char::is_alphanumeric) {
                    words.insert(0, ' ');
                }
                after_words = words.ends_with(char::is_alphanumeric).then_some(found.end);
                if words != text.text()[range.clone()] {
                    changes.push(Change { output: edits.replace(range, &words), source, rule });
                }
            }
            at = next;
        }
        Normalized { mapped: edits.finish(), changes }
    }

    /// What is read at `at`, and the index to go on from. `hint` is the next one, which may begin later.
    fn read_with_hint(
        &self,
        context: &Context<'_>,
        at: usize,
        hint: Option<&Hint>,
    ) -> (Option<(Rule, Match)>, usize) {
        let tokens = &context.tokens;
        let start = tokens.bytes(at..at).start;
        let Some(hint) = hint.filter(|hint| hint.range.start < tokens.bytes(at..at + 1).end) else {
            let is_free = |end: usize| hint.is_none_or(|hint| tokens.bytes(at..end).end <= hint.range.start);
            let found = self.read(context, at).filter(|(_, found)| is_free(found.end));
            let next = found.as_ref().map_or(at + 1, |(_, found)| found.end);
            return (found, next);
        };
        let end = (at + 1..tokens.len()).find(|end| tokens.bytes(*end..*end).start >= hint.range.end);
        let end = end.unwrap_or(tokens.len());
        let words = match hint.kind {
            HintKind::SayAs(kind) if start >= hint.range.start => say_as::read(context, at..end, kind),
            _ => None,
        };
        let is_verbatim = hint.kind == HintKind::Verbatim;
        match words {
            Some(words) => (Some((Rule::SayAs, Match::new(end, words))), end),
            None if is_verbatim => (None, end),
            None => {
                let found = self.read(context, at);
                let next = found.as_ref().map_or(at + 1, |(_, found)| found.end);
                (found, next)
            }
        }
    }

    /// What the first enabled rule reads at `at`.
    fn read(&self, context: &Context<'_>, at: usize) -> Option<(Rule, Match)> {
        let rules = classes::rules_of(context.tokens.kind(at)?).iter();
        let enabled = rules.filter(|rule| !self.disabled.contains(rule));
        let mut found = enabled.filter_map(|rule| Some((*rule, classes::read(*rule, context, at)?)));
        let (rule, found) = found.next().filter(|(_, found)| found.end > at)?;
        Some((rule, with_range(context, rule, at, found)))
    }
}

/// A match together with another one of the same rule after a dash: `9:00–17:00`.
fn with_range(context: &Context<'_>, rule: Rule, at: usize, first: Match) -> Match {
    if !matches!(rule, Rule::Date | Rule::Time | Rule::Money | Rule::Measure | Rule::Year | Rule::Ordinal) {
        return first;
    }
    let tokens = &context.tokens;
    let dash = tokens.after_space(first.end);
    let start = tokens.after_space(dash + 1);
    let is_range = match tokens.kind(dash) {
        Some(Kind::Mark('-' | '‑')) => {
            let is_spaced = dash > first.end && start > dash + 1 && rule == Rule::Time;
            is_spaced || dash == first.end && start == dash + 1
        }
        Some(Kind::Mark('–')) => true,
        _ => false,
    };
    match is_range.then(|| classes::read(rule, context, start)).flatten() {
        Some(second) => {
            let fields = [("first", first.words.as_str()), ("second", second.words.as_str())];
            Match::new(second.end, fill(classes::range_template_of(context, rule, at), &fields))
        }
        None => first,
    }
}

/// `words` with spaces where they would be glued to the words beside them.
fn spaced(context: &Context<'_>, start: usize, end: usize, words: &str) -> String {
    let is_word = |kind: Option<Kind>| matches!(kind, Some(Kind::Word | Kind::Digits));
    let glued_before = start.checked_sub(1).is_some_and(|before| is_word(context.tokens.kind(before)));
    let glued_after = is_word(context.tokens.kind(end));
    let mut spaced = String::with_capacity(words.len() + 2);
    if glued_before && words.starts_with(char::is_alphanumeric) {
        spaced.push(' ');
    }
    spaced += words;
    if glued_after && words.ends_with(char::is_alphanumeric) {
        spaced.push(' ');
    }
    spaced
}
