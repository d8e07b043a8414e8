//! Text to ids and embeddings, latents step by step, and latents to samples.

use pocket_tts_core::{Parts, TtsModel};
use pocket_tts_flow_lm::{FlowLmState, Sampler};
use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Signal, signal, to_vec};
use pocket_tts_tests::Golden;
use pocket_tts_text::prepare;

use crate::voices::{channels_first, compare_states, golden_caches};

/// Below this rate the goldens contain more of the decoder's results.
const DETAILED_BELOW_HZ: u32 = 24_000;

/// The results of the language model in a run of steps.
struct Generation {
    hidden: Vec<f32>,
    eos_logits: Vec<f32>,
    latents: Vec<Vec<f32>>,
    state: FlowLmState,
}

/// Checks the goldens of the text, of each run of steps, and of its samples.
pub(crate) fn check(golden: &mut Golden, model: &TtsModel, voice: &FlowLmState) {
    let parts = model.parts();
    let primed = check_text(golden, parts, voice.clone());
    for index in 0..golden.generations() {
        let name = |tensor: &str| format!("gen{index}.{tensor}");
        let sampler_steps = golden.sampler_decode_steps(index);
        let count = golden.peek("gen0.eos_logit").len();
        let noise = match index {
            0 => vec![0.0; count * parts.flow_lm.latent_width()],
            _ => golden.input("gen1.noise"),
        };
        let generation = Generation::run(parts, primed.clone(), sampler_steps, &noise);
        golden.check(&name("hidden"), &generation.hidden);
        golden.check(&name("eos_logit"), &generation.eos_logits);
        golden.check(&name("latent"), &generation.latents.concat());
        let detailed = model.sample_rate_hz() < DETAILED_BELOW_HZ;
        if index == 0 {
            check_caches(golden, &generation.state);
            check_whole_decode(golden, parts, &generation.latents, detailed);
        }
        if index == 1 || (index == 0 && detailed) {
            golden.check(&name("audio_frames"), &decode_by_frames(parts, &generation.latents));
        }
    }
}

impl Generation {
    /// A step for each row of `noise`; the model reads its own latents.
    fn run(parts: &Parts, mut state: FlowLmState, sampler_steps: usize, noise: &[f32]) -> Self {
        let flow_lm = &parts.flow_lm;
        let sampler = Sampler::new(flow_lm.flow_net(), parts.config.flow_lm.flow.kind, sampler_steps);
        let (mut hidden, mut eos_logits, mut latents) = (Vec::new(), Vec::new(), Vec::<Vec<f32>>::new());
        for noise in noise.chunks_exact(flow_lm.latent_width()) {
            let output = flow_lm.step(&[latents.last().map(Vec::as_slice)], &mut [&mut state]);
            eos_logits.extend(flow_lm.eos_logits(&output));
            latents.push(flow_lm.sample(&sampler, &output, noise.to_vec()));
            hidden.extend(to_vec(output));
        }
        Self { hidden, eos_logits, latents, state }
    }
}

/// Checks the processing of the text and returns the state after it.
fn check_text(golden: &mut Golden, parts: &Parts, mut state: FlowLmState) -> FlowLmState {
    let prepared = prepare(&golden.about.text, &parts.text_options).expect("a text with words");
    let expected = golden.about.prepared.clone();
    golden.demand("prepared", prepared.text == expected, || format!("is {:?}", prepared.text));
    let ids = parts.tokenizer.encode(&expected).expect("a text with tokens");
    golden.check_integers("text.tokens", &ids.iter().map(|id| i64::from(*id)).collect::<Vec<_>>());
    let embeddings = parts.lookup_table.embed(&ids);
    golden.check("text.embeddings", &to_vec(embeddings.clone()));
    let mut started = state.clone();
    let first = parts.flow_lm.begin(embeddings.clone(), &mut started);
    parts.flow_lm.prefill(embeddings, &mut state);
    check_begin(golden, parts, state.clone(), (to_vec(first), started));
    golden.check_integers("after_text.offset", &[state.position() as i64]);
    let caches = golden_caches(golden, state.position());
    compare_states(golden, "after_text", &state, &caches);
    state
}

/// Checks that a text and the first step in one pass result in the same bits as one after the other.
fn check_begin(
    golden: &mut Golden,
    parts: &Parts,
    mut state: FlowLmState,
    (first, started): (Vec<f32>, FlowLmState),
) {
    let expected = to_vec(parts.flow_lm.step(&[None], &mut [&mut state]));
    let is_same = first == expected && started == state;
    golden
        .demand("begin", is_same, || format!("returns {first:?} instead of {expected:?}, or another state"));
}

fn check_caches(golden: &mut Golden, state: &FlowLmState) {
    golden.check_integers("after_steps.offset", &[state.position() as i64]);
    for (layer, cache) in state.caches.iter().enumerate() {
        let both = [cache.keys(), cache.values()].as_flattened().concat();
        golden.check(&format!("after_steps.layer{layer}.cache"), &both);
    }
    let caches = golden_caches(golden, state.position());
    compare_states(golden, "after_steps", state, &caches);
}

fn check_whole_decode(golden: &mut Golden, parts: &Parts, latents: &[Vec<f32>], detailed: bool) {
    let decoder = &parts.decoder;
    let contextualized = decoder.contextualize(denormalized(parts, latents), &mut decoder.initial_state());
    golden.check("gen0.decoder_transformer", &channels_first(contextualized));
    if detailed {
        let samples = decoder.step(denormalized(parts, latents), &mut decoder.initial_state());
        golden.check("gen0.audio_whole", &to_vec(samples));
    }
}

fn decode_by_frames(parts: &Parts, latents: &[Vec<f32>]) -> Vec<f32> {
    let mut state = parts.decoder.initial_state();
    let frames = latents.chunks(1).map(|latent| parts.decoder.step(denormalized(parts, latent), &mut state));
    frames.flat_map(to_vec).collect()
}

/// The latents in the codec's scale, one per row.
fn denormalized(parts: &Parts, latents: &[Vec<f32>]) -> Signal {
    let width = parts.flow_lm.latent_width();
    let rows = latents.iter().flat_map(|latent| parts.flow_lm.denormalize(latent));
    signal(rows.collect(), [latents.len(), width])
}
