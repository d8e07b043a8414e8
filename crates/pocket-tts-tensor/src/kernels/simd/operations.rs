//! The vector operations that kernels are written in, per instruction set.
//!
//! A value of a [`Simd`] type proves that the processor has its instructions: it is only created inside a function
//! compiled for them. The arithmetic is therefore safe to call.

/// Lanes of the widest vectors.
pub(crate) const MAX_LANES: usize = 16;

/// Vector arithmetic on `LANES` numbers at once.
pub(crate) trait Simd: Copy {
    type V: Copy;
    /// `LANES` groups of four signed bytes.
    type Bytes: Copy;
    /// `LANES` copies of one group of four unsigned bytes.
    type SameBytes: Copy;
    /// `LANES` sums of products of bytes in 32 bits. They may be in parts, and may lack their offsets.
    type Sums: Copy;
    /// `LANES` pairs of 16-bit integers.
    type Pairs: Copy;
    /// `LANES` sums of products of pairs in 32 bits. They may be in parts.
    type PairSums: Copy;
    /// At most [`MAX_LANES`].
    const LANES: usize;

    /// # Safety
    /// `2 * LANES` integers can be read from `from`.
    unsafe fn load_pairs(self, from: *const i16) -> Self::Pairs;
    fn splat_pair(self, pair: [i16; 2]) -> Self::Pairs;
    fn zero_pair_sums(self) -> Self::PairSums;
    /// Adds the two products of its pairs to each sum.
    fn add_pair_products(self, sums: Self::PairSums, a: Self::Pairs, b: Self::Pairs) -> Self::PairSums;
    fn pair_sums_to_numbers(self, sums: Self::PairSums) -> Self::V;

    /// # Safety
    /// `4 * LANES` bytes can be read from `from`.
    unsafe fn load_bytes(self, from: *const i8) -> Self::Bytes;
    fn splat_bytes(self, bytes: [u8; 4]) -> Self::SameBytes;
    fn zero_sums(self) -> Self::Sums;
    /// Adds the four products of its groups to each sum.
    fn add_products(self, sums: Self::Sums, a: Self::SameBytes, b: Self::Bytes) -> Self::Sums;
    /// The sums as numbers. The offset of a sum is 128 times the sum of its signed bytes.
    ///
    /// # Safety
    /// `LANES` integers can be read from `offsets`.
    unsafe fn sums_to_numbers(self, sums: Self::Sums, offsets: *const i32) -> Self::V;
    /// The sums minus their offsets, as numbers.
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
    /// Prefetches the cache line of `address`, which may lie anywhere.
    #[inline(always)]
    fn prefetch<T>(self, address: *const T) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        // SAFETY: a hint, which reads nothing and cannot fault.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
        }
        #[cfg(all(target_arch = "aarch64", not(miri)))]
        // SAFETY: a hint, which has no visible effect on memory and cannot fault.
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
    /// As [`prefetch`](Self::prefetch), but only into the second-level cache.
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
    /// Rounds to the nearest whole number.
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

    /// `e^x` with a relative error below 2e-7 between -87 and 88. Saturates beyond.
    #[inline(always)]
    fn exp(self, x: Self::V) -> Self::V {
        let x = self.min(self.max(x, self.splat(-87.0)), self.splat(88.0));
        let n = self.round(self.mul(x, self.splat(std::f32::consts::LOG2_E)));
        // ln 2 in two parts. The first is short enough for its product with `n` to be exact.
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
