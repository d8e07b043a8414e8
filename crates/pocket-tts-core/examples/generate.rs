//! Speaks a text into a file, in the format that its name ends in.
//!
//! ```sh
//! cargo run --release -p pocket-tts-core --features tiny --example generate -- speech.mp3 "Hello there."
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example tells what it does")]

use std::{env, error::Error, path::Path};

use pocket_tts_core::{GenerateOptions, TtsModel};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "speech.wav".to_owned());
    let text = arguments.next().unwrap_or_else(|| "Hello from a small voice.".to_owned());
    run(Path::new(&path), &text)
}

/// Speaks `text` into the file at `path`.
pub(crate) fn run(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    // `.language("english")` loads a larger model, which is fetched once.
    let model = TtsModel::builder().embedded().build()?;
    let voice = model.voice(&model.default_voice())?;
    let options = GenerateOptions::default().seed(1);

    // What the model can't read of the text is left out.
    for warning in model.check_text(text, &options)?.warnings() {
        eprintln!("{warning}");
    }
    let audio = model.generate(text, &voice, &options)?;
    audio.save(path)?;
    println!("{:.2} s of speech in {}", audio.duration_s(), path.display());
    Ok(())
}
