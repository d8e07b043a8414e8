//! Reproducible noise: a function of seed, sentence, frame and channel, independent of concurrency and of the order of
//! evaluation.

/// The noise of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    seed: u64,
}

/// The distribution of the noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseShape {
    /// Variance (not standard deviation) of the normal distribution; 0 results in zeros.
    pub temperature: f32,
    /// Numbers of a greater magnitude are drawn again: a truncated normal distribution.
    pub clamp: Option<f32>,
}

/// Below this ratio of clamp to standard deviation, the density is nearly constant between the bounds, and almost every
/// normal draw would lie outside.
const NARROW: f64 = 0.25;

impl Noise {
    /// The noise of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The noise of the frame `frame` of the sentence `sentence`: `width` numbers.
    pub fn frame(&self, sentence: u64, frame: u64, width: usize, shape: NoiseShape) -> Vec<f32> {
        let deviation = f64::from(shape.temperature).sqrt();
        if deviation == 0.0 || shape.clamp == Some(0.0) {
            return vec![0.0; width];
        }
        let key = mix(mix(mix(self.seed) ^ sentence) ^ frame);
        (0..width as u64)
            .map(|index| {
                let mut draws = Draws { key: mix(key ^ index), count: 0 };
                let number = match shape.clamp.map(|clamp| f64::from(clamp) / deviation) {
                    None => draws.normal(),
                    Some(bound) if bound < NARROW => draws.until(|draws| {
                        let x = (2.0 * draws.uniform() - 1.0) * bound;
                        (draws.uniform() < (-0.5 * x * x).exp()).then_some(x)
                    }),
                    Some(bound) => draws.until(|draws| Some(draws.normal()).filter(|x| x.abs() <= bound)),
                };
                (number * deviation) as f32
            })
            .collect()
    }
}

/// Uniform numbers from a key and a counter.
struct Draws {
    key: u64,
    count: u64,
}

impl Draws {
    /// In `(0, 1)`.
    fn uniform(&mut self) -> f64 {
        self.count += 1;
        let bits = mix(self.key.wrapping_add(self.count.wrapping_mul(0x9E37_79B9_7F4A_7C15))) >> 11;
        (bits as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Normally distributed with variance 1 (Box and Muller, 1958).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Draws until a number is accepted, which happens for at least a fifth of the draws.
    fn until(&mut self, draw: impl Fn(&mut Self) -> Option<f64>) -> f64 {
        loop {
            if let Some(accepted) = draw(self) {
                return accepted;
            }
        }
    }
}

/// Scrambles 64 bits (the finaliser of `SplitMix64`).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64, temperature: f32, clamp: Option<f32>) -> Vec<f32> {
        let noise = Noise::new(seed);
        (0..200).flat_map(|frame| noise.frame(0, frame, 100, NoiseShape { temperature, clamp })).collect()
    }

    fn moments(numbers: &[f32]) -> (f64, f64) {
        let count = numbers.len() as f64;
        let mean = numbers.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
        (mean, numbers.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count)
    }

    #[test]
    fn the_temperature_is_a_variance() {
        for temperature in [0.3_f32, 1.0, 4.0] {
            let (mean, variance) = moments(&draw(1, temperature, None));
            assert!(mean.abs() < 0.05, "{mean}");
            assert!((variance / f64::from(temperature) - 1.0).abs() < 0.05, "{variance}");
        }
    }

    #[test]
    fn temperature_zero_results_in_zeros() {
        assert!(draw(1, 0.0, None).iter().all(|x| *x == 0.0));
    }

    #[test]
    fn a_clamp_redraws_instead_of_limiting() {
        for (temperature, clamp) in [(1.0_f32, 1.0_f32), (1.0, 0.1), (0.3, 2.0)] {
            let numbers = draw(2, temperature, Some(clamp));
            assert!(numbers.iter().all(|x| x.abs() <= clamp));
            let near = numbers.iter().filter(|x| x.abs() > 0.999 * clamp).count();
            assert!(near < numbers.len() / 200, "{near} of {} lie at the bound", numbers.len());
        }
        // The variance of a normal distribution truncated at one standard deviation.
        let (_, variance) = moments(&draw(2, 1.0, Some(1.0)));
        assert!((variance - 0.291).abs() < 0.01, "{variance}");
    }

    #[test]
    fn seed_sentence_and_frame_each_change_the_noise() {
        let shape = NoiseShape { temperature: 1.0, clamp: None };
        let base = Noise::new(1).frame(0, 0, 8, shape);
        assert_eq!(base, Noise::new(1).frame(0, 0, 8, shape));
        for other in [
            Noise::new(2).frame(0, 0, 8, shape),
            Noise::new(1).frame(1, 0, 8, shape),
            Noise::new(1).frame(0, 1, 8, shape),
        ] {
            assert!(base.iter().zip(&other).all(|(a, b)| a.to_bits() != b.to_bits()));
        }
    }

    /// The expected bits were computed by a separate Python implementation of the definition: keys by `SplitMix64`'s
    /// finaliser of seed, sentence, frame and channel, and the Box-Muller transform of each key.
    #[test]
    fn the_bits_of_a_frame_match_the_definition() {
        let bits_of = |frame, clamp| {
            let shape = NoiseShape { temperature: 0.7, clamp };
            let numbers = Noise::new(0x0123_4567_89AB_CDEF).frame(2, frame, 6, shape);
            numbers.into_iter().map(f32::to_bits).collect::<Vec<u32>>()
        };
        let bits = |clamp| bits_of(5, clamp);
        let free = [0xBE0A_D513, 0x3F83_463C, 0xBEBA_F488, 0x3EF4_F602, 0x3EC8_9709, 0x3ED1_7DDA];
        assert_eq!(bits(None), free);
        // The second number was 1.03 and is drawn again; the others stay.
        let clamped = [0xBE0A_D513, 0xBE28_349B, 0xBEBA_F488, 0x3EF4_F602, 0x3EC8_9709, 0x3ED1_7DDA];
        assert_eq!(bits(Some(0.5)), clamped);
        // A clamp that is small compared to the deviation uses rejection sampling from a uniform distribution.
        let narrow = [0x3CA0_9E79, 0xBDAE_36E5, 0x3DCB_9028, 0x3DB2_A245, 0xBDD1_132B, 0xBDA0_D7E6];
        assert_eq!(bits(Some(0.125)), narrow);
        // One of these numbers was rejected, as the density is lower there.
        let refused = [0xBE1A_6710, 0xBE22_DCFC, 0x3DD5_D4DB, 0x3D59_54D6, 0x3E48_3459, 0xBDB1_A2A4];
        assert_eq!(bits_of(23, Some(0.2)), refused);
        // The second and the third were accepted on the right, where a bell that is not symmetric would refuse them.
        let accepted = [0xBE43_E58D, 0x3DD3_CAC9, 0x3E3E_E262, 0xBC51_2C2A, 0xBD50_7A31, 0xBE1C_C954];
        assert_eq!(bits_of(13, Some(0.2)), accepted);
    }

    /// The expected bits are from the same Python implementation.
    #[test]
    fn a_clamp_of_a_quarter_of_the_deviation_draws_from_the_normal_distribution() {
        let shape = NoiseShape { temperature: 1.0, clamp: Some(0.25) };
        let numbers = Noise::new(0x0123_4567_89AB_CDEF).frame(2, 5, 6, shape);
        let bits = [0xBE25_EFB6, 0xBE49_0B45, 0x3E0A_AD63, 0x3D73_733B, 0x3E11_DE4B, 0x3D5F_71C3];
        assert_eq!(numbers.into_iter().map(f32::to_bits).collect::<Vec<u32>>(), bits);
    }
}
