//! Takes a voice from a recording, keeps it, and speaks with what was kept.
//!
//! ```sh
//! cargo run --release -p pocket-tts-core --features tiny --example clone_voice -- recording.wav voice.safetensors
//! ```
//!
//! The model on board takes any recording but has one voice of its own. For speech that sounds like the recording, load
//! a model that clones voices, with `TtsModel::builder().language("english")`.

#![expect(clippy::print_stderr, reason = "an example tells what it does")]

use std::{env, error::Error, path::Path};

use pocket_tts_core::{Audio, GenerateOptions, TtsModel, VoiceOptions, VoiceSource};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(recording), Some(kept)) = (arguments.next(), arguments.next()) else {
        return Err("usage: clone_voice RECORDING VOICE.safetensors".into());
    };
    run(Path::new(&recording), Path::new(&kept))?.save("speech.wav")?;
    Ok(())
}

/// Takes the voice of the recording, keeps it at `kept`, and speaks with it.
pub(crate) fn run(recording: &Path, kept: &Path) -> Result<Audio, Box<dyn Error>> {
    let model = TtsModel::builder().embedded().build()?;
    let options = VoiceOptions::default().truncate(true);
    let voice = model.voice_with(&VoiceSource::from(recording), &options)?;
    for warning in voice.warnings() {
        eprintln!("{warning}");
    }
    std::fs::write(kept, voice.to_safetensors())?;

    // A voice that was kept is there at once; it fits the model that made it.
    let voice = model.voice(&VoiceSource::from(kept))?;
    Ok(model.generate("Good morning.", &voice, &GenerateOptions::default())?)
}
