//! Speaks several texts at once through one model, and shows that the result doesn't depend on that.
//!
//! ```sh
//! cargo run --release -p pocket-tts-core --features tiny --example many_at_once
//! ```

#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::{error::Error, thread};

use pocket_tts_core::{Audio, GenerateOptions, TtsModel};

const TEXTS: [&str; 4] = ["Good morning.", "How are you?", "It is late.", "Good night."];

fn main() -> Result<(), Box<dyn Error>> {
    for (text, audio) in TEXTS.iter().zip(run()?) {
        println!("{:.2} s: {text}", audio.duration_s());
    }
    Ok(())
}

/// Speaks the texts together, and one of them again alone.
pub(crate) fn run() -> Result<Vec<Audio>, Box<dyn Error>> {
    let model = TtsModel::builder().embedded().build()?;
    let voice = model.voice(&model.default_voice())?;
    let options = GenerateOptions::default().seed(1).temperature(0.5);
    // The model and the voice are shared, without a lock. Requests that run together share each pass over the weights.
    let spoken: Vec<_> = thread::scope(|scope| {
        let threads = TEXTS.map(|text| scope.spawn(|| model.generate(text, &voice, &options)));
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let mut audio = Vec::new();
    for result in spoken {
        audio.push(result.map_err(|_| "a thread panicked")??);
    }
    let alone = model.generate(TEXTS[0], &voice, &options)?;
    if audio[0] != alone {
        return Err("the same seed must give the same samples".into());
    }
    Ok(audio)
}
