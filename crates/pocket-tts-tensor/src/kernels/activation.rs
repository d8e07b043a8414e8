//! The activation functions.

/// A function applied to each element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x` above zero, `e^x - 1` below.
    Elu,
    /// `x · Φ(x)` in its tanh form: `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    GeluTanh,
    /// `x / (1 + e^-x)`
    Silu,
}
