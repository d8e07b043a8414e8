//! Activation functions of signals.

use crate::{
    host::{Signal, update_signal},
    kernels::{Activation, Kernels},
};

/// Applies `activation` to each element, in place if no other handle shares the signal.
pub fn activate(input: Signal, activation: Activation) -> Signal {
    update_signal(input, |elements| Kernels::best().activate(activation, elements))
}
