//! What can be wrong with weights.

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightError {
    /// The file can't be opened.
    #[error("cannot read `{file}`: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's reason.
        reason: String,
    },
    /// The bytes aren't a whole SafeTensors file.
    #[error("`{file}` is not a whole safetensors file ({reason}); it may be truncated: fetch it again")]
    Format {
        /// The file.
        file: String,
        /// What the reader found.
        reason: String,
    },
    /// A tensor that the model needs is absent.
    #[error("the weights lack `{name}`; are they for this configuration?")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error("`{name}` has shape {found:?}, but the configuration needs {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// What the configuration says.
        expected: Vec<usize>,
        /// What the file holds.
        found: Vec<usize>,
    },
    /// A tensor's numbers are of a type that weights can't have.
    #[error("`{name}` holds {dtype}; weights are F32, BF16 or F16")]
    Dtype {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// There isn't enough memory for a tensor.
    #[error(
        "there is not enough memory for `{name}`; free some, raise the limit of this process, or load the model in bf16 or int8"
    )]
    OutOfMemory {
        /// The tensor.
        name: String,
    },
    /// Two tensors have one name.
    #[error("`{name}` is given twice")]
    Duplicate {
        /// The tensor.
        name: String,
    },
    /// Tensors that no part of the model reads.
    #[error("the weights hold tensors that this configuration has no place for: {}", names.join(", "))]
    Unused {
        /// The tensors, the first few.
        names: Vec<String>,
    },
}
