//! Named tensors of a checkpoint: read in place, converted to f32, each used exactly once.
//!
//! Knows the SafeTensors format and no tensor's name.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, TryReserveError},
    fs::File,
    ops::Range,
    path::Path,
    sync::Arc,
};

use half::{bf16, f16};
use safetensors::Dtype;

use crate::{
    MappedFile, PackedFile, PackedMatrices, Precision,
    packed_weights::PackedWeights,
    safetensors_header::{Header, TensorInfo},
    stored_values::StoredValues,
};

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

/// A SafeTensors file, mapped or in memory.
#[derive(Debug, Clone)]
pub struct WeightFile {
    name: Arc<str>,
    bytes: Bytes,
    tensors: BTreeMap<String, TensorInfo>,
    metadata: BTreeMap<String, String>,
}

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

#[derive(Debug, Clone)]
enum Bytes {
    Mapped(MappedFile),
    Static(&'static [u8]),
    Owned(Arc<[u8]>),
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

impl WeightFile {
    /// Maps the file at `path`.
    ///
    /// # Errors
    ///
    /// [`WeightError::Unreadable`] or [`WeightError::Format`].
    pub fn open(path: &Path) -> Result<Self, WeightError> {
        let name = path.display().to_string();
        let file = File::open(path)
            .map_err(|error| WeightError::Unreadable { file: name.clone(), reason: error.to_string() })?;
        Self::of(&file, &name)
    }

    /// Maps an open file; `name` is for messages.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn of(file: &File, name: &str) -> Result<Self, WeightError> {
        let map = MappedFile::of(file)
            .map_err(|error| WeightError::Unreadable { file: name.to_owned(), reason: error.to_string() })?;
        Self::parse(name, Bytes::Mapped(map))
    }

    /// A file compiled into the program.
    ///
    /// # Errors
    ///
    /// [`WeightError::Format`].
    pub fn from_static(name: &str, bytes: &'static [u8]) -> Result<Self, WeightError> {
        Self::parse(name, Bytes::Static(bytes))
    }

    /// A file's bytes.
    ///
    /// # Errors
    ///
    /// [`WeightError::Format`].
    pub fn from_bytes(name: &str, bytes: impl Into<Arc<[u8]>>) -> Result<Self, WeightError> {
        Self::parse(name, Bytes::Owned(bytes.into()))
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of its tensors, in order.
    pub fn tensor_names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor.
    pub fn shape(&self, tensor: &str) -> Option<&[usize]> {
        self.tensors.get(tensor).map(|info| info.shape.as_slice())
    }

    /// The free text that the header has under `key`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// Has the system bring a mapped file into memory now.
    pub(crate) fn populate(&self) {
        if let Bytes::Mapped(map) = &self.bytes {
            map.populate();
        }
    }

    /// A tensor's elements as f32, in row-major order.
    ///
    /// # Errors
    ///
    /// If it is absent or its type is none of f32, bf16, f16.
    pub fn values(&self, tensor: &str) -> Result<Vec<f32>, WeightError> {
        Ok(self.stored_values(tensor)?.to_vec())
    }

    /// As [`values`](Self::values), where they lie if they can be read there.
    fn stored_values(&self, tensor: &str) -> Result<StoredValues<'_>, WeightError> {
        let (info, bytes) = self.raw(tensor)?;
        let in_place = || bytemuck::try_cast_slice(bytes).ok();
        let values = match info.dtype {
            Dtype::F32 if cfg!(target_endian = "little") => in_place().map(Cow::Borrowed),
            _ => None,
        };
        let values = match values {
            Some(values) => values,
            None => Cow::Owned(self.first_values(tensor, usize::MAX)?),
        };
        let mapped = match &self.bytes {
            Bytes::Mapped(map) => Some((map, info.range.clone())),
            Bytes::Static(_) | Bytes::Owned(_) => None,
        };
        Ok(StoredValues { values, mapped })
    }

    /// As [`values`](Self::values), the first `count` of them or all that there are.
    fn first_values(&self, tensor: &str, count: usize) -> Result<Vec<f32>, WeightError> {
        let (info, bytes) = self.raw(tensor)?;
        let first = |width: usize| &bytes[..bytes.len().min(count.saturating_mul(width))];
        let values = match info.dtype {
            Dtype::F32 => convert(first(4), f32::from_le_bytes),
            Dtype::BF16 => convert(first(2), |pair| bf16::from_le_bytes(pair).to_f32()),
            Dtype::F16 => convert(first(2), |pair| f16::from_le_bytes(pair).to_f32()),
            other => {
                return Err(WeightError::Dtype { name: tensor.to_owned(), dtype: format!("{other:?}") });
            }
        };
        values.map_err(|_| WeightError::OutOfMemory { name: tensor.to_owned() })
    }

    /// A tensor's elements as whole numbers.
    ///
    /// # Errors
    ///
    /// If it is absent or its type isn't i64.
    pub fn integers(&self, tensor: &str) -> Result<Vec<i64>, WeightError> {
        let (info, bytes) = self.raw(tensor)?;
        match info.dtype {
            Dtype::I64 => convert(bytes, i64::from_le_bytes)
                .map_err(|_| WeightError::OutOfMemory { name: tensor.to_owned() }),
            other => Err(WeightError::Dtype { name: tensor.to_owned(), dtype: format!("{other:?}") }),
        }
    }

    /// Where a tensor of the given type lies in the mapped file, if the file is mapped and has one.
    pub(crate) fn mapped(&self, tensor: &str, dtype: Dtype) -> Option<(&MappedFile, Range<usize>)> {
        let info = self.tensors.get(tensor).filter(|info| info.dtype == dtype)?;
        match &self.bytes {
            Bytes::Mapped(map) => Some((map, info.range.clone())),
            Bytes::Static(_) | Bytes::Owned(_) => None,
        }
    }

    fn raw(&self, tensor: &str) -> Result<(&TensorInfo, &[u8]), WeightError> {
        let info =
            self.tensors.get(tensor).ok_or_else(|| WeightError::Missing { name: tensor.to_owned() })?;
        Ok((info, &self.bytes.as_slice()[info.range.clone()]))
    }

    fn parse(name: &str, bytes: Bytes) -> Result<Self, WeightError> {
        let Header { tensors, metadata } = Header::read(bytes.as_slice())
            .map_err(|reason| WeightError::Format { file: name.to_owned(), reason })?;
        Ok(Self { name: name.into(), bytes, tensors, metadata })
    }
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

impl Bytes {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Static(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}

fn convert<const N: usize, T>(
    bytes: &[u8],
    number: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, TryReserveError> {
    let chunks = bytes.as_chunks().0;
    let mut numbers = Vec::new();
    numbers.try_reserve_exact(chunks.len())?;
    numbers.extend(chunks.iter().map(|chunk| number(*chunk)));
    Ok(numbers)
}
