//! SafeTensors files: named tensors, read in place or converted to f32. This module knows no tensor's name.

use std::{borrow::Cow, collections::TryReserveError, fs::File, ops::Range, path::Path, sync::Arc};

use half::{bf16, f16};
use safetensors::Dtype;

use super::{
    mapped_file::MappedFile,
    safetensors_header::{SafetensorsHeader, TensorInfo},
    stored_values::StoredValues,
    weight_error::WeightError,
};

/// A SafeTensors file, mapped or in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct WeightFile {
    name: Arc<str>,
    bytes: FileBytes,
    header: Arc<SafetensorsHeader>,
}

#[derive(Debug, Clone)]
enum FileBytes {
    Mapped(MappedFile),
    Static(&'static [u8]),
    Owned(Arc<[u8]>),
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
        Self::parse(name, FileBytes::Mapped(map))
    }

    /// Reads a file that is compiled into the program.
    ///
    /// # Errors
    ///
    /// [`WeightError::Format`].
    pub fn from_static(name: &str, bytes: &'static [u8]) -> Result<Self, WeightError> {
        Self::parse(name, FileBytes::Static(bytes))
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// [`WeightError::Format`].
    pub fn from_bytes(name: &str, bytes: impl Into<Arc<[u8]>>) -> Result<Self, WeightError> {
        Self::parse(name, FileBytes::Owned(bytes.into()))
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of its tensors, in order.
    pub fn tensor_names(&self) -> impl Iterator<Item = &str> {
        self.header.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor.
    pub fn shape(&self, tensor: &str) -> Option<&[usize]> {
        self.header.tensors.get(tensor).map(|info| info.shape.as_slice())
    }

    /// The metadata value of `key`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.header.metadata.get(key).map(String::as_str)
    }

    /// Requests that the system read a mapped file into memory.
    pub(crate) fn populate(&self) {
        if let FileBytes::Mapped(map) = &self.bytes {
            map.populate();
        }
    }

    /// A tensor's elements as f32, in row-major order.
    ///
    /// # Errors
    ///
    /// If the tensor is absent or its type isn't f32, bf16 or f16.
    pub fn values(&self, tensor: &str) -> Result<Vec<f32>, WeightError> {
        Ok(self.stored_values(tensor)?.to_vec())
    }

    /// As [`values`](Self::values), without a copy if the file holds f32.
    ///
    /// # Errors
    ///
    /// As [`values`](Self::values).
    pub fn stored_values(&self, tensor: &str) -> Result<StoredValues<'_>, WeightError> {
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
            FileBytes::Mapped(map) => Some((map, info.range.clone())),
            FileBytes::Static(_) | FileBytes::Owned(_) => None,
        };
        Ok(StoredValues { values, mapped })
    }

    /// As [`values`](Self::values), but at most the first `count`.
    ///
    /// # Errors
    ///
    /// As [`values`](Self::values).
    pub(crate) fn first_values(&self, tensor: &str, count: usize) -> Result<Vec<f32>, WeightError> {
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
    /// If the tensor is absent or its type isn't i64.
    pub fn integers(&self, tensor: &str) -> Result<Vec<i64>, WeightError> {
        let (info, bytes) = self.raw(tensor)?;
        match info.dtype {
            Dtype::I64 => convert(bytes, i64::from_le_bytes)
                .map_err(|_| WeightError::OutOfMemory { name: tensor.to_owned() }),
            other => Err(WeightError::Dtype { name: tensor.to_owned(), dtype: format!("{other:?}") }),
        }
    }

    /// The mapping and the range of a tensor, if the file is mapped and has the tensor with this type.
    pub(crate) fn mapped(&self, tensor: &str, dtype: Dtype) -> Option<(&MappedFile, Range<usize>)> {
        let info = self.header.tensors.get(tensor).filter(|info| info.dtype == dtype)?;
        match &self.bytes {
            FileBytes::Mapped(map) => Some((map, info.range.clone())),
            FileBytes::Static(_) | FileBytes::Owned(_) => None,
        }
    }

    /// The entry and the bytes of a tensor.
    ///
    /// # Errors
    ///
    /// If the tensor is absent.
    pub(crate) fn raw(&self, tensor: &str) -> Result<(&TensorInfo, &[u8]), WeightError> {
        let tensors = &self.header.tensors;
        let info = tensors.get(tensor).ok_or_else(|| WeightError::Missing { name: tensor.to_owned() })?;
        Ok((info, &self.bytes.as_slice()[info.range.clone()]))
    }

    fn parse(name: &str, bytes: FileBytes) -> Result<Self, WeightError> {
        let header = SafetensorsHeader::read(bytes.as_slice())
            .map_err(|reason| WeightError::Format { file: name.to_owned(), reason })?;
        Ok(Self { name: name.into(), bytes, header: Arc::new(header) })
    }
}

impl FileBytes {
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

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;

    /// A file with this header and `data` bytes behind it.
    fn file(header: &str, data: usize) -> Vec<u8> {
        let length = (header.len() as u64).to_le_bytes();
        [&length, header.as_bytes(), &vec![7; data]].concat()
    }

    /// Numbers that could break arithmetic.
    fn numbers() -> impl Strategy<Value = String> {
        let edges =
            [0, 1, 3, 4, 8, 1 << 31, 1 << 32, (1 << 61) - 1, 1 << 61, 1 << 63, u64::MAX - 8, u64::MAX];
        prop_oneof![
            proptest::sample::select(edges.to_vec()).prop_map(|edge| edge.to_string()),
            any::<u64>().prop_map(|number| number.to_string()),
            Just("-1".to_owned()),
            Just("1e30".to_owned()),
            Just("[]".to_owned()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_change_of_a_valid_file_makes_its_reader_panic(
            changes in proptest::collection::vec((any::<Index>(), numbers()), 0..4),
            flips in proptest::collection::vec((any::<Index>(), 1..=u8::MAX), 0..3),
            cut in proptest::option::of(any::<Index>()),
        ) {
            let mut header = r#"{"__metadata__":{"a":"b"},
                "f":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
                "h":{"dtype":"BF16","shape":[5],"data_offsets":[24,34]},
                "i":{"dtype":"I64","shape":[],"data_offsets":[34,42]},
                "b":{"dtype":"U8","shape":[0,9],"data_offsets":[42,42]}}"#.to_owned();
            for (place, number) in changes {
                let digits = |at: char| at.is_ascii_digit();
                let starts: Vec<usize> = header.match_indices(digits).map(|(at, _)| at).collect();
                let start = starts[place.index(starts.len())];
                let end = header[start..].find(|at: char| !digits(at)).map_or(header.len(), |len| start + len);
                header.replace_range(start..end, &number);
            }
            let mut bytes = file(&header, 42);
            for (place, mask) in flips {
                let place = place.index(bytes.len());
                bytes[place] ^= mask;
            }
            if let Some(place) = cut {
                bytes.truncate(place.index(bytes.len()));
            }
            let Ok(file) = WeightFile::from_bytes("a file", bytes) else { return Ok(()) };
            for name in file.tensor_names() {
                drop(file.values(name));
                drop(file.integers(name));
                prop_assert!(file.shape(name).is_some());
            }
        }
    }
}
