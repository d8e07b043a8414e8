//! Whether this machine speaks, and how fast.

use std::time::Instant;

use pocket_tts_core::{Audio, GenerateOptions};

use super::finding::Finding;
use crate::exit::Failure;
use crate::message::Message;
use crate::model_choice::ModelChoice;

const TEXT: &str = "Good morning. This is a short test of the voice.";

/// Speaks a sentence with the built-in model.
pub(super) fn speech() -> Option<Finding> {
    cfg!(feature = "tiny").then(|| match spoken() {
        Err(failure) => {
            let message = Message::of(&failure);
            let advice = if message.help().is_empty() {
                "this is a bug; please report it with these lines".to_owned()
            } else {
                message.help().join("; ")
            };
            Finding::problem("speech", message.problem(), advice)
        }
        Ok(times) if times < 1.0 => Finding::warning(
            "speech",
            format!(
                "the built-in model speaks at {times:.1} times real time, which stutters while it is played"
            ),
            "end other programs, or write files",
        ),
        Ok(times) => {
            Finding::ok("speech", format!("the built-in model speaks at {times:.0} times real time"))
        }
    })
}

/// The seconds of speech per second of work.
fn spoken() -> Result<f64, Failure> {
    let model = ModelChoice::Default.builder(true).build()?;
    let voice = model.voice(&model.default_voice())?;
    let start = Instant::now();
    let audio: Audio = model.generate(TEXT, &voice, &GenerateOptions::default().seed(1))?;
    Ok(audio.duration_s() / start.elapsed().as_secs_f64())
}
