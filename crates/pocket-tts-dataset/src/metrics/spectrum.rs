//! The mean power spectrum of a sound, and its bandwidth.

use std::f64::consts::PI;

/// Samples of a block, a power of two.
const BLOCK: usize = 1_024;
/// Frequencies weaker than the strongest by more than this are not a part of the band.
const RANGE: f64 = 1e-7;

/// The sum of the power spectra of half-overlapping blocks.
#[derive(Debug)]
pub(super) struct Spectrum {
    block: Vec<f32>,
    window: Vec<f64>,
    power: Vec<f64>,
    real: Vec<f64>,
    imaginary: Vec<f64>,
}

impl Spectrum {
    pub(super) fn new() -> Self {
        let phase = |index: usize| 2.0 * PI * index as f64 / BLOCK as f64;
        // Blackman and Harris, whose side lobes are below -92 dB.
        let window = (0..BLOCK).map(phase).map(|phase| {
            0.358_75 - 0.488_29 * phase.cos() + 0.141_28 * (2.0 * phase).cos()
                - 0.011_68 * (3.0 * phase).cos()
        });
        Self {
            block: Vec::with_capacity(BLOCK),
            window: window.collect(),
            power: vec![0.0; BLOCK / 2 + 1],
            real: vec![0.0; BLOCK],
            imaginary: vec![0.0; BLOCK],
        }
    }

    pub(super) fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let taken = samples.len().min(BLOCK - self.block.len());
            self.block.extend_from_slice(&samples[..taken]);
            samples = &samples[taken..];
            if self.block.len() == BLOCK {
                self.add();
                self.block.drain(..BLOCK / 2);
            }
        }
    }

    /// The highest frequency of the band; `None` for silence.
    pub(super) fn bandwidth_hz(mut self, sample_rate_hz: u32) -> Option<f64> {
        if self.power.iter().all(|power| *power == 0.0) {
            // A sound shorter than a block.
            self.block.resize(BLOCK, 0.0);
            self.add();
        }
        let strongest = self.power.iter().copied().fold(0.0, f64::max);
        let highest = self.power.iter().rposition(|power| *power > 0.0 && *power >= strongest * RANGE)?;
        Some(highest as f64 * f64::from(sample_rate_hz) / BLOCK as f64)
    }

    fn add(&mut self) {
        for (index, (sample, weight)) in self.block.iter().zip(&self.window).enumerate() {
            self.real[index] = f64::from(*sample) * weight;
        }
        self.imaginary.fill(0.0);
        transform(&mut self.real, &mut self.imaginary);
        for (bin, power) in self.power.iter_mut().enumerate() {
            *power += self.real[bin].powi(2) + self.imaginary[bin].powi(2);
        }
    }
}

/// The discrete Fourier transform, in place. Both have the same length, a power of two.
///
/// Source: Cooley and Tukey, 1965.
fn transform(real: &mut [f64], imaginary: &mut [f64]) {
    let length = real.len();
    let bits = length.trailing_zeros();
    for index in 0..length {
        let reversed = index.reverse_bits() >> (usize::BITS - bits);
        if index < reversed {
            real.swap(index, reversed);
            imaginary.swap(index, reversed);
        }
    }
    let mut half = 1;
    while half < length {
        for offset in 0..half {
            let (sine, cosine) = (-PI * offset as f64 / half as f64).sin_cos();
            for even in (offset..length).step_by(2 * half) {
                let odd = even + half;
                let turned_real = real[odd] * cosine - imaginary[odd] * sine;
                let turned_imaginary = real[odd] * sine + imaginary[odd] * cosine;
                (real[odd], imaginary[odd]) = (real[even] - turned_real, imaginary[even] - turned_imaginary);
                real[even] += turned_real;
                imaginary[even] += turned_imaginary;
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_equals_its_definition() {
        let signal: Vec<f64> = (0..16).map(|index| f64::from(index * index % 7)).collect();
        let (mut real, mut imaginary) = (signal.clone(), vec![0.0; 16]);
        transform(&mut real, &mut imaginary);
        for bin in 0..16 {
            let angle = |index: usize| -2.0 * PI * (bin * index) as f64 / 16.0;
            let sum = |part: fn(f64) -> f64| {
                signal.iter().enumerate().map(|(index, x)| x * part(angle(index))).sum::<f64>()
            };
            assert!(
                (real[bin] - sum(f64::cos)).abs() < 1e-9 && (imaginary[bin] - sum(f64::sin)).abs() < 1e-9
            );
        }
    }
}
