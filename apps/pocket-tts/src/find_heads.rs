//! `pocket-tts find-timestamp-heads`: finds the attention heads of a model that follow the text.

use pocket_tts_core::{GenerateOptions, HeadScore, VoiceSource};

use crate::cli::FindHeadsArguments;
use crate::console::Console;
use crate::exit::Failure;
use crate::fetching::FetchDisplay;
use crate::interruption::Interruption;
use crate::model_choice::ModelChoice;
use crate::standard_output;

/// Heads below this follow no text.
const LEAST_SCORE: f32 = 0.35;
/// Fewer words can't tell heads apart.
const LEAST_WORDS: usize = 12;
/// Numbers are words of every language.
const NUMBERS: &str = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10. 21, 32, 43, 54, 65. 76, 87, 98, 100, 11, 12.";

/// Runs the subcommand.
pub(crate) fn run(arguments: &FindHeadsArguments) -> Result<(), Failure> {
    let console = Console::new(arguments.quiet);
    let FindHeadsArguments { text, model, .. } = arguments;
    let choice = ModelChoice::parse(model.language.clone(), model.config.clone())
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let source = model.voice.as_deref().map(VoiceSource::parse).transpose();
    let source = source.map_err(|error| Failure::Usage(error.to_string()))?;
    let text = match text {
        Some(text) => text.clone(),
        None => format!("{} {NUMBERS}", pocket_tts_core::default_text(choice.language())),
    };
    if text.split_whitespace().count() < LEAST_WORDS {
        return Err(Failure::Usage(format!(
            "the text is too short to tell heads apart; give at least {LEAST_WORDS} words"
        )));
    }
    // The first load of a model writes a large file.
    let interruption = Interruption::install();
    let model = choice.builder(model.offline).on_fetch(FetchDisplay::new(console.clone())).build()?;
    let voice = model.voice(&source.unwrap_or_else(|| model.default_voice()))?;
    interruption.ends_silently();
    let options = GenerateOptions::default().normalize(true).seed(0);
    let found = model.find_timestamp_heads(&text, &voice, &options)?;
    let is_single = found.first().is_some_and(|best| best.heads.len() == 1);
    // The best combination is listed once.
    for HeadScore { heads, score, .. } in found.iter().skip(usize::from(is_single)) {
        let names: Vec<String> =
            heads.iter().map(|head| format!("layer {} head {}", head.layer, head.head)).collect();
        console.info(&format!("{score:.3}  {}", names.join(", ")));
    }
    let best = found.first().filter(|best| best.score >= LEAST_SCORE).ok_or_else(|| {
        Failure::Usage(
            "no attention head of this model follows the text; try a longer --text in the model's language"
                .to_owned(),
        )
    })?;
    let heads: Vec<String> =
        best.heads.iter().map(|head| format!("{{layer: {}, head: {}}}", head.layer, head.head)).collect();
    standard_output::print(&format!("timestamp_heads: [{}]\n", heads.join(", ")))
}
