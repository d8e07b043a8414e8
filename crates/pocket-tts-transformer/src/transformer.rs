//! The stack of layers and its state.

use std::ops::Range;

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{KvCache, RotaryTable, Signal, WeightError, WeightPath};

use crate::{TransformerConfig, layer::TransformerLayer};

/// A causal transformer over one request's signal.
///
/// # Source
///
/// `pocket_tts/modules/transformer.py`, `StreamingTransformer`
#[derive(Debug)]
pub struct Transformer {
    layers: Vec<TransformerLayer>,
    config: TransformerConfig,
}

/// The state of all layers.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformerState {
    /// One cache per layer, all at the same position.
    pub caches: Vec<KvCache>,
}

/// A head of a transformer, both numbers from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionHead {
    /// The layer.
    pub layer: usize,
    /// The query head in the layer.
    pub head: usize,
}

impl TransformerState {
    /// Absolute position of the next token.
    pub fn position(&self) -> usize {
        self.caches.first().map_or(0, KvCache::position)
    }

    /// Records from now on how the latest query attends to `positions`; see [`watched`](Self::watched).
    ///
    /// # Panics
    ///
    /// If a head's layer doesn't exist.
    pub fn watch(&mut self, heads: &[AttentionHead], positions: Range<usize>) {
        for (layer, cache) in self.caches.iter_mut().enumerate() {
            let heads = heads.iter().filter(|head| head.layer == layer).map(|head| head.head);
            let heads: Vec<usize> = heads.collect();
            if !heads.is_empty() {
                cache.watch(heads, positions.clone());
            }
        }
        assert!(heads.iter().all(|head| head.layer < self.caches.len()), "the layer of each head exists");
    }

    /// The attention of the latest query, `[watched positions]` for each watched head, by layers: the softmax over these
    /// positions alone. None if nothing is watched.
    pub fn watched(&self) -> impl Iterator<Item = &[f32]> {
        self.caches.iter().flat_map(KvCache::watched)
    }

    /// Shares the memory of all positions with future clones.
    pub fn share(&mut self) {
        self.caches.iter_mut().for_each(KvCache::share);
    }

    /// Reserves memory for `additional` more positions.
    pub fn reserve(&mut self, additional: usize) {
        self.caches.iter_mut().for_each(|cache| cache.reserve(additional));
    }
}

impl Transformer {
    /// Loads all layers.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, config: TransformerConfig) -> Result<Self, WeightError> {
        let layers = (0..config.num_layers)
            .map(|index| TransformerLayer::load(&weights.at("layers").at(index), &config))
            .collect::<Result<_, _>>()?;
        Ok(Self { layers, config })
    }

    /// The hyperparameters.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// As [`step`](Self::step), but returns the last row only, bit for bit the same. After its attention, the last layer
    /// computes that row only.
    ///
    /// # Shapes
    ///
    /// - `input`: `[time, d_model]`, at least one row
    /// - returned: `[1, d_model]`
    ///
    /// # Panics
    ///
    /// If there is no layer or no row, or it has another width.
    pub fn step_last(&self, input: Signal, state: &mut TransformerState) -> Signal {
        let rotary = self.rotary_for(&input, state);
        let last = self.layers.len() - 1;
        let layers = self.layers.iter().zip(&mut state.caches).enumerate();
        layers.fold(input, |signal, (index, (layer, cache))| {
            if index < last {
                layer.forward(signal, &rotary, cache)
            } else {
                layer.forward_last(signal, &rotary, cache)
            }
        })
    }

    /// The rotary table for the next positions.
    fn rotary_for(&self, input: &Signal, state: &TransformerState) -> RotaryTable {
        let config = &self.config;
        RotaryTable::new(state.position(), input.dims()[0], config.head_dim(), config.max_period)
    }

    /// One step of several requests in one pass over the weights: row `r` is the next row of `states[r]`. Rows are
    /// independent: each equals the result of a separate step, bit for bit.
    ///
    /// # Shapes
    ///
    /// - `input`, returned: `[rows, d_model]`
    ///
    /// # Panics
    ///
    /// If the input has another width, or the number of states is not the number of rows.
    pub fn step_each(&self, input: Signal, states: &mut [&mut TransformerState]) -> Signal {
        let config = &self.config;
        let positions = states.iter().map(|state| state.position());
        let rotary = RotaryTable::at(positions, config.head_dim(), config.max_period);
        self.layers.iter().enumerate().fold(input, |signal, (index, layer)| {
            let mut caches: Vec<&mut KvCache> =
                states.iter_mut().map(|state| &mut state.caches[index]).collect();
            layer.forward_each(signal, &rotary, &mut caches)
        })
    }
}

impl StreamingModule for Transformer {
    type Input = Signal;
    type Output = Signal;
    type State = TransformerState;

    fn initial_state(&self) -> TransformerState {
        let width = self.config.attention_shape().kv_width();
        let cache = KvCache::new(width, self.config.retention());
        TransformerState { caches: vec![cache; self.layers.len()] }
    }

    /// # Shapes
    ///
    /// - `input`, returned: `[time, d_model]`
    ///
    /// # Panics
    ///
    /// If the input has another width.
    fn step(&self, input: Signal, state: &mut TransformerState) -> Signal {
        let rotary = self.rotary_for(&input, state);
        let layers = self.layers.iter().zip(&mut state.caches);
        layers.fold(input, |signal, (layer, cache)| layer.forward(signal, &rotary, cache))
    }
}
