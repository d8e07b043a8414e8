//! Voices: from samples to latents, to the language model's prompt, to its state; and from files.

use pocket_tts_audio::end_on_pause;
use pocket_tts_core::{Audio, TtsModel, VoiceSource};
use pocket_tts_flow_lm::FlowLmState;
use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Signal, signal, to_vec};
use pocket_tts_tests::{Golden, ModelCopy, RawTensor, TensorFile};

/// The greatest magnitude of a 16-bit sample.
const PCM_SCALE: f32 = 32768.0;
/// Below this rate the goldens contain the encoder's intermediate results too.
const DETAILED_BELOW_HZ: u32 = 24_000;

/// Checks all goldens of the voice prompt and returns the state after it.
pub(crate) fn check(golden: &mut Golden, model: &TtsModel) -> FlowLmState {
    let parts = model.parts();
    let rate = model.sample_rate_hz();
    assert_eq!(rate, golden.about.sample_rate);
    let samples: Vec<f32> = golden.input("voice.pcm").into_iter().map(|x| x / PCM_SCALE).collect();
    let paused = end_on_pause(&samples, rate);
    let expected = golden.about.voice_paused_samples;
    golden.demand("voice_paused_samples", paused.len() == expected, || format!("is {}", paused.len()));

    let encoder = &parts.encoder;
    let mut padded = paused.clone();
    padded.resize(paused.len().next_multiple_of(model.samples_per_frame()), 0.0);
    let padded = signal(padded.clone(), [padded.len(), 1]);
    if rate < DETAILED_BELOW_HZ {
        let convolved = encoder.seanet().step(padded.clone(), &mut encoder.seanet().initial_state());
        golden.check("voice.seanet", &channels_first(convolved.clone()));
        let transformer = encoder.transformer();
        let contextualized = transformer.step(convolved, &mut transformer.initial_state());
        golden.check("voice.transformer", &channels_first(contextualized));
    }
    let latents = encoder.encode(&paused);
    golden.check("voice.latent", &to_vec(latents.clone()));
    // What `dataset encode` stores.
    let stored = model.encode_latents(&paused).expect("the models of the goldens can encode");
    golden.check("voice.latent", &stored);
    assert_eq!(stored.len() % model.latent_width(), 0);
    let whole = encoder.step(padded, &mut encoder.initial_state());
    golden.compare("voice.latent in one call", &to_vec(whole), &to_vec(latents));
    let prompt = parts.voice_prompt(&paused);
    golden.check("voice.conditioning", &to_vec(prompt.clone()));
    let primed = parts.primed(prompt);

    golden.check_integers("after_voice.offset", &[primed.position() as i64]);
    let caches = golden_caches(golden, primed.position());
    compare_states(golden, "after_voice", &primed, &caches);
    let cloned = VoiceSource::Samples(Audio { samples, sample_rate_hz: rate });
    compare_voice(golden, model, "voice from samples", &cloned, &primed);
    let exported = VoiceSource::from(golden.path("voice_state.safetensors"));
    compare_voice(golden, model, "voice_state.safetensors", &exported, &primed);
    let old_layout = golden.path("voice_state_old_layout.safetensors");
    if old_layout.exists() {
        compare_voice(golden, model, "voice_state_old_layout.safetensors", &old_layout.into(), &primed);
    }
    primed
}

/// Keys and values of each layer after the steps of `gen0`, up to `positions`.
pub(crate) fn golden_caches(golden: &Golden, positions: usize) -> Vec<[Vec<f32>; 2]> {
    let layer_cache = |layer: usize| {
        let name = format!("after_steps.layer{layer}.cache");
        let (_, shape) = golden.about.tensors.get(&name)?;
        let width = shape[3] * shape[4];
        let mut both = golden.peek(&name);
        let mut values = both.split_off(shape[2] * width);
        both.truncate(positions * width);
        values.truncate(positions * width);
        Some([both, values])
    };
    (0..).map_while(layer_cache).collect()
}

/// Compares the caches of a state with keys and values of each layer.
pub(crate) fn compare_states(
    golden: &mut Golden,
    what: &str,
    state: &FlowLmState,
    expected: &[[Vec<f32>; 2]],
) {
    let layers = (state.caches.len(), expected.len());
    golden.demand(what, layers.0 == layers.1, || format!("has {} layers, not {}", layers.0, layers.1));
    for (layer, (cache, [keys, values])) in state.caches.iter().zip(expected).enumerate() {
        golden.compare(&format!("{what}: keys of layer {layer}"), &cache.keys().concat(), keys);
        golden.compare(&format!("{what}: values of layer {layer}"), &cache.values().concat(), values);
    }
}

fn compare_voice(golden: &mut Golden, model: &TtsModel, what: &str, source: &VoiceSource, own: &FlowLmState) {
    let voice = model.voice(source).unwrap_or_else(|error| panic!("{}: {what}: {error}", golden.name()));
    let positions = (voice.positions(), own.position());
    golden.demand(what, positions.0 == positions.1, || format!("has {positions:?} positions"));
    let own: Vec<_> =
        own.caches.iter().map(|cache| [cache.keys().concat(), cache.values().concat()]).collect();
    compare_states(golden, what, voice.state(), &own);
}

/// The elements of a signal in the order of the goldens: channel after channel.
pub(crate) fn channels_first(signal: Signal) -> Vec<f32> {
    to_vec(signal.transpose())
}

#[test]
fn the_goldens_contain_the_old_layout_of_voices() {
    let goldens = pocket_tts_tests::Goldens::open();
    let old_layout = |name: &String| goldens.golden(name).path("voice_state_old_layout.safetensors").exists();
    assert!(goldens.names().iter().any(old_layout), "otherwise the branch that checks it never runs");
}

#[test]
fn a_voice_of_the_first_releases_is_read_as_a_prompt() {
    let copy = ModelCopy::of_golden("02_lsd_24k_2026_01");
    let model = copy.build().unwrap();
    let golden = TensorFile::read(&copy.path("golden.safetensors"));
    let conditioning = golden.get("voice.conditioning").clone();
    let file =
        TensorFile { tensors: [("audio_prompt".to_owned(), conditioning)].into(), ..TensorFile::default() };
    file.write(&copy.path("early.safetensors"));
    let early = model.voice(&copy.path("early.safetensors").into()).unwrap();
    let exported = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
    assert_eq!(early.positions(), exported.positions());
    for (early, exported) in early.state().caches.iter().zip(&exported.state().caches) {
        pocket_tts_tests::assert_near("keys", &early.keys().concat(), &exported.keys().concat(), 1e-4);
        pocket_tts_tests::assert_near("values", &early.values().concat(), &exported.values().concat(), 1e-4);
    }
}

#[test]
fn positions_after_the_offset_of_a_voice_are_ignored() {
    let copy = ModelCopy::of_golden("04_drifting");
    let model = copy.build().unwrap();
    let plain = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
    copy.edit_tensors("voice_state.safetensors", |file| {
        for tensor in file.tensors.values_mut().filter(|tensor| tensor.shape.len() == 5) {
            let [_, _, positions, heads, width] = tensor.shape[..] else { unreachable!("five axes") };
            let (length, room) = (positions * heads * width, 3 * heads * width);
            let mut values = tensor.floats();
            values.splice(length..length, vec![f32::NAN; room]);
            values.extend(vec![f32::NAN; room]);
            *tensor = RawTensor::of_floats(&[2, 1, positions + 3, heads, width], &values);
        }
    });
    let roomy = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
    assert_eq!(roomy.state(), plain.state());
}
