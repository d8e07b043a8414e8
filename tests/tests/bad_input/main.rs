//! Any invalid input results in an error of the right kind that says what is wrong and how to fix it; nothing panics.

mod models;
mod recordings;
mod requests;
mod voice_files;

use pocket_tts_core::{TtsModel, Voice};
use pocket_tts_tests::ModelCopy;

/// The configuration that these tests damage.
const CONFIG: &str = "04_drifting";
const VOICE: &str = "voice_state.safetensors";
const WEIGHTS: &str = "model.safetensors";

/// A sound model, a voice of it, and their folder.
fn sound_model() -> (ModelCopy, TtsModel, Voice) {
    let copy = ModelCopy::of(CONFIG);
    let model = copy.build().expect("a sound model");
    let voice = model.voice(&copy.path(VOICE).into()).expect("a sound voice");
    (copy, model, voice)
}
