//! Samples from their predictions and what these differ by.

use super::bits::Bits;

/// The longest prediction.
pub(super) const MOST_COEFFICIENTS: usize = 32;
/// A number of lower bits, of 4 or 5 bits, that stands for numbers without a code.
const PLAIN: [u32; 2] = [15, 31];

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

    /// Reads the samples behind the first `order` ones. `samples` are [`MOST_COEFFICIENTS`] zeros, then those of the frame
    /// with `bits` each.
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
        predict: impl Fn(&Self, &[i32], i32) -> i32,
    ) -> Option<()> {
        let lower_bits = if source.number(2) == 0 { 4 } else { 5 };
        let partitions = 1_usize << source.number(4);
        let frames = samples.len() - MOST_COEFFICIENTS;
        if !frames.is_multiple_of(partitions) || frames / partitions < self.order {
            return None;
        }
        // Copies stay in registers.
        let (prediction, mut bits) = (*self, *source);
        let mut place = MOST_COEFFICIENTS + self.order;
        for partition in 1..=partitions {
            let end = MOST_COEFFICIENTS + frames / partitions * partition;
            let lower = bits.number(lower_bits);
            let is_plain = lower == PLAIN[lower_bits as usize - 4];
            let length = if is_plain { bits.number(5) } else { 0 };
            let mut newest = samples[place - 1];
            while place < end {
                let (before, rest) = samples.split_at_mut(place);
                let rest = rest.first_mut()?;
                let predicted = predict(&prediction, before, newest);
                let difference = if is_plain { bits.signed(length) } else { bits.rice(lower)? };
                newest = predicted.wrapping_add(difference);
                *rest = newest;
                place += 1;
            }
            if bits.has_overrun() {
                return None;
            }
        }
        *source = bits;
        Some(())
    }

    /// The prediction by sums of 32 bits.
    fn narrow<const N: usize>(&self, before: &[i32], newest: i32) -> i32 {
        let Some(before) = before.last_chunk::<N>() else { return 0 };
        let mut sum = 0_i32;
        for age in 1..N {
            sum = sum.wrapping_add(self.coefficients[age].wrapping_mul(before[N - 1 - age]));
        }
        sum.wrapping_add(self.coefficients[0].wrapping_mul(newest)).wrapping_shr(self.shift)
    }

    /// The prediction by sums of 64 bits.
    fn wide<const N: usize>(&self, before: &[i32], newest: i32) -> i32 {
        let Some(before) = before.last_chunk::<N>() else { return 0 };
        let product = |coefficient: i32, sample: i32| i64::from(coefficient) * i64::from(sample);
        let mut sum = 0_i64;
        for age in 1..N {
            sum = sum.wrapping_add(product(self.coefficients[age], before[N - 1 - age]));
        }
        sum.wrapping_add(product(self.coefficients[0], newest)).wrapping_shr(self.shift) as i32
    }
}
