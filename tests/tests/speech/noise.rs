//! Speech above temperature 0, and its end, compared with a loop over the language model's steps with the noise of each
//! frame. The tests of `pocket_tts_flow_lm::Noise` check the bits of that noise.

use pocket_tts_core::{GenerateOptions, TtsModel, Voice};
use pocket_tts_flow_lm::{Noise, NoiseShape, Sampler};
use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{signal, to_vec};
use pocket_tts_text::{prepare, split_into_sentences};

const TEXT: &str = "Good morning. The weather has been lovely this week. Where did she go?";
const MAX_TOKENS: usize = 20;
const FRAMES: usize = 12;
const SEED: u64 = 0x0123_4567_89AB_CDEF;
/// The first frame at which an end is accepted.
const FIRST_END: usize = 6;
/// The constants of the estimated frame limit.
const TOKENS_PER_SECOND: f64 = 3.0;
const SECONDS_OF_MARGIN: f64 = 2.0;
const FRAMES_PER_SECOND: f64 = 12.5;

/// The results of a loop over the model's steps.
struct Stepped {
    samples: Vec<f32>,
    eos_logits: Vec<f32>,
}

fn model_and_voice() -> (TtsModel, Voice) {
    let model = TtsModel::builder().embedded().build().expect("the shipped model");
    let voice = model.voice(&model.default_voice()).expect("the shipped voice");
    (model, voice)
}

/// Runs the model on `sentence`, a step for each frame of noise.
fn run_steps(
    model: &TtsModel,
    voice: &Voice,
    sentence: &str,
    noise: impl Iterator<Item = Vec<f32>>,
) -> Stepped {
    let parts = model.parts();
    let flow_lm = &parts.flow_lm;
    let method = Sampler::new(flow_lm.flow_net(), parts.config.flow_lm.flow.kind, 1);
    let prepared = prepare(sentence, &parts.text_options).expect("a text with words");
    let ids = parts.tokenizer.encode(&prepared.text).expect("a text with tokens");
    let mut state = voice.state().clone();
    flow_lm.prefill(parts.lookup_table.embed(&ids), &mut state);
    let mut decoder_state = parts.decoder.initial_state();
    let mut last: Option<Vec<f32>> = None;
    let (mut samples, mut eos_logits) = (Vec::new(), Vec::new());
    for noise in noise {
        let hidden = flow_lm.step(&[last.as_deref()], &mut [&mut state]);
        eos_logits.extend(flow_lm.eos_logits(&hidden));
        let latent = flow_lm.sample(&method, &hidden, noise);
        let input = signal(flow_lm.denormalize(&latent), [1, latent.len()]);
        samples.extend(to_vec(parts.decoder.step(input, &mut decoder_state)));
        last = Some(latent);
    }
    // The first 5 ms are faded in.
    let fade = model.sample_rate_hz() as usize / 200;
    for (index, sample) in samples.iter_mut().take(fade).enumerate() {
        *sample *= index as f32 / (fade - 1) as f32;
    }
    Stepped { samples, eos_logits }
}

/// The sentences that `TEXT` is split into.
fn sentences(model: &TtsModel) -> Vec<String> {
    let parts = model.parts();
    let sentences = split_into_sentences(&parts.tokenizer, TEXT, MAX_TOKENS, &parts.text_options);
    sentences.expect("sentences").into_iter().map(|sentence| sentence.text).collect()
}

#[test]
fn each_frame_starts_from_the_noise_of_its_seed_sentence_and_index() {
    let (model, voice) = model_and_voice();
    let width = model.parts().flow_lm.latent_width();
    let sentences = sentences(&model);
    assert!(sentences.len() > 1, "{sentences:?}");
    let mut all = Vec::new();
    for clamp in [None, Some(0.5), Some(0.1)] {
        let shape = NoiseShape { temperature: 0.7, clamp };
        let noise = |sentence: usize| {
            let frame = move |frame| Noise::new(SEED).frame(sentence as u64, frame, width, shape);
            (0..FRAMES as u64).map(frame)
        };
        let expected: Vec<f32> = sentences
            .iter()
            .enumerate()
            .flat_map(|(index, sentence)| run_steps(&model, &voice, sentence, noise(index)).samples)
            .collect();
        let options = GenerateOptions::default()
            .temperature(0.7)
            .noise_clamp(clamp)
            .seed(SEED)
            .max_tokens(MAX_TOKENS)
            .eos_threshold(f32::INFINITY)
            .frame_limit(FRAMES);
        let spoken = model.generate(TEXT, &voice, &options).expect("speech").samples;
        assert_eq!(spoken.len(), sentences.len() * FRAMES * model.samples_per_frame());
        let differing = spoken.iter().zip(&expected).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        assert_eq!(differing, 0, "samples of {} with the clamp {clamp:?}", expected.len());
        all.push(spoken);
    }
    assert!(all[0] != all[1] && all[1] != all[2], "each clamp must have an effect");
}

#[test]
fn speech_ends_where_the_logit_exceeds_the_threshold() {
    let (model, voice) = model_and_voice();
    let width = model.parts().flow_lm.latent_width();
    let frames = 60;
    let text = "Good morning.";
    let logits = run_steps(&model, &voice, text, (0..frames).map(|_| vec![0.0; width])).eos_logits;
    let spoken = |threshold: f32| {
        let options = GenerateOptions::default()
            .temperature(0.0)
            .eos_threshold(threshold)
            .frames_after_eos(2)
            .frame_limit(frames);
        model.generate(text, &voice, &options).expect("speech").samples.len() / model.samples_per_frame()
    };
    let first_above = |threshold: f32| {
        (FIRST_END..frames)
            .find(|frame| logits[*frame] > threshold)
            .map_or(frames, |frame| (frame + 2).min(frames))
    };
    // The greatest logit so far, at a frame after the first at which an end is accepted.
    let peak = (FIRST_END + 1..frames)
        .find(|peak| logits[FIRST_END..*peak].iter().all(|logit| *logit < logits[*peak]))
        .expect("logits that rise");
    let threshold = logits[peak];
    assert_eq!(spoken(threshold.next_down()), peak + 2, "a threshold just below the logit: {logits:?}");
    assert_eq!(spoken(threshold), first_above(threshold), "the logit itself: {logits:?}");
    assert!(spoken(threshold) > peak + 2);
    // No logit ends speech before this frame.
    assert_eq!(spoken(f32::NEG_INFINITY), FIRST_END + 2);
}

#[test]
fn a_sentence_without_a_detected_end_stops_at_the_limit_for_its_tokens() {
    let (model, voice) = model_and_voice();
    let parts = model.parts();
    for text in ["Good morning.", "The weather has been lovely this week."] {
        let prepared = prepare(text, &parts.text_options).expect("a text with words");
        let tokens = parts.tokenizer.encode(&prepared.text).expect("a text with tokens").len();
        let seconds = tokens as f64 / TOKENS_PER_SECOND + SECONDS_OF_MARGIN;
        let limit = (seconds * FRAMES_PER_SECOND).ceil() as usize;
        let options = GenerateOptions::default().temperature(0.0).eos_threshold(f32::INFINITY);
        let mut stream = model.stream(text, &voice, &options).expect("a stream");
        assert_eq!(stream.by_ref().map(Result::unwrap).count(), limit, "{tokens} tokens");
        assert_eq!(stream.unfinished_sentences(), 1);
    }
}
