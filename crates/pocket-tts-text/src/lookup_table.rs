//! The vectors that the language model reads for token ids.

use pocket_tts_tensor::{Linear, RowTable, Signal, WeightError, WeightPath, signal};

/// One vector per token, optionally stored with a lower rank and projected to the model's dimension.
///
/// # Source
///
/// `pocket_tts/modules/text_conditioner.py`, `LUTConditioner`
#[derive(Debug)]
pub struct LookupTable {
    /// `[tokens + 1, width]`; the last row is the padding token of the training.
    rows: RowTable,
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
        let rows = weights.at("embed").rows("weight", [tokens + 1, width])?;
        let projection = rank.map(|rank| Linear::load(&weights.at("proj"), [dim, rank])).transpose()?;
        Ok(Self { rows, projection })
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
        let mut values = Vec::with_capacity(ids.len() * self.rows.width());
        for id in ids {
            self.rows.append_row(*id as usize, &mut values);
        }
        let embedded = signal(values, [ids.len(), self.rows.width()]);
        match &self.projection {
            Some(projection) => projection.forward(embedded),
            None => embedded,
        }
    }
}
