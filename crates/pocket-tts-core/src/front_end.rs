//! From a text as people write it to parts in plain words: cleaning, mark-up, the dictionary, normalization. It must not
//! know the model.

use pocket_tts_markup::{
    Cleaning, CleaningWords, DateFormat, Dictionary, GrowingText, HintKind, InputFormat, Limits, MarkupError,
    Part, SayAs, Speech, Style, TextFormat, clean, parse,
};
use pocket_tts_normalize::{self as normalize, DateOrder, Language, Normalizer, Rule};
use pocket_tts_spans::MappedText;

use crate::{Error, Result};

/// What is done to a text before it is split into sentences. By default nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FrontEnd {
    /// The text's language; the model's if absent.
    pub(crate) language: Option<Language>,
    pub(crate) normalize: bool,
    pub(crate) disabled_rules: Vec<Rule>,
    /// Which mark-up is read, if any.
    pub(crate) markup: Option<TextFormat>,
    /// What is cleaned, if anything.
    pub(crate) input_format: Option<InputFormat>,
    pub(crate) dictionary: Option<Dictionary>,
}

/// A text in plain words, with the pauses and the voices of its mark-up.
///
/// [`TtsModel::script`](crate::TtsModel::script) makes one, and [`TtsModel::stream_script`](crate::TtsModel::stream_script)
/// speaks it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    pub(crate) parts: Vec<ScriptPart>,
}

/// A part of a script.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ScriptPart {
    Speech { text: MappedText, style: Style },
    Pause(std::time::Duration),
}

impl Script {
    /// The names of the voices that the mark-up asks for, each once, in order of appearance.
    pub fn voice_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for part in &self.parts {
            if let ScriptPart::Speech { style: Style { voice: Some(name), .. }, .. } = part
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    /// The same script for a text that has `offset` more bytes before it.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        for part in &mut self.parts {
            if let ScriptPart::Speech { text, .. } = part {
                *text = std::mem::take(text).shifted(offset);
            }
        }
        self
    }

    /// Adds another script after this one.
    pub fn append(&mut self, mut other: Self) {
        self.parts.append(&mut other.parts);
    }

    /// Whether there is neither a text nor a pause.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The words to speak, a line for each part.
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            ScriptPart::Speech { text, .. } => Some(text.text()),
            ScriptPart::Pause(_) => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// Reads a text that is written piece by piece. Voices that its mark-up chooses stay from one piece to the next.
///
/// [`TtsModel::script_reader`](crate::TtsModel::script_reader) makes one. Not all texts can be read in pieces:
/// [`GenerateOptions::needs_whole_text`](crate::GenerateOptions::needs_whole_text) tells which.
#[derive(Debug)]
pub struct ScriptReader {
    front_end: FrontEnd,
    language: Language,
    growing: GrowingText,
    /// As it was before the last piece.
    before: Option<GrowingText>,
    /// Lines before the next piece, and characters before it on its first line.
    position: (usize, usize),
}

impl ScriptReader {
    pub(crate) fn new(front_end: FrontEnd, language: Language) -> Self {
        let language = front_end.language.unwrap_or(language);
        Self {
            front_end,
            language,
            growing: GrowingText::new(Limits::default()),
            before: None,
            position: (0, 0),
        }
    }

    /// Reads the next piece, which ends with a sentence. Its words have their places in the piece;
    /// [`Script::shifted`] gives them those in a whole text.
    ///
    /// # Errors
    ///
    /// [`Error::Markup`] if its mark-up is invalid. Lines and columns count from the start of the text.
    pub fn read(&mut self, piece: &str) -> Result<Script> {
        let (lines, columns) = self.position;
        self.position = (
            lines + piece.matches('\n').count(),
            match piece.rsplit_once('\n') {
                Some((_, last)) => last.chars().count(),
                None => columns + piece.chars().count(),
            },
        );
        self.read_piece(piece).map_err(|error| match error {
            Error::Markup { mut problem } => {
                problem.column += if problem.line == 1 { columns } else { 0 };
                problem.line += lines;
                Error::Markup { problem }
            }
            other => other,
        })
    }

    fn read_piece(&mut self, piece: &str) -> Result<Script> {
        let language = self.front_end.language.unwrap_or(self.language);
        let text = self.front_end.cleaned(piece, language);
        if self.front_end.markup.is_none() {
            return self.front_end.words(vec![whole(text)], piece, language);
        }
        self.before = Some(self.growing.clone());
        let mut script = self.growing.read(&text, piece).map_err(|problem| Error::Markup { problem })?;
        if let Some(Part::Speech(last)) = script.parts.last_mut() {
            // Parts are trimmed, but blank lines end a paragraph, which the next piece can't tell.
            last.text.push(&text.slice(text.text().trim_end().len()..text.len()));
        }
        self.front_end.words(script.parts, piece, language)
    }

    /// Forgets the last piece, as if it had not been read, for a piece that turns out to name a voice that doesn't exist.
    pub fn forget_last(&mut self) {
        if let Some(before) = self.before.take() {
            self.growing = before;
        }
    }
}

impl FrontEnd {
    /// Reads a whole text. `language` is the model's.
    pub(crate) fn read(&self, text: &str, language: Language) -> Result<Script> {
        let language = self.language.unwrap_or(language);
        let cleaned = self.cleaned(text, language);
        let parts = match self.markup {
            None => vec![whole(cleaned)],
            Some(format) => {
                parse(&cleaned, text, format, &Limits::default())
                    .map_err(|problem| Error::Markup { problem })?
                    .parts
            }
        };
        self.words(parts, text, language)
    }

    fn cleaned(&self, text: &str, language: Language) -> MappedText {
        let Some(format) = self.input_format else { return MappedText::new(text) };
        let words = CleaningWords::of_language(language.name());
        let has_marks = self.markup.is_some();
        clean(text, format, &Cleaning { words, has_marks, ..Cleaning::default() })
    }

    /// Reads a text without mark-up that isn't cleaned either. `language` is the model's.
    pub(crate) fn read_plain(&self, text: &str, language: Language) -> MappedText {
        let language = self.language.unwrap_or(language);
        let speech = Speech { text: MappedText::new(text), ..Speech::default() };
        self.words_of(speech, language)
    }

    fn words(&self, parts: Vec<Part>, original: &str, language: Language) -> Result<Script> {
        let words = |part| match part {
            Part::Pause(pause) => Ok(ScriptPart::Pause(pause)),
            Part::Speech(speech) => {
                let style = speech.style.clone();
                let language = match &style.language {
                    None => language,
                    Some(name) => language_of(name, &speech.text, original)?,
                };
                Ok(ScriptPart::Speech { text: self.words_of(speech, language), style })
            }
        };
        let mut parts: Vec<ScriptPart> = parts.into_iter().map(words).collect::<Result<_>>()?;
        end_paragraphs(&mut parts, original);
        Ok(Script { parts })
    }

    /// Applies the dictionary and normalizes.
    fn words_of(&self, speech: Speech, language: Language) -> MappedText {
        let speech = match &self.dictionary {
            None => speech,
            Some(dictionary) => dictionary.apply_to_speech(&speech, Some(with_region(language))),
        };
        if !self.normalize {
            return speech.text;
        }
        let rules = self.disabled_rules.iter().copied();
        let normalizer = rules.fold(Normalizer::new(language), Normalizer::without);
        let hints: Vec<normalize::Hint> = speech.hints.iter().map(hint).collect();
        normalizer.normalize_mapped(&speech.text, &hints).mapped
    }
}

/// The code of a language with its region, which an entry of a dictionary may ask for.
fn with_region(language: Language) -> &'static str {
    match language {
        Language::Portuguese => "pt-BR",
        other => other.code(),
    }
}

/// Adds the blank lines between texts, and after the last one, to the texts before them: they end paragraphs.
fn end_paragraphs(parts: &mut [ScriptPart], original: &str) {
    let place = |part: &ScriptPart| match part {
        ScriptPart::Speech { text, .. } => Some(text.source_of(0..text.len())),
        ScriptPart::Pause(_) => None,
    };
    let places: Vec<_> = parts.iter().map(place).collect();
    for (index, part) in parts.iter_mut().enumerate() {
        let start = match places.get(index + 1) {
            Some(Some(next)) => next.start,
            Some(None) => continue,
            None => original.len(),
        };
        if let (ScriptPart::Speech { text, .. }, Some(place)) = (part, &places[index])
            && !text.text().ends_with(char::is_whitespace)
            && original.get(place.end..start).is_some_and(has_blank_line)
        {
            text.push_replacement("\n\n", place.end..start);
        }
    }
}

fn has_blank_line(text: &str) -> bool {
    let mut lines = text.split('\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_some() && line.trim().is_empty() {
            return true;
        }
    }
    false
}

/// A text without mark-up, as it is.
fn whole(text: MappedText) -> Part {
    Part::Speech(Speech { text, ..Speech::default() })
}

/// The language that the mark-up names for `text`, which is a part of `original`.
fn language_of(name: &str, text: &MappedText, original: &str) -> Result<Language> {
    Language::of_name(name).ok_or_else(|| {
        let offset = original.floor_char_boundary(text.source_of(0..text.len()).start);
        let before = &original[..offset];
        let problem = MarkupError {
            line: before.matches('\n').count() + 1,
            column: before.chars().rev().take_while(|character| *character != '\n').count() + 1,
            offset,
            problem: format!("no text can be read in the language `{name}`"),
            help: format!("write one of {}", Language::ALL.map(Language::code).join(", ")),
        };
        Error::Markup { problem }
    })
}

/// The order of a format with both day and month.
fn order(format: DateFormat) -> Option<DateOrder> {
    match format {
        DateFormat::Dmy | DateFormat::Dm => Some(DateOrder::DayFirst),
        DateFormat::Mdy | DateFormat::Md => Some(DateOrder::MonthFirst),
        DateFormat::Ymd | DateFormat::Ym | DateFormat::My | DateFormat::M | DateFormat::D | DateFormat::Y => {
            None
        }
    }
}

fn hint(hint: &pocket_tts_markup::Hint) -> normalize::Hint {
    let kind = match hint.kind {
        HintKind::Verbatim => normalize::HintKind::Verbatim,
        HintKind::SayAs(kind) => normalize::HintKind::SayAs(match kind {
            SayAs::Cardinal => normalize::SayAs::Cardinal,
            SayAs::Ordinal => normalize::SayAs::Ordinal,
            SayAs::Digits => normalize::SayAs::Digits,
            SayAs::Characters => normalize::SayAs::Characters,
            SayAs::Date(format) => normalize::SayAs::Date(format.and_then(order)),
            SayAs::Time => normalize::SayAs::Time,
            SayAs::Telephone => normalize::SayAs::Telephone,
            SayAs::Currency => normalize::SayAs::Money,
            SayAs::Unit => normalize::SayAs::Measure,
            SayAs::Fraction => normalize::SayAs::Fraction,
            SayAs::Year => normalize::SayAs::Year,
        }),
    };
    normalize::Hint { range: hint.range.clone(), kind }
}
