//! The arguments of `read`.

use std::path::PathBuf;

use clap::Args;
use pocket_tts_settings::parse;

use super::generate::{
    GenerateArguments, ModelArguments, RecordingArguments, SpeechArguments, SpeedArguments,
};
use super::text::TextArguments;
use crate::defaults::{DEFAULT_PARAGRAPH_PAUSE_S, DEFAULT_SENTENCE_PAUSE_S, SPLITTINGS};

#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
#[derive(Debug, Default, Args)]
pub(crate) struct ReadArguments {
    /// The book: .epub, .md, .html, .txt or .srt
    #[arg(value_name = "BOOK")]
    pub(crate) book: PathBuf,

    /// The audiobook to write: .m4b, .mp3 or .opus with chapters, or a folder, whose name ends with a slash, with a file for
    /// each chapter [default: the book's name with .m4b, in the current folder; with --chapters followed by
    /// their numbers]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output_path: Option<PathBuf>,

    /// The format, whatever the extension of the output: m4b, mp3 or opus; for a folder the format of its files: mp3, opus,
    /// flac, aac or wav [default: by the extension, or else m4b, for a folder mp3]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,

    /// The chapters to read, by their numbers in --preview, such as `3-7,9` or `12-` [default: all]
    #[arg(long, value_name = "LIST")]
    pub(crate) chapters: Option<String>,

    /// List the chapters with their lengths and what is left out, and speak nothing
    #[arg(long)]
    pub(crate) preview: bool,

    /// Print the list of --preview as JSON
    #[arg(long, requires = "preview")]
    pub(crate) json: bool,

    /// Several voices: `narrator=alba,quotes=jean` has what is said in quotation marks spoken by another voice than the rest
    #[arg(long, value_name = "ROLE=VOICE,...")]
    pub(crate) voices: Option<String>,

    /// Also write captions, or the times of all sentences and words: .srt, .vtt or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) captions: Option<PathBuf>,

    /// The title to write into the audiobook [default: the book's]
    #[arg(long, value_name = "TITLE")]
    pub(crate) title: Option<String>,

    /// The author to write into the audiobook [default: the book's]
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,

    /// A picture for the cover: .jpg or .png [default: the book's]
    #[arg(long, value_name = "FILE")]
    pub(crate) cover: Option<PathBuf>,

    /// Remove the folder of spoken passages once the audiobook is complete, see below
    #[arg(long)]
    pub(crate) remove_parts: bool,

    /// A YAML file of settings; see the end of `pocket-tts generate --help`
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// Print nothing to standard error except errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) model: ModelArguments,
    #[command(flatten)]
    pub(crate) text: BookTextArguments,
    #[command(flatten)]
    pub(crate) recording: RecordingArguments,
    #[command(flatten)]
    pub(crate) speech: SpeechArguments,
    #[command(flatten)]
    pub(crate) speed: SpeedArguments,
}

/// How the text of a book is read, which has no mark-up of its own.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Text")]
pub(crate) struct BookTextArguments {
    /// Speak numbers, dates, money and abbreviations as they are written
    #[arg(long)]
    pub(crate) no_normalize: bool,

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

impl ReadArguments {
    /// The arguments of `generate` that mean the same, for the settings.
    pub(crate) fn shared(&self) -> GenerateArguments {
        let text = &self.text;
        GenerateArguments {
            settings: self.settings.clone(),
            quiet: self.quiet,
            model: self.model.clone(),
            reading: TextArguments {
                no_normalize: text.no_normalize,
                text_language: text.text_language.clone(),
                dictionary: text.dictionary.clone(),
                split: text.split.clone(),
                sentence_pause: text.sentence_pause,
                paragraph_pause: text.paragraph_pause,
                ..TextArguments::default()
            },
            recording: self.recording.clone(),
            speech: self.speech.clone(),
            speed: self.speed.clone(),
            ..GenerateArguments::default()
        }
    }
}
