//! The arguments of `normalize`.

use clap::Args;
use pocket_tts_normalize::Rule;

#[derive(Debug, Args)]
pub(crate) struct NormalizeArguments {
    /// The text; without it, standard input is read line by line
    #[arg(value_name = "TEXT", conflicts_with = "text")]
    pub(crate) words: Vec<String>,

    /// The text as an option, which may begin with a hyphen; `-` reads standard input
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: Option<String>,

    #[arg(long, value_name = "NAME", help = language_help())]
    pub(crate) language: Option<String>,

    #[arg(long, value_name = "RULE", value_parser = Rule::ALL.map(Rule::name), hide_possible_values = true, help = format!(
        "A rule to disable; can be given several times: {}", Rule::ALL.map(Rule::name).join(", ")
    ))]
    pub(crate) without: Vec<String>,

    /// Print JSON: one object for each line, with its changes, their rules and their places in bytes and UTF-16 units
    #[arg(long)]
    pub(crate) json: bool,
}

fn language_help() -> String {
    let names = pocket_tts_normalize::Language::ALL.map(pocket_tts_normalize::Language::name);
    format!(
        "The language: {}, a code such as fr or pt-PT, or the name of a model [default: english]",
        names.join(", ")
    )
}
