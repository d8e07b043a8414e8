//! Model files that are missing, damaged or inconsistent.

use std::fs;

use pocket_tts_core::{Error, ErrorKind, Location, TtsModel};
use pocket_tts_tests::{ModelCopy, RawTensor, assert_error};

use crate::{CONFIG, WEIGHTS};

#[test]
fn missing_files_are_named() {
    for name in ["model.safetensors", "../tokenizer_a.model", "config.yaml"] {
        let copy = ModelCopy::of(CONFIG);
        fs::remove_file(copy.path(name)).unwrap();
        let name = name.trim_start_matches("../");
        assert_error(copy.build(), ErrorKind::Environment, &[name, "check its path"]);
    }
}

#[test]
fn a_folder_instead_of_a_file_is_refused() {
    let copy = ModelCopy::of(CONFIG);
    fs::remove_file(copy.path(WEIGHTS)).unwrap();
    fs::create_dir(copy.path(WEIGHTS)).unwrap();
    assert_error(copy.build(), ErrorKind::Environment, &["model.safetensors", "folder"]);
}

#[test]
fn truncated_weights_are_refused() {
    let copy = ModelCopy::of(CONFIG);
    let bytes = fs::read(copy.path(WEIGHTS)).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let lengths =
        [0, 1, 7, 8, 9, header / 2, header - 1, header, header + 1, bytes.len() / 2, bytes.len() - 1];
    for length in lengths {
        fs::write(copy.path(WEIGHTS), &bytes[..length]).unwrap();
        let error = assert_error(copy.build(), ErrorKind::BadModel, &["model.safetensors"]);
        assert!(matches!(error, Error::Weights { .. }), "{length} bytes: {error}");
    }
    let longer = [bytes.as_slice(), b"more"].concat();
    fs::write(copy.path(WEIGHTS), longer).unwrap();
    assert_error(copy.build(), ErrorKind::BadModel, &["not a whole safetensors file"]);
}

#[test]
fn weights_of_another_shape_than_the_configuration_are_named_with_both_shapes() {
    let cases = [
        ("d_model: 24", "d_model: 48", "24"),
        ("hidden_scale: 2", "hidden_scale: 3", "the configuration needs [72, 24]"),
        ("depth: 2", "depth: 3", "the weights lack `flow_lm.flow_net.res_blocks.2."),
        ("n_filters: 3", "n_filters: 4", "mimi."),
        ("kernel_size: 7", "kernel_size: 5", "mimi."),
    ];
    for (from, to, fragment) in cases {
        let copy = ModelCopy::of(CONFIG);
        // The leading space excludes keys such as `residual_kernel_size`.
        copy.edit_config(&format!(" {from}\n"), &format!(" {to}\n"));
        assert_error(copy.build(), ErrorKind::BadModel, &[fragment]);
    }
}

#[test]
fn fewer_layers_than_in_the_weights_are_detected() {
    let copy = ModelCopy::of(CONFIG);
    copy.edit_config(
        "max_period: 10000\n    num_heads: 3\n    num_layers: 2",
        "max_period: 10000\n    num_heads: 3\n    num_layers: 1",
    );
    let fragments = ["does not expect", "flow_lm.transformer.layers.1.", "and "];
    assert_error(copy.build(), ErrorKind::BadModel, &fragments);
}

#[test]
fn no_tensor_may_be_missing() {
    let names = tensor_names();
    assert!(names.len() > 50, "a complete model");
    let copy = ModelCopy::of(CONFIG);
    for name in names {
        let mut removed = None;
        copy.edit_tensors(WEIGHTS, |file| removed = file.tensors.remove(&name));
        // The layers use another name for this one.
        let called = name.replace("speaker_proj_weight", "speaker_proj.weight");
        assert_error(copy.build(), ErrorKind::BadModel, &["the weights lack", &called]);
        copy.edit_tensors(WEIGHTS, |file| drop(file.tensors.insert(name, removed.unwrap())));
    }
    assert!(copy.build().is_ok(), "complete again");
}

#[test]
fn no_tensor_may_have_another_shape() {
    let copy = ModelCopy::of(CONFIG);
    for name in tensor_names() {
        let mut sound = None;
        copy.edit_tensors(WEIGHTS, |file| {
            let tensor = file.get_mut(&name);
            sound = Some(tensor.clone());
            let mut shape = tensor.shape.clone();
            *shape.last_mut().unwrap() += 1;
            *tensor = RawTensor::of_floats(&shape, &vec![0.5; shape.iter().product()]);
        });
        let called = name.replace("speaker_proj_weight", "speaker_proj.weight");
        assert_error(copy.build(), ErrorKind::BadModel, &[&called, "has shape", "the configuration needs"]);
        copy.edit_tensors(WEIGHTS, |file| *file.get_mut(&name) = sound.unwrap());
    }
}

#[test]
fn an_unknown_tensor_is_refused() {
    let copy = ModelCopy::of(CONFIG);
    copy.edit_tensors(WEIGHTS, |file| {
        file.tensors.insert("flow_lm.surprise".to_owned(), RawTensor::of_floats(&[1], &[1.0]));
    });
    assert_error(copy.build(), ErrorKind::BadModel, &["does not expect", "flow_lm.surprise"]);
}

#[test]
fn half_of_a_normalised_weight_is_refused() {
    let copy = ModelCopy::of("17_split_training_names");
    copy.edit_tensors("mimi.safetensors", |file| {
        file.tensors.remove("encoder.model.0.conv.conv.weight_v").unwrap();
    });
    assert_error(copy.build(), ErrorKind::BadModel, &["lack", "encoder.model.0.conv.conv.weight_v"]);
}

#[test]
fn a_tokenizer_of_another_size_is_refused_with_both_sizes() {
    let sentencepiece = ModelCopy::of(CONFIG);
    sentencepiece.edit_config("tokenizer_a.model", "tokenizer_b.model");
    let fragments = ["tokenizer_b.model", "has 110 tokens", "n_bins: 360"];
    assert_error(sentencepiece.build(), ErrorKind::BadModel, &fragments);
    let json = ModelCopy::of("01_lsd_24k_bos");
    json.edit_config("tokenizer_a.json", "tokenizer_b.json");
    assert_error(json.build(), ErrorKind::BadModel, &["tokenizer_b.json", "has 110 tokens"]);
}

#[test]
fn a_damaged_tokenizer_is_refused() {
    for (config, tokenizer) in [(CONFIG, "../tokenizer_a.model"), ("03_flow_matching", "../tokenizer_a.json")]
    {
        let copy = ModelCopy::of(config);
        let bytes = fs::read(copy.path(tokenizer)).unwrap();
        for length in [0, 1, bytes.len() / 3, bytes.len() - 1] {
            fs::write(copy.path(tokenizer), &bytes[..length]).unwrap();
            let error = assert_error(copy.build(), ErrorKind::BadModel, &["tokenizer_a"]);
            assert!(matches!(error, Error::Tokenizer { .. }), "{length} bytes: {error}");
        }
    }
}

#[test]
fn a_configuration_is_refused_by_key() {
    let cases = [
        (" d_model: 24", " d_model: 23", "d_model"),
        (" d_model: 24", " d_modl: 24", "d_modl"),
        (" d_model: 24", " d_model: many", "d_model"),
        ("weights_path: model.safetensors\n", "", "weights_path"),
        ("type: drifting", "type: wandering", "wandering"),
        ("sample_rate: 3000", "sample_rate: 0", "sample_rate"),
    ];
    for (from, to, fragment) in cases {
        let copy = ModelCopy::of(CONFIG);
        copy.edit_config(from, to);
        assert_error(copy.build(), ErrorKind::BadModel, &["config.yaml", fragment]);
    }
}

#[test]
fn a_file_that_is_not_a_configuration_is_refused() {
    let copy = ModelCopy::of(CONFIG);
    let outcome = TtsModel::builder().config(Location::Path(copy.path(WEIGHTS))).build();
    assert_error(outcome, ErrorKind::BadModel, &["model.safetensors", ".yaml"]);
}

fn tensor_names() -> Vec<String> {
    let mut names = Vec::new();
    ModelCopy::of(CONFIG).edit_tensors(WEIGHTS, |file| names = file.tensors.keys().cloned().collect());
    names
}
