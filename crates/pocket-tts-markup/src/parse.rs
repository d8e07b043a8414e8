//! Reads the mark-up of a text.

use pocket_tts_spans::MappedText;

use crate::builder::ScriptBuilder;
use crate::error::{Fault, MarkupError};
use crate::limits::{Budget, Limits};
use crate::marks::{Mark, next_mark};
use crate::script::{Script, Style};
use crate::ssml;

/// Which mark-up a text holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextFormat {
    /// SSML if the text begins with `<speak`, perhaps after an XML declaration and comments, else [`Self::Plain`].
    #[default]
    Auto,
    /// Text with marks in square brackets, such as `[pause:500ms]`.
    Plain,
    /// SSML, in which the marks in square brackets work, too.
    Ssml,
}

impl TextFormat {
    /// The names of the formats.
    pub const NAMES: [&str; 3] = ["auto", "plain", "ssml"];

    /// The format with this name, in any case. `text` is [`Self::Plain`], too.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "auto" => Self::Auto,
            "plain" | "text" => Self::Plain,
            "ssml" => Self::Ssml,
            _ => return None,
        })
    }
}

/// Reads the mark-up of `text`, which was made from `original`. Both are the same if the text was not cleaned.
///
/// It takes time in proportion to the length of the text. To speak a text without looking for mark-up, use
/// [`Script::without_markup`].
///
/// ```
/// use std::time::Duration;
///
/// use pocket_tts_markup::{Limits, MappedText, Part, TextFormat, parse};
///
/// let text = "Ready? [pause:1.5s] [voice:alba] Go!";
/// let script = parse(&MappedText::new(text), text, TextFormat::Auto, &Limits::default())?;
/// let [Part::Speech(first), Part::Pause(pause), Part::Speech(second)] = &script.parts[..] else { panic!() };
/// assert_eq!((first.text.text(), second.text.text()), ("Ready?", "Go!"));
/// assert_eq!(*pause, Duration::from_millis(1500));
/// assert_eq!(second.style.voice.as_deref(), Some("alba"));
/// # Ok::<(), pocket_tts_markup::MarkupError>(())
/// ```
///
/// # Errors
///
/// If a mark or a tag is malformed, SSML is not well formed or uses more than the supported subset, or a limit is
/// exceeded. The error has the line and column of the original.
pub fn parse(
    text: &MappedText,
    original: &str,
    format: TextFormat,
    limits: &Limits,
) -> Result<Script, MarkupError> {
    let mut builder = ScriptBuilder::new(Style::default());
    let mut budget = Budget::new(limits.clone());
    let read = match format {
        TextFormat::Auto if ssml::is_ssml(text.text()) => ssml::read(text, &mut builder, &mut budget),
        TextFormat::Auto | TextFormat::Plain => read_plain(text, &mut builder, &mut budget),
        TextFormat::Ssml => ssml::read(text, &mut builder, &mut budget),
    };
    match read {
        Ok(()) => Ok(builder.finish()),
        Err(fault) => Err(located(text, original, fault)),
    }
}

/// Reads a text that arrives in pieces: voices stay, and limits count, from one piece to the next.
///
/// [`complete_len`](crate::complete_len) tells how much of the text so far is a piece. SSML can't be read in pieces.
#[derive(Clone, Debug)]
pub struct GrowingText {
    style: Style,
    budget: Budget,
}

impl GrowingText {
    /// Begins a text.
    pub fn new(limits: Limits) -> Self {
        Self { style: Style::default(), budget: Budget::new(limits) }
    }

    /// Reads the marks of the next piece, which was made from `original`.
    ///
    /// # Errors
    ///
    /// As [`parse`]. Lines and columns count from the start of the piece.
    pub fn read(&mut self, piece: &MappedText, original: &str) -> Result<Script, MarkupError> {
        let mut builder = ScriptBuilder::new(self.style.clone());
        read_plain(piece, &mut builder, &mut self.budget).map_err(|fault| located(piece, original, fault))?;
        self.style = builder.style.clone();
        Ok(builder.finish())
    }
}

fn located(text: &MappedText, original: &str, fault: Fault) -> MarkupError {
    let offset = text.source_of(fault.offset..(fault.offset + 1).min(text.len())).start;
    MarkupError::new(original, Fault { offset, ..fault })
}

fn read_plain(text: &MappedText, builder: &mut ScriptBuilder, budget: &mut Budget) -> Result<(), Fault> {
    let mut done = 0;
    let mut from = 0;
    while let Some(found) = next_mark(text.text(), from) {
        let (range, mark) = found?;
        builder.push_unchanged(&text.slice(done..range.start));
        done = range.end;
        from = range.end;
        match mark {
            Mark::Escape { end } => from = end,
            Mark::Pause(pause) => {
                budget.count_mark(range.start)?;
                budget.count_pause(range.start, pause)?;
                builder.pause(pause);
            }
            Mark::Voice(name) => {
                budget.count_mark(range.start)?;
                budget.check_name(range.start, name.unwrap_or_default())?;
                builder.style.voice = name.map(str::to_owned);
            }
        }
    }
    builder.push_unchanged(&text.slice(done..text.len()));
    Ok(())
}
