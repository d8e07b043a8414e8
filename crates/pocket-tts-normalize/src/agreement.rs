//! Numbers that agree with what they count in number and gender.

use crate::context::Context;
use crate::number::Number;
use crate::table::Gender;

/// Numbers from here on have a million.
const MILLION: u64 = 1_000_000;
/// The first number whose thousands have a feminine form.
const FEWEST_AGREEING: u64 = 200_000;

impl Context<'_> {
    /// Whether a number takes the singular of the noun after it.
    pub(crate) fn is_singular(&self, number: &Number<'_>) -> bool {
        number.is_one() || self.table.numbers.singular_below_two && matches!(&*number.whole, "0" | "1")
    }

    /// Whether a number takes the singular of the scale after it.
    pub(crate) fn is_singular_scale(&self, number: &Number<'_>) -> bool {
        let is_below_two = matches!(&*number.whole, "0" | "1");
        self.is_singular(number) || self.table.numbers.singular_scale_below_two && is_below_two
    }

    /// A number before a noun of `gender`, with the space between them, which an apostrophe replaces.
    pub(crate) fn say_before(&self, number: &Number<'_>, gender: Option<Gender>, noun: &str) -> String {
        let forms = &self.table.cardinal;
        let noun = noun.to_lowercase();
        let one = forms.one_before.iter().find(|one| {
            Some(one.gender) == gender
                && one.beginnings.iter().any(|letters| noun.starts_with(letters.as_str()))
        });
        match one.filter(|_| number.is_one() && number.sign.is_none()) {
            Some(one) if one.say.ends_with('\'') => one.say.clone(),
            Some(one) => format!("{} ", one.say),
            None => format!("{} {}", self.say(number, gender), self.of_millions(number, &noun)),
        }
    }

    /// What stands between whole millions and a noun in small letters: `de ` or `d'`.
    fn of_millions(&self, number: &Number<'_>, noun: &str) -> &str {
        let is_whole =
            number.whole.len() > 6 && number.whole.ends_with("000000") && number.decimals.is_none();
        if is_whole && !noun.is_empty() { self.of_noun(noun) } else { "" }
    }

    /// What stands between a word for millions and a noun in small letters.
    pub(crate) fn of_noun(&self, noun: &str) -> &str {
        let numbers = &self.table.numbers;
        let before_vowel = numbers.of_millions_before_vowel.as_ref().filter(|_| noun.starts_with(is_vowel));
        before_vowel.unwrap_or(&numbers.of_millions)
    }

    /// Digits in words, in the form for a noun of `gender`. In some languages thousands agree too, which CLDR's rules
    /// don't know: `doscientas mil`.
    pub(crate) fn cardinal(&self, digits: &str, gender: Option<Gender>) -> String {
        let forms = &self.table.cardinal;
        let rule_set = forms.of(gender);
        let number: u64 = digits.parse().unwrap_or(0);
        let rest = number % MILLION;
        let agrees = forms.thousands_agree && gender == Some(Gender::Feminine);
        if !agrees || rest < FEWEST_AGREEING {
            return self.spell(rule_set, digits);
        }
        let millions = (number > rest).then(|| self.spell(rule_set, &(number - rest).to_string()));
        let thousands = self.spell(rule_set, &(rest / 1000).to_string());
        let ones = (!rest.is_multiple_of(1000)).then(|| self.spell(rule_set, &(rest % 1000).to_string()));
        let thousand = self.spell(rule_set, "1000");
        let parts = [millions, Some(thousands), Some(thousand), ones];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The gender of what `number` counts: of the noun after it, or else of the article before `at`, as in `a las 21`.
    pub(crate) fn gender_around(&self, at: usize, number: &Number<'_>) -> Option<Gender> {
        self.gender_of_counted(number).or_else(|| {
            let is_feminine = self.follows(at, &self.table.gender.feminine_articles);
            is_feminine.then_some(Gender::Feminine)
        })
    }

    /// The gender of the noun that `number` counts, which must be a plural if the language's plurals can be told and the
    /// number is not 1.
    pub(crate) fn gender_of_counted(&self, number: &Number<'_>) -> Option<Gender> {
        let plurals = &self.table.gender.plural_endings;
        if !plurals.is_empty() && !self.is_singular(number) {
            let noun = self.tokens.next_word(number.end)?;
            plurals.iter().any(|ending| noun.ends_with(ending.as_str())).then_some(())?;
        }
        self.gender_after(number.end)
    }
}

/// Whether a word that begins with `letter` is said like one that begins with a vowel, in French. Most words with an `h`
/// are.
fn is_vowel(letter: char) -> bool {
    "aeiouhàâäéèêëîïôöùûüœæ".contains(letter)
}
