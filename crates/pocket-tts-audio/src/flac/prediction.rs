//! Samples from their predictions and what these differ by.

use super::bits::Bits;

/// The longest prediction.
pub(super) const MOST_COEFFICIENTS: usize = 32;
/// A number of lower bits, of 4 or 5 bits, that stands for numbers without a code.
const PLAIN: [u32; 2] = [15, 31];

/// Differences that are read before the samples are computed from them. Both have their own chain of dependent steps, of
/// which the processor computes one beside the other if blocks are short.
const BLOCK: usize = 16;

/// A prediction from the samples before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prediction {
    /// How many samples it is made from.
    pub(super) order: usize,
    /// For the newest sample first; behind `order` are zeros.
    pub(super) coefficients: [i32; MOST_COEFFICIENTS],
    pub(super) shift: u32,
}

impl Prediction {
    /// The prediction by differences of an order up to 4.
    pub(super) fn fixed(order: usize) -> Option<Self> {
        let rows: [&[i32]; 5] = [&[], &[1], &[2, -1], &[3, -3, 1], &[4, -6, 4, -1]];
        let mut coefficients = [0; MOST_COEFFICIENTS];
        let row = rows.get(order)?;
        coefficients[..order].copy_from_slice(row);
        Some(Self { order, coefficients, shift: 0 })
    }

    /// Reads the samples behind the first `order` ones. `samples` are [`MOST_COEFFICIENTS`] zeros, then the samples of
    /// the frame with `bits` each.
    pub(super) fn restore(&self, source: &mut Bits<'_>, samples: &mut [i32], bits: u32) -> Option<()> {
        let sizes = self.coefficients.iter().map(|coefficient| u64::from(coefficient.unsigned_abs()));
        let largest = sizes.sum::<u64>() << bits.saturating_sub(1);
        // With 32 bits for the sums where they suffice.
        match (largest <= u64::from(i32::MAX.cast_unsigned()), self.order) {
            (true, ..=4) => self.restore_by(source, samples, Self::narrow::<4>),
            (true, 5..=8) => self.restore_by(source, samples, Self::narrow::<8>),
            (true, 9..=12) => self.restore_by(source, samples, Self::narrow::<12>),
            (false, ..=12) => self.restore_by(source, samples, Self::wide::<12>),
            _ => self.restore_by(source, samples, Self::wide::<MOST_COEFFICIENTS>),
        }
    }

    fn restore_by(
        &self,
        source: &mut Bits<'_>,
        samples: &mut [i32],
        restore_block: impl Fn(&Self, &mut [i32]),
    ) -> Option<()> {
        let lower_bits = if source.number(2) == 0 { 4 } else { 5 };
        let partitions = 1_usize << source.number(4);
        let frames = samples.len() - MOST_COEFFICIENTS;
        if !frames.is_multiple_of(partitions) || frames / partitions < self.order {
            return None;
        }
        let mut place = MOST_COEFFICIENTS + self.order;
        for partition in 1..=partitions {
            let end = MOST_COEFFICIENTS + frames / partitions * partition;
            let lower = source.number(lower_bits);
            let is_plain = lower == PLAIN[lower_bits as usize - 4];
            let length = if is_plain { source.number(5) } else { 0 };
            while place < end {
                let block = (end - place).min(BLOCK);
                let differences = samples.get_mut(place..place + block)?;
                if is_plain {
                    differences.fill_with(|| source.signed(length));
                } else {
                    source.rice(lower, differences)?;
                }
                restore_block(self, samples.get_mut(place - MOST_COEFFICIENTS..place + block)?);
                place += block;
            }
            if source.has_overrun() {
                return None;
            }
        }
        Some(())
    }

    /// Replaces the differences behind [`MOST_COEFFICIENTS`] samples by the samples, with sums of 32 bits: the sums of two
    /// samples are the halves of one number, as multiplications take the most time.
    fn narrow<const N: usize>(&self, samples: &mut [i32]) {
        let both = |age: usize| {
            i64::from(self.coefficients[age]).wrapping_add(i64::from(self.coefficients[age + 1]) << 32)
        };
        let coefficients: [i64; N] = std::array::from_fn(both);
        let newest = self.coefficients[0];
        let product = |sample: i32, age: usize| i64::from(sample).wrapping_mul(coefficients[age]);
        let sum_of = |before: &[i32; N], ages: std::ops::Range<usize>, skipped: usize| {
            let products = ages.map(|age| product(before[N - 1 + skipped - age], age));
            products.fold(0, i64::wrapping_add)
        };
        let (before, _) = samples.split_at(MOST_COEFFICIENTS);
        let Some(before) = before.last_chunk::<N>() else { return };
        let mut sum = sum_of(before, 0..N, 0);
        let mut place = MOST_COEFFICIENTS;
        while place < samples.len() {
            let (before, rest) = samples.split_at_mut(place);
            let Some(before) = before.last_chunk::<N>() else { return };
            // The next sum as far as it is known: this comes ahead of the chain of steps from sample to sample.
            let ahead = sum_of(before, 2..N, 2);
            let first = sum as i32;
            let second = (sum.wrapping_sub(i64::from(first)) >> 32) as i32;
            let first = first.wrapping_shr(self.shift).wrapping_add(rest[0]);
            rest[0] = first;
            let Some(sample) = rest.get_mut(1) else { return };
            let second = second.wrapping_add(newest.wrapping_mul(first));
            *sample = second.wrapping_shr(self.shift).wrapping_add(*sample);
            sum = ahead.wrapping_add(product(first, 1)).wrapping_add(product(*sample, 0));
            place += 2;
        }
    }

    /// The same with sums of 64 bits.
    fn wide<const N: usize>(&self, samples: &mut [i32]) {
        let Some(coefficients) = self.coefficients.first_chunk::<N>() else { return };
        for place in MOST_COEFFICIENTS..samples.len() {
            let (before, rest) = samples.split_at_mut(place);
            let (Some(before), Some(sample)) = (before.last_chunk::<N>(), rest.first_mut()) else { return };
            let product = |age: usize| i64::from(coefficients[age]) * i64::from(before[N - 1 - age]);
            let sum = (0..N).map(product).fold(0, i64::wrapping_add);
            *sample = sample.wrapping_add(sum.wrapping_shr(self.shift) as i32);
        }
    }
}
