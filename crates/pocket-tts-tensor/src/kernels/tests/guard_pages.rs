//! Every kernel on slices that end at a guard page: a kernel that reads or writes one element behind a slice ends the
//! process. Results must be the same as on other slices.

use std::{
    ops::{Deref, DerefMut},
    ptr, slice,
};

use proptest::prelude::*;

use super::support::all_kernels;
use crate::{
    kernels::{
        Activation, ActivationBlock, Attention, BLOCK, GROUP, Gemm, Int8Gemm, Int16Gemm, Normalization, PAIR,
        Q4Gemm, Quantization, Weights, padded_width, q4_bytes,
    },
    random_numbers::random as numbers,
};

/// A copy of some elements that ends at a page which can't be accessed.
struct Guarded<T> {
    elements: *mut T,
    count: usize,
    /// The pages, including the guard page.
    pages: *mut libc::c_void,
    bytes: usize,
}

impl<T: Copy> Guarded<T> {
    fn new(elements: &[T]) -> Self {
        // SAFETY: it only reads a setting.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
        let used = size_of_val(elements).next_multiple_of(page);
        let bytes = used + page;
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANON);
        // SAFETY: new memory, at an address that the system chooses.
        let pages = unsafe { libc::mmap(ptr::null_mut(), bytes, access, kind, -1, 0) };
        assert_ne!(pages, libc::MAP_FAILED, "no memory");
        // SAFETY: the last page belongs to this function and holds nothing.
        let protected = unsafe { libc::mprotect(pages.wrapping_byte_add(used), page, libc::PROT_NONE) };
        assert_eq!(protected, 0, "the guard page stays accessible");
        let start = pages.wrapping_byte_add(used - size_of_val(elements)).cast::<T>();
        // SAFETY: the elements end at the end of the accessible pages, so they are aligned.
        unsafe { start.copy_from_nonoverlapping(elements.as_ptr(), elements.len()) };
        Self { elements: start, count: elements.len(), pages, bytes }
    }
}

impl<T> Deref for Guarded<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `new` wrote the elements, and they live as long as this value.
        unsafe { slice::from_raw_parts(self.elements, self.count) }
    }
}

impl<T> DerefMut for Guarded<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above; this value owns the pages.
        unsafe { slice::from_raw_parts_mut(self.elements, self.count) }
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        // SAFETY: this value owns the pages, and no borrow of them is left.
        let freed = unsafe { libc::munmap(self.pages, self.bytes) };
        assert_eq!(freed, 0, "the pages are not unmapped");
    }
}

/// The bits that `kernel` writes to other memory and at a guard page.
fn outputs(len: usize, kernel: impl Fn(&mut [f32])) -> [Vec<u32>; 2] {
    let (mut elsewhere, mut at_page) = (vec![f32::NAN; len], Guarded::new(&vec![f32::NAN; len]));
    kernel(&mut elsewhere);
    kernel(&mut at_page);
    [elsewhere.as_slice(), &at_page].map(|output| output.iter().map(|x| x.to_bits()).collect())
}

fn bytes(seed: u64, count: usize) -> Vec<u8> {
    numbers(seed, count).into_iter().map(|x| (x * 1e4) as i32 as u8).collect()
}

fn integers(seed: u64, count: usize) -> Vec<i16> {
    numbers(seed, count).into_iter().map(|x| (x * 1_000.0) as i16).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn float_products_stay_inside(rows in 0_usize..20, n in 1_usize..330, k in 0_usize..150, hop in 1_usize..80, seed: u64) {
        let input = Guarded::new(&numbers(seed, if rows == 0 { 0 } else { (rows - 1) * hop + k }));
        let weights = Guarded::new(&numbers(seed ^ 1, padded_width(n) * k));
        let halves: Vec<u16> = weights.iter().map(|weight| half::bf16::from_f32(*weight).to_bits()).collect();
        let (halves, bias) = (Guarded::new(&halves), Guarded::new(&numbers(seed ^ 2, padded_width(n))));
        for kernels in all_kernels() {
            for weights in [Weights::F32(&weights), Weights::Bf16(&halves)] {
                let [elsewhere, at_page] = outputs(rows * n, |output| {
                    kernels.gemm(Gemm { input: &input, input_stride: hop, rows, weights, bias: &bias, k, n, output });
                });
                prop_assert_eq!(elsewhere, at_page, "{:?}", kernels.isa());
            }
        }
    }

    #[test]
    fn int8_products_stay_inside(rows in 0_usize..12, n in 1_usize..200, groups in 0_usize..40, seed: u64) {
        let (k, padded) = (groups * GROUP, padded_width(n));
        let (high, low) = (Guarded::new(&bytes(seed, rows * k)), Guarded::new(&bytes(seed ^ 1, rows * k)));
        let weights: Vec<i8> = bytes(seed ^ 2, padded * k).into_iter().map(|byte| byte as i8).collect();
        let (weights, offsets) = (Guarded::new(&weights), Guarded::new(&vec![1_i32; padded]));
        let (scales, bias) = (Guarded::new(&numbers(seed ^ 3, padded)), Guarded::new(&numbers(seed ^ 4, padded)));
        let row_scales = Guarded::new(&numbers(seed ^ 5, rows));
        for kernels in all_kernels() {
            let [elsewhere, at_page] = outputs(rows * n, |output| {
                kernels.gemm_int8(Int8Gemm {
                    rows, k, n, high: &high, low: &low, row_scales: &row_scales, weights: &weights, scales: &scales,
                    offsets: &offsets, bias: &bias, output,
                });
            });
            prop_assert_eq!(elsewhere, at_page, "{:?}", kernels.isa());
        }
    }

    #[test]
    fn q4_products_stay_inside(rows in 0_usize..12, n in 1_usize..350, blocks in 0_usize..5, seed: u64) {
        let (k, padded) = (blocks * BLOCK, padded_width(n));
        let block = |at: usize| ActivationBlock { values: [at as i8; BLOCK], start: at as i32, scale: 1.0 };
        let input = Guarded::new(&(0..rows * blocks).map(block).collect::<Vec<_>>());
        let weights = Guarded::new(&bytes(seed, q4_bytes(padded, k)));
        let (scales, bias) = (Guarded::new(&numbers(seed ^ 1, padded)), Guarded::new(&numbers(seed ^ 2, padded)));
        for kernels in all_kernels() {
            let [elsewhere, at_page] = outputs(rows * n, |output| {
                kernels.gemm_q4(Q4Gemm {
                    rows, k, n, input: &input, weights: &weights, scales: &scales, bias: &bias, output,
                });
            });
            prop_assert_eq!(elsewhere, at_page, "{:?}", kernels.isa());
        }
    }

    #[test]
    fn int16_products_stay_inside(
        (rows, n) in (0_usize..20, 1_usize..200), (half_block, blocks, hop) in (1_usize..80, 0_usize..4, 1_usize..4),
        seed: u64,
    ) {
        let (block_len, padded) = (half_block * PAIR, padded_width(n));
        let count = if rows == 0 { 0 } else { (rows - 1) * hop + blocks };
        let (input, input_scales) = (Guarded::new(&integers(seed, count * block_len)), Guarded::new(&numbers(seed ^ 1, count)));
        let weights = Guarded::new(&integers(seed ^ 2, padded * block_len * blocks));
        let (scales, bias) = (Guarded::new(&numbers(seed ^ 3, padded)), Guarded::new(&numbers(seed ^ 4, padded)));
        for kernels in all_kernels() {
            let [elsewhere, at_page] = outputs(rows * n, |output| {
                kernels.gemm_int16(Int16Gemm {
                    input: &input, input_stride: hop * block_len, input_scales: &input_scales, block_len, rows,
                    k: block_len * blocks, n,
                    weights: &weights, scales: &scales, bias: &bias, output,
                });
            });
            prop_assert_eq!(elsewhere, at_page, "{:?}", kernels.isa());
        }
    }

    #[test]
    fn attention_stays_inside(
        (rows, extra) in (1_usize..10, 0_usize..60), kv_heads in 1_usize..4, group in 1_usize..4,
        head_dim in 1_usize..80, context in 1_usize..80, (gap, kv_gap) in (0_usize..9, 0_usize..9), seed: u64,
    ) {
        let (heads, width) = (kv_heads * group, kv_heads * head_dim);
        let (query_stride, kv_stride) = (heads * head_dim + gap, width + kv_gap);
        let queries = Guarded::new(&numbers(seed, (rows - 1) * query_stride + heads * head_dim));
        let count = rows + extra;
        let cached = |seed| {
            let first = seed as usize % (count + 1);
            let whole = numbers(seed, count * kv_stride);
            let part = |range: std::ops::Range<usize>| {
                let end = if range.is_empty() { range.start * kv_stride } else { (range.end - 1) * kv_stride + width };
                Guarded::new(&whole[range.start * kv_stride..end])
            };
            [part(0..first), part(first..count)]
        };
        let (keys, values) = (cached(seed), cached(seed));
        for kernels in all_kernels() {
            let [elsewhere, at_page] = outputs(rows * heads * head_dim, |output| {
                kernels.attention(Attention {
                    queries: &queries, query_stride, rows, keys: [&keys[0], &keys[1]], values: [&values[0], &values[1]], kv_stride, heads, kv_heads,
                    head_dim, context, output,
                });
            });
            prop_assert_eq!(elsewhere, at_page, "{:?}", kernels.isa());
        }
    }

    #[test]
    fn row_by_row_kernels_stay_inside(rows in 0_usize..5, width in 1_usize..150, seed: u64) {
        let input = Guarded::new(&numbers(seed, rows * width));
        let (scale, shift) = (Guarded::new(&numbers(seed ^ 1, width)), Guarded::new(&numbers(seed ^ 2, width)));
        for kernels in all_kernels() {
            let [elsewhere, at_page] = outputs(rows * width, |output| {
                let (scale, shift) = (&scale[..], &shift[..]);
                kernels.normalize(Normalization { input: &input, scale, shift, epsilon: 1e-5, output });
                for activation in [Activation::Elu, Activation::GeluTanh, Activation::Silu] {
                    kernels.activate(activation, output);
                }
            });
            prop_assert_eq!(elsewhere, at_page, "{:?}", kernels.isa());
            let (mut integers, mut scales) = (Guarded::new(&vec![0_i16; rows * width]), Guarded::new(&vec![0.0; rows]));
            kernels.quantize(Quantization { input: &input, block_len: width, output: &mut integers, scales: &mut scales });
            prop_assert!(scales.iter().all(|scale| *scale > 0.0), "{:?}", kernels.isa());
        }
    }
}
