//! The metadata of exported voices, and files with wrong metadata.

use pocket_tts_core::{ErrorKind, VoiceSource};
use pocket_tts_tests::{ModelCopy, RawTensor, TensorFile, assert_error};

use crate::{CONFIG, VOICE, model, source};

const WEIGHTS: &str = "model.safetensors";

/// An exported voice of a sound model, as a file to be damaged.
fn exported() -> (ModelCopy, pocket_tts_core::TtsModel, TensorFile) {
    let (copy, model) = model();
    let path = copy.path("exported.safetensors");
    model.voice(&source(1)).expect("a voice").save(&path).expect("a writable file");
    let file = TensorFile::read(&path);
    (copy, model, file)
}

/// Changes the first number of a tensor.
fn change_first(file: &mut TensorFile, name: &str) {
    let tensor = file.get_mut(name);
    let mut values = tensor.floats();
    values[0] += 1.0;
    *tensor = RawTensor::of_floats(&tensor.shape.clone(), &values);
}

#[test]
fn an_exported_voice_states_its_origin_but_no_folder() {
    let (copy, model, file) = exported();
    let value = |key: &str| file.metadata.get(&format!("pocket_tts.{key}")).cloned().unwrap_or_default();
    assert_eq!(value("voice_format"), "1");
    assert_eq!(value("version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(value("model"), "config.yaml");
    assert_eq!(value("weights_sha256"), model.tag().weights);
    assert_eq!(value("weights_sha256").len(), 64);
    let positions = file.get("transformer.layers.0.self_attn/offset").integers()[0];
    assert_eq!(value("positions"), positions.to_string());
    let folder = copy.path("").display().to_string();
    assert!(file.metadata.values().all(|text| !text.contains(&folder)), "{:?}", file.metadata);
}

#[test]
fn a_voice_of_other_weights_of_the_same_shape_is_refused_by_name() {
    let (copy, model, _) = exported();
    let other = ModelCopy::of(CONFIG);
    other.edit_tensors(WEIGHTS, |file| change_first(file, "flow_lm.out_norm.weight"));
    let other_model = other.build().unwrap();
    assert_ne!(other_model.tag(), model.tag());
    let (origin, current) = (&model.tag().weights[..12], &other_model.tag().weights[..12]);
    let fragments = [
        "exported.safetensors",
        "voice of another model",
        origin,
        current,
        "export it again from its recording",
    ];
    assert_error(
        other_model.voice(&copy.path("exported.safetensors").into()),
        ErrorKind::InvalidRequest,
        &fragments,
    );
    // The reason is reported, even if the shapes differ too.
    let unlike = ModelCopy::of("08_lsd_gqa").build().unwrap();
    let outcome = unlike.voice(&copy.path("exported.safetensors").into());
    assert_error(outcome, ErrorKind::InvalidRequest, &["voice of another model"]);
}

#[test]
fn weights_that_differ_only_in_the_encoder_share_voices() {
    let (copy, model, _) = exported();
    let without_cloning = ModelCopy::of(CONFIG);
    without_cloning.edit_tensors(WEIGHTS, |file| {
        let tensor = file.get_mut("flow_lm.speaker_proj_weight");
        *tensor = RawTensor::of_floats(&tensor.shape.clone(), &vec![0.0; tensor.floats().len()]);
    });
    let without_cloning = without_cloning.build().unwrap();
    assert_eq!(without_cloning.tag(), model.tag());
    let path = copy.path("exported.safetensors");
    let voice = without_cloning.voice(&path.clone().into()).unwrap();
    assert_eq!(voice.state(), model.voice(&path.into()).unwrap().state());
}

#[test]
fn a_file_without_metadata_is_accepted_without_an_origin() {
    let (copy, model) = model();
    let voice = model.voice(&copy.path(VOICE).into()).unwrap();
    let path = copy.path("again.safetensors");
    voice.save(&path).unwrap();
    let metadata = TensorFile::read(&path).metadata;
    assert!(metadata.contains_key("pocket_tts.voice_format"));
    assert!(
        !metadata.contains_key("pocket_tts.model") && !metadata.contains_key("pocket_tts.weights_sha256")
    );
    model.voice(&path.into()).unwrap();
}

#[test]
fn each_wrong_value_in_the_metadata_is_named() {
    let (copy, model, sound) = exported();
    let damages: [(&str, &str, &str); 4] = [
        ("voice_format", "2", "written in format \"2\""),
        ("positions", "1", "speaks of \"1\" positions"),
        ("numbers_sha256", "0", "it is damaged"),
        ("weights_sha256", "nonsense", "voice of another model"),
    ];
    for (key, value, fragment) in damages {
        let mut file = sound.clone();
        file.metadata.insert(format!("pocket_tts.{key}"), value.to_owned());
        let path = copy.path("damaged.safetensors");
        file.write(&path);
        let fragments = ["damaged.safetensors", fragment];
        assert_error(model.voice(&path.into()), ErrorKind::InvalidRequest, &fragments);
    }
}

#[test]
fn a_changed_number_is_detected() {
    let (copy, model, mut file) = exported();
    change_first(&mut file, "transformer.layers.1.self_attn/cache");
    let path = copy.path("changed.safetensors");
    file.write(&path);
    let fragments = ["changed.safetensors", "its numbers don't match its hash", "export it again"];
    assert_error(model.voice(&path.into()), ErrorKind::InvalidRequest, &fragments);
}

#[test]
fn an_absurd_header_or_size_is_refused_without_reading_the_file() {
    let (copy, model, _) = exported();
    let path = copy.path("huge.safetensors");
    for length in [(1_u64 << 20) + 1, 99_000_000, u64::MAX] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(b"{\"a\":");
        std::fs::write(&path, bytes).unwrap();
        let fragments = ["huge.safetensors", "not a whole safetensors file"];
        assert_error(model.voice(&path.clone().into()), ErrorKind::InvalidRequest, &fragments);
    }
    // A sparse file.
    std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert_error(model.voice(&path.into()), ErrorKind::InvalidRequest, &["no voice of this model is"]);
}

#[test]
fn an_early_voice_must_be_finite_and_within_the_limit() {
    let (copy, model) = model();
    let width = model.config().flow_lm.transformer.d_model;
    let path = copy.path("early.safetensors");
    let write = |positions: usize, value: f32| {
        let prompt = RawTensor::of_floats(&[1, positions, width], &vec![value; positions * width]);
        let file =
            TensorFile { tensors: [("audio_prompt".to_owned(), prompt)].into(), ..TensorFile::default() };
        file.write(&path);
    };
    write(3, f32::NAN);
    assert_error(model.voice(&path.clone().into()), ErrorKind::InvalidRequest, &["aren't finite"]);
    write(4_097, 0.5);
    assert_error(model.voice(&path.clone().into()), ErrorKind::InvalidRequest, &["at most 4096"]);
    write(3, 0.5);
    assert_eq!(model.voice(&path.into()).unwrap().positions(), 3);
}

#[test]
fn bytes_of_neither_kind_are_refused_by_their_name() {
    let (_copy, model) = model();
    let source = VoiceSource::from_bytes("upload.bin", b"neither a recording nor a state".to_vec());
    let fragments = ["cannot take a voice from `upload.bin`"];
    assert_error(model.voice(&source), ErrorKind::InvalidRequest, &fragments);
    assert!(format!("{source:?}").len() < 100, "no bytes in logs");
}
