//! Writes speech to a file while it is made, as one would to a player or a socket.
//!
//! ```sh
//! cargo run --release -p pocket-tts-core --features tiny --example stream -- speech.opus
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example tells what it does")]

use std::{env, error::Error, fs::File, io::Write, path::Path, time::Instant};

use pocket_tts_core::{
    GenerateOptions, TtsModel,
    audio::{AudioFormat, Encoder, SpeedChanger},
};

const TEXT: &str = "The first words are heard at once. The others are made while you listen.";

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).unwrap_or_else(|| "speech.opus".to_owned());
    run(Path::new(&path))
}

/// Streams a text to the file at `path`, a fifth faster than it is spoken.
pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let model = TtsModel::builder().embedded().build()?;
    let voice = model.voice(&model.default_voice())?;
    let mut output = File::create(path)?;
    let format = AudioFormat::of_path(path).unwrap_or(AudioFormat::Pcm);
    let mut encoder = Encoder::new(format, model.sample_rate_hz())?;
    let mut speed = SpeedChanger::new(1.2, model.sample_rate_hz())?;

    let start = Instant::now();
    let mut stream = model.stream(TEXT, &voice, &GenerateOptions::default())?;
    for chunk in &mut stream {
        let chunk = chunk?;
        output.write_all(&encoder.push(&speed.push(&chunk.samples))?)?;
        println!("sentence {}, {:.0} ms", chunk.sentence, start.elapsed().as_secs_f64() * 1e3);
    }
    output.write_all(&encoder.push(&speed.finish())?)?;
    output.write_all(&encoder.finish()?)?;
    if stream.unfinished_sentences() > 0 {
        eprintln!("the model did not end {} sentences by itself", stream.unfinished_sentences());
    }
    Ok(())
}
