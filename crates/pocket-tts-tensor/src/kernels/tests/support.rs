//! What the tests of kernels share: all instruction sets, operands at any address, and comparisons.

use std::ops::{Deref, DerefMut};

use crate::kernels::{Isa, Kernels};

/// The kernels for each instruction set of this processor.
pub(super) fn all_kernels() -> Vec<Kernels> {
    Isa::available().into_iter().filter_map(Kernels::for_isa).collect()
}

pub(super) fn assert_close(actual: &Unaligned<f32>, expected: &[f64], tolerance: f64, isa: Isa) {
    assert_guards(actual, isa);
    assert_eq!(actual.len(), expected.len());
    let largest = expected.iter().fold(1e-30_f64, |largest, x| largest.max(x.abs()));
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (f64::from(*actual) - expected).abs() / largest;
        assert!(error <= tolerance, "{isa:?} at {index}: {actual} instead of {expected}");
    }
}

/// Elements at any address, between guard elements that no kernel may use or change.
#[derive(Clone)]
pub(super) struct Unaligned<T> {
    elements: Vec<T>,
    guard: T,
    start: usize,
}

/// Guard elements on either side: as many as the widest vector has bytes.
const GUARDS: usize = 64;

impl<T: Copy> Unaligned<T> {
    /// `shift` is the distance in elements from an address that is aligned for all instructions.
    pub(super) fn new(elements: &[T], shift: usize, guard: T) -> Self {
        let start = GUARDS + shift;
        Self { elements: [&vec![guard; start], elements, &[guard; GUARDS]].concat(), guard, start }
    }
}

impl<T> Deref for Unaligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.elements[self.start..self.elements.len() - GUARDS]
    }
}

impl<T> DerefMut for Unaligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        let end = self.elements.len() - GUARDS;
        &mut self.elements[self.start..end]
    }
}

/// Inputs between NaNs, which would spread.
pub(super) fn unaligned(numbers: &[f32], shift: usize) -> Unaligned<f32> {
    Unaligned::new(numbers, shift, f32::NAN)
}

/// Memory for `len` outputs.
pub(super) fn output(len: usize, shift: usize) -> Unaligned<f32> {
    Unaligned::new(&vec![f32::NAN; len], shift, 1e30)
}

pub(super) fn assert_guards(output: &Unaligned<f32>, isa: Isa) {
    let end = output.elements.len() - GUARDS;
    let mut guards = output.elements[..output.start].iter().chain(&output.elements[end..]);
    assert!(guards.all(|guard| guard.to_bits() == output.guard.to_bits()), "{isa:?} wrote beside its output");
}
