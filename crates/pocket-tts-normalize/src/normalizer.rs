//! Puts the written forms of a text into words.

use std::collections::BTreeSet;
use std::ops::Range;

use pocket_tts_spans::{Edits, MappedText};

use crate::classes;
use crate::context::{Context, Match};
use crate::language::Language;
use crate::lexer::{Kind, Tokens};
use crate::rbnf::Speller;
use crate::rule::Rule;

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

    /// Puts a text that comes from another one into words, except for the byte ranges `verbatim`, which must be in order.
    pub fn normalize_mapped(&self, text: &MappedText, verbatim: &[Range<usize>]) -> Normalized {
        let context = Context {
            tokens: Tokens::new(text.text()),
            table: self.language.table(),
            speller: Speller::of(self.language.locale()),
        };
        let mut edits = Edits::new(text);
        let mut changes = Vec::new();
        let (mut at, mut kept) = (0, 0);
        while at < context.tokens.len() {
            let start = context.tokens.bytes(at..at).start;
            while verbatim.get(kept).is_some_and(|range| range.end <= start) {
                kept += 1;
            }
            let is_verbatim = |end: usize| verbatim.get(kept).is_some_and(|range| range.start < end);
            let found = self
                .read(&context, at)
                .filter(|(_, found)| !is_verbatim(context.tokens.bytes(at..found.end).end));
            let Some((rule, found)) = found else {
                at += 1;
                continue;
            };
            let range = context.tokens.bytes(at..found.end);
            let source = text.source_of(range.clone());
            let words = spaced(&context, at, found.end, found.words);
            if words != text.text()[range.clone()] {
                changes.push(Change { output: edits.replace(range, &words), source, rule });
            }
            at = found.end;
        }
        Normalized { mapped: edits.finish(), changes }
    }

    /// What the first enabled rule reads at `at`.
    fn read(&self, context: &Context<'_>, at: usize) -> Option<(Rule, Match)> {
        if context.tokens.is_space(at) {
            return None;
        }
        let enabled = Rule::ALL.into_iter().filter(|rule| !self.disabled.contains(rule));
        let mut found = enabled.filter_map(|rule| Some((rule, classes::read(rule, context, at)?)));
        found.next().filter(|(_, found)| found.end > at)
    }
}

/// `words` with spaces where they would be glued to the words beside them.
fn spaced(context: &Context<'_>, start: usize, end: usize, words: String) -> String {
    let is_word = |kind: Option<Kind>| matches!(kind, Some(Kind::Word | Kind::Digits));
    let glued_before = start.checked_sub(1).is_some_and(|before| is_word(context.tokens.kind(before)));
    let glued_after = is_word(context.tokens.kind(end));
    let mut spaced = String::with_capacity(words.len() + 2);
    if glued_before && words.starts_with(char::is_alphanumeric) {
        spaced.push(' ');
    }
    spaced += &words;
    if glued_after && words.ends_with(char::is_alphanumeric) {
        spaced.push(' ');
    }
    spaced
}
