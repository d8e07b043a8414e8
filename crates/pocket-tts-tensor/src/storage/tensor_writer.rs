//! Writes SafeTensors files: the same bytes for the same tensors.
//!
//! This module knows the format and no tensor's name. The writer of the `safetensors` crate keeps metadata in a hash
//! table, so the order in its headers varies.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The header is padded with blanks to a multiple of this, which aligns the tensors.
const HEADER_ALIGNMENT_BYTES: usize = 8;

/// A tensor to write.
#[derive(Debug, Clone, PartialEq)]
pub enum TensorToWrite {
    /// 32-bit numbers in row-major order.
    Floats {
        /// Its shape.
        shape: Vec<usize>,
        /// Its elements.
        values: Vec<f32>,
    },
    /// A list of 64-bit whole numbers.
    Integers(Vec<i64>),
}

impl TensorToWrite {
    fn is_float(&self) -> bool {
        matches!(self, Self::Floats { .. })
    }

    /// The type as the format calls it, and the shape.
    fn describe(&self) -> (&'static str, Vec<usize>) {
        match self {
            Self::Floats { shape, .. } => ("F32", shape.clone()),
            Self::Integers(values) => ("I64", vec![values.len()]),
        }
    }

    fn append_to(&self, data: &mut Vec<u8>) {
        match self {
            Self::Floats { values, .. } => data.extend(values.iter().flat_map(|x| x.to_le_bytes())),
            Self::Integers(values) => data.extend(values.iter().flat_map(|x| x.to_le_bytes())),
        }
    }
}

/// The bytes of a file with `tensors`, and `metadata` in its header.
///
/// Wider types come first, then names in order, as the format's own writers do.
///
/// # Panics
///
/// If a tensor has more or fewer elements than its shape says.
pub fn write_tensors(
    tensors: &BTreeMap<String, TensorToWrite>,
    metadata: &BTreeMap<String, String>,
) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut data = Vec::new();
    for floats in [false, true] {
        for (name, tensor) in tensors.iter().filter(|(_, tensor)| tensor.is_float() == floats) {
            let (dtype, shape) = tensor.describe();
            let start = data.len();
            tensor.append_to(&mut data);
            let elements: usize = shape.iter().product();
            let width = if floats { size_of::<f32>() } else { size_of::<i64>() };
            assert_eq!(data.len() - start, elements * width, "`{name}` has as many elements as its shape");
            entries.push(HeaderEntry { name: name.clone(), dtype, shape, bytes: data.len() - start });
        }
    }
    let mut bytes = header(entries, metadata, HEADER_ALIGNMENT_BYTES);
    bytes.extend(data);
    bytes
}

/// A tensor's entry in a header.
pub(crate) struct HeaderEntry {
    pub(crate) name: String,
    /// The type as the format calls it.
    pub(crate) dtype: &'static str,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: usize,
}

/// The bytes of a file before its tensors, which follow in the order of the entries. Their number is a multiple of
/// `alignment_bytes`, which must be a multiple of 8.
pub(crate) fn header(
    entries: Vec<HeaderEntry>,
    metadata: &BTreeMap<String, String>,
    alignment_bytes: usize,
) -> Vec<u8> {
    let mut header = Map::new();
    if !metadata.is_empty() {
        header.insert("__metadata__".to_owned(), json!(metadata));
    }
    let mut start = 0;
    for HeaderEntry { name, dtype, shape, bytes } in entries {
        let offsets = [start, start + bytes];
        start += bytes;
        header.insert(name, json!({ "dtype": dtype, "shape": shape, "data_offsets": offsets }));
    }
    let text = Value::Object(header).to_string();
    let length = (size_of::<u64>() + text.len()).next_multiple_of(alignment_bytes);
    let mut bytes = ((length - size_of::<u64>()) as u64).to_le_bytes().to_vec();
    bytes.extend(text.into_bytes());
    bytes.resize(length, b' ');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::weight_file::WeightFile;

    fn tensors() -> BTreeMap<String, TensorToWrite> {
        let floats = |shape: &[usize], values: &[f32]| TensorToWrite::Floats {
            shape: shape.to_vec(),
            values: values.to_vec(),
        };
        [
            ("b/odd \"name\"".to_owned(), floats(&[2, 1], &[1.5, -0.0])),
            ("a".to_owned(), floats(&[0, 3], &[])),
            ("c".to_owned(), TensorToWrite::Integers(vec![i64::MIN, 7])),
        ]
        .into()
    }

    #[test]
    fn written_tensors_are_read_back_bit_for_bit() {
        let metadata: BTreeMap<String, String> = [("key \\".to_owned(), "line\n\"é\"".to_owned())].into();
        let bytes = write_tensors(&tensors(), &metadata);
        let file = WeightFile::from_bytes("written", bytes.clone()).unwrap();
        assert_eq!(file.tensor_names().collect::<Vec<_>>(), ["a", "b/odd \"name\"", "c"]);
        let values = file.values("b/odd \"name\"").unwrap();
        assert_eq!(values.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), [1.5_f32, -0.0].map(f32::to_bits));
        assert_eq!(file.shape("a"), Some([0, 3].as_slice()));
        assert_eq!(file.integers("c").unwrap(), [i64::MIN, 7]);
        assert_eq!(file.metadata("key \\"), Some("line\n\"é\""));
        assert_eq!(file.metadata("other"), None);
        assert_eq!(write_tensors(&tensors(), &metadata), bytes, "the same bytes each time");
    }

    #[test]
    fn a_file_without_metadata_and_tensors_is_valid() {
        let bytes = write_tensors(&BTreeMap::new(), &BTreeMap::new());
        assert_eq!(bytes.len() % HEADER_ALIGNMENT_BYTES, 0);
        assert_eq!(WeightFile::from_bytes("empty", bytes).unwrap().tensor_names().count(), 0);
    }
}
