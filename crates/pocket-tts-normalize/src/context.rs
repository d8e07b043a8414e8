//! A text with the table of its language: what every class of written forms needs.

use std::cell::RefCell;
use std::ops::Range;

use crate::lexer::{Tokens, is_capitalized};
use crate::number::Number;
use crate::rbnf::Speller;
use crate::table::{Gender, Table};

/// A text and its language.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) tokens: Tokens<'a>,
    pub(crate) table: &'static Table,
    pub(crate) speller: &'static Speller,
    /// Tokens at which no address without a scheme begins, as far as is known.
    pub(crate) no_address: RefCell<Range<usize>>,
    /// The number that was read last, with its index.
    pub(crate) last_number: RefCell<Option<(usize, Option<Number<'a>>)>>,
}

/// The most first parts of a noun with hyphens.
const MOST_PREFIXES: usize = 2;

/// Tokens in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// The index after the last token.
    pub(crate) end: usize,
    pub(crate) words: String,
}

impl Match {
    pub(crate) fn new(end: usize, words: impl Into<String>) -> Self {
        Self { end, words: words.into() }
    }
}

/// The most tokens in brackets between an amount and its noun.
const MOST_BRACKETED: usize = 10;

impl Context<'_> {
    /// The number of `digits` in words, by a rule set of the speller. Numbers that are too long for it are said digit by
    /// digit.
    pub(crate) fn spell(&self, rule_set: &str, digits: &str) -> String {
        let number = digits.parse().ok();
        let words = number.and_then(|number| {
            self.speller
                .spell(rule_set, number)
                .or_else(|| self.speller.spell(&self.table.cardinal.bare, number))
        });
        words.unwrap_or_else(|| self.spell_digits(digits))
    }

    /// Each digit in words.
    pub(crate) fn spell_digits(&self, digits: &str) -> String {
        let words = digits.bytes().map(|digit| {
            let digit = i64::from(digit.wrapping_sub(b'0'));
            self.speller.spell(&self.table.cardinal.bare, digit).unwrap_or_default()
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// A number in words, in the form for a noun of `gender`, or for none.
    pub(crate) fn say(&self, number: &Number<'_>, gender: Option<Gender>) -> String {
        let numbers = &self.table.numbers;
        let mut words = match number.sign {
            Some('+') => format!("{} ", numbers.plus),
            Some(_) => format!("{} ", numbers.minus),
            None => String::new(),
        };
        let Some(decimals) = number.decimals else {
            let is_code = number.whole.len() > 1 && number.whole.starts_with('0');
            words += &if is_code {
                self.spell_digits(&number.whole)
            } else {
                let gender = gender.filter(|_| !self.table.cardinal.one_alone || number.is_one());
                self.cardinal(&number.whole, gender)
            };
            return words;
        };
        if !number.whole.is_empty() {
            words += &self.spell(&self.table.cardinal.bare, &number.whole);
            words.push(' ');
        }
        let mark =
            if number.has_foreign_mark { &numbers.foreign_decimal_word } else { &numbers.decimal_word };
        words + mark + " " + &self.say_decimals(decimals)
    }

    fn say_decimals(&self, decimals: &str) -> String {
        if decimals.len() > self.table.numbers.decimals_together {
            return self.spell_digits(decimals);
        }
        let significant = decimals.trim_start_matches('0');
        let zeros = self.spell_digits(&decimals[..decimals.len() - significant.len()]);
        match (zeros.is_empty(), significant.is_empty()) {
            (_, true) => zeros,
            (true, false) => self.spell(&self.table.cardinal.bare, significant),
            (false, false) => format!("{zeros} {}", self.spell(&self.table.cardinal.bare, significant)),
        }
    }

    /// The gender of the noun that a number before `at` counts, or `None` if it counts nothing.
    pub(crate) fn gender_after(&self, at: usize) -> Option<Gender> {
        let genders = &self.table.gender;
        let is_glued = self.tokens.word(at).is_some();
        let mut at = at;
        // "21 petites-filles"
        let is_prefix = |at: usize| {
            let first = self.tokens.after_space(at);
            let is_listed = |word: &str| genders.prefixes.iter().any(|prefix| prefix == word);
            self.tokens.word(first).is_some_and(is_listed) && self.tokens.is_mark(first + 1, '-')
        };
        for _ in 0..MOST_PREFIXES {
            if is_prefix(at) {
                at = self.tokens.after_space(at) + 2;
            }
        }
        let word = self.tokens.next_word(at)?;
        let lower = word.to_lowercase();
        let is_noun = !is_glued
            && (!genders.nouns_are_capitalized || is_capitalized(word))
            && !genders.function_words.contains(&lower);
        if !is_noun {
            return None;
        }
        self.gender_of(&lower)
    }

    /// The guessed gender of a noun in lower case.
    pub(crate) fn gender_of(&self, noun: &str) -> Option<Gender> {
        let genders = &self.table.gender;
        let lists = [
            (&genders.feminine, Gender::Feminine),
            (&genders.masculine, Gender::Masculine),
            (&genders.neuter, Gender::Neuter),
        ];
        if let Some((_, gender)) = lists.iter().find(|(list, _)| list.contains(noun)) {
            return Some(*gender);
        }
        let endings = [
            (&genders.feminine_endings, Gender::Feminine),
            (&genders.masculine_endings, Gender::Masculine),
            (&genders.neuter_endings, Gender::Neuter),
        ];
        let longest = |(list, gender): &(&Vec<String>, Gender)| {
            let ending = list.iter().filter(|ending| noun.ends_with(ending.as_str())).map(String::len).max();
            ending.map(|length| (length, *gender))
        };
        let best = endings.iter().filter_map(longest).max_by_key(|(length, _)| *length);
        best.map(|(_, gender)| gender).or(genders.default)
    }

    /// Whether the word before `at` is one of `words`, in any case of the first letter.
    pub(crate) fn follows(&self, at: usize, words: &[String]) -> bool {
        self.tokens.previous_word(at).is_some_and(|word| contains(words, word))
    }

    /// Whether tokens `at..end` describe the noun after them, so that their unit is in the singular: `a $20 bill`.
    pub(crate) fn is_attributive(&self, at: usize, end: usize) -> bool {
        let table = self.table;
        let is_noun =
            |word: &str| word.starts_with(char::is_lowercase) && !table.gender.function_words.contains(word);
        let is_other = |word: &str| {
            table.attributive_not_before.contains(word)
                || table.attributive_not_endings.iter().any(|ending| word.ends_with(ending.as_str()))
        };
        let tokens = &self.tokens;
        let is_bracketed = at.checked_sub(1).is_some_and(|before| tokens.is_mark(before, '('))
            && tokens.is_mark(end, ')')
            && tokens.next_word(end + 1).is_some_and(|word| contains(&table.attributive_containers, word));
        if is_bracketed {
            return true;
        }
        // `a 6 ft USB-C cable`
        let is_capital = tokens.is_space(end)
            && !tokens.is_mark(end - 1, '.')
            && tokens.next_word(end).is_some_and(|word| {
                is_capitalized(word) && !table.gender.function_words.contains(&word.to_lowercase())
            });
        if (is_capital || self.is_before_bracketed(end)) && self.follows(at, &table.attributive_after) {
            return true;
        }
        let noun = self.tokens.next_word(end).filter(|word| is_noun(word));
        let follows_definite =
            || self.follows(at, &table.attributive_after_definite) || self.follows_possessive(at);
        noun.is_some_and(|noun| {
            self.follows(at, &table.attributive_after)
                || table.attributive_before.iter().any(|listed| listed == noun)
                || !is_other(noun) && follows_definite()
        })
    }

    /// Whether brackets and a noun follow at `end`: `a 23 cm (9 in.) tin`.
    fn is_before_bracketed(&self, end: usize) -> bool {
        let tokens = &self.tokens;
        let open = tokens.after_space(end);
        let close = (open..open + MOST_BRACKETED).find(|at| tokens.is_mark(*at, ')'));
        tokens.is_mark(open, '(')
            && close.is_some_and(|close| {
                let noun = tokens.next_word(close + 1);
                noun.is_some_and(|word| {
                    word.starts_with(char::is_lowercase) && !self.table.gender.function_words.contains(word)
                })
            })
    }

    /// Whether a possessive stands before `at`: `London's`, but not `it's`.
    fn follows_possessive(&self, at: usize) -> bool {
        let tokens = &self.tokens;
        let owner = tokens.before_space(at).filter(|word| tokens.text(*word) == "s").and_then(|word| {
            let is_apostrophe = |mark: &usize| tokens.is_mark(*mark, '\'') || tokens.is_mark(*mark, '’');
            word.checked_sub(1).filter(is_apostrophe)?.checked_sub(1)
        });
        owner
            .and_then(|owner| tokens.word(owner))
            .is_some_and(|owner| !contains(&self.table.attributive_not_after, owner))
    }

    /// Whether a match that ends before `end` is followed by the end of a sentence: the end of the text, a paragraph end,
    /// or a word with a capital letter. If nouns have one as well, it must be one of the function words.
    pub(crate) fn at_sentence_end(&self, end: usize) -> bool {
        let next = self.tokens.after_space(end);
        match self.tokens.kind(next) {
            None | Some(crate::lexer::Kind::Space) => true,
            _ => {
                let genders = &self.table.gender;
                let begins_sentence = |word: &str| {
                    is_capitalized(word)
                        && (!genders.nouns_are_capitalized
                            || genders.function_words.contains(&word.to_lowercase()))
                };
                next > end && self.tokens.word(next).is_some_and(begins_sentence)
            }
        }
    }

    /// Whether a listed word with a capital letter that seldom stands inside a sentence follows: `He`, `The`.
    pub(crate) fn at_sentence_start_word(&self, end: usize) -> bool {
        self.tokens.is_space(end)
            && self
                .tokens
                .next_word(end)
                .is_some_and(|word| self.table.initialism.sentence_starts.iter().any(|listed| listed == word))
    }
}

/// Whether `words` contains `word`, or would if it began with a small letter.
pub(crate) fn contains(words: &[String], word: &str) -> bool {
    let mut letters = word.chars();
    let Some(capital) = letters.next() else { return false };
    let rest = letters.as_str();
    let same = |listed: &String| {
        // Most words differ in their last letters, which are compared with the least work.
        listed.ends_with(rest)
            && (listed == word || {
                let mut listed = listed.chars();
                let first = listed.next().filter(|first| first.is_lowercase() && listed.as_str() == rest);
                first.is_some_and(|first| first.to_uppercase().eq(capital.to_uppercase()))
            })
    };
    words.iter().any(same)
}

/// Fills in the fields of a template: `{day} of {month}`.
pub(crate) fn fill(template: &str, fields: &[(&str, &str)]) -> String {
    let mut filled = template.to_owned();
    for (name, value) in fields {
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    filled
}

/// Words with a capital first letter.
pub(crate) fn capitalized(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
