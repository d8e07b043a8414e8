//! Benchmarks of speech on all cores: time to the first chunk, speed, concurrent requests, and long texts.
//!
//! Throughputs are in milliseconds of sound, so that criterion's `Kelem/s` are seconds of sound per second, which is the
//! speed against real time.

use std::{cell::LazyCell, path::Path, thread, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput};
use pocket_tts_benches::{FRAME_MS, Subject, TEXT, endless, subjects};
use pocket_tts_core::{Precision, TtsModel, Voice};

/// The folder of the random model.
const BUILD_FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../bench");
/// Frames of a single request: four seconds.
const FRAMES: usize = 50;
/// Frames of each of many requests, and of each sentence of a long text: one second.
const FEW_FRAMES: usize = 12;
const STREAMS: [usize; 5] = [1, 2, 4, 8, 16];
/// Sentences of a text. If the costs are linear, the throughput doesn't fall.
const SENTENCES: [usize; 4] = [1, 4, 16, 32];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for subject in subjects(Path::new(BUILD_FOLDER)) {
        for precision in subject.precisions() {
            let name = format!("{subject} {}", precision.name());
            // Loaded by the first benchmark that the filter selects.
            let loaded = LazyCell::new(|| LoadedModel::load(&subject, *precision));
            one_request(&mut criterion, &name, || &loaded);
            // The time of the other precisions lies in between.
            if matches!(precision, Precision::F32 | Precision::Int8) {
                many_requests(&mut criterion, &name, || &loaded);
                long_text(&mut criterion, &name, || &loaded);
            }
        }
    }
    criterion.final_summary();
}

struct LoadedModel {
    model: TtsModel,
    voice: Voice,
}

impl LoadedModel {
    fn load(subject: &Subject, precision: Precision) -> Self {
        let model = subject.load(precision);
        let voice = subject.voice(&model);
        Self { model, voice }
    }

    /// Generates all speech and returns the number of samples.
    fn generate(&self, text: &str, frames: usize) -> usize {
        let audio = self.model.generate(text, &self.voice, &endless(frames));
        audio.unwrap_or_else(|error| panic!("{error}")).samples.len()
    }
}

fn one_request<'a>(criterion: &mut Criterion, name: &str, loaded: impl Fn() -> &'a LoadedModel) {
    // A request of one frame ends with its first chunk, so no work is left that would delay the next request.
    let mut group = criterion.benchmark_group("first audio");
    group.bench_function(name, |bencher| {
        let loaded = loaded();
        bencher.iter(|| loaded.generate(TEXT, 1));
    });
    group.finish();
    let mut group = criterion.benchmark_group("real time");
    group.throughput(Throughput::Elements((FRAMES * FRAME_MS) as u64));
    group.bench_function(name, |bencher| {
        let loaded = loaded();
        bencher.iter(|| loaded.generate(TEXT, FRAMES));
    });
    group.finish();
}

fn many_requests<'a>(criterion: &mut Criterion, name: &str, loaded: impl Fn() -> &'a LoadedModel) {
    let mut group = criterion.benchmark_group("streams");
    for streams in STREAMS {
        group.throughput(Throughput::Elements((streams * FEW_FRAMES * FRAME_MS) as u64));
        group.bench_function(BenchmarkId::new(name, streams), |bencher| {
            let loaded = loaded();
            bencher.iter(|| {
                thread::scope(|scope| {
                    for _ in 0..streams {
                        scope.spawn(|| loaded.generate(TEXT, FEW_FRAMES));
                    }
                });
            });
        });
    }
    group.finish();
}

fn long_text<'a>(criterion: &mut Criterion, name: &str, loaded: impl Fn() -> &'a LoadedModel) {
    let mut group = criterion.benchmark_group("long text");
    for sentences in SENTENCES {
        // So long that no two sentences are merged into one.
        let text = vec![format!("{} {TEXT}", TEXT.trim_end_matches('.')); sentences].join(" ");
        group.throughput(Throughput::Elements((sentences * FEW_FRAMES * FRAME_MS) as u64));
        group.bench_function(BenchmarkId::new(name, format!("{sentences} sentences")), |bencher| {
            let loaded = loaded();
            let samples = sentences * FEW_FRAMES * loaded.model.samples_per_frame();
            assert_eq!(loaded.generate(&text, FEW_FRAMES), samples, "each sentence is generated separately");
            bencher.iter(|| loaded.generate(&text, FEW_FRAMES));
        });
    }
    group.finish();
}
