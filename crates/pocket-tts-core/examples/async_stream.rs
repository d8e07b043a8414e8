//! Speaks two texts at once in asynchronous code, here without a runtime; with tokio it is the same.
//!
//! ```sh
//! cargo run --release -p pocket-tts-core --features tiny --example async_stream
//! ```

#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::error::Error;

use futures_lite::{StreamExt, future};
use pocket_tts_core::{GenerateOptions, TtsModel, Voice};

fn main() -> Result<(), Box<dyn Error>> {
    let [first, second] = run()?;
    println!("{first} and {second} samples");
    Ok(())
}

/// Speaks two texts at once and returns how many samples each has.
pub(crate) fn run() -> Result<[usize; 2], Box<dyn Error>> {
    // Loading a model and preparing a voice compute for a while: with a runtime, on a thread for blocking work.
    let model = TtsModel::builder().embedded().build()?;
    let voice = model.voice(&model.default_voice())?;
    let both = future::zip(count(&model, &voice, "Good morning."), count(&model, &voice, "Good night."));
    let (first, second) = future::block_on(both);
    Ok([first?, second?])
}

async fn count(model: &TtsModel, voice: &Voice, text: &str) -> pocket_tts_core::Result<usize> {
    let mut speech = model.stream(text, voice, &GenerateOptions::default().seed(1))?.into_async();
    let mut samples = 0;
    while let Some(chunk) = speech.next().await {
        samples += chunk?.samples.len();
    }
    Ok(samples)
}
