//! Benchmarks of loading: from released weights, and from the weight cache. The files are in the system's page cache.

use std::{path::Path, time::Duration};

use criterion::{BenchmarkId, Criterion};
use pocket_tts_benches::{Subject, subjects};
use pocket_tts_core::{Precision, TtsModelBuilder};

/// The folder of the random model.
const BUILD_FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../bench");

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for subject in subjects(Path::new(BUILD_FOLDER)) {
        for precision in subject.precisions() {
            load(&mut criterion, &subject, *precision);
        }
    }
    criterion.final_summary();
}

fn load(criterion: &mut Criterion, subject: &Subject, precision: Precision) {
    let name = format!("{subject} {}", precision.name());
    let mut group = criterion.benchmark_group("load");
    let build = |builder: TtsModelBuilder| builder.build().unwrap_or_else(|error| panic!("{error}"));
    group.bench_function(BenchmarkId::new("fresh", &name), |bencher| {
        bencher.iter_with_large_drop(|| build(subject.builder(precision)));
    });
    // The built-in model is too small for the weight cache.
    if *subject != Subject::Tiny {
        group.bench_function(BenchmarkId::new("packed", &name), |bencher| {
            let folder =
                tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder in the build folder");
            let packed = || build(subject.builder(precision).weight_cache_dir(folder.path()));
            assert_eq!(packed().weight_cache_problem(), None);
            bencher.iter_with_large_drop(packed);
        });
    }
    group.finish();
}
