//! Invalid exported voices.

use std::fs;

use pocket_tts_core::ErrorKind;
use pocket_tts_tests::{ModelCopy, RawTensor, TensorFile, assert_error};

use crate::{VOICE, sound_model};

const CACHE: &str = "transformer.layers.1.self_attn/cache";
const OFFSET: &str = "transformer.layers.1.self_attn/offset";

/// A damage to a voice file.
type Edit<'a> = &'a dyn Fn(&mut TensorFile);

#[test]
fn each_damage_to_a_voice_file_is_named() {
    let (copy, model, _) = sound_model();
    let sound = TensorFile::read(&copy.path(VOICE));
    let shape = sound.get(CACHE).shape.clone();
    let positions = shape[2] as i64;
    let beyond = format!("offset {} is not from 1 to its {positions} positions", positions + 1);
    let cases: [(Edit<'_>, &str); 10] = [
        (&|file| file.get_mut(CACHE).shape.swap(3, 4), "this model needs [2, 1, positions, 3, 8]"),
        (&|file| file.get_mut(CACHE).shape.insert(0, 1), "has shape [1, 2, 1,"),
        (&|file| set_first(file, f32::NAN), "aren't finite before its offset"),
        (&|file| set_first(file, f32::INFINITY), "aren't finite before its offset"),
        (&|file| set_offset(file, positions + 1), &beyond),
        (&|file| set_offset(file, 0), "offset 0 is not from 1"),
        (&|file| set_offset(file, -1), "offset -1 is not from 1"),
        (&|file| set_offset(file, positions - 1), "different numbers of positions"),
        (&|file| drop(file.tensors.remove(OFFSET)), "it lacks `transformer.layers.1.self_attn/offset`"),
        (&|file| drop(file.tensors.remove(CACHE)), "it lacks `transformer.layers.1.self_attn/cache`"),
    ];
    for (edit, fragment) in cases {
        let mut file = sound.clone();
        edit(&mut file);
        let path = copy.path("damaged.safetensors");
        file.write(&path);
        let fragments = ["damaged.safetensors", "is not a voice for this model", fragment];
        assert_error(model.voice(&path.into()), ErrorKind::InvalidRequest, &fragments);
    }
}

#[test]
fn a_voice_with_more_or_fewer_layers_is_refused() {
    let (copy, model, _) = sound_model();
    let sound = TensorFile::read(&copy.path(VOICE));
    let path = copy.path("damaged.safetensors");
    let mut more = sound.clone();
    for tensor in ["cache", "offset"] {
        let layer = sound.get(&format!("transformer.layers.1.self_attn/{tensor}")).clone();
        more.tensors.insert(format!("transformer.layers.2.self_attn/{tensor}"), layer);
    }
    more.write(&path);
    let fragments = ["layers.2.self_attn", "this model has 2 layers"];
    assert_error(model.voice(&path.clone().into()), ErrorKind::InvalidRequest, &fragments);
    TensorFile::default().write(&path);
    let fragments = ["it lacks `transformer.layers.0.self_attn/cache`"];
    assert_error(model.voice(&path.into()), ErrorKind::InvalidRequest, &fragments);
}

#[test]
fn an_offset_of_another_type_or_length_is_refused() {
    let (copy, model, _) = sound_model();
    let path = copy.path("damaged.safetensors");
    let cases = [
        (RawTensor::of_floats(&[1], &[3.0]), "holds F32"),
        (RawTensor::of_integers(&[2], &[3, 3]), "has 2 elements instead of one"),
        (RawTensor::of_integers(&[0], &[]), "has 0 elements instead of one"),
    ];
    for (offset, fragment) in cases {
        let mut file = TensorFile::read(&copy.path(VOICE));
        *file.get_mut(OFFSET) = offset;
        file.write(&path);
        assert_error(model.voice(&path.clone().into()), ErrorKind::InvalidRequest, &[fragment]);
    }
}

#[test]
fn a_voice_made_for_another_shape_of_model_is_refused() {
    let (_copy, model, _) = sound_model();
    let other = ModelCopy::of("08_lsd_gqa");
    let fragments = ["this model needs [2, 1, positions, 3, 8]"];
    assert_error(model.voice(&other.path(VOICE).into()), ErrorKind::InvalidRequest, &fragments);
}

#[test]
fn a_truncated_voice_file_is_refused() {
    let (copy, model, _) = sound_model();
    let bytes = fs::read(copy.path(VOICE)).unwrap();
    let path = copy.path("cut.safetensors");
    let lengths = [0, 1, 7, 8, 9, 100, bytes.len() / 2, bytes.len() - 1];
    for length in lengths {
        fs::write(&path, &bytes[..length]).unwrap();
        let outcome = model.voice(&path.clone().into());
        assert_error(
            outcome,
            ErrorKind::InvalidRequest,
            &["cut.safetensors", "is not a voice for this model"],
        );
    }
    fs::write(&path, b"this was never a safetensors file, but it has a length").unwrap();
    let fragments = ["not a whole safetensors file"];
    assert_error(model.voice(&path.into()), ErrorKind::InvalidRequest, &fragments);
}

fn set_first(file: &mut TensorFile, value: f32) {
    let cache = file.get_mut(CACHE);
    let mut values = cache.floats();
    values[0] = value;
    *cache = RawTensor::of_floats(&cache.shape.clone(), &values);
}

fn set_offset(file: &mut TensorFile, offset: i64) {
    *file.get_mut(OFFSET) = RawTensor::of_integers(&[1], &[offset]);
}
