//! `pocket-tts voices`: lists voices. Nothing is loaded or fetched.

use std::fmt::Write as _;

use pocket_tts_core::{PredefinedVoice, voices};
use serde::Serialize;

use crate::cli::{CommonArguments, ModelArguments, VoicesArguments};
use crate::console::Console;
use crate::exit::Failure;
use crate::model_choice::ModelChoice;
use crate::settings::Settings;
use crate::standard_output;

/// A voice in JSON.
#[derive(Debug, Serialize)]
struct VoiceRow {
    name: String,
    default: bool,
    /// The language whose models use it by default.
    default_of: Option<&'static str>,
    cached: bool,
    recording: Option<String>,
    state: Option<String>,
    licence_page: Option<String>,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &VoicesArguments) -> Result<(), Failure> {
    let settings = Settings::gather(
        &CommonArguments {
            quiet: arguments.quiet,
            model: ModelArguments { language: arguments.language.clone(), ..ModelArguments::default() },
            ..CommonArguments::default()
        }
        .into(),
    )?;
    let console = Console::new(settings.quiet);
    let model = match &settings.model {
        ModelChoice::Config(config) => {
            return Err(Failure::Usage(format!(
                "the model {config} has no named voices, which exist for the released models only; give --language, or \
                 use a recording as --voice"
            )));
        }
        choice => choice.to_string(),
    };
    let rows: Vec<VoiceRow> = voices(&model)?.into_iter().map(VoiceRow::from).collect();
    let text = if arguments.json {
        let json =
            serde_json::to_string_pretty(&rows).map_err(|error| Failure::Internal(error.to_string()))?;
        format!("{json}\n")
    } else {
        table(&rows)
    };
    standard_output::print(&text)?;
    if cfg!(feature = "tiny") && settings.model == ModelChoice::Default {
        console.info(
            "this is the voice of the small built-in model; for the voices of a large one: pocket-tts voices \
             --language english",
        );
    }
    Ok(())
}

impl From<PredefinedVoice> for VoiceRow {
    fn from(voice: PredefinedVoice) -> Self {
        Self {
            name: voice.name,
            default: voice.is_default,
            default_of: voice.default_of,
            cached: voice.is_cached,
            recording: voice.recording.map(|recording| recording.to_string()),
            state: voice.state.map(|state| state.to_string()),
            licence_page: voice.licence_page,
        }
    }
}

/// Columns of text, the last one ragged.
fn table(rows: &[VoiceRow]) -> String {
    let heading = ["NAME", "DEFAULT", "CACHED", "LICENCE PAGE", "RECORDING"].map(str::to_owned);
    let lines: Vec<[String; 5]> = std::iter::once(heading).chain(rows.iter().map(cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 4] = std::array::from_fn(width);
    let mut text = String::new();
    for line in &lines {
        for (cell, width) in line.iter().zip(widths) {
            // Writing to a String does not fail.
            let _ = write!(text, "{cell:width$}  ");
        }
        text.push_str(&line[4]);
        text.push('\n');
    }
    text
}

fn cells(row: &VoiceRow) -> [String; 5] {
    let default = match (row.default, row.default_of) {
        (true, _) => "yes",
        (false, Some(language)) => language,
        (false, None) => "",
    };
    let built_in = || "built in".to_owned();
    [
        row.name.clone(),
        default.to_owned(),
        if row.cached { "yes" } else { "no" }.to_owned(),
        row.licence_page.clone().unwrap_or_default(),
        row.recording.clone().unwrap_or_else(built_in),
    ]
}
