//! Operands whose sizes overflow: each kernel panics before it reads or writes anything.
//!
//! Arithmetic that wraps, as in most builds, would turn such sizes into small ones.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::support::all_kernels;
use crate::kernels::{
    ActivationBlock, Attention, BLOCK, Gemm, Int8Gemm, Int16Gemm, Normalization, Q4Gemm, Quantization,
    Weights,
};

/// More than half of the greatest size, so that twice as much overflows.
const HALF: usize = usize::MAX / 2 + 1;
const MAX: usize = usize::MAX;

/// The message that `work` panics with.
#[track_caller]
fn panic_message(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).expect_err("no panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn a_float_product_panics() {
    let numbers = [1.0; 64];
    for (rows, input_stride, k, n, problem) in [
        (2, MAX, 1, 1, "activations"),
        (3, HALF, 1, 1, "activations"),
        (2, MAX, 2, 1, "activations"),
        (1, 0, HALF, 2, "packed weights"),
        (1, 0, MAX / 16 + 1, 16, "packed weights"),
        (2, 1, 1, HALF, "packed weights"),
        (2, 1, 0, HALF, "the bias"),
        (0, 1, 0, MAX, "the bias"),
        (HALF, 0, 1, 2, "the output"),
    ] {
        for kernels in all_kernels() {
            let weights = Weights::F32(&numbers);
            let mut output = [0.0; 64];
            let gemm = Gemm {
                input: &numbers,
                input_stride,
                rows,
                weights,
                bias: &numbers,
                k,
                n,
                output: &mut output,
            };
            let text = panic_message(|| kernels.gemm(gemm));
            assert!(text.contains(problem), "{rows} rows of {k} for {n}, {input_stride} apart: {text}");
        }
    }
}

#[test]
fn an_int8_product_panics() {
    let (bytes, weights, numbers) = ([1; 64], [1; 64], [1.0; 64]);
    for (rows, k, n, problem) in [
        (HALF, 4, 0, "upper halves"),
        (1, MAX - 3, 16, "packed weights"),
        (1, HALF, 2, "packed weights"),
        (1, 0, MAX, "scales, offsets or bias"),
        (65, 0, 1, "a scale for each row"),
        (2, 0, HALF, "scales, offsets or bias"),
    ] {
        for kernels in all_kernels() {
            let mut output = [0.0; 64];
            let gemm = Int8Gemm {
                rows,
                k,
                n,
                high: &bytes,
                low: &bytes,
                row_scales: &numbers,
                weights: &weights,
                scales: &numbers,
                offsets: &[0; 64],
                bias: &numbers,
                output: &mut output,
            };
            let text = panic_message(|| kernels.gemm_int8(gemm));
            assert!(text.contains(problem), "{rows} rows of {k} for {n}: {text}");
        }
    }
}

#[test]
fn a_q4_product_panics() {
    let block = ActivationBlock { values: [1; BLOCK], start: 0, scale: 1.0 };
    let (blocks, weights, numbers) = ([block; 4], [1; 1_088], [1.0; 64]);
    for (rows, k, n, problem) in [
        (1, 16, 1, "whole blocks"),
        (HALF, 64, 0, "activations"),
        (5, 32, 1, "activations"),
        (1, MAX - 31, 16, "packed weights"),
        (1, HALF, 2, "packed weights"),
        (1, 0, MAX, "scales or bias"),
        (2, 0, HALF, "scales or bias"),
        (3, 0, 64, "the output"),
    ] {
        for kernels in all_kernels() {
            let mut output = [0.0; 64];
            let gemm = Q4Gemm {
                rows,
                k,
                n,
                input: &blocks,
                weights: &weights,
                scales: &numbers,
                bias: &numbers,
                output: &mut output,
            };
            let text = panic_message(|| kernels.gemm_q4(gemm));
            assert!(text.contains(problem), "{rows} rows of {k} for {n}: {text}");
        }
    }
}

#[test]
fn an_int16_product_panics() {
    let (integers, numbers) = ([1; 64], [1.0; 64]);
    for (rows, input_stride, k, n, problem) in [
        (2, MAX - 1, 2, 1, "activations"),
        (3, HALF, 2, 1, "activations"),
        (1, 0, HALF, 2, "packed weights"),
        (2, 2, 2, HALF, "packed weights"),
        (0, 2, 0, MAX, "scales or bias"),
        (HALF, 0, 2, 2, "the output"),
    ] {
        for kernels in all_kernels() {
            let mut output = [0.0; 64];
            let gemm = Int16Gemm {
                input: &integers,
                input_stride,
                input_scales: &numbers,
                block_len: 2,
                rows,
                k,
                n,
                weights: &integers,
                scales: &numbers,
                bias: &numbers,
                output: &mut output,
            };
            let text = panic_message(|| kernels.gemm_int16(gemm));
            assert!(text.contains(problem), "{rows} rows of {k} for {n}, {input_stride} apart: {text}");
        }
    }
}

#[test]
fn attention_panics() {
    let numbers = [1.0; 64];
    for ([rows, query_stride, kv_stride], [heads, kv_heads, head_dim, context], problem) in [
        ([2, MAX, 4], [1, 1, 4, 9], "the queries"),
        ([3, HALF, 4], [1, 1, 4, 9], "the queries"),
        ([1, 4, 4], [HALF, 1, 2, 9], "heads"),
        ([1, 4, 4], [HALF, HALF, 4, 9], "heads"),
        ([1, 4, MAX], [1, 1, MAX, 9], "whole positions"),
        ([2, 4, MAX], [1, 1, 4, 9], "own position is cached"),
        ([2, 4, 4], [HALF, 1, 1, 9], "the output"),
        ([1, 4, 4], [1, 1, 4, 0], "sees its own position"),
    ] {
        for kernels in all_kernels() {
            let mut output = [0.0; 64];
            let attention = Attention {
                queries: &numbers,
                query_stride,
                rows,
                keys: [&numbers, &[]],
                values: [&numbers, &[]],
                kv_stride,
                heads,
                kv_heads,
                head_dim,
                context,
                output: &mut output,
            };
            let text = panic_message(|| kernels.attention(attention));
            assert!(text.contains(problem), "{rows} rows, {heads} heads of {head_dim}: {text}");
        }
    }
}

#[test]
fn quantization_and_normalization_panic() {
    let numbers = [1.0; 64];
    for kernels in all_kernels() {
        let mut scales = [0.0; 1];
        let quantization =
            Quantization { input: &numbers, block_len: MAX, output: &mut [0; 64], scales: &mut scales };
        assert!(panic_message(|| kernels.quantize(quantization)).contains("whole blocks"));
        let mut output = [0.0; 64];
        let normalization = Normalization {
            input: &numbers,
            scale: &numbers[..63],
            shift: &numbers[..63],
            epsilon: 0.0,
            output: &mut output,
        };
        assert!(panic_message(|| kernels.normalize(normalization)).contains("whole rows"));
    }
}
