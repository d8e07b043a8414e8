//! The number formats of matrices.

/// The format in which a matrix stores its weights. Sums have at least 24 bits in every format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Precision {
    /// 32 bits: the weights as they are.
    #[default]
    F32,
    /// 16 bits: the range of `f32`, with 8 bits of precision.
    Bf16,
    /// 16 bits: up to 65,535 steps from the least to the greatest weight of an output. Activations are quantized to
    /// 15 bits, and products of many rows are twice as fast as in the other formats. No model is stored in this
    /// format as a whole; it serves the codec's decoder if a model is loaded in less than 32 bits.
    Int16,
    /// 8 bits: 255 steps from the least to the greatest weight of an output. Activations are quantized to 16 bits.
    Int8,
    /// 4 bits: 16 steps from the least to the greatest of 32 adjacent weights of an output, which share a scale of 8
    /// bits. Activations are quantized to 8 bits with a scale per block. Of a language model, the feed-forward layers are in this format, two
    /// thirds of the weights, and the rest in [`Int8`](Self::Int8).
    Q4,
}

impl Precision {
    /// The formats in which a model can be loaded, the most precise first.
    pub const ALL: [Self; 4] = [Self::F32, Self::Bf16, Self::Int8, Self::Q4];

    /// The name of the format in options and configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int16 => "int16",
            Self::Int8 => "int8",
            Self::Q4 => "q4",
        }
    }

    /// The format of the matrices on which much depends, in a transformer that is kept in this format.
    #[must_use]
    pub const fn spared(self) -> Self {
        match self {
            Self::Q4 => Self::Int8,
            other => other,
        }
    }

    /// The format of [`ALL`](Self::ALL) with this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|precision| precision.name() == name)
    }
}
