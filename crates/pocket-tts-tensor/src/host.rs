//! burn tensors as plain memory.
//!
//! Every kernel of this crate runs through one extension of burn's backend. This module knows no kernel.
#![expect(deprecated, reason = "this project uses burn's ndarray backend, of which 0.22 is the last release")]

use burn::{
    Tensor,
    backend::{Backend, Dispatch, NdArray, backend_extension, tensor::FloatTensor},
    tensor::{Device, TensorData},
};
use burn_ndarray::NdArrayTensor;
use ndarray::{ArcArray, IxDyn};

/// One request's signal, `[time, channels]`.
pub type Signal = Tensor<2>;

/// A kernel that reads one block of memory and writes another.
pub(crate) type MapKernel<'a> = &'a mut dyn FnMut(&[f32], &mut [f32]);
/// A kernel that rewrites a block of memory.
pub(crate) type InPlaceKernel<'a> = &'a mut dyn FnMut(&mut [f32]);

/// A backend whose tensors are memory that the CPU can read and write.
///
/// These two methods run all kernels. A new kernel is a function on slices and needs no method of its own.
#[backend_extension(NdArray)]
pub(crate) trait HostBackend: Backend {
    /// Calls `kernel` with the elements of `input` in row-major order and a new tensor of `shape`, filled with zeros.
    fn map_host(input: FloatTensor<Self>, shape: [usize; 2], kernel: MapKernel<'_>) -> FloatTensor<Self>;
    /// Calls `kernel` with the elements of `input`, in place if no other handle shares them.
    fn update_host(input: FloatTensor<Self>, kernel: InPlaceKernel<'_>) -> FloatTensor<Self>;
}

impl HostBackend for NdArray {
    fn map_host(input: FloatTensor<Self>, shape: [usize; 2], kernel: MapKernel<'_>) -> FloatTensor<Self> {
        let mut output = vec![0.0; shape[0] * shape[1]];
        read(&input, |elements| kernel(elements, &mut output));
        wrap(output, &shape)
    }

    fn update_host(input: FloatTensor<Self>, kernel: InPlaceKernel<'_>) -> FloatTensor<Self> {
        let NdArrayTensor::F32(mut storage) = input else { panic!("kernels take f32 tensors") };
        if let Some(elements) = storage.ensure_owned().as_slice_mut() {
            kernel(elements);
            return NdArrayTensor::F32(storage);
        }
        let view = storage.view();
        let shape = view.shape().to_vec();
        let mut elements: Vec<f32> = view.iter().copied().collect();
        kernel(&mut elements);
        wrap(elements, &shape)
    }
}

/// A signal of `elements`, row after row.
///
/// # Panics
///
/// If there aren't `shape[0] * shape[1]` elements.
pub fn signal(elements: Vec<f32>, shape: [usize; 2]) -> Signal {
    Tensor::from_data(TensorData::new(elements, shape), &Device::ndarray())
}

/// A signal of zeros.
pub fn zeros(shape: [usize; 2]) -> Signal {
    signal(vec![0.0; shape[0] * shape[1]], shape)
}

/// A signal of `time` copies of `row`.
pub fn filled(row: &[f32], time: usize) -> Signal {
    signal(row.repeat(time), [time, row.len()])
}

/// The elements of a signal, row after row.
pub fn to_vec(signal: Signal) -> Vec<f32> {
    let mut elements = Vec::new();
    let [time, channels] = signal.dims();
    map_signal(signal, [0, 0], |input, _| elements.extend_from_slice(&input[..time * channels]));
    elements
}

/// Joins signals of equal width in time, and leaves out empty ones.
///
/// # Panics
///
/// If `parts` is empty or widths differ.
pub fn concatenate(mut parts: Vec<Signal>) -> Signal {
    if parts.len() > 1 {
        let width = parts[0].dims()[1];
        parts.retain(|part| part.dims()[0] > 0);
        if parts.is_empty() {
            return zeros([0, width]);
        }
    }
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) }
}

/// Calls `kernel` with the elements of `input`, row after row, and a new signal of `shape`, filled with zeros.
pub fn map_signal(input: Signal, shape: [usize; 2], mut kernel: impl FnMut(&[f32], &mut [f32])) -> Signal {
    Tensor::from_dispatch(<Dispatch as HostBackend>::map_host(input.into_dispatch(), shape, &mut kernel))
}

/// Calls `kernel` with the elements of `input`, row after row, and returns the updated signal.
pub(crate) fn update_signal(input: Signal, mut kernel: impl FnMut(&mut [f32])) -> Signal {
    Tensor::from_dispatch(<Dispatch as HostBackend>::update_host(input.into_dispatch(), &mut kernel))
}

fn read(tensor: &NdArrayTensor, kernel: impl FnOnce(&[f32])) {
    let NdArrayTensor::F32(storage) = tensor else { panic!("kernels take f32 tensors") };
    let view = storage.view();
    match view.as_slice() {
        Some(elements) => kernel(elements),
        None => kernel(&view.iter().copied().collect::<Vec<f32>>()),
    }
}

fn wrap(elements: Vec<f32>, shape: &[usize]) -> NdArrayTensor {
    ArcArray::from_shape_vec(IxDyn(shape), elements).expect("the shape holds all elements").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_view_is_read_in_row_major_order() {
        let transposed = signal(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]).transpose();
        assert_eq!(to_vec(transposed), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }

    #[test]
    fn an_update_leaves_other_handles_alone() {
        let original = signal(vec![1.0, 2.0], [1, 2]);
        let doubled = update_signal(original.clone(), |elements| elements.iter_mut().for_each(|x| *x *= 2.0));
        assert_eq!(to_vec(original), [1.0, 2.0]);
        assert_eq!(to_vec(doubled), [2.0, 4.0]);
    }
}
