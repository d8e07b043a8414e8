//! What a text is made of.

use std::ops::Range;
use std::time::Duration;

use pocket_tts_spans::MappedText;

/// What a text is made of, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// Speech and pauses.
    pub parts: Vec<Part>,
}

impl Script {
    /// A script that speaks `text` as it is, without looking for mark-up.
    pub fn without_markup(text: &MappedText) -> Self {
        let text = text.trimmed();
        let speech = (!text.is_empty()).then(|| Part::Speech(Speech { text, ..Speech::default() }));
        Self { parts: speech.into_iter().collect() }
    }
}

/// A part of a [`Script`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text that is spoken in one style.
    Speech(Speech),
    /// Silence. It is never zero.
    Pause(Duration),
}

/// Text that is spoken in one style.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speech {
    /// The text. It begins and ends with a character that is not white space.
    pub text: MappedText,
    /// How it is spoken.
    pub style: Style,
    /// What is known about ranges of it, in order and without overlap.
    pub hints: Vec<Hint>,
}

/// How text is spoken.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// The name of the voice, or `None` for the request's.
    pub voice: Option<String>,
    /// The language, as a name or code, or `None` for the request's.
    pub language: Option<String>,
    /// The speed as a factor: 2 is twice as fast. Between [`Style::RATES`].
    pub rate: f32,
    /// The change of loudness in decibels. Negative infinity is silence.
    pub volume_db: f32,
}

impl Style {
    /// The lowest and the highest rate.
    pub const RATES: (f32, f32) = (0.25, 4.0);
    /// The lowest and the highest change of loudness in decibels, apart from silence.
    pub const VOLUMES_DB: (f32, f32) = (-60.0, 20.0);
}

impl Default for Style {
    fn default() -> Self {
        Self { voice: None, language: None, rate: 1.0, volume_db: 0.0 }
    }
}

/// What is known about a range of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The range in bytes of [`Speech::text`].
    pub range: Range<usize>,
    /// What is known.
    pub kind: HintKind,
}

/// What is known about a range of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintKind {
    /// What the range is.
    SayAs(SayAs),
    /// The range is already as it is to be spoken: a rule for numbers, dates and the like must leave it.
    Verbatim,
}

/// What a range is, as in SSML's `say-as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SayAs {
    /// A number of things: `cardinal` or `number`.
    Cardinal,
    /// A place in an order: `ordinal`.
    Ordinal,
    /// One digit after the other: `digits`.
    Digits,
    /// One character after the other: `characters`, `spell-out` or `verbatim`.
    Characters,
    /// A date, with the order of its fields if that is known: `date`.
    Date(Option<DateFormat>),
    /// A time of day: `time`.
    Time,
    /// A telephone number: `telephone`.
    Telephone,
    /// An amount of money: `currency`.
    Currency,
    /// A number with a unit: `unit`.
    Unit,
    /// A fraction: `fraction`.
    Fraction,
    /// A year: `year`.
    Year,
}

/// The order of the fields of a date: `m` is the month, `d` the day and `y` the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the formats")]
pub enum DateFormat {
    Mdy,
    Dmy,
    Ymd,
    Md,
    Dm,
    Ym,
    My,
    M,
    D,
    Y,
}

impl DateFormat {
    /// The format that SSML calls `name`, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "mdy" => Self::Mdy,
            "dmy" => Self::Dmy,
            "ymd" => Self::Ymd,
            "md" => Self::Md,
            "dm" => Self::Dm,
            "ym" => Self::Ym,
            "my" => Self::My,
            "m" => Self::M,
            "d" => Self::D,
            "y" => Self::Y,
            _ => return None,
        })
    }
}
