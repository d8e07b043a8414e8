//! Matrix products beside what bounds them: how fast memory delivers the weights, and how fast the kernel multiplies
//! weights that are in the cache, on each instruction set of this processor,
//! or on one (`--isa=Avx2`).
//!
//! It prints a line for each kind of weights, and must not know models: sizes are constants here. The share is the
//! greater of both bounds divided by the time, so 100 % can't be exceeded but by noise. Times are the least of several,
//! matrix by matrix, as other programs only add to them.
#![expect(clippy::print_stdout, reason = "the table is its output")]

use std::{env, hint::black_box, time::Instant};

use pocket_tts_tensor::kernels::{
    ActivationBlock, BLOCK, Gemm, Int8Gemm, Isa, Kernels, Q4Gemm, Weights, padded_width, q4_bytes,
};

/// Texts at once.
const ROWS: [usize; 4] = [1, 2, 4, 16];
/// Outputs and inputs of the first matrix of a feed-forward.
const SHAPE: [usize; 2] = [4096, 1024];
/// Matrices, which together exceed every cache.
const MATRICES: usize = 18;
/// Outputs of a matrix that stays in the second-level cache.
const CACHED_OUTPUTS: usize = 256;
const ROUNDS: usize = 15;
/// Memory that is read to measure its speed.
const READ_BYTES: usize = 256 << 20;
/// Numbers of 8 bytes that are read in one place before the next.
const READ_AT_ONCE: usize = 32;

/// Weights of [`MATRICES`] matrices.
enum Kind {
    F32(Vec<f32>),
    Bf16(Vec<u16>),
    Int8(Vec<i8>),
    Q4(Vec<u8>),
}

/// Activations in every form, and room for the results.
struct Operands {
    rows: usize,
    numbers: Vec<f32>,
    bytes: Vec<u8>,
    blocks: Vec<ActivationBlock>,
    offsets: Vec<i32>,
    output: Vec<f32>,
}

fn main() {
    // `cargo bench` passes a filter, and options that begin with dashes.
    let filters: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if !filters.is_empty() && !filters.iter().any(|filter| "roofline".contains(filter.as_str())) {
        return;
    }
    let [n, k] = SHAPE;
    let bytes_per_s = memory_speed();
    println!("{MATRICES} matrices of {n} x {k}, memory {:.1} GB/s", bytes_per_s / 1e9);
    let only = env::args().find_map(|argument| Some(argument.strip_prefix("--isa=")?.to_owned()));
    for isa in Isa::available() {
        if only.as_ref().is_some_and(|name| *name != format!("{isa:?}")) {
            continue;
        }
        if let Some(kernels) = Kernels::for_isa(isa) {
            println!("{isa:?}");
            compare(kernels, bytes_per_s);
        }
    }
}

/// Prints a line for each kind of weights and number of rows.
fn compare(kernels: Kernels, bytes_per_s: f64) {
    let [n, k] = SHAPE;
    let weights = MATRICES * padded_width(n) * k;
    for kind in [
        Kind::F32(vec![0.5; weights]),
        Kind::Bf16(vec![0x3F00; weights]),
        Kind::Int8(vec![3; weights]),
        Kind::Q4(vec![0x35; MATRICES * q4_bytes(padded_width(n), k)]),
    ] {
        println!("{}: {:.1} MB", kind.name(), kind.bytes() as f64 / 1e6);
        for rows in ROWS {
            let mut operands = Operands::new(rows);
            let products = (rows * weights) as f64;
            let cached = least_s(|| kind.multiply(kernels, &mut operands, 0, CACHED_OUTPUTS));
            let products_per_s = (rows * CACHED_OUTPUTS * k) as f64 / cached;
            let time = kind.multiply_all_s(kernels, &mut operands);
            let bound = (kind.bytes() as f64 / bytes_per_s).max(products / products_per_s);
            println!(
                "  {rows:2} rows: {:6.2} ms, {:5.1} GB/s, {:6.1} of {:6.1} GMAC/s, {:3.0} % of the roofline",
                time * 1e3,
                kind.bytes() as f64 / time / 1e9,
                products / time / 1e9,
                products_per_s / 1e9,
                100.0 * bound / time,
            );
        }
    }
}

/// Bytes per second of one thread that reads memory in four places side by side.
fn memory_speed() -> f64 {
    let numbers = vec![1_u64; READ_BYTES / size_of::<u64>()];
    let quarter = numbers.len() / 4;
    let parts: [&[u64]; 4] = std::array::from_fn(|part| &numbers[part * quarter..][..quarter]);
    let time = least_s(|| {
        let mut sums = [0_u64; READ_AT_ONCE];
        for at in (0..quarter).step_by(READ_AT_ONCE) {
            for part in parts {
                for (sum, number) in sums.iter_mut().zip(&part[at..]) {
                    *sum = sum.wrapping_add(*number);
                }
            }
        }
        black_box(sums);
    });
    READ_BYTES as f64 / time
}

/// The least time of a call, in seconds.
fn least_s(mut call: impl FnMut()) -> f64 {
    let times = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

impl Operands {
    fn new(rows: usize) -> Self {
        let [n, k] = SHAPE;
        Self {
            rows,
            numbers: vec![0.5; (rows * k).max(padded_width(n))],
            bytes: vec![100; rows * k],
            blocks: vec![ActivationBlock { values: [1; BLOCK], start: 0, scale: 1.0 }; rows * k / BLOCK],
            offsets: vec![0; padded_width(n)],
            output: vec![0.0; rows * n],
        }
    }
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::F32(_) => "f32",
            Self::Bf16(_) => "bf16",
            Self::Int8(_) => "int8",
            Self::Q4(_) => "q4",
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::F32(weights) => size_of_val(&weights[..]),
            Self::Bf16(weights) => size_of_val(&weights[..]),
            Self::Int8(weights) => size_of_val(&weights[..]),
            Self::Q4(weights) => weights.len(),
        }
    }

    /// The time of the products of all matrices.
    fn multiply_all_s(&self, kernels: Kernels, operands: &mut Operands) -> f64 {
        let mut least = [f64::INFINITY; MATRICES];
        for _ in 0..ROUNDS {
            for (matrix, least) in least.iter_mut().enumerate() {
                let start = Instant::now();
                self.multiply(kernels, operands, matrix, SHAPE[0]);
                *least = least.min(start.elapsed().as_secs_f64());
            }
        }
        least.iter().sum()
    }

    /// The product with the first `n` outputs of a matrix.
    fn multiply(&self, kernels: Kernels, operands: &mut Operands, matrix: usize, n: usize) {
        let [outputs, k] = SHAPE;
        let first = matrix * padded_width(outputs);
        let Operands { rows, numbers, bytes, blocks, offsets, output } = operands;
        let (rows, scales) = (*rows, &numbers[..]);
        let float = |weights, output| Gemm {
            input: numbers,
            input_stride: k,
            rows,
            weights,
            bias: numbers,
            k,
            n,
            output,
        };
        match self {
            Self::F32(weights) => kernels.gemm(float(Weights::F32(&weights[first * k..]), output)),
            Self::Bf16(weights) => kernels.gemm(float(Weights::Bf16(&weights[first * k..]), output)),
            Self::Int8(weights) => kernels.gemm_int8(Int8Gemm {
                rows,
                k,
                n,
                high: bytes,
                low: bytes,
                row_scales: scales,
                weights: &weights[first * k..],
                scales,
                offsets,
                bias: scales,
                output,
            }),
            Self::Q4(weights) => kernels.gemm_q4(Q4Gemm {
                rows,
                k,
                n,
                input: blocks,
                weights: &weights[q4_bytes(first, k)..],
                scales,
                bias: scales,
                output,
            }),
        }
    }
}
