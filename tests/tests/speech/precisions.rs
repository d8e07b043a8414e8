//! The error of lower precisions of the language model: bounds on every golden model and on the shipped voice.
//!
//! Each step of the quantized model reads the previous latents of the exact one, so that an error is that of one step and
//! not of diverging speech.

use std::path::Path;

use pocket_tts_core::{GenerateOptions, Location, Precision, TtsModel, VoiceSource};
use pocket_tts_flow_lm::Sampler;
use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::testing::{random, random_signal};
use pocket_tts_tensor::{signal, to_vec};
use pocket_tts_tests::{Goldens, TensorFile};
use safetensors::Dtype;

/// Steps with each golden model.
const STEPS: usize = 12;
/// Samples of the intervals that may be pauses: 10 ms.
const INTERVAL: usize = 240;
const TEXTS: [&str; 4] = [
    "Hello from a small voice.",
    "The old lighthouse stood above the harbour while the boats came home.",
    "She sells sea shells by the sea shore.",
    "I hope that you like me.",
];

/// The results of a model's steps.
struct Generated {
    latents: Vec<Vec<f32>>,
    eos_logits: Vec<f32>,
}

/// Errors relative to the root mean square of the exact numbers.
#[derive(Debug)]
struct Loss {
    rms: f64,
    greatest: f64,
}

/// The errors of a lower precision.
#[derive(Debug)]
struct Losses {
    /// Of the latents.
    latents: Loss,
    /// Of the samples.
    audio: Loss,
    /// Of the samples that the codec decodes from the same latents.
    codec: Loss,
    /// The codec's error where the exact sound is nearly silent, as root mean square of the worst interval; `None`
    /// without such an interval.
    pauses: Option<f64>,
}

/// Runs `steps` steps of `model` after the text; it reads its own latents, or the latents of `exact`.
fn generate(
    model: &TtsModel,
    voice: &VoiceSource,
    text: &str,
    steps: usize,
    exact: Option<&Generated>,
) -> Generated {
    let parts = model.parts();
    let flow_lm = &parts.flow_lm;
    let mut state = model.voice(voice).expect("a voice of the model").state().clone();
    let prepared = pocket_tts_text::prepare(text, &parts.text_options).expect("a text with words");
    let ids = parts.tokenizer.encode(&prepared.text).expect("a text with tokens");
    flow_lm.prefill(parts.lookup_table.embed(&ids), &mut state);
    let flow = &parts.config.flow_lm.flow;
    let sampler = Sampler::new(flow_lm.flow_net(), flow.kind, 1);
    let mut generated = Generated { latents: Vec::new(), eos_logits: Vec::new() };
    for step in 0..steps {
        let read = exact.map_or(&generated.latents, |exact| &exact.latents);
        let last = step.checked_sub(1).map(|last| read[last].as_slice());
        let hidden = flow_lm.step(&[last], &mut [&mut state]);
        generated.eos_logits.extend(flow_lm.eos_logits(&hidden));
        generated.latents.push(flow_lm.sample(&sampler, &hidden, vec![0.0; flow_lm.latent_width()]));
    }
    generated
}

/// The samples of all latents.
fn audio(model: &TtsModel, generated: &Generated) -> Vec<f32> {
    let parts = model.parts();
    let latents: Vec<f32> =
        generated.latents.iter().flat_map(|latent| parts.flow_lm.denormalize(latent)).collect();
    let width = latents.len() / generated.latents.len();
    let mut state = parts.decoder.initial_state();
    to_vec(parts.decoder.step(signal(latents, [generated.latents.len(), width]), &mut state))
}

fn losses([quantized_model, model]: [&TtsModel; 2], quantized: &Generated, exact: &Generated) -> Losses {
    let flat = |generated: &Generated| generated.latents.concat();
    let exact_audio = audio(model, exact);
    let codec_audio = audio(quantized_model, exact);
    Losses {
        latents: loss(&flat(quantized), &flat(exact)),
        audio: loss(&audio(quantized_model, quantized), &exact_audio),
        codec: loss(&codec_audio, &exact_audio),
        pauses: loss_in_pauses(&codec_audio, &exact_audio),
    }
}

fn loss(quantized: &[f32], exact: &[f32]) -> Loss {
    let pairs = || quantized.iter().zip(exact);
    let count = pairs().count() as f64;
    let level = (pairs().map(|(_, exact)| f64::from(*exact).powi(2)).sum::<f64>() / count).sqrt();
    let differences = || pairs().map(|(quantized, exact)| f64::from((quantized - exact).abs()) / level);
    Loss {
        rms: (differences().map(|x| x * x).sum::<f64>() / count).sqrt(),
        greatest: differences().fold(0.0, f64::max),
    }
}

/// The greatest root mean square of the error in an interval, among the intervals that are a hundred times quieter than
/// the whole sound; `None` if there is no such interval.
fn loss_in_pauses(quantized: &[f32], exact: &[f32]) -> Option<f64> {
    let square_mean = |numbers: &mut dyn Iterator<Item = f32>| {
        let (sum, count) = numbers.fold((0.0, 0), |(sum, count), x| (sum + f64::from(x).powi(2), count + 1));
        sum / f64::from(count)
    };
    let level = square_mean(&mut exact.iter().copied());
    let intervals = quantized.chunks(INTERVAL).zip(exact.chunks(INTERVAL));
    let pauses = intervals.filter(|(_, exact)| square_mean(&mut exact.iter().copied()) < 1e-4 * level);
    pauses
        .map(|(quantized, exact)| {
            square_mean(&mut quantized.iter().zip(exact).map(|(quantized, exact)| quantized - exact))
        })
        .map(|square| (square / level).sqrt())
        .reduce(f64::max)
}

/// Bounds of an error: root mean square and greatest difference.
type Bound = [f64; 2];

/// The bounds for a precision.
struct Bounds {
    latents: Bound,
    audio: Bound,
}

/// 1.5 times the error of the worst golden model, in bf16 and int8.
const GOLDEN: Bounds = Bounds { latents: [0.006, 0.018], audio: [0.005, 0.02] };
/// 1.5 times the error of the worst golden model.
const GOLDEN_IN_Q4: Bounds = Bounds { latents: [0.06, 0.13], audio: [0.02, 0.085] };
/// The shipped model is stored in bf16, so only the codec has an error.
const SHIPPED_IN_BF16: Bounds = Bounds { latents: [0.0; 2], audio: CODEC };
/// A few samples of a plosive may differ by as much as the level of speech.
const SHIPPED_IN_INT8: Bounds = Bounds { latents: [0.014, 0.09], audio: [0.15, 2.5] };
/// The error of a latent is a tenth of the latent. The sound of a plosive may begin a little earlier or later.
const SHIPPED_IN_Q4: Bounds = Bounds { latents: [0.14, 1.2], audio: [0.75, 11.0] };
/// -64 dB, which is inaudible.
const CODEC: Bound = [0.0006, 0.009];
/// -90 dB.
const PAUSES: f64 = 0.000_03;

/// Whether the errors are within the bounds.
fn are_bounded(losses: &Losses, bounds: &Bounds) -> bool {
    let is_within = |loss: &Loss, [rms, greatest]: Bound| loss.rms <= rms && loss.greatest <= greatest;
    is_within(&losses.codec, CODEC)
        && losses.pauses.is_none_or(|loss| loss <= PAUSES)
        && is_within(&losses.latents, bounds.latents)
        && is_within(&losses.audio, bounds.audio)
}

/// Whether all tensors of a model's file are bf16.
fn is_stored_in_bf16(folder: &Path) -> bool {
    let file = folder.join("model.safetensors");
    file.exists() && TensorFile::read(&file).tensors.values().all(|tensor| tensor.dtype == Dtype::BF16)
}

#[test]
fn lower_precisions_change_every_golden_model_within_bounds() {
    let goldens = Goldens::open();
    for name in goldens.names() {
        let folder = goldens.path(&name);
        let load = |precision| {
            let config = Location::Path(folder.join("config.yaml"));
            TtsModel::builder().config(config).precision(precision).build().unwrap()
        };
        // The voice is of the exact model, like an exported one.
        let voice = VoiceSource::from(folder.join("voice_state.safetensors"));
        let exact_model = load(Precision::F32);
        let exact = generate(&exact_model, &voice, TEXTS[0], STEPS, None);
        for (precision, bounds) in
            [(Precision::Bf16, GOLDEN), (Precision::Int8, GOLDEN), (Precision::Q4, GOLDEN_IN_Q4)]
        {
            let quantized_model = load(precision);
            let quantized = generate(&quantized_model, &voice, TEXTS[0], STEPS, Some(&exact));
            let losses = losses([&quantized_model, &exact_model], &quantized, &exact);
            println!("{name} in {precision:?}: {losses:?}");
            assert!(are_bounded(&losses, &bounds), "{name} in {precision:?}: {losses:?}");
            // Only weights that are stored in bf16 have no error in bf16.
            let is_lossy = precision != Precision::Bf16 || !is_stored_in_bf16(&folder);
            assert_eq!(losses.latents.rms > 0.0, is_lossy, "{name} in {precision:?}: {losses:?}");
        }
    }
}

#[test]
fn the_shipped_voice_keeps_its_latents_within_bounds_and_ends_at_the_same_frame() {
    let load = |precision| TtsModel::builder().embedded().precision(precision).build().unwrap();
    let model = load(Precision::F32);
    let voice = model.default_voice();
    let options = GenerateOptions::default().temperature(0.0);
    for (precision, bounds) in [
        (Precision::Bf16, SHIPPED_IN_BF16),
        (Precision::Int8, SHIPPED_IN_INT8),
        (Precision::Q4, SHIPPED_IN_Q4),
    ] {
        let quantized_model = load(precision);
        for text in TEXTS {
            let speak = |model: &TtsModel| {
                model.generate(text, &model.voice(&voice).unwrap(), &options).unwrap().samples.len()
            };
            let samples = speak(&model);
            let steps = samples / model.samples_per_frame();
            let exact = generate(&model, &voice, text, steps, None);
            let quantized = generate(&quantized_model, &voice, text, steps, Some(&exact));
            let losses = losses([&quantized_model, &model], &quantized, &exact);
            println!("{precision:?}, {text:?}: {losses:?}");
            assert!(are_bounded(&losses, &bounds), "{precision:?}, {text:?}: {losses:?}");
            assert!(losses.pauses.is_some(), "{text:?} has no pause");
            let ends = |generated: &Generated| generated.eos_logits.iter().position(|logit| *logit > 0.0);
            assert_eq!(
                ends(&quantized),
                ends(&exact),
                "{precision:?}, {text:?}: the step at which speech ends"
            );
            // In 4 bits, speech that follows its own latents may be a frame longer or shorter.
            let most = if precision == Precision::Q4 { model.samples_per_frame() } else { 0 };
            let difference = speak(&quantized_model).abs_diff(samples);
            println!("{precision:?}, {text:?}: {difference} samples more or fewer");
            assert!(difference <= most, "{precision:?}, {text:?}: the length of the speech");
        }
    }
}

#[test]
fn in_8_bits_the_flow_net_is_kept_in_16() {
    let config = Goldens::own().path("01_lsd_24k_bos").join("config.yaml");
    let [exact, bf16, int8] = [Precision::F32, Precision::Bf16, Precision::Int8].map(|precision| {
        let location = Location::Path(config.clone());
        let model = TtsModel::builder().config(location).precision(precision).build().unwrap();
        let (parts, flow_lm) = (model.parts(), &model.parts().flow_lm);
        let hidden = random_signal(1, [1, parts.config.flow_lm.head_input_dim()]);
        let sampler = Sampler::new(flow_lm.flow_net(), parts.config.flow_lm.flow.kind, 2);
        flow_lm.sample(&sampler, &hidden, random(2, flow_lm.latent_width()))
    });
    assert_eq!(bf16, int8);
    assert_ne!(bf16, exact);
}
