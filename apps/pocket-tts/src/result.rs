//! The result of `generate` as JSON. It must not speak.

use serde_json::json;

use crate::exit::Failure;
use crate::output::Output;
use crate::settings::Settings;
use crate::speaking::Spoken;
use crate::standard_output;

/// Checks before the work that the result can be printed.
pub(crate) fn check(output: &Output) -> Result<(), Failure> {
    if *output == Output::StandardOutput {
        return Err(Failure::Usage(
            "--json and the audio can't both be on standard output; name a file with --output-path"
                .to_owned(),
        ));
    }
    if standard_output::was_closed() { Err(Failure::ClosedResults) } else { Ok(()) }
}

/// Prints the result on one line.
pub(crate) fn print(
    settings: &Settings,
    seed: u64,
    spoken: &Spoken,
    warnings: &[String],
) -> Result<(), Failure> {
    let took_s = spoken.took.as_secs_f64();
    let row = json!({
        "output": settings.output.to_string(),
        "duration_s": rounded(spoken.duration_s),
        "seed": seed,
        "sentences": spoken.sentences,
        "warnings": warnings,
        "took_s": rounded(took_s),
        "first_sound_ms": rounded(1e3 * spoken.first_sound.as_secs_f64()),
        "times_real_time": rounded(spoken.duration_s / took_s),
    });
    standard_output::print(&format!("{row}\n"))
}

/// A number with three decimal places.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
