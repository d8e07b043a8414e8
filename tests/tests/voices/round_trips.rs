//! Files of the reference, read and written again.

use std::fs;

use pocket_tts_core::VoiceSource;
use pocket_tts_tests::{Goldens, ModelCopy, RawTensor, TensorFile};
use proptest::prelude::*;

use crate::{VOICE, model, source};

/// The layout of the first releases: the length of `current_end` is the offset, and there is no `pad`.
fn in_old_layout(file: &TensorFile) -> TensorFile {
    let mut old = TensorFile::default();
    for (name, tensor) in &file.tensors {
        if let Some(layer) = name.strip_suffix("/offset") {
            let length = tensor.integers()[0] as usize;
            let current_end = RawTensor::of_floats(&[length], &vec![0.0; length]);
            old.tensors.insert(format!("{layer}/current_end"), current_end);
        } else if name.ends_with("/cache") {
            old.tensors.insert(name.clone(), tensor.clone());
        }
    }
    old
}

/// The bytes after the header.
fn data(file: &[u8]) -> &[u8] {
    let header = u64::from_le_bytes(file[..8].try_into().expect("eight bytes")) as usize;
    &file[8 + header..]
}

#[test]
fn every_voice_of_the_goldens_is_written_like_the_reference() {
    let goldens = Goldens::open();
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    for name in goldens.names() {
        let golden = goldens.golden(&name);
        let model = golden.model();
        let reference = TensorFile::read(&golden.path(VOICE));
        let old_layout = folder.path().join("old.safetensors");
        in_old_layout(&reference).write(&old_layout);
        let mut sources = vec![golden.path(VOICE), old_layout];
        sources.extend(
            Some(golden.path("voice_state_old_layout.safetensors")).filter(|old_layout| old_layout.exists()),
        );
        for path in sources {
            let voice = model.voice(&path.clone().into()).unwrap();
            let written = folder.path().join("written.safetensors");
            voice.save(&written).unwrap();
            assert_eq!(TensorFile::read(&written).tensors, reference.tensors, "{}", path.display());
            let bytes = fs::read(&written).unwrap();
            assert_eq!(data(&bytes), data(&fs::read(golden.path(VOICE)).unwrap()), "{}", path.display());
            files += 1;
        }
    }
    assert_eq!(files, 2 * goldens.names().len() + 1, "both layouts of each, and one old file of the goldens");
}

#[test]
fn an_exported_voice_equals_its_original() {
    let (copy, model) = model();
    let voice = model.voice(&source(1)).unwrap();
    let path = copy.path("exported.safetensors");
    voice.save(&path).unwrap();
    let again = model.voice(&path.clone().into()).unwrap();
    assert_eq!(again.state(), voice.state());
    assert_eq!(again.to_safetensors(), voice.to_safetensors(), "the same bytes each time");
    assert_eq!(fs::read(&path).unwrap(), voice.to_safetensors());
    let sent = VoiceSource::from_bytes("upload", voice.to_safetensors());
    assert_eq!(model.voice(&sent).unwrap().state(), voice.state());
}

#[test]
fn a_voice_that_cannot_be_saved_leaves_nothing() {
    let (copy, model) = model();
    let voice = model.voice(&source(1)).unwrap();
    let outcome = voice.save(&copy.path("absent").join("voice.safetensors"));
    let fragments = ["voice.safetensors", "does not exist", "create it first"];
    pocket_tts_tests::assert_error(outcome, pocket_tts_core::ErrorKind::Environment, &fragments);
    assert!(!copy.path("absent").exists());
}

/// Any finite number, special values included.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        -1.0_f32..1.0,
        proptest::num::f32::NORMAL,
        proptest::num::f32::SUBNORMAL,
        Just(0.0),
        Just(-0.0),
        Just(f32::MAX),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_state_is_preserved_bit_for_bit_with_any_capacity(
        positions in 1_usize..20,
        room in 0_usize..3,
        numbers in proptest::collection::vec(number(), 64),
    ) {
        // Two layers, one head of keys and values, 12 elements each.
        static MODEL: std::sync::LazyLock<(ModelCopy, pocket_tts_core::TtsModel)> =
            std::sync::LazyLock::new(|| { let copy = ModelCopy::of("08_lsd_gqa"); let model = copy.build().unwrap(); (copy, model) });
        let (copy, model) = &*MODEL;
        let layout = TensorFile::read(&copy.path(VOICE));
        let (mut given, mut expected) = (TensorFile::default(), TensorFile::default());
        for (name, tensor) in &layout.tensors {
            if let [_, _, _, heads, width] = tensor.shape[..] {
                let row = heads * width;
                let values: Vec<f32> = numbers.iter().copied().cycle().take(2 * positions * row).collect();
                let roomy = values
                    .chunks(positions * row)
                    .flat_map(|half| half.iter().copied().chain(std::iter::repeat_n(f32::NAN, room * row)));
                let roomy: Vec<f32> = roomy.collect();
                let shape = |positions| [2, 1, positions, heads, width];
                given.tensors.insert(name.clone(), RawTensor::of_floats(&shape(positions + room), &roomy));
                expected.tensors.insert(name.clone(), RawTensor::of_floats(&shape(positions), &values));
            } else {
                let value = if name.ends_with("/offset") { positions as i64 } else { 0 };
                for file in [&mut given, &mut expected] {
                    file.tensors.insert(name.clone(), RawTensor::of_integers(&[1], &[value]));
                }
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.safetensors");
        given.write(&path);
        model.voice(&path.clone().into()).unwrap().save(&path).unwrap();
        prop_assert_eq!(TensorFile::read(&path).tensors, expected.tensors);
    }
}
