//! The arguments of `read`.

use std::path::PathBuf;

use clap::Args;

use super::common::CommonArguments;
use super::generate::GenerateArguments;
use super::text::{TextArguments, WordArguments};

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

    /// Play the book while it is spoken, see below; without --output-path no audiobook is written
    #[arg(long, conflicts_with = "preview")]
    pub(crate) play: bool,

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

    #[command(flatten)]
    pub(crate) common: CommonArguments,
    #[command(flatten)]
    pub(crate) words: WordArguments,
}

impl ReadArguments {
    /// The arguments of `generate` that mean the same, for the settings.
    pub(crate) fn shared(&self) -> GenerateArguments {
        let reading = TextArguments { words: self.words.clone(), ..TextArguments::default() };
        GenerateArguments { common: self.common.clone(), reading, ..GenerateArguments::default() }
    }
}
