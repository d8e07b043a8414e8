//! Benchmarks of the parts of a model, on one thread: a decode step of the language model, its prefill, and the codec's
//! encoder and decoder.

use std::{
    cell::LazyCell,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use pocket_tts_benches::{Subject, noise, subjects};
use pocket_tts_core::{Precision, TtsModel};
use pocket_tts_flow_lm::{FlowLmState, Sampler};
use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{signal, with_threads};

/// The folder of the random model.
const BUILD_FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../bench");
/// Requests that share a pass over the weights.
const ROWS: [usize; 4] = [1, 4, 8, 16];
/// Positions of a prompt: a sentence, and ten seconds of a voice.
const POSITIONS: [usize; 2] = [32, 128];
/// Latents per call of the codec.
const FRAMES: [usize; 2] = [1, 4];
/// Steps after which states start again, so that their length is that of ordinary sentences.
const STEPS: u64 = 64;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    with_threads(1, || {
        for subject in subjects(Path::new(BUILD_FOLDER)) {
            for precision in subject.precisions() {
                language_model(&mut criterion, &subject, *precision);
            }
            codec(&mut criterion, &subject);
        }
    });
    criterion.final_summary();
}

fn language_model(criterion: &mut Criterion, subject: &Subject, precision: Precision) {
    // Loaded by the first benchmark that the filter selects.
    let model = LazyCell::new(|| subject.load(precision));
    let name = format!("{subject} {}", precision.name());
    let mut group = criterion.benchmark_group("lm step");
    for rows in ROWS {
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new(&name, format!("{rows} rows")), |bencher| {
            let voice = subject.voice(&model);
            bencher.iter_custom(|steps| time_of_steps(&model, &vec![voice.state(); rows], steps));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("lm prompt");
    for positions in POSITIONS {
        group.throughput(Throughput::Elements(positions as u64));
        group.bench_function(BenchmarkId::new(&name, format!("{positions} positions")), |bencher| {
            let parts = model.parts();
            let width = parts.config.flow_lm.transformer.d_model;
            let prompt = signal(noise(positions * width), [positions, width]);
            bencher.iter_batched(
                || prompt.clone(),
                |prompt| black_box(parts.primed(prompt)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// Time of `steps` decode steps, each of which generates a latent for every state: the transformer, the EOS head, and the
/// flow net.
fn time_of_steps(model: &TtsModel, voices: &[&FlowLmState], steps: u64) -> Duration {
    let parts = model.parts();
    let flow_lm = &parts.flow_lm;
    let width = flow_lm.latent_width();
    let sampler = Sampler::new(flow_lm.flow_net(), parts.config.flow_lm.flow.kind, 1);
    let fresh = || -> Vec<FlowLmState> {
        let fork = |voice: &&FlowLmState| {
            let mut state = FlowLmState::clone(voice);
            state.reserve(STEPS as usize);
            state
        };
        voices.iter().map(fork).collect()
    };
    let noise = noise(voices.len() * width);
    let (mut states, mut latents) = (fresh(), noise.clone());
    let mut time = Duration::ZERO;
    for step in 0..steps {
        if step % STEPS == STEPS - 1 {
            states = fresh();
        }
        let start = Instant::now();
        let last: Vec<Option<&[f32]>> = latents.chunks_exact(width).map(Some).collect();
        let hidden = flow_lm.step(&last, &mut states.iter_mut().collect::<Vec<_>>());
        black_box(flow_lm.eos_logits(&hidden));
        latents = flow_lm.sample(&sampler, &hidden, noise.clone());
        time += start.elapsed();
    }
    time
}

/// The codec has the same precision for each precision of the language model.
fn codec(criterion: &mut Criterion, subject: &Subject) {
    let model = LazyCell::new(|| subject.load(Precision::F32));
    let name = subject.to_string();
    let mut group = criterion.benchmark_group("mimi decoder");
    for frames in FRAMES {
        group.throughput(Throughput::Elements(frames as u64));
        group.bench_function(BenchmarkId::new(&name, format!("{frames} frames")), |bencher| {
            let parts = model.parts();
            let width = parts.flow_lm.latent_width();
            let latents = signal(noise(frames * width), [frames, width]);
            // The state is never reset, as the window of its transformer is bounded.
            let mut state = parts.decoder.initial_state();
            bencher.iter_batched(
                || latents.clone(),
                |latents| parts.decoder.step(latents, &mut state),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("mimi encoder");
    group.bench_function(BenchmarkId::new(&name, "1 s"), |bencher| {
        let recording = noise(model.sample_rate_hz() as usize);
        bencher.iter(|| model.parts().encoder.encode(&recording));
    });
    group.finish();
}
