//! The network of the flow head: a residual multilayer perceptron, modulated by a condition.

use pocket_tts_tensor::{
    Activation, LayerNorm, Linear, Signal, WeightError, WeightPath, activate, signal, to_vec,
};

use crate::FlowConfig;

/// Number of sines and cosines that encode a time.
const FREQUENCY_WIDTH: usize = 256;
/// Epsilon of the layer norms.
const NORM_EPSILON: f32 = 1e-6;
/// Epsilon of the norm after the time embedding.
const TIME_NORM_EPSILON: f32 = 1e-5;

/// Maps a noisy latent to a velocity or a sample, given a condition and up to two times.
///
/// # Source
///
/// `pocket_tts/modules/mlp.py`, `SimpleMLPAdaLN`; arXiv 2406.11838
#[derive(Debug)]
pub struct FlowNet {
    time_embed: Vec<TimeEmbedding>,
    cond_embed: Linear,
    input_proj: Linear,
    blocks: Vec<Block>,
    final_norm: LayerNorm,
    final_modulation: Linear,
    final_linear: Linear,
    dim: usize,
}

#[derive(Debug)]
struct TimeEmbedding {
    frequencies: Vec<f32>,
    first: Linear,
    second: Linear,
    alpha: Vec<f32>,
}

#[derive(Debug)]
struct Block {
    norm: LayerNorm,
    modulation: Linear,
    first: Linear,
    second: Linear,
}

impl FlowNet {
    /// Loads the network for latents of width `latent` and conditions of width `condition`.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(
        weights: &WeightPath<'_>,
        config: &FlowConfig,
        latent: usize,
        condition: usize,
    ) -> Result<Self, WeightError> {
        let dim = config.dim;
        let last = weights.at("final_layer");
        Ok(Self {
            time_embed: (0..config.kind.time_conditions())
                .map(|index| TimeEmbedding::load(&weights.at("time_embed").at(index), dim))
                .collect::<Result<_, _>>()?,
            cond_embed: Linear::load_with_bias(&weights.at("cond_embed"), [dim, condition])?,
            input_proj: Linear::load_with_bias(&weights.at("input_proj"), [dim, latent])?,
            blocks: (0..config.depth)
                .map(|index| Block::load(&weights.at("res_blocks").at(index), dim))
                .collect::<Result<_, _>>()?,
            final_norm: LayerNorm::plain(dim, NORM_EPSILON),
            final_modulation: Linear::load_with_bias(&last.at("adaLN_modulation.1"), [2 * dim, dim])?,
            final_linear: Linear::load_with_bias(&last.at("linear"), [latent, dim])?,
            dim,
        })
    }

    /// The mean embedding of the times, `[1, dim]`; `None` if the network takes no times.
    ///
    /// It depends on nothing else, so a sampler computes it once for each of its steps.
    ///
    /// # Panics
    ///
    /// If there are fewer `times` than the network takes.
    pub fn embed_times(&self, times: &[f32]) -> Option<Signal> {
        let count = self.time_embed.len();
        let embedded = self.time_embed.iter().enumerate().map(|(index, embed)| embed.forward(times[index]));
        Some(embedded.reduce(|sum, next| sum + next)? / count as f32)
    }

    /// Evaluates the network.
    ///
    /// # Shapes
    ///
    /// - `condition`: `[rows, condition width]`
    /// - `time`: `[1, dim]`, from [`embed_times`](Self::embed_times)
    /// - `input`, returned: `[rows, latent width]`
    ///
    /// # Panics
    ///
    /// If a width is wrong.
    pub fn forward(&self, condition: Signal, time: Option<&Signal>, input: Signal) -> Signal {
        let mut x = self.input_proj.forward(input);
        let condition = self.cond_embed.forward(condition);
        let condition = match time {
            Some(time) => condition + time.clone(),
            None => condition,
        };
        // Every modulation starts with the same activation of the condition, so it is computed once.
        let condition = activate(condition, Activation::Silu);
        for block in &self.blocks {
            x = block.forward(x, condition.clone());
        }
        let modulation = self.final_modulation.forward(condition);
        let (shift, scale) = (part(&modulation, 0, self.dim), part(&modulation, 1, self.dim));
        self.final_linear.forward(modulate(self.final_norm.forward(x), shift, scale))
    }
}

impl TimeEmbedding {
    fn load(weights: &WeightPath<'_>, dim: usize) -> Result<Self, WeightError> {
        let mlp = weights.at("mlp");
        Ok(Self {
            frequencies: weights.tensor("freqs", &[FREQUENCY_WIDTH / 2])?,
            first: Linear::load_with_bias(&mlp.at(0), [dim, FREQUENCY_WIDTH])?,
            second: Linear::load_with_bias(&mlp.at(2), [dim, dim])?,
            alpha: mlp.at(3).tensor("alpha", &[dim])?,
        })
    }

    fn forward(&self, time: f32) -> Signal {
        let angles = self.frequencies.iter().map(|frequency| frequency * time);
        let encoded = angles.clone().map(f32::cos).chain(angles.map(f32::sin)).collect();
        let inner = activate(self.first.forward(signal(encoded, [1, FREQUENCY_WIDTH])), Activation::Silu);
        let embedded = to_vec(self.second.forward(inner));
        // The norm divides by the unbiased standard deviation, but does not subtract the mean.
        let width = embedded.len() as f32;
        let mean = embedded.iter().sum::<f32>() / width;
        let variance = embedded.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / (width - 1.0);
        let factor = 1.0 / (variance + TIME_NORM_EPSILON).sqrt();
        let normed: Vec<f32> =
            embedded.iter().zip(&self.alpha).map(|(x, alpha)| x * alpha * factor).collect();
        let dim = normed.len();
        signal(normed, [1, dim])
    }
}

impl Block {
    fn load(weights: &WeightPath<'_>, dim: usize) -> Result<Self, WeightError> {
        Ok(Self {
            norm: LayerNorm::load(&weights.at("in_ln"), dim, NORM_EPSILON)?,
            modulation: Linear::load_with_bias(&weights.at("adaLN_modulation.1"), [3 * dim, dim])?,
            first: Linear::load_with_bias(&weights.at("mlp.0"), [dim, dim])?,
            second: Linear::load_with_bias(&weights.at("mlp.2"), [dim, dim])?,
        })
    }

    fn forward(&self, x: Signal, condition: Signal) -> Signal {
        let dim = x.dims()[1];
        let modulation = self.modulation.forward(condition);
        let [shift, scale, gate] = [0, 1, 2].map(|index| part(&modulation, index, dim));
        let inner = self.first.forward(modulate(self.norm.forward(x.clone()), shift, scale));
        x + gate * self.second.forward(activate(inner, Activation::Silu))
    }
}

/// Columns `index * dim..(index + 1) * dim`.
fn part(modulation: &Signal, index: usize, dim: usize) -> Signal {
    modulation.clone().narrow(1, index * dim, dim)
}

fn modulate(x: Signal, shift: Signal, scale: Signal) -> Signal {
    x * (scale + 1.0) + shift
}
