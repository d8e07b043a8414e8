//! From noise to a latent, by the method that the flow network was trained for.

use pocket_tts_tensor::Signal;

use crate::{FlowKind, FlowNet};

/// A sampling method with its number of steps and the embedded times of each.
///
/// Created once per request; [`sample`](Self::sample) then needs no time embedding.
#[derive(Debug, Clone)]
pub struct Sampler {
    kind: FlowKind,
    /// One entry per step.
    times: Vec<Option<Signal>>,
}

impl Sampler {
    /// A sampler of `steps` steps. `drifting` and `pointwise` networks were trained for a single step
    /// and ignore the number.
    ///
    /// # Panics
    ///
    /// If `steps` is 0.
    pub fn new(net: &FlowNet, kind: FlowKind, steps: usize) -> Self {
        assert!(steps > 0, "a sampler needs at least one step");
        let steps = match kind {
            FlowKind::Lsd | FlowKind::FlowMatching => steps,
            FlowKind::Drifting | FlowKind::Pointwise => 1,
        };
        let at = |step: usize| (step as f64 / steps as f64) as f32;
        Self { kind, times: (0..steps).map(|step| net.embed_times(&[at(step), at(step + 1)])).collect() }
    }

    /// The number of steps. Samplers of one network with the same number of steps are equal.
    pub fn steps(&self) -> usize {
        self.times.len()
    }

    /// Turns noise into latents.
    ///
    /// - `lsd` (arXiv 2505.18825) and `flow_matching` (arXiv 2210.02747): Euler steps along the
    ///   network's velocity, which `lsd` averages from a step's start to its end
    /// - `drifting`: the network's output for the noise
    /// - `pointwise`: the noise plus the network's output
    ///
    /// # Shapes
    ///
    /// - `condition`: `[rows, condition width]`
    /// - `noise`, returned: `[rows, latent width]`
    ///
    /// # Source
    ///
    /// `pocket_tts/models/flow_lm.py`, `lsd_decode` and its siblings
    pub fn sample(&self, net: &FlowNet, condition: &Signal, noise: Signal) -> Signal {
        let steps = self.times.len() as f32;
        self.times.iter().fold(noise, |current, time| {
            let output = net.forward(condition.clone(), time.as_ref(), current.clone());
            match self.kind {
                FlowKind::Drifting => output,
                FlowKind::Pointwise => current + output,
                FlowKind::Lsd | FlowKind::FlowMatching => current + output / steps,
            }
        })
    }
}
