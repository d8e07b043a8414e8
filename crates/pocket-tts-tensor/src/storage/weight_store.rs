//! Named tensors of a checkpoint: read in place, converted to f32, each used exactly once.
//!
//! Knows the SafeTensors format and no tensor's name.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use safetensors::Dtype;

use super::{
    packed_file::{PackedFile, PackedMatrices},
    stored_values::StoredValues,
    weight_error::WeightError,
    weight_file::WeightFile,
};
use crate::matrix::{packed_weights::PackedWeights, precision::Precision};

/// The tensors of a checkpoint by the names that the layers ask for.
#[derive(Debug, Default)]
pub struct WeightStore {
    tensors: BTreeMap<String, Stored>,
    used: RefCell<BTreeSet<String>>,
    /// Where matrices are packed already.
    packed: Option<PackedFile>,
    /// The matrices that were packed while loading.
    fresh: RefCell<PackedMatrices>,
    loaded_bytes: Cell<usize>,
}

/// A place in the hierarchy of names, such as `flow_lm.transformer.layers.0`.
#[derive(Debug, Clone)]
pub struct WeightPath<'a> {
    store: &'a WeightStore,
    prefix: String,
    precision: Precision,
}

#[derive(Debug)]
struct Stored {
    shape: Vec<usize>,
    data: Data,
}

#[derive(Debug)]
enum Data {
    InFile { file: WeightFile, tensor: String },
    Computed(Vec<f32>),
}

impl WeightStore {
    /// Adds the tensor that `file` calls `tensor` under the name `name`.
    ///
    /// # Errors
    ///
    /// If `file` lacks it or the store has the name already.
    pub fn insert(&mut self, name: String, file: &WeightFile, tensor: &str) -> Result<(), WeightError> {
        let shape = file.raw(tensor)?.0.shape.clone();
        let data = Data::InFile { file: file.clone(), tensor: tensor.to_owned() };
        self.add(name, Stored { shape, data })
    }

    /// Adds a tensor that was computed from others.
    ///
    /// # Errors
    ///
    /// If the store has the name already.
    pub fn insert_values(
        &mut self,
        name: String,
        shape: Vec<usize>,
        values: Vec<f32>,
    ) -> Result<(), WeightError> {
        self.add(name, Stored { shape, data: Data::Computed(values) })
    }

    /// The names and shapes of all tensors, by name.
    pub fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|(name, stored)| (name.as_str(), stored.shape.as_slice()))
    }

    /// The first `count` elements of a tensor as f32, or all that there are. The tensor doesn't count as read.
    ///
    /// # Errors
    ///
    /// If it is absent or of a type that weights can't have.
    pub fn first_values(&self, name: &str, count: usize) -> Result<Vec<f32>, WeightError> {
        match self.tensors.get(name).map(|stored| &stored.data) {
            None => Err(WeightError::Missing { name: name.to_owned() }),
            Some(Data::InFile { file, tensor }) => file.first_values(tensor, count),
            Some(Data::Computed(values)) => Ok(values[..values.len().min(count)].to_vec()),
        }
    }

    /// Takes matrices from a file where they are packed already. They must be of the same weights.
    pub fn use_packed(&mut self, file: PackedFile) {
        self.packed = Some(file);
    }

    /// The matrices that were packed since the store was made, rather than taken from a file.
    pub fn take_packed(&self) -> PackedMatrices {
        self.fresh.take()
    }

    /// Where matrices are packed already.
    pub fn packed(&self) -> Option<&PackedFile> {
        self.packed.as_ref()
    }

    /// Bytes of memory of all matrices and tensors that were loaded, including matrices that lie packed in a file.
    pub fn loaded_bytes(&self) -> usize {
        self.loaded_bytes.get()
    }

    pub(crate) fn note_loaded(&self, bytes: usize) {
        self.loaded_bytes.update(|loaded| loaded + bytes);
    }

    /// Notes what was packed.
    pub(crate) fn note_packed(&self, name: String, weights: &PackedWeights) {
        self.fresh.borrow_mut().add(name, weights);
    }

    /// The top of the hierarchy of names.
    pub fn root(&self) -> WeightPath<'_> {
        WeightPath { store: self, prefix: String::new(), precision: Precision::F32 }
    }

    /// Checks that every tensor was read.
    ///
    /// # Errors
    ///
    /// [`WeightError::Unused`] otherwise.
    pub fn finish(&self) -> Result<(), WeightError> {
        let used = self.used.borrow();
        let names: Vec<String> = self.tensors.keys().filter(|name| !used.contains(*name)).cloned().collect();
        if names.is_empty() {
            return Ok(());
        }
        let more = names.len().saturating_sub(5);
        let mut names: Vec<String> = names.into_iter().take(5).collect();
        if more > 0 {
            names.push(format!("and {more} more"));
        }
        Err(WeightError::Unused { names })
    }

    fn add(&mut self, name: String, stored: Stored) -> Result<(), WeightError> {
        if self.tensors.contains_key(&name) {
            return Err(WeightError::Duplicate { name });
        }
        self.tensors.insert(name, stored);
        Ok(())
    }
}

impl WeightPath<'_> {
    /// The place `name` below this one; dots separate levels.
    #[must_use]
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { store: self.store, prefix: self.join(name), precision: self.precision }
    }

    /// The same place, whose matrices and those below it shall be kept in `precision`.
    #[must_use]
    pub fn kept_in(&self, precision: Precision) -> Self {
        Self { precision, ..self.clone() }
    }

    /// What the matrices here shall be kept in; [`Precision::F32`] unless told otherwise.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Whether there is a tensor `name` here.
    pub fn contains(&self, name: &str) -> bool {
        self.store.tensors.contains_key(&self.join(name))
    }

    /// The shape of the tensor `name`.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.store.tensors.get(&self.join(name)).map(|stored| stored.shape.as_slice())
    }

    /// Reads the tensor `name` as f32.
    ///
    /// # Errors
    ///
    /// If it is absent, has another shape, or a type that weights can't have.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError> {
        let values = self.stored(name, shape)?.to_vec();
        self.store.note_loaded(size_of_val(values.as_slice()));
        Ok(values)
    }

    /// As [`tensor`](Self::tensor), without a copy where the file can be read in place.
    ///
    /// # Errors
    ///
    /// As [`tensor`](Self::tensor).
    pub fn stored(&self, name: &str, shape: &[usize]) -> Result<StoredValues<'_>, WeightError> {
        match &self.read(name, shape)?.data {
            Data::InFile { file, tensor } => file.stored_values(tensor),
            Data::Computed(values) => {
                Ok(StoredValues { values: Cow::Borrowed(values.as_slice()), mapped: None })
            }
        }
    }

    /// Whether the numbers of the tensor `name` are stored in 16 bits of the range of `f32`, as [`Precision::Bf16`]
    /// keeps them. The tensor counts as read, and must have the given shape.
    pub(crate) fn is_bf16(&self, name: &str, shape: &[usize]) -> Result<bool, WeightError> {
        Ok(match &self.read(name, shape)?.data {
            Data::InFile { file, tensor } => file.raw(tensor)?.0.dtype == Dtype::BF16,
            Data::Computed(_) => false,
        })
    }

    pub(crate) fn store(&self) -> &WeightStore {
        self.store
    }

    fn read(&self, name: &str, shape: &[usize]) -> Result<&Stored, WeightError> {
        let name = self.join(name);
        let Some(stored) = self.store.tensors.get(&name) else { return Err(WeightError::Missing { name }) };
        if stored.shape != shape {
            return Err(WeightError::Shape { name, expected: shape.to_vec(), found: stored.shape.clone() });
        }
        self.store.used.borrow_mut().insert(name);
        Ok(stored)
    }

    /// The whole name of the tensor `name` here.
    pub(crate) fn join(&self, name: impl std::fmt::Display) -> String {
        if self.prefix.is_empty() { name.to_string() } else { format!("{}.{name}", self.prefix) }
    }
}
