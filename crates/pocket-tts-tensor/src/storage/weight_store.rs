//! The tensors of a checkpoint by name. Each is read exactly once. This module knows no tensor's name.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use safetensors::Dtype;

use super::{
    file_part::FileParts,
    packed_file::{PackedFile, PackedMatrices},
    row_table::RowTable,
    stored_values::StoredValues,
    weight_error::WeightError,
    weight_file::WeightFile,
};
use crate::matrix::{packed_weights::PackedWeights, precision::Precision};

/// The tensors of a checkpoint, by the names under which layers load them. Threads may load layers at once.
#[derive(Debug, Default)]
pub struct WeightStore {
    tensors: BTreeMap<String, StoredTensor>,
    /// The names of the tensors that were read.
    used: Mutex<BTreeSet<String>>,
    /// A file with packed matrices.
    packed: Option<PackedFile>,
    /// The matrices that were packed while loading.
    fresh: Mutex<PackedMatrices>,
    loaded_bytes: AtomicUsize,
    /// The tables that stay in their files.
    parts: FileParts,
}

/// A path in the hierarchy of names, such as `flow_lm.transformer.layers.0`.
#[derive(Debug, Clone)]
pub struct WeightPath<'a> {
    store: &'a WeightStore,
    prefix: String,
    precision: Precision,
    stays_in_file: bool,
}

#[derive(Debug)]
struct StoredTensor {
    shape: Vec<usize>,
    data: TensorData,
}

#[derive(Debug)]
enum TensorData {
    InFile { file: WeightFile, tensor: String },
    Computed(Vec<f32>),
}

/// Locks what a panic can't leave inconsistent: each change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WeightStore {
    /// Adds the tensor that `file` calls `tensor` under the name `name`.
    ///
    /// # Errors
    ///
    /// If `file` lacks the tensor or the store already has the name.
    pub fn insert(&mut self, name: String, file: &WeightFile, tensor: &str) -> Result<(), WeightError> {
        let shape = file.raw(tensor)?.0.shape.clone();
        let data = TensorData::InFile { file: file.clone(), tensor: tensor.to_owned() };
        self.add(name, StoredTensor { shape, data })
    }

    /// Adds a tensor that was computed from others.
    ///
    /// # Errors
    ///
    /// If the store already has the name.
    pub fn insert_values(
        &mut self,
        name: String,
        shape: Vec<usize>,
        values: Vec<f32>,
    ) -> Result<(), WeightError> {
        self.add(name, StoredTensor { shape, data: TensorData::Computed(values) })
    }

    /// The names and shapes of all tensors, by name.
    pub fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|(name, stored)| (name.as_str(), stored.shape.as_slice()))
    }

    /// At most the first `count` elements of a tensor as f32. The tensor doesn't count as read.
    ///
    /// # Errors
    ///
    /// If the tensor is absent or has a type that weights can't have.
    pub fn first_values(&self, name: &str, count: usize) -> Result<Vec<f32>, WeightError> {
        match self.tensors.get(name).map(|stored| &stored.data) {
            None => Err(WeightError::Missing { name: name.to_owned() }),
            Some(TensorData::InFile { file, tensor }) => file.first_values(tensor, count),
            Some(TensorData::Computed(values)) => Ok(values[..values.len().min(count)].to_vec()),
        }
    }

    /// Takes matrices from a packed file, which must have been made from the same weights.
    pub fn use_packed(&mut self, file: PackedFile) {
        self.packed = Some(file);
    }

    /// Takes the matrices that were packed while loading, rather than taken from a packed file.
    pub fn take_packed(&self) -> PackedMatrices {
        std::mem::take(&mut *lock(&self.fresh))
    }

    /// The packed file, if there is one.
    pub fn packed(&self) -> Option<&PackedFile> {
        self.packed.as_ref()
    }

    /// Starts the migration to memory of everything that was loaded and is still in a file. It begins after a short
    /// delay, on a thread of its own.
    pub fn migrate(&self) {
        if let Some(file) = &self.packed {
            file.pass_parts_to(&self.parts);
        }
        self.parts.migrate_to_huge_pages();
    }

    /// The size in bytes of all loaded matrices and tensors, including matrices in a packed file.
    pub fn loaded_bytes(&self) -> usize {
        self.loaded_bytes.load(Ordering::Relaxed)
    }

    /// Counts loaded bytes.
    pub(crate) fn note_loaded(&self, bytes: usize) {
        self.loaded_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Keeps a matrix that was packed.
    pub(crate) fn note_packed(&self, name: String, weights: &PackedWeights) {
        lock(&self.fresh).add(name, weights);
    }

    /// The root of the hierarchy of names.
    pub fn root(&self) -> WeightPath<'_> {
        WeightPath { store: self, prefix: String::new(), precision: Precision::F32, stays_in_file: false }
    }

    /// Checks that every tensor was read, so that none is unexpected.
    ///
    /// # Errors
    ///
    /// [`WeightError::Unexpected`] otherwise.
    pub fn finish(&self) -> Result<(), WeightError> {
        let used = lock(&self.used);
        let names: Vec<String> = self.tensors.keys().filter(|name| !used.contains(*name)).cloned().collect();
        if names.is_empty() {
            return Ok(());
        }
        let more = names.len().saturating_sub(5);
        let mut names: Vec<String> = names.into_iter().take(5).collect();
        if more > 0 {
            names.push(format!("and {more} more"));
        }
        Err(WeightError::Unexpected { names })
    }

    fn add(&mut self, name: String, stored: StoredTensor) -> Result<(), WeightError> {
        if self.tensors.contains_key(&name) {
            return Err(WeightError::Duplicate { name });
        }
        self.tensors.insert(name, stored);
        Ok(())
    }
}

impl WeightPath<'_> {
    /// The path `name` below this one. Dots separate levels.
    #[must_use]
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { prefix: self.join(name), ..self.clone() }
    }

    /// The same path, with its matrices, and all matrices below it, in `precision`.
    #[must_use]
    pub fn kept_in(&self, precision: Precision) -> Self {
        Self { precision, ..self.clone() }
    }

    /// The same path, whose matrices, and all matrices below it, stay in the packed file if there is one: they are used
    /// rarely, and for many rows at once.
    #[must_use]
    pub fn staying_in_file(&self) -> Self {
        Self { stays_in_file: true, ..self.clone() }
    }

    /// The format of the matrices of this path; [`Precision::F32`] by default.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Whether this path has the tensor `name`.
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
    /// If the tensor is absent, has another shape, or has a type that weights can't have.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightError> {
        let values = self.stored(name, shape)?.to_vec();
        self.store.note_loaded(size_of_val(values.as_slice()));
        Ok(values)
    }

    /// The tensor `name`, `[rows, width]`, of which few rows are read.
    ///
    /// # Errors
    ///
    /// As [`tensor`](Self::tensor).
    pub fn rows(&self, name: &str, shape: [usize; 2]) -> Result<RowTable, WeightError> {
        let table = match &self.read(name, &shape)?.data {
            TensorData::InFile { file, tensor } => {
                let (table, part) = RowTable::in_file(file, tensor, shape[1])?;
                if let Some(part) = part {
                    self.store.parts.add(Arc::downgrade(&part));
                }
                table
            }
            TensorData::Computed(values) => RowTable::in_memory(values.clone(), shape[1]),
        };
        self.store.note_loaded(table.bytes());
        Ok(table)
    }

    /// As [`tensor`](Self::tensor), without a copy if the file holds f32.
    ///
    /// # Errors
    ///
    /// As [`tensor`](Self::tensor).
    pub fn stored(&self, name: &str, shape: &[usize]) -> Result<StoredValues<'_>, WeightError> {
        match &self.read(name, shape)?.data {
            TensorData::InFile { file, tensor } => file.stored_values(tensor),
            TensorData::Computed(values) => {
                Ok(StoredValues { values: Cow::Borrowed(values.as_slice()), mapped: None })
            }
        }
    }

    /// Whether the tensor `name` is stored as bf16. It counts as read.
    ///
    /// # Errors
    ///
    /// If the tensor is absent or has another shape.
    pub(crate) fn is_bf16(&self, name: &str, shape: &[usize]) -> Result<bool, WeightError> {
        Ok(match &self.read(name, shape)?.data {
            TensorData::InFile { file, tensor } => file.raw(tensor)?.0.dtype == Dtype::BF16,
            TensorData::Computed(_) => false,
        })
    }

    pub(crate) fn stays_in_file(&self) -> bool {
        self.stays_in_file
    }

    pub(crate) fn store(&self) -> &WeightStore {
        self.store
    }

    fn read(&self, name: &str, shape: &[usize]) -> Result<&StoredTensor, WeightError> {
        let name = self.join(name);
        let Some(stored) = self.store.tensors.get(&name) else { return Err(WeightError::Missing { name }) };
        if stored.shape != shape {
            return Err(WeightError::Shape { name, expected: shape.to_vec(), found: stored.shape.clone() });
        }
        lock(&self.store.used).insert(name);
        Ok(stored)
    }

    /// The full name of the tensor `name` of this path.
    pub(crate) fn join(&self, name: impl std::fmt::Display) -> String {
        if self.prefix.is_empty() { name.to_string() } else { format!("{}.{name}", self.prefix) }
    }
}
