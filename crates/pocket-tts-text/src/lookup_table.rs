//! The vectors that the language model reads for token ids.

use pocket_tts_tensor::{Linear, Signal, WeightError, WeightPath, signal};

/// One vector per token, optionally stored with a lower rank and projected to the model's dimension.
///
/// # Source
///
/// `pocket_tts/modules/text_conditioner.py`, `LUTConditioner`
#[derive(Debug)]
pub struct LookupTable {
    /// `[tokens + 1, width]`; the last row is the padding token of the training.
    rows: Vec<f32>,
    width: usize,
    projection: Option<Linear>,
}

impl LookupTable {
    /// Reads `embed.weight` of shape `[tokens + 1, rank or dim]` and, with a rank, `proj.weight`.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn load(
        weights: &WeightPath<'_>,
        tokens: usize,
        dim: usize,
        rank: Option<usize>,
    ) -> Result<Self, WeightError> {
        let width = rank.unwrap_or(dim);
        let rows = weights.at("embed").tensor("weight", &[tokens + 1, width])?;
        let projection = rank.map(|rank| Linear::load(&weights.at("proj"), [dim, rank])).transpose()?;
        Ok(Self { rows, width, projection })
    }

    /// The vectors of `ids`, in order.
    ///
    /// # Shapes
    ///
    /// - returned: `[ids, dim]`
    ///
    /// # Panics
    ///
    /// If an id is outside the table; a tokenizer of the table's size gives none.
    pub fn embed(&self, ids: &[u32]) -> Signal {
        let row = |id: &u32| &self.rows[*id as usize * self.width..][..self.width];
        let embedded = signal(ids.iter().flat_map(row).copied().collect(), [ids.len(), self.width]);
        match &self.projection {
            Some(projection) => projection.forward(embedded),
            None => embedded,
        }
    }
}
