//! burn tensors as plain memory: the one extension of burn's backend through which every kernel
//! of this crate runs. Knows no kernel.
#![expect(deprecated, reason = "burn's ndarray backend is this project's choice; 0.22 is its last line")]

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
pub(crate) type Kernel<'a> = &'a mut dyn FnMut(&[f32], &mut [f32]);
/// A kernel that rewrites a block of memory.
pub(crate) type InPlaceKernel<'a> = &'a mut dyn FnMut(&mut [f32]);

/// A backend whose tensors are memory that the CPU can read and write.
///
/// Two methods carry all kernels: a new kernel is a function on slices and needs no new method, and
/// another CPU backend joins by implementing these two.
#[backend_extension(NdArray)]
pub(crate) trait HostBackend: Backend {
    /// Writes a new tensor of `shape` (zeros at first) from the elements of `input`, in row-major order.
    fn map_host(input: FloatTensor<Self>, shape: [usize; 2], kernel: Kernel<'_>) -> FloatTensor<Self>;
    /// Rewrites the elements of `input`, in its own memory where no other handle shares it.
    fn update_host(input: FloatTensor<Self>, kernel: InPlaceKernel<'_>) -> FloatTensor<Self>;
}

impl HostBackend for NdArray {
    fn map_host(input: FloatTensor<Self>, shape: [usize; 2], kernel: Kernel<'_>) -> FloatTensor<Self> {
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

/// A signal made of `elements`, row after row.
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

/// A signal of `time` equal rows.
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

/// Joins signals of equal width in time; empty ones vanish.
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

/// Writes a new signal of `shape` from the elements of `input`.
pub fn map_signal(input: Signal, shape: [usize; 2], mut kernel: impl FnMut(&[f32], &mut [f32])) -> Signal {
    Tensor::from_dispatch(<Dispatch as HostBackend>::map_host(input.into_dispatch(), shape, &mut kernel))
}

/// Rewrites the elements of `input`.
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
