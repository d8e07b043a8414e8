//! The language model: backbone, heads and prompts.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Linear, Precision, Signal, WeightError, WeightPath, concatenate, signal, to_vec};
use pocket_tts_transformer::TransformerState;

use crate::{Backbone, FlowLmConfig, FlowNet, Sampler};

/// Generates a latent per step from text and the previous latents.
///
/// # Source
///
/// `pocket_tts/models/flow_lm.py`, `FlowLMModel`
#[derive(Debug)]
pub struct FlowLm {
    backbone: Backbone,
    flow_net: FlowNet,
    input_linear: Linear,
    out_eos: Linear,
    speaker_proj: Linear,
    /// The input of the first step, in place of a previous latent.
    bos_emb: Vec<f32>,
    /// The vector before a voice prompt, `[1, d_model]`.
    bos_before_voice: Option<Signal>,
    emb_mean: Vec<f32>,
    emb_std: Vec<f32>,
}

/// The key-value caches of the language model's layers.
pub type FlowLmState = TransformerState;

impl FlowLm {
    /// Loads the model for latents of width `latent` and voice prompts of width `speaker`.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(
        weights: &WeightPath<'_>,
        config: &FlowLmConfig,
        latent: usize,
        speaker: usize,
    ) -> Result<Self, WeightError> {
        let (width, head) = (config.transformer.d_model, config.head_input_dim());
        // The transformer has nearly all weights, so lower precision saves time there. The flow net's output is the
        // latent itself, and the end of speech depends on one threshold.
        let exact = weights.kept_in(Precision::F32);
        let precise = match weights.precision() {
            Precision::Int8 => weights.kept_in(Precision::Bf16),
            Precision::Q4 => weights.kept_in(Precision::Int8),
            _ => weights.clone(),
        };
        let bos_before_voice = if config.insert_bos_before_voice {
            Some(signal(weights.tensor("bos_before_voice", &[1, 1, width])?, [1, width]))
        } else {
            None
        };
        Ok(Self {
            backbone: Backbone::load(weights, config)?,
            flow_net: FlowNet::load(&precise.at("flow_net"), &config.flow, latent, head)?,
            input_linear: Linear::load(&exact.at("input_linear"), [width, latent])?,
            out_eos: Linear::load_with_bias(&exact.at("out_eos"), [1, head])?,
            speaker_proj: Linear::load(&exact.at("speaker_proj"), [width, speaker])?,
            bos_emb: weights.tensor("bos_emb", &[latent])?,
            bos_before_voice,
            emb_mean: weights.tensor("emb_mean", &[latent])?,
            emb_std: weights.tensor("emb_std", &[latent])?,
        })
    }

    /// The transformer with its final norm and projection.
    pub fn backbone(&self) -> &Backbone {
        &self.backbone
    }

    /// The network that samplers evaluate.
    pub fn flow_net(&self) -> &FlowNet {
        &self.flow_net
    }

    /// Width of a latent.
    pub fn latent_width(&self) -> usize {
        self.bos_emb.len()
    }

    /// The state before any prompt.
    pub fn initial_state(&self) -> FlowLmState {
        self.backbone.initial_state()
    }

    /// The prompt for a voice.
    ///
    /// # Shapes
    ///
    /// - `latents`: `[frames, speaker width]`, from the codec's encoder
    /// - returned: `[frames, d_model]`, one more row if the config has `insert_bos_before_voice`
    pub fn voice_prompt(&self, latents: Signal) -> Signal {
        let projected = self.speaker_proj.forward(latents);
        match &self.bos_before_voice {
            Some(bos) => concatenate(vec![bos.clone(), projected]),
            None => projected,
        }
    }

    /// Reads a prompt, such as a voice's embeddings.
    ///
    /// # Shapes
    ///
    /// - `prompt`: `[time, d_model]`
    pub fn prefill(&self, prompt: Signal, state: &mut FlowLmState) {
        self.backbone.prefill(prompt, state);
    }

    /// Reads a sentence's embeddings and the first step's input in one pass over the weights, and returns the heads' input
    /// for the first latent: bit for bit the result of [`step`](Self::step) without a latent after
    /// [`prefill`](Self::prefill).
    ///
    /// # Shapes
    ///
    /// - `prompt`: `[time, d_model]`
    /// - returned: `[1, z_dim or d_model]`
    pub fn begin(&self, prompt: Signal, state: &mut FlowLmState) -> Signal {
        let first = signal(self.bos_emb.clone(), [1, self.latent_width()]);
        let first = self.input_linear.forward(first);
        let input = if prompt.dims()[0] == 0 { first } else { concatenate(vec![prompt, first]) };
        self.backbone.step_last(input, state)
    }

    /// Reads the previous latent of each request (`None` for its first step) and returns the input of both heads. One pass
    /// over the weights serves all requests, and they are independent of each other.
    ///
    /// # Shapes
    ///
    /// - `latents`: for each request `[latent width]`, in the model's own scale
    /// - `states`: one for each request
    /// - returned: `[requests, z_dim or d_model]`
    ///
    /// # Panics
    ///
    /// If a latent's width is wrong, or the number of states is not the number of latents.
    pub fn step(&self, latents: &[Option<&[f32]>], states: &mut [&mut FlowLmState]) -> Signal {
        let rows: Vec<f32> =
            latents.iter().flat_map(|latent| latent.unwrap_or(&self.bos_emb)).copied().collect();
        let input = self.input_linear.forward(signal(rows, [latents.len(), self.latent_width()]));
        match states {
            [state] => self.backbone.step(input, state),
            states => self.backbone.step_each(input, states),
        }
    }

    /// The logit of the end of speech for each row of the result of [`step`](Self::step).
    pub fn eos_logits(&self, hidden: &Signal) -> Vec<f32> {
        to_vec(self.out_eos.forward(hidden.clone()))
    }

    /// Turns noise into the next latents, in the model's own scale.
    ///
    /// # Shapes
    ///
    /// - `hidden`: `[rows, z_dim or d_model]`, from [`step`](Self::step)
    /// - `noise`, returned: `[rows, latent width]`
    ///
    /// # Panics
    ///
    /// If the noise has another shape.
    pub fn sample(&self, sampler: &Sampler, hidden: &Signal, noise: Vec<f32>) -> Vec<f32> {
        let shape = [hidden.dims()[0], self.latent_width()];
        to_vec(sampler.sample(&self.flow_net, hidden, signal(noise, shape)))
    }

    /// A latent in the codec's scale.
    pub fn denormalize(&self, latent: &[f32]) -> Vec<f32> {
        let scales = self.emb_std.iter().zip(&self.emb_mean);
        latent.iter().zip(scales).map(|(x, (std, mean))| x * std + mean).collect()
    }
}
