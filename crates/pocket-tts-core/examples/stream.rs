//! Writes speech to standard output while it is made: 16-bit samples, little-endian, mono, 24 kHz.
//!
//! ```sh
//! cargo run --release -p pocket-tts-core --features tiny --example stream | aplay -f S16_LE -r 24000
//! ```

use std::{
    error::Error,
    io::{self, Write},
};

use pocket_tts_core::{GenerateOptions, TtsModel, audio::pcm_s16le};

const TEXT: &str = "The first words are heard at once. The others are made while you listen.";

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock())
}

/// Streams a text to `output`.
pub(crate) fn run(output: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let model = TtsModel::builder().embedded().build()?;
    let voice = model.voice(&model.default_voice())?;
    // Each chunk is one frame of 80 ms. Dropping the stream ends the work.
    for chunk in model.stream(TEXT, &voice, &GenerateOptions::default())? {
        output.write_all(&pcm_s16le(&chunk?.samples))?;
        output.flush()?;
    }
    Ok(())
}
