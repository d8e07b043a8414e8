//! The arguments that say how a text is read.

use clap::Args;
use pocket_tts_core::{InputFormat, TextFormat};
use pocket_tts_settings::parse;

use crate::defaults::{DEFAULT_PARAGRAPH_PAUSE_S, DEFAULT_SENTENCE_PAUSE_S, SPLITTINGS};

/// How a text is read.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Text")]
pub(crate) struct TextArguments {
    #[command(flatten)]
    pub(crate) words: WordArguments,

    // Not a doc comment, in which brackets are links.
    #[arg(
        long,
        overrides_with = "markup",
        help = "Speak marks such as [pause:500ms], [voice:NAME] and SSML as text"
    )]
    pub(crate) no_markup: bool,
    #[arg(long, hide = true, overrides_with = "no_markup")]
    pub(crate) markup: bool,

    /// The mark-up: ssml, plain (marks in brackets), or auto: ssml if the text begins with `<speak` [default: auto]
    #[arg(long, value_name = "FORMAT", value_parser = TextFormat::NAMES)]
    pub(crate) text_format: Option<String>,

    /// What the text is, to say it without its formatting [default: by the file's ending, or else text]
    #[arg(long, value_name = "FORMAT", value_parser = InputFormat::NAMES)]
    pub(crate) input_format: Option<String>,
}

/// How plain words are read, also in books, which have no mark-up of their own.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Text")]
pub(crate) struct WordArguments {
    /// Speak numbers, dates, money and abbreviations as they are written, as the Python package does
    #[arg(long, overrides_with = "normalize")]
    pub(crate) no_normalize: bool,
    #[arg(long, hide = true, overrides_with = "no_normalize")]
    pub(crate) normalize: bool,

    /// The language of numbers and abbreviations: a name or a code such as pt-PT [default: the model's]
    #[arg(long, value_name = "NAME")]
    pub(crate) text_language: Option<String>,

    /// A TOML file with the pronunciation of words, such as `"Nginx" = "engine x"` under `[words]`
    #[arg(long, value_name = "FILE")]
    pub(crate) dictionary: Option<String>,

    /// How a text is split into the pieces that the model speaks: natural, or as the Python package does [default: natural]
    #[arg(long, value_name = "WAY", value_parser = SPLITTINGS.map(|(name, _)| name))]
    pub(crate) split: Option<String>,

    #[arg(long, value_name = "SECONDS", value_parser = parse::number, allow_hyphen_values = true, help = format!(
        "Silence to add between sentences that are spoken apart [default: {DEFAULT_SENTENCE_PAUSE_S}]"
    ))]
    pub(crate) sentence_pause: Option<f32>,

    #[arg(long, value_name = "SECONDS", value_parser = parse::number, allow_hyphen_values = true, help = format!(
        "Silence to add between paragraphs [default: {DEFAULT_PARAGRAPH_PAUSE_S}]"
    ))]
    pub(crate) paragraph_pause: Option<f32>,
}
