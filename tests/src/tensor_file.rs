//! Reads, changes and writes SafeTensors files with tensors of any type.
//!
//! Independent of the product's own reader, so that tests detect a fault there.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// The tensors and the metadata of a file.
#[derive(Debug, Clone, Default)]
pub struct TensorFile {
    /// The tensors.
    pub tensors: BTreeMap<String, RawTensor>,
    /// The metadata in the header.
    pub metadata: HashMap<String, String>,
}

/// A tensor as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct RawTensor {
    /// The type of its elements.
    pub dtype: Dtype,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its elements, little-endian, in row-major order.
    pub bytes: Vec<u8>,
}

impl TensorFile {
    /// Reads the file at `path`.
    ///
    /// # Panics
    ///
    /// If it can't be read.
    pub fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = SafeTensors::deserialize(&bytes).expect("a complete safetensors file");
        let tensors = file.iter().map(|(name, view)| {
            let (dtype, shape, bytes) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
            (name.to_owned(), RawTensor { dtype, shape, bytes })
        });
        let (_, header) = SafeTensors::read_metadata(&bytes).expect("a header");
        Self { tensors: tensors.collect(), metadata: header.metadata().clone().unwrap_or_default() }
    }

    /// Writes the file at `path`, which may exist.
    ///
    /// # Panics
    ///
    /// If it can't be written.
    pub fn write(&self, path: &Path) {
        let views = self.tensors.iter().map(|(name, tensor)| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
            (name.as_str(), view.expect("a size that matches the shape"))
        });
        let metadata = (!self.metadata.is_empty()).then(|| self.metadata.clone());
        safetensors::serialize_to_file(views, metadata, path).expect("a writable file");
    }

    /// The tensor `name`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn get(&self, name: &str) -> &RawTensor {
        self.tensors.get(name).unwrap_or_else(|| panic!("the file lacks `{name}`"))
    }

    /// The tensor `name`, mutable.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn get_mut(&mut self, name: &str) -> &mut RawTensor {
        self.tensors.get_mut(name).unwrap_or_else(|| panic!("the file lacks `{name}`"))
    }
}

impl RawTensor {
    /// A tensor of 32-bit numbers.
    pub fn of_floats(shape: &[usize], values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        Self { dtype: Dtype::F32, shape: shape.to_vec(), bytes }
    }

    /// A tensor of 64-bit integers.
    pub fn of_integers(shape: &[usize], values: &[i64]) -> Self {
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        Self { dtype: Dtype::I64, shape: shape.to_vec(), bytes }
    }

    /// The same numbers, rounded to 16 bits (IEEE 754).
    #[must_use]
    pub fn to_f16(&self) -> Self {
        let bytes = self.floats().into_iter().flat_map(|x| f16::from_f32(x).to_le_bytes()).collect();
        Self { dtype: Dtype::F16, shape: self.shape.clone(), bytes }
    }

    /// Its elements as `f32`; 16-bit integers, the samples of goldens, are converted too.
    ///
    /// # Panics
    ///
    /// If they are of another type.
    pub fn floats(&self) -> Vec<f32> {
        let bytes = &self.bytes;
        match self.dtype {
            Dtype::F32 => elements(bytes, f32::from_le_bytes),
            Dtype::BF16 => elements(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Dtype::F16 => elements(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Dtype::I16 => elements(bytes, |bytes| f32::from(i16::from_le_bytes(bytes))),
            other => panic!("{other:?} is not supported by this reader"),
        }
    }

    /// Its elements as 64-bit integers.
    ///
    /// # Panics
    ///
    /// If they are of another type.
    pub fn integers(&self) -> Vec<i64> {
        assert_eq!(self.dtype, Dtype::I64, "integers");
        elements(&self.bytes, i64::from_le_bytes)
    }
}

fn elements<const SIZE: usize, T>(bytes: &[u8], convert: impl Fn([u8; SIZE]) -> T) -> Vec<T> {
    let (chunks, rest) = bytes.as_chunks();
    assert!(rest.is_empty(), "a multiple of the element size");
    chunks.iter().map(|chunk| convert(*chunk)).collect()
}
