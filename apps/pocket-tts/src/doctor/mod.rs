//! `pocket-tts doctor`: checks this machine, and advises.
//!
//! This is the order of the checks.

mod audio;
mod files;
mod finding;
mod hub;
mod machine;
mod speech;

use pocket_tts_core::ModelCache;
use serde_json::json;

use crate::cli::{CommonArguments, DoctorArguments, ModelArguments};
use crate::colours;
use crate::exit::Failure;
use crate::message::Message;
use crate::model_choice::ModelChoice;
use crate::settings::Settings;
use crate::standard_output;
use finding::{Finding, Status};

/// Runs the subcommand.
pub(crate) fn run(arguments: &DoctorArguments) -> Result<(), Failure> {
    if standard_output::was_closed() {
        return Err(Failure::ClosedResults);
    }
    let mut findings = Vec::new();
    let mut tell = |finding: Finding| {
        // Each as soon as it is known: the hub can take seconds.
        let outcome = if arguments.json { Ok(()) } else { colours::print(&finding.lines()) };
        findings.push(finding);
        outcome
    };
    tell(Finding::ok("version", concat!("pocket-tts ", env!("CARGO_PKG_VERSION"))))?;
    tell(machine::processor())?;
    tell(machine::memory())?;
    let (finding, choice, offline) = settings(arguments.offline);
    tell(finding)?;
    files::caches(&ModelCache::from_environment()).into_iter().try_for_each(&mut tell)?;
    tell(files::models(&choice))?;
    speech::speech().into_iter().try_for_each(&mut tell)?;
    tell(audio::audio())?;
    tell(hub::hub(offline))?;

    let count = |status| findings.iter().filter(|finding| finding.status == status).count();
    let (problems, warnings) = (count(Status::Problem), count(Status::Warning));
    if arguments.json {
        let report = json!({ "problems": problems, "warnings": warnings, "checks": findings });
        standard_output::print(&format!("{report}\n"))?;
    }
    if problems > 0 { Err(Failure::Doctor { problems }) } else { Ok(()) }
}

/// The settings: whether they are right, the model that they choose, and whether they switch the network off.
fn settings(offline: bool) -> (Finding, ModelChoice, bool) {
    let model = ModelArguments { offline, ..ModelArguments::default() };
    match Settings::gather(&CommonArguments { model, ..CommonArguments::default() }.into()) {
        Ok(settings) => {
            let message = format!("the model is {}", settings.model);
            (Finding::ok("settings", message), settings.model, settings.offline)
        }
        Err(failure) => {
            let message = Message::of(&failure);
            let advice = message.help().join("; ");
            let advice = if advice.is_empty() { "correct it".to_owned() } else { advice };
            (Finding::problem("settings", message.problem(), advice), ModelChoice::Default, offline)
        }
    }
}
