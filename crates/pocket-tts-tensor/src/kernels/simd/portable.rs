//! Plain code, for every processor. It is four lanes wide, which compilers turn into their vector instructions.

use super::operations::Simd;

/// Four lanes in plain arithmetic, for every processor.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

#[inline(always)]
fn zip(a: [f32; 4], b: [f32; 4], f: impl Fn(f32, f32) -> f32) -> [f32; 4] {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

impl Simd for Portable {
    type V = [f32; 4];
    type Bytes = [[i8; 4]; 4];
    type SameBytes = [u8; 4];
    type Sums = [i32; 4];
    type Pairs = [[i16; 2]; 4];
    type PairSums = [i32; 4];
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn load_pairs(self, from: *const i16) -> [[i16; 2]; 4] {
        // SAFETY: the caller guarantees eight integers; an array has the alignment of its elements.
        unsafe { from.cast::<[[i16; 2]; 4]>().read() }
    }
    #[inline(always)]
    fn splat_pair(self, pair: [i16; 2]) -> [[i16; 2]; 4] {
        [pair; 4]
    }
    #[inline(always)]
    fn zero_pair_sums(self) -> [i32; 4] {
        [0; 4]
    }
    #[inline(always)]
    fn add_pair_products(self, sums: [i32; 4], a: [[i16; 2]; 4], b: [[i16; 2]; 4]) -> [i32; 4] {
        std::array::from_fn(|lane| {
            let products = a[lane].iter().zip(b[lane]).map(|(a, b)| i32::from(*a) * i32::from(b));
            products.fold(sums[lane], i32::wrapping_add)
        })
    }
    #[inline(always)]
    fn pair_sums_to_numbers(self, sums: [i32; 4]) -> [f32; 4] {
        sums.map(|sum| sum as f32)
    }

    #[inline(always)]
    unsafe fn load_bytes(self, from: *const i8) -> [[i8; 4]; 4] {
        // SAFETY: the caller guarantees sixteen bytes, which need no alignment.
        unsafe { from.cast::<[[i8; 4]; 4]>().read() }
    }
    #[inline(always)]
    fn splat_bytes(self, bytes: [u8; 4]) -> [u8; 4] {
        bytes
    }
    #[inline(always)]
    fn zero_sums(self) -> [i32; 4] {
        [0; 4]
    }
    #[inline(always)]
    fn add_products(self, sums: [i32; 4], a: [u8; 4], b: [[i8; 4]; 4]) -> [i32; 4] {
        std::array::from_fn(|lane| {
            let products = a.iter().zip(b[lane]).map(|(a, b)| i32::from(*a) * i32::from(b));
            products.fold(sums[lane], i32::wrapping_add)
        })
    }
    #[inline(always)]
    unsafe fn sums_to_numbers(self, sums: [i32; 4], _: *const i32) -> [f32; 4] {
        sums.map(|sum| sum as f32)
    }
    #[inline(always)]
    unsafe fn sums_less_offsets(self, sums: [i32; 4], offsets: *const i32) -> [f32; 4] {
        // SAFETY: the caller guarantees four integers; an array has the alignment of its elements.
        let offsets = unsafe { offsets.cast::<[i32; 4]>().read() };
        std::array::from_fn(|lane| sums[lane].wrapping_sub(offsets[lane]) as f32)
    }

    #[inline(always)]
    fn splat(self, x: f32) -> [f32; 4] {
        [x; 4]
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> [f32; 4] {
        // SAFETY: the caller guarantees four numbers; an array of f32 has the alignment of f32.
        unsafe { from.cast::<[f32; 4]>().read() }
    }
    #[inline(always)]
    unsafe fn load_bf16(self, from: *const u16) -> [f32; 4] {
        // SAFETY: as in `load`.
        let halves = unsafe { from.cast::<[u16; 4]>().read() };
        halves.map(|half| f32::from_bits(u32::from(half) << 16))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, v: [f32; 4]) {
        // SAFETY: as in `load`.
        unsafe { to.cast::<[f32; 4]>().write(v) }
    }
    #[inline(always)]
    fn add(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn min(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn mul_add(self, a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        self.add(self.mul(a, b), c)
    }
    #[inline(always)]
    fn round(self, a: [f32; 4]) -> [f32; 4] {
        // Adding and subtracting 1.5 * 2^23 leaves no bits for a fraction; `f32::round` is a call.
        zip(a, a, |a, _| (a + 12_582_912.0) - 12_582_912.0)
    }
    #[inline(always)]
    fn power_of_two(self, n: [f32; 4]) -> [f32; 4] {
        zip(n, n, |n, _| f32::from_bits(((n as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    fn select_positive(self, x: [f32; 4], a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|lane| if x[lane] > 0.0 { a[lane] } else { b[lane] })
    }
    #[inline(always)]
    fn sums(self, a: [[f32; 4]; 4]) -> [f32; 4] {
        a.map(|a| (a[0] + a[2]) + (a[1] + a[3]))
    }
}
