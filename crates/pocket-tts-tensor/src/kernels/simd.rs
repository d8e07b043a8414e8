//! The vector operations that kernels are written in, per instruction set.
//!
//! A value of a [`Simd`] type is proof that the processor has its instructions: it is only made
//! inside a function compiled for them. The arithmetic is therefore safe to call.

/// As many lanes as the widest vectors have.
pub(super) const MOST_LANES: usize = 16;

/// Vector arithmetic on `LANES` numbers at once.
pub(super) trait Simd: Copy {
    type V: Copy;
    /// `LANES` groups of four bytes with signs.
    type Bytes: Copy;
    /// As many groups, all the same, of bytes without signs.
    type SameBytes: Copy;
    /// `LANES` sums of products in 32 bits, maybe not added up yet, maybe less their offsets.
    type Sums: Copy;
    /// `LANES` pairs of integers of 16 bits.
    type Pairs: Copy;
    /// `LANES` sums of products of pairs in 32 bits, maybe not added up yet.
    type PairSums: Copy;
    /// At most [`MOST_LANES`].
    const LANES: usize;

    /// # Safety
    /// `2 * LANES` integers can be read from `from`.
    unsafe fn load_pairs(self, from: *const i16) -> Self::Pairs;
    fn splat_pair(self, pair: [i16; 2]) -> Self::Pairs;
    fn zero_pair_sums(self) -> Self::PairSums;
    /// Adds to each sum the two products of its pairs.
    fn add_pair_products(self, sums: Self::PairSums, a: Self::Pairs, b: Self::Pairs) -> Self::PairSums;
    fn pair_sums_to_numbers(self, sums: Self::PairSums) -> Self::V;

    /// # Safety
    /// `4 * LANES` bytes can be read from `from`.
    unsafe fn load_bytes(self, from: *const i8) -> Self::Bytes;
    fn splat_bytes(self, bytes: [u8; 4]) -> Self::SameBytes;
    fn zero_sums(self) -> Self::Sums;
    /// Adds to each sum the four products of its groups.
    fn add_products(self, sums: Self::Sums, a: Self::SameBytes, b: Self::Bytes) -> Self::Sums;
    /// The sums, as numbers. Each one's offset is 128 times the sum of its bytes with signs.
    ///
    /// # Safety
    /// `LANES` integers can be read from `offsets`.
    unsafe fn sums_to_numbers(self, sums: Self::Sums, offsets: *const i32) -> Self::V;
    /// The sums less their offsets, as numbers.
    ///
    /// # Safety
    /// As for `sums_to_numbers`.
    unsafe fn sums_less_offsets(self, sums: Self::Sums, offsets: *const i32) -> Self::V;

    fn splat(self, x: f32) -> Self::V;
    /// # Safety
    /// `LANES` numbers can be read from `from`.
    unsafe fn load(self, from: *const f32) -> Self::V;
    /// The numbers whose upper halves are read.
    ///
    /// # Safety
    /// `LANES` numbers can be read from `from`.
    unsafe fn load_bf16(self, from: *const u16) -> Self::V;
    /// Asks for the cache line of `address`, which may lie anywhere.
    #[inline(always)]
    fn prefetch<T>(self, address: *const T) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        // SAFETY: a hint; it reads nothing and cannot fault.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
        }
        #[cfg(all(target_arch = "aarch64", not(miri)))]
        // SAFETY: a hint; it touches no memory that the program could tell, and cannot fault.
        unsafe {
            std::arch::asm!(
                "prfm pldl1keep, [{address}]",
                address = in(reg) address.addr(),
                options(nomem, nostack, preserves_flags),
            );
        }
        #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
        let _ = address;
    }
    /// As [`prefetch`](Self::prefetch), into the second level of the cache only.
    #[inline(always)]
    fn prefetch_outer<T>(self, address: *const T) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        // SAFETY: as in `prefetch`.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T1 }>(address.cast());
        }
        #[cfg(all(target_arch = "aarch64", not(miri)))]
        // SAFETY: as in `prefetch`.
        unsafe {
            std::arch::asm!(
                "prfm pldl2keep, [{address}]",
                address = in(reg) address.addr(),
                options(nomem, nostack, preserves_flags),
            );
        }
        #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
        let _ = address;
    }
    /// # Safety
    /// `LANES` numbers can be written to `to`.
    unsafe fn store(self, to: *mut f32, v: Self::V);
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// To the nearest whole number.
    fn round(self, a: Self::V) -> Self::V;
    /// `2^n` for whole `n` in `-126..=127`.
    fn power_of_two(self, n: Self::V) -> Self::V;
    /// `a` where `x > 0`, else `b`.
    fn select_positive(self, x: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// The sum of all lanes of each.
    fn sums(self, a: [Self::V; 4]) -> [f32; 4];

    /// The sum of all lanes.
    #[inline(always)]
    fn sum(self, a: Self::V) -> f32 {
        let zero = self.splat(0.0);
        self.sums([a, zero, zero, zero])[0]
    }

    /// `e^x`, relative error below 2e-7 between -87 and 88; saturates beyond.
    #[inline(always)]
    fn exp(self, x: Self::V) -> Self::V {
        let x = self.min(self.max(x, self.splat(-87.0)), self.splat(88.0));
        let n = self.round(self.mul(x, self.splat(std::f32::consts::LOG2_E)));
        // ln 2 in two parts, the first short enough that `n * LN_2_HIGH` is exact.
        let r = self.mul_add(n, self.splat(-0.693_359_4), x);
        let r = self.mul_add(n, self.splat(2.121_944_4e-4), r);
        // The Taylor series to the seventh power: |r| <= ln(2) / 2 leaves an error of 5e-9.
        let mut p = self.splat(1.0 / 5040.0);
        for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            p = self.mul_add(p, r, self.splat(coefficient));
        }
        self.mul(p, self.power_of_two(n))
    }
}

/// Four lanes in plain arithmetic, for every processor.
#[derive(Clone, Copy)]
pub(super) struct Portable;

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
        // SAFETY: the caller vouches for eight integers; an array has the alignment of its elements.
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
        // SAFETY: the caller vouches for sixteen bytes, which need no alignment.
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
        // SAFETY: the caller vouches for four integers; an array has the alignment of its elements.
        let offsets = unsafe { offsets.cast::<[i32; 4]>().read() };
        std::array::from_fn(|lane| sums[lane].wrapping_sub(offsets[lane]) as f32)
    }

    #[inline(always)]
    fn splat(self, x: f32) -> [f32; 4] {
        [x; 4]
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> [f32; 4] {
        // SAFETY: the caller vouches for four numbers; an array of f32 has the alignment of f32.
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
        // Adding and taking away 1.5 * 2^23 leaves no room for a fraction; `f32::round` is a call.
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
