//! Orders of windows that need no memory: window `i` of any of them is computed from `i`.

/// A permutation of the numbers below `count`.
///
/// Source: a Feistel network with cycle walking (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
#[derive(Clone, Copy, Debug)]
pub(super) struct Permutation {
    count: u64,
    /// Bits of each half.
    half_bits: u32,
    seed: u64,
}

/// Rounds of the network.
const ROUNDS: u64 = 6;

impl Permutation {
    pub(super) fn new(count: u64, seed: u64) -> Self {
        let bits = u64::BITS - count.saturating_sub(1).leading_zeros();
        Self { count, half_bits: bits.div_ceil(2).max(1), seed }
    }

    /// The number at a place below `count`.
    pub(super) fn at(self, place: u64) -> u64 {
        // The network permutes at most four times as many numbers, so this ends soon.
        let mut number = place;
        loop {
            number = self.encrypted(number);
            if number < self.count {
                return number;
            }
        }
    }

    fn encrypted(self, number: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (number >> self.half_bits, number & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (hash(self.seed, round << 58 ^ right) & mask));
        }
        left << self.half_bits | right
    }
}

/// A number that looks random, for each seed and counter.
///
/// Source: the finalizer of `SplitMix64` (Steele, Lea and Flood, 2014), applied to both arguments.
pub(crate) fn hash(seed: u64, counter: u64) -> u64 {
    mixed(mixed(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)) ^ counter)
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// A number from 0 up to, but not, 1.
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_comes_once_in_an_order_of_the_seed() {
        for count in [1, 2, 3, 5, 64, 100, 1_000, 4_097] {
            let orders = [1, 2].map(|seed| {
                let order = Permutation::new(count, seed);
                (0..count).map(|place| order.at(place)).collect::<Vec<_>>()
            });
            for order in &orders {
                let mut sorted = order.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..count).collect::<Vec<_>>());
            }
            assert!(count < 64 || orders[0] != orders[1], "{count}");
        }
    }

    #[test]
    fn neighbours_are_far_apart() {
        let order = Permutation::new(10_000, 7);
        let far: u64 = (0..9_999).map(|place| order.at(place).abs_diff(order.at(place + 1))).sum();
        // A third of the range for a random order.
        let mean = far as f64 / 9_999.0;
        assert!((3_100.0..3_600.0).contains(&mean), "{mean}");
    }

    #[test]
    fn hashes_fill_the_unit_interval() {
        let mut counts = [0_u32; 10];
        for counter in 0..10_000 {
            counts[(unit(hash(3, counter)) * 10.0) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
    }
}
