//! Sizes that can't be counted, given to each kernel: they are refused before anything is read or written.
//!
//! Arithmetic that wraps, as in most builds, would make small sizes of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::all_kernels;
use crate::kernels::*;

/// More than half of what can be counted, so that twice as much can't be.
const HALF: usize = usize::MAX / 2 + 1;
const MAX: usize = usize::MAX;

/// What `work` panics with.
#[track_caller]
fn refusal(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).expect_err("it went through");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn a_product_refuses_sizes_that_cannot_be_counted() {
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
            let text = refusal(|| kernels.gemm(gemm));
            assert!(text.contains(problem), "{rows} rows of {k} for {n}, {input_stride} apart: {text}");
        }
    }
}

#[test]
fn a_product_of_bytes_refuses_sizes_that_cannot_be_counted() {
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
            let text = refusal(|| kernels.gemm_int8(gemm));
            assert!(text.contains(problem), "{rows} rows of {k} for {n}: {text}");
        }
    }
}

#[test]
fn a_product_of_pairs_refuses_sizes_that_cannot_be_counted() {
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
                cell: 2,
                rows,
                k,
                n,
                weights: &integers,
                scales: &numbers,
                bias: &numbers,
                output: &mut output,
            };
            let text = refusal(|| kernels.gemm_int16(gemm));
            assert!(text.contains(problem), "{rows} rows of {k} for {n}, {input_stride} apart: {text}");
        }
    }
}

#[test]
fn attention_refuses_sizes_that_cannot_be_counted() {
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
                keys: &numbers,
                values: &numbers,
                kv_stride,
                heads,
                kv_heads,
                head_dim,
                context,
                output: &mut output,
            };
            let text = refusal(|| kernels.attention(attention));
            assert!(text.contains(problem), "{rows} rows, {heads} heads of {head_dim}: {text}");
        }
    }
}

#[test]
fn rounding_and_normalisation_refuse_sizes_that_disagree() {
    let numbers = [1.0; 64];
    for kernels in all_kernels() {
        let mut scales = [0.0; 1];
        let rounding = Rounding { input: &numbers, cell: MAX, output: &mut [0; 64], scales: &mut scales };
        assert!(refusal(|| kernels.round(rounding)).contains("whole cells"));
        let mut output = [0.0; 64];
        let normalization = Normalization {
            input: &numbers,
            scale: &numbers[..63],
            shift: &numbers[..63],
            epsilon: 0.0,
            output: &mut output,
        };
        assert!(refusal(|| kernels.normalize(normalization)).contains("whole rows"));
    }
}
