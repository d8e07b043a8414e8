//! The numbers that matrices are kept in.

/// The numbers that a matrix is kept in. Sums are kept in at least 24 bits whatever they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Precision {
    /// 32 bits: the weights as they are.
    #[default]
    F32,
    /// 16 bits: as wide a range, 8 bits of precision.
    Bf16,
    /// 16 bits: up to 65,535 steps from the least to the greatest weight of an output. Activations are rounded to 15
    /// bits, and products of many rows are twice as fast as those of the others. No model is kept in this as a
    /// whole; the codec's decoder is where less than 32 bits are asked for.
    Int16,
    /// 8 bits: 255 steps from the least to the greatest weight of an output. Activations are rounded to 16 bits.
    Int8,
}

impl Precision {
    /// Those that a model can be loaded in, the most precise first.
    pub const ALL: [Self; 3] = [Self::F32, Self::Bf16, Self::Int8];

    /// What people write for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int16 => "int16",
            Self::Int8 => "int8",
        }
    }

    /// The one of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|precision| precision.name() == name)
    }
}
