//! The names of the rules.

/// A kind of written form that is put into words. Each can be disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// E-mail addresses and URLs.
    Electronic,
    /// Dates.
    Date,
    /// Times of day.
    Time,
    /// Telephone numbers and bank accounts.
    Telephone,
    /// Amounts of money.
    Money,
    /// Numbers with a unit or a percent sign.
    Measure,
    /// Fractions.
    Fraction,
    /// Versions and addresses with several points.
    Version,
    /// Ranges and scores.
    Range,
    /// Years and decades.
    Year,
    /// Ordinals.
    Ordinal,
    /// Roman numerals.
    Roman,
    /// All other numbers: cardinals, decimals, negative numbers.
    Number,
    /// Abbreviations and titles.
    Abbreviation,
    /// Capital letters that are said one by one.
    Initialism,
    /// Letters and digits in one word.
    Mixed,
    /// Symbols.
    Symbol,
    /// What mark-up says how to read.
    SayAs,
}

impl Rule {
    /// All rules, in the order in which they are tried.
    pub const ALL: [Self; 18] = [
        Self::Electronic,
        Self::Telephone,
        Self::Date,
        Self::Time,
        Self::Money,
        Self::Version,
        Self::Fraction,
        Self::Range,
        Self::Year,
        Self::Measure,
        Self::Ordinal,
        Self::Roman,
        Self::Abbreviation,
        Self::Initialism,
        Self::Mixed,
        Self::Number,
        Self::Symbol,
        Self::SayAs,
    ];

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Electronic => "electronic",
            Self::Date => "date",
            Self::Time => "time",
            Self::Telephone => "telephone",
            Self::Money => "money",
            Self::Measure => "measure",
            Self::Fraction => "fraction",
            Self::Version => "version",
            Self::Range => "range",
            Self::Year => "year",
            Self::Ordinal => "ordinal",
            Self::Roman => "roman",
            Self::Number => "number",
            Self::Abbreviation => "abbreviation",
            Self::Initialism => "initialism",
            Self::Mixed => "mixed",
            Self::Symbol => "symbol",
            Self::SayAs => "say-as",
        }
    }

    /// The rule of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}
