//! What can be wrong with weights.

/// Why weights can't be loaded.
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
        /// The shape that the configuration needs.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor has a type that weights can't have.
    #[error("`{name}` holds {dtype}; weights are F32, BF16 or F16")]
    Dtype {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// There isn't enough memory for a tensor.
    #[error(
        "there is not enough memory for `{name}`; free some, raise the limit of this process, or load the model in bf16, int8 or q4"
    )]
    OutOfMemory {
        /// The tensor.
        name: String,
    },
    /// Two tensors have the same name.
    #[error("the weights contain `{name}` twice")]
    Duplicate {
        /// The tensor.
        name: String,
    },
    /// No part of the model reads these tensors.
    #[error("the weights contain tensors that this configuration does not expect: {}", names.join(", "))]
    Unexpected {
        /// The first few of the tensors.
        names: Vec<String>,
    },
}
