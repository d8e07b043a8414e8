//! Bits from the most significant to the least. Knows bytes only.

/// Bits of a slice of bytes. Behind the end are zeros, and [`has_overrun`](Self::has_overrun).
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The byte behind those whose bits are counted in `count`.
    position: usize,
    /// The next bits, from the most significant on.
    buffer: u64,
    /// Valid bits of `buffer`.
    count: u32,
}

/// The bits that are valid after a refill, at least.
const FILLED: u32 = 56;
/// Longer runs of zeros are no number of a sound.
const LONGEST_RUN: u32 = 1 << 24;

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, buffer: 0, count: 0 }
    }

    /// The bytes that have been read, the one with bits left included.
    pub(super) fn bytes_read(&self) -> usize {
        self.position.saturating_sub(self.count as usize / 8)
    }

    /// Whether more bits have been read than there were.
    pub(super) fn has_overrun(&self) -> bool {
        self.position.saturating_mul(8).saturating_sub(self.count as usize)
            > self.bytes.len().saturating_mul(8)
    }

    /// A number of up to 32 bits.
    pub(super) fn number(&mut self, length: u32) -> u32 {
        self.refill();
        self.take(length) as u32
    }

    /// A signed number of up to 32 bits.
    pub(super) fn signed(&mut self, length: u32) -> i32 {
        let unused = 32_u32.saturating_sub(length);
        if length == 0 {
            0
        } else {
            self.number(length).wrapping_shl(unused).cast_signed().wrapping_shr(unused)
        }
    }

    /// How many zeros come before the next one. `None` if these are too many.
    pub(super) fn zeros(&mut self) -> Option<u32> {
        let mut zeros = 0;
        loop {
            self.refill();
            let run = self.buffer.leading_zeros();
            if run < self.count {
                self.take(run);
                self.take(1);
                return Some(zeros + run);
            }
            zeros += self.count;
            if zeros > LONGEST_RUN || self.has_overrun() {
                return None;
            }
            self.take(self.count - 1);
            self.take(1);
        }
    }

    /// Fills `numbers` with signed numbers in Rice's code: zeros before a one for the upper bits, then the `lower` bits, at
    /// most 30, and the sign in the lowest. `None` if there are too many zeros.
    pub(super) fn rice(&mut self, lower: u32, numbers: &mut [i32]) -> Option<()> {
        // Apart, so that they stay in registers.
        let Self { bytes, mut position, mut buffer, mut count } = *self;
        let mut pairs = numbers.chunks_exact_mut(2);
        for pair in pairs.by_ref() {
            if let Some(next) = bytes.get(position..).and_then(<[u8]>::first_chunk) {
                // Bits that are there already are the same.
                buffer |= u64::from_be_bytes(*next).wrapping_shr(count);
                position = position.wrapping_add((63_u32.wrapping_sub(count) >> 3) as usize);
                count |= FILLED;
            }
            let (first, rest, used) = split_rice(buffer, lower);
            let (second, rest, used_by_second) = split_rice(rest, lower);
            let used = used.wrapping_add(used_by_second);
            if used <= count {
                (buffer, count) = (rest, count.wrapping_sub(used));
                pair.copy_from_slice(&[first.cast_signed(), second.cast_signed()]);
            } else {
                // Near the end of the bytes, or one has many zeros.
                let mut source = Self { bytes, position, buffer, count };
                for number in pair {
                    *number = source.long_rice(lower)?.cast_signed();
                }
                Self { position, buffer, count, .. } = source;
            }
        }
        *self = Self { bytes, position, buffer, count };
        for number in pairs.into_remainder() {
            *number = self.long_rice(lower)?.cast_signed();
        }
        for number in numbers {
            let folded = number.cast_unsigned();
            *number = (folded >> 1).cast_signed() ^ (folded & 1).cast_signed().wrapping_neg();
        }
        Some(())
    }

    #[cold]
    fn long_rice(&mut self, lower: u32) -> Option<u32> {
        let zeros = self.zeros()?;
        Some(zeros.wrapping_shl(lower) | self.number(lower))
    }

    /// Makes at least [`FILLED`] bits valid.
    fn refill(&mut self) {
        let next = self.bytes.get(self.position..).and_then(<[u8]>::first_chunk);
        if let Some(next) = next {
            // Bits that are there already are the same.
            self.buffer |= u64::from_be_bytes(*next).wrapping_shr(self.count);
            self.position = self.position.wrapping_add(((63 - self.count) >> 3) as usize);
            // Whole bytes: the count's lowest three bits stay.
            self.count |= FILLED;
        } else {
            self.refill_at_end();
        }
    }

    #[cold]
    fn refill_at_end(&mut self) {
        while self.count < FILLED {
            let byte = self.bytes.get(self.position).copied().unwrap_or(0);
            self.buffer |= u64::from(byte) << (FILLED - self.count);
            self.position += 1;
            self.count += 8;
        }
    }

    /// The next bits, which are valid, fewer than 64.
    fn take(&mut self, length: u32) -> u64 {
        let taken = (self.buffer >> 1).wrapping_shr(63 - length);
        self.buffer = self.buffer.wrapping_shl(length);
        self.count = self.count.saturating_sub(length);
        taken
    }
}

/// A number in Rice's code with its sign in the lowest bit, the bits behind it, and how many it has, which may be more than
/// there are.
fn split_rice(bits: u64, lower: u32) -> (u32, u64, u32) {
    let zeros = bits.leading_zeros();
    let rest = bits.wrapping_shl(zeros);
    // Without the one; in two steps, as a shift by all 64 bits is none.
    let low = (rest & (u64::MAX >> 1)).wrapping_shr(63_u32.wrapping_sub(lower));
    let used = zeros.wrapping_add(lower).wrapping_add(1);
    (zeros.wrapping_shl(lower) | low as u32, rest.wrapping_shl(lower).wrapping_shl(1), used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_runs_are_read_across_words_and_behind_the_end() {
        let bytes: Vec<u8> = (0..40_u8).map(|number| number.wrapping_mul(91)).collect();
        let bit = |place: usize| u32::from(bytes[place / 8] >> (7 - place % 8) & 1);
        let mut bits = Bits::new(&bytes);
        let mut place = 0;
        for length in [1, 32, 7, 0, 31, 13, 32, 32, 32, 32, 5, 32, 32, 32, 7] {
            let expected = (0..length).fold(0, |number: u32, at| number << 1 | bit(place + at));
            assert_eq!(bits.number(length as u32), expected, "{length} at {place}");
            place += length;
        }
        assert!(place == 320 && !bits.has_overrun());
        assert!(bits.number(1) == 0 && bits.has_overrun());

        let mut run = vec![0; 20];
        run.push(0b0001_0110);
        let mut bits = Bits::new(&run);
        assert_eq!((bits.zeros(), bits.zeros(), bits.number(2)), (Some(163), Some(1), 2));
        assert_eq!(bits.zeros(), None);
    }

    #[test]
    fn rice_numbers_are_what_was_written_for_every_number_of_lower_bits() {
        for lower in 0..=30 {
            let numbers: Vec<i32> = (0..200).map(|index| (index * index - 7_000) >> (index % 14)).collect();
            let mut written = Vec::new();
            for number in &numbers {
                let folded = (number << 1 ^ number >> 31).cast_unsigned();
                written.extend((0..folded >> lower).map(|_| 0));
                written.push(1);
                written.extend((0..lower).rev().map(|bit| folded >> bit & 1));
            }
            let byte = |bits: &[u32]| {
                (0..8).fold(0, |byte, at| byte << 1 | bits.get(at).map_or(0, |bit| *bit as u8))
            };
            let bytes: Vec<u8> = written.chunks(8).map(byte).collect();
            let mut bits = Bits::new(&bytes);
            let mut read = vec![0; numbers.len()];
            assert_eq!(bits.rice(lower, &mut read), Some(()));
            assert!(read == numbers && !bits.has_overrun(), "{lower}");
        }
    }
}
