//! Speech with the shipped voice, compared with the reference package.

use std::path::Path;

use pocket_tts_core::{GenerateOptions, Location, TtsModel};
use pocket_tts_tests::{TensorFile, assert_near};

/// The audio is the result of some hundred feedback steps, which accumulate rounding.
const TOLERANCE: f32 = 1e-3;

#[test]
fn the_shipped_voice_equals_the_reference_at_temperature_zero() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens_tiny");
    let reference = TensorFile::read(&folder.join("reference_audio.safetensors"));
    let texts: Vec<String> = serde_json::from_str(&reference.metadata["texts"]).unwrap();
    assert_eq!((texts.len(), reference.tensors.len()), (3, 3));
    let model = TtsModel::builder().embedded().build().unwrap();
    let voice = model.voice(&model.default_voice()).unwrap();
    for (index, text) in texts.iter().enumerate() {
        let audio = model.generate(text, &voice, &GenerateOptions::default().temperature(0.0)).unwrap();
        let expected = reference.get(&format!("audio.{index}")).floats();
        assert_near(text, &audio.samples, &expected, TOLERANCE);
    }
}

#[test]
fn the_embedded_model_equals_the_one_in_the_assets() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/tiny");
    let options = GenerateOptions::default().temperature(0.5).seed(1);
    let from_files = TtsModel::builder().config(Location::Path(assets.join("config.yaml"))).build().unwrap();
    let voice = from_files.voice(&assets.join("voice.safetensors").into()).unwrap();
    let expected = from_files.generate("Good morning.", &voice, &options).unwrap();
    let embedded = TtsModel::builder().language("tiny").build().unwrap();
    let voice = embedded.voice(&embedded.default_voice()).unwrap();
    assert_eq!(embedded.generate("Good morning.", &voice, &options).unwrap(), expected);
}
