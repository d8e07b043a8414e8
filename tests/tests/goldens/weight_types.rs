//! The number types of weight files, and weights stored as magnitude and direction.

use pocket_tts_core::{Audio, ErrorKind, GenerateOptions, Location, Result, TtsModel, VoiceSource};
use pocket_tts_tensor::testing::random_signal;
use pocket_tts_tensor::to_vec;
use pocket_tts_tests::{ModelCopy, RawTensor, assert_error, assert_near};
use safetensors::Dtype;

const CONFIG: &str = "16_bf16_file";
const WEIGHTS: &str = "model.safetensors";

#[test]
fn the_16_bit_golden_is_stored_in_16_bits() {
    let copy = ModelCopy::of_golden(CONFIG);
    copy.edit_tensors(WEIGHTS, |file| {
        assert!(file.tensors.values().all(|tensor| tensor.dtype == Dtype::BF16));
    });
}

#[test]
fn weights_of_any_type_result_in_the_same_speech() {
    let bf16 = speak_with(RawTensor::clone).unwrap();
    let f32 = speak_with(|tensor| RawTensor::of_floats(&tensor.shape, &tensor.floats())).unwrap();
    assert!(!bf16.samples.is_empty());
    assert_eq!(bf16, f32, "a bf16 number is an f32 number");
    let f16 = speak_with(RawTensor::to_f16).unwrap();
    // f16 represents all these bf16 numbers, except for the smallest ones.
    assert_near("f16", &f16.samples, &bf16.samples, 1e-3);
}

#[test]
fn integer_weights_are_refused_by_name() {
    let outcome = speak_with(|tensor| {
        let zeros = vec![0; tensor.shape.iter().product()];
        RawTensor::of_integers(&tensor.shape, &zeros)
    });
    assert_error(outcome, ErrorKind::BadModel, &["holds I64", "F32, BF16 or F16"]);
}

#[test]
fn a_weight_stored_as_magnitude_and_direction_is_equal() {
    let copy = ModelCopy::of_golden("17_split_training_names");
    let plain = copy.build().unwrap();
    let mut normalised = 0;
    copy.edit_tensors("mimi.safetensors", |file| {
        for (name, weight) in std::mem::take(&mut file.tensors) {
            let is_convolution =
                name.ends_with(".conv.conv.weight") || name.ends_with(".convtr.convtr.weight");
            if !is_convolution || !(name.contains(".encoder.") || name.contains(".decoder.")) {
                file.tensors.insert(name, weight);
                continue;
            }
            normalised += 1;
            let [magnitude, direction] = normalise(&weight);
            file.tensors.insert(format!("{name}_g"), magnitude);
            file.tensors.insert(format!("{name}_v"), direction);
        }
    });
    assert!(normalised > 10, "{normalised} convolutions");
    let split = copy.build().unwrap();
    let speak = |model: &TtsModel| {
        let recording = random_signal(3, [4000, 1]);
        let audio = Audio { samples: to_vec(recording), sample_rate_hz: model.sample_rate_hz() };
        let voice = model.voice(&VoiceSource::Samples(audio)).unwrap();
        model.generate("This sentence has no comma.", &voice, &options()).unwrap().samples
    };
    assert_near("speech in a cloned voice", &speak(&split), &speak(&plain), 1e-4);
}

#[test]
fn weights_of_another_file_replace_the_models_own() {
    let (own, other) = (ModelCopy::of_golden(CONFIG), ModelCopy::of_golden(CONFIG));
    let speak = |model: &TtsModel| {
        let voice = model.voice(&own.path("voice_state.safetensors").into()).unwrap();
        model.generate("This sentence has no comma.", &voice, &options()).unwrap().samples
    };
    let load = || {
        TtsModel::builder()
            .config(Location::Path(own.path("config.yaml")))
            .weights(other.path(WEIGHTS))
            .build()
    };
    other.edit_tensors(WEIGHTS, |file| {
        for (name, tensor) in &mut file.tensors {
            if name.starts_with("flow_lm.flow_net.") {
                let changed: Vec<f32> = tensor.floats().iter().map(|x| x * 1.25).collect();
                *tensor = RawTensor::of_floats(&tensor.shape, &changed);
            }
        }
    });
    let expected = speak(&other.build().unwrap());
    assert_ne!(speak(&own.build().unwrap()), expected);
    let replaced = load().unwrap();
    assert_eq!(speak(&replaced), expected, "both parts");
    let hash = |model: &TtsModel| model.encoder_hash().unwrap();
    let own_hash = hash(&own.build().unwrap());
    assert_eq!(hash(&replaced), own_hash, "the encoder is the same");
    other.edit_tensors(WEIGHTS, |file| {
        let name = file.tensors.keys().find(|name| name.starts_with("mimi.downsample.")).cloned().unwrap();
        let tensor = file.tensors.get_mut(&name).unwrap();
        let changed: Vec<f32> = tensor.floats().iter().map(|x| x * 1.25).collect();
        *tensor = RawTensor::of_floats(&tensor.shape, &changed);
    });
    assert_ne!(hash(&load().unwrap()), own_hash, "another encoder");
    other.edit_tensors(WEIGHTS, |file| file.tensors.retain(|name, _| name.starts_with("flow_lm.")));
    assert_eq!(speak(&load().unwrap()), expected, "the language model");
    other.edit_tensors(WEIGHTS, |file| file.tensors.retain(|name, _| !name.contains("out_norm")));
    assert_error(load(), ErrorKind::BadModel, &["out_norm"]);
}

/// The norms of a weight's rows, and the rows scaled to another norm.
fn normalise(weight: &RawTensor) -> [RawTensor; 2] {
    let (shape, values) = (&weight.shape, weight.floats());
    let lengths: Vec<f32> = values
        .chunks_exact(values.len() / shape[0])
        .map(|row| row.iter().map(|x| x * x).sum::<f32>().sqrt())
        .collect();
    let direction: Vec<f32> = values.iter().map(|x| x * 1.7).collect();
    [RawTensor::of_floats(&[shape[0], 1, 1], &lengths), RawTensor::of_floats(shape, &direction)]
}

/// Generates a fixed number of frames with weights that `convert` has changed.
fn speak_with(convert: impl Fn(&RawTensor) -> RawTensor) -> Result<Audio> {
    let copy = ModelCopy::of_golden(CONFIG);
    copy.edit_tensors(WEIGHTS, |file| {
        file.tensors.values_mut().for_each(|tensor| *tensor = convert(tensor));
    });
    let model = copy.build()?;
    let voice = model.voice(&copy.path("voice_state.safetensors").into())?;
    model.generate("This sentence has no comma.", &voice, &options())
}

/// Twelve frames without noise.
fn options() -> GenerateOptions {
    GenerateOptions::default().temperature(0.0).eos_threshold(f32::INFINITY).frame_limit(12)
}
