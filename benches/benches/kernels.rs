//! Benchmarks of each kernel with each instruction set of this processor, on the shapes of a 100-million-parameter model.
//!
//! It must not know models: sizes are constants here.

use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use pocket_tts_tensor::{
    Activation,
    kernels::{Attention, Gemm, Int8Gemm, Isa, Kernels, Normalization, Weights, padded_width},
};

/// One step of the language model, one frame of the codec, and the prefill of a ten-second prompt.
const ROWS: [usize; 3] = [1, 16, 125];
/// Outputs and inputs of an attention projection and of the first matrix of a feed-forward.
const MATRICES: [(usize, usize); 2] = [(1024, 1024), (4096, 1024)];
const HEADS: usize = 16;
const HEAD_DIM: usize = 64;
const WIDTH: usize = HEADS * HEAD_DIM;

fn main() {
    // There are many benchmarks, so each is short.
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(700))
        .configure_from_args();
    gemm(&mut criterion);
    attention(&mut criterion);
    normalisation(&mut criterion);
    activations(&mut criterion);
    criterion.final_summary();
}

/// The throughput is in floating-point operations, two for each weight and row.
fn gemm(criterion: &mut Criterion) {
    for (n, k) in MATRICES {
        // The kernels' time doesn't depend on the order of the weights.
        let weights = numbers(padded_width(n) * k);
        let halves: Vec<u16> = weights.iter().map(|weight| (weight.to_bits() >> 16) as u16).collect();
        let bias = numbers(padded_width(n));
        let kinds = [("f32", Weights::F32(&weights)), ("bf16", Weights::Bf16(&halves))];
        for (kind, weights) in kinds {
            let mut group = criterion.benchmark_group(format!("gemm {n}x{k} {kind}"));
            for rows in ROWS {
                let input = numbers(rows * k);
                let mut output = vec![0.0; rows * n];
                group.throughput(Throughput::Elements((2 * rows * n * k) as u64));
                for kernels in all_kernels() {
                    group.bench_function(id(&kernels, rows), |bencher| {
                        bencher.iter(|| {
                            kernels.gemm(Gemm {
                                input: &input,
                                input_stride: k,
                                rows,
                                weights,
                                bias: &bias,
                                k,
                                n,
                                output: &mut output,
                            });
                        });
                    });
                }
            }
            group.finish();
        }
        gemm_int8(criterion, [n, k], &weights, &bias);
    }
}

/// The quantization of activations is not measured here.
fn gemm_int8(criterion: &mut Criterion, [n, k]: [usize; 2], weights: &[f32], bias: &[f32]) {
    let values: Vec<i8> = weights.iter().map(|weight| (weight * 127.0) as i8).collect();
    let offsets = vec![0; padded_width(n)];
    let mut group = criterion.benchmark_group(format!("gemm {n}x{k} int8"));
    for rows in ROWS {
        let (high, low) = (vec![100_u8; rows * k], vec![50_u8; rows * k]);
        let row_scales = vec![1.0; rows];
        let mut output = vec![0.0; rows * n];
        group.throughput(Throughput::Elements((2 * rows * n * k) as u64));
        for kernels in all_kernels() {
            group.bench_function(id(&kernels, rows), |bencher| {
                bencher.iter(|| {
                    kernels.gemm_int8(Int8Gemm {
                        rows,
                        k,
                        n,
                        high: &high,
                        low: &low,
                        row_scales: &row_scales,
                        weights: &values,
                        scales: bias,
                        offsets: &offsets,
                        bias,
                        output: &mut output,
                    });
                });
            });
        }
    }
    group.finish();
}

/// The throughput is in pairs of a query and a position that it attends to.
fn attention(criterion: &mut Criterion) {
    for (name, context) in [("unlimited", usize::MAX), ("context of 250", 250)] {
        let mut group = criterion.benchmark_group(format!("attention, {name}"));
        let positions = 500;
        let (keys, values) = (numbers(positions * WIDTH), numbers(positions * WIDTH));
        for rows in ROWS {
            let queries = numbers(rows * WIDTH);
            let mut output = vec![0.0; rows * WIDTH];
            let pairs: usize = (positions - rows..positions).map(|at| context.min(at + 1)).sum();
            group.throughput(Throughput::Elements(pairs as u64));
            for kernels in all_kernels() {
                group.bench_function(id(&kernels, rows), |bencher| {
                    bencher.iter(|| {
                        kernels.attention(Attention {
                            queries: &queries,
                            query_stride: WIDTH,
                            rows,
                            keys: [&keys, &[]],
                            values: [&values, &[]],
                            heads: HEADS,
                            kv_stride: WIDTH,
                            kv_heads: HEADS,
                            head_dim: HEAD_DIM,
                            context,
                            output: &mut output,
                        });
                    });
                });
            }
        }
        group.finish();
    }
}

/// The throughput is in elements.
fn normalisation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("normalisation {WIDTH}"));
    let (scale, shift) = (numbers(WIDTH), numbers(WIDTH));
    for rows in ROWS {
        let input = numbers(rows * WIDTH);
        let mut output = vec![0.0; rows * WIDTH];
        group.throughput(Throughput::Elements((rows * WIDTH) as u64));
        for kernels in all_kernels() {
            group.bench_function(id(&kernels, rows), |bencher| {
                bencher.iter(|| {
                    kernels.normalize(Normalization {
                        input: &input,
                        scale: &scale,
                        shift: &shift,
                        epsilon: 1e-5,
                        output: &mut output,
                    });
                });
            });
        }
    }
    group.finish();
}

/// The throughput is in elements.
fn activations(criterion: &mut Criterion) {
    for activation in [Activation::Elu, Activation::GeluTanh, Activation::Silu] {
        let mut group = criterion.benchmark_group(format!("{activation:?}"));
        for rows in ROWS {
            let elements = numbers(rows * 4 * WIDTH);
            group.throughput(Throughput::Elements(elements.len() as u64));
            for kernels in all_kernels() {
                group.bench_function(id(&kernels, rows), |bencher| {
                    // In place: repeated on the same memory, the numbers would become denormal, for which
                    // the processor is slow.
                    bencher.iter_batched_ref(
                        || elements.clone(),
                        |elements| kernels.activate(activation, elements),
                        BatchSize::SmallInput,
                    );
                });
            }
        }
        group.finish();
    }
}

fn all_kernels() -> impl Iterator<Item = Kernels> {
    Isa::available().into_iter().filter_map(Kernels::for_isa)
}

fn id(kernels: &Kernels, rows: usize) -> BenchmarkId {
    BenchmarkId::new(format!("{:?}", kernels.isa()), format!("{rows} rows"))
}

/// Numbers of both signs between -1 and 1, the same on every run.
fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|at| (at as f32 * 0.618).sin()).collect()
}
