//! A file of packed matrices, which saves packing them at the next start.
//!
//! The file is mapped, and products read its pages until they migrate to huge pages. It is a SafeTensors file in the
//! byte order of the machine that wrote it. Its tensors are packed as the kernels read them, and the last tensor is
//! the checksum of all bytes before it. This module must not know which model the matrices belong to, nor whether the
//! file is up to date.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs::File,
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use bytemuck::{NoUninit, Pod};
use crc32fast::Hasher;
use safetensors::Dtype;

use super::{
    checksum::crc32,
    file_part::{FilePart, FileParts},
    tensor_writer::{HeaderEntry, header},
    weight_error::WeightError,
    weight_file::WeightFile,
};
use crate::{
    kernels::{GROUP, PAIR, PANEL_WIDTH, VECTOR_WIDTH, padded_width},
    matrix::{
        int8_weights::Int8Weights, int16_weights::Int16Weights, packed_weights::PackedWeights,
        packing::WeightBuffer, precision::Precision, q4_weights::Q4Weights,
    },
};

/// The version of the layout. Increment it when matrices are packed in another way.
const LAYOUT_VERSION: u32 = 3;
/// Alignment of the tensors: that of vectors and cache lines.
const TENSOR_ALIGNMENT_BYTES: usize = 64;
/// The metadata key of the layout.
const LAYOUT_KEY: &str = "layout";
/// The name of the last tensor, a CRC-32 in little-endian order. The blank sets it apart from weights.
const CHECKSUM: &str = " checksum";
const CHECKSUM_BYTES: usize = size_of::<u32>();

/// Packed matrices in a file.
#[derive(Debug)]
pub struct PackedFile {
    file: WeightFile,
    /// The large tensors that were taken from the file.
    parts: FileParts,
}

/// Packed matrices in memory, by name.
#[derive(Debug, Default)]
pub struct PackedMatrices(BTreeMap<String, PackedWeights>);

/// Describes how matrices are packed.
fn layout() -> String {
    let order = if cfg!(target_endian = "little") { "little" } else { "big" };
    format!(
        "{LAYOUT_VERSION}: panels of {PANEL_WIDTH}, vectors of {VECTOR_WIDTH}, groups of {GROUP} and {PAIR}, {order} endian"
    )
}

fn scales_of(name: &str) -> String {
    format!("{name}.scales")
}

fn offsets_of(name: &str) -> String {
    format!("{name}.offsets")
}

impl PackedFile {
    /// Maps and reads a file that [`PackedMatrices::write`] wrote.
    ///
    /// # Errors
    ///
    /// If the file can't be read, is truncated, has another layout, or has changed since it was written.
    pub fn open(path: &Path) -> Result<Self, WeightError> {
        Self::check(WeightFile::open(path)?)
    }

    /// Maps and reads an open file, as [`open`](Self::open) does; `name` is for messages.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn of(file: &File, name: &str) -> Result<Self, WeightError> {
        Self::check(WeightFile::of(file, name)?)
    }

    fn check(file: WeightFile) -> Result<Self, WeightError> {
        let damaged = |reason: String| WeightError::Format { file: file.name().to_owned(), reason };
        let found = file.metadata(LAYOUT_KEY).unwrap_or("none");
        if found != layout() {
            return Err(damaged(format!("its layout is {found} instead of {}", layout())));
        }
        // The checksum reads all of it.
        file.populate();
        let is_whole = file.mapped(CHECKSUM, Dtype::U8).is_some_and(|(bytes, at)| {
            at.end == bytes.len() && bytes[at.clone()] == crc32(&bytes[..at.start]).to_le_bytes()
        });
        if !is_whole {
            return Err(damaged("its checksum does not match".to_owned()));
        }
        Ok(Self { file, parts: FileParts::default() })
    }

    /// The metadata value that the file was written with.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.file.metadata(key)
    }

    /// Adds the matrices that were taken from the file to `parts`, which migrate.
    pub(crate) fn pass_parts_to(&self, parts: &FileParts) {
        self.parts.pass_to(parts);
    }

    /// The elements of a tensor, if the file has it with this type and length. Only tensors that migrate to huge
    /// pages stay in the file, as a process that reads a truncated file is ended. Others are copied.
    fn elements<T: Pod + Send + Sync>(
        &self,
        tensor: &str,
        dtype: Dtype,
        len: usize,
    ) -> Option<WeightBuffer<T>> {
        let (file, range) = self.file.mapped(tensor, dtype)?;
        if !FilePart::will_migrate(range.len()) {
            let copy = WeightBuffer::copied(file.get(range.clone())?, len);
            file.release(range);
            return copy;
        }
        let part = Arc::new(FilePart::new(file, range)?);
        self.parts.add(Arc::downgrade(&part));
        WeightBuffer::in_file(part, len)
    }

    /// The matrix of this name, if the file has it with this shape and precision.
    pub(crate) fn find(
        &self,
        name: &str,
        shape: [usize; 2],
        precision: Precision,
        block_len: usize,
    ) -> Option<PackedWeights> {
        let len = PackedWeights::packed_len(precision, shape);
        let padded = padded_width(shape[0]);
        let scales = || self.elements::<f32>(&scales_of(name), Dtype::F32, padded);
        Some(match precision {
            Precision::F32 => PackedWeights::F32(self.elements(name, Dtype::F32, len)?),
            Precision::Bf16 => PackedWeights::Bf16(self.elements(name, Dtype::BF16, len)?),
            Precision::Int16 => PackedWeights::Int16(Int16Weights {
                values: self.elements(name, Dtype::I16, len)?,
                scales: scales()?.as_slice().into(),
                block_len,
            }),
            Precision::Int8 => PackedWeights::Int8(Int8Weights {
                values: self.elements(name, Dtype::I8, len)?,
                scales: scales()?.as_slice().into(),
                offsets: self.elements::<i32>(&offsets_of(name), Dtype::I32, padded)?.as_slice().into(),
            }),
            Precision::Q4 => PackedWeights::Q4(Q4Weights {
                values: self.elements(name, Dtype::U8, len)?,
                scales: scales()?.as_slice().into(),
            }),
        })
    }
}

impl PackedMatrices {
    /// The size of all matrices in bytes.
    pub fn bytes(&self) -> usize {
        self.tensors().map(|tensor| tensor.bytes.len()).sum()
    }

    /// Writes the matrices as a file.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn write(&self, metadata: &BTreeMap<String, String>, file: &mut impl Write) -> io::Result<()> {
        let mut metadata = metadata.clone();
        metadata.insert(LAYOUT_KEY.to_owned(), layout());
        let mut checksum = Hasher::new();
        let end = [PackedTensor::new(CHECKSUM.to_owned(), "U8", &[0_u8; CHECKSUM_BYTES])];
        let entries = self.tensors().chain(end).map(|PackedTensor { name, dtype, width, bytes }| {
            HeaderEntry { name, dtype, shape: vec![bytes.len() / width], bytes: bytes.len() }
        });
        let header = header(entries.collect(), &metadata, TENSOR_ALIGNMENT_BYTES);
        for bytes in std::iter::once(header.as_slice()).chain(self.tensors().map(|tensor| tensor.bytes)) {
            checksum.update(bytes);
            file.write_all(bytes)?;
        }
        file.write_all(&checksum.finalize().to_le_bytes())
    }

    /// Adds a matrix. A second matrix of the same name is left out, so it is packed again at each start.
    pub(crate) fn add(&mut self, name: String, weights: &PackedWeights) {
        if let Entry::Vacant(entry) = self.0.entry(name) {
            entry.insert(weights.clone());
        }
    }

    /// The tensors of all matrices. Each is a whole number of cache lines.
    fn tensors(&self) -> impl Iterator<Item = PackedTensor<'_>> {
        self.0.iter().flat_map(|(name, weights)| match weights {
            PackedWeights::F32(values) => vec![PackedTensor::new(name.clone(), "F32", values.as_slice())],
            PackedWeights::Bf16(values) => vec![PackedTensor::new(name.clone(), "BF16", values.as_slice())],
            PackedWeights::Int16(weights) => vec![
                PackedTensor::new(name.clone(), "I16", weights.values.as_slice()),
                PackedTensor::new(scales_of(name), "F32", &weights.scales),
            ],
            PackedWeights::Int8(weights) => vec![
                PackedTensor::new(name.clone(), "I8", weights.values.as_slice()),
                PackedTensor::new(scales_of(name), "F32", &weights.scales),
                PackedTensor::new(offsets_of(name), "I32", &weights.offsets),
            ],
            PackedWeights::Q4(weights) => vec![
                PackedTensor::new(name.clone(), "U8", weights.values.as_slice()),
                PackedTensor::new(scales_of(name), "F32", &weights.scales),
            ],
        })
    }
}

/// A tensor of the file.
struct PackedTensor<'a> {
    name: String,
    dtype: &'static str,
    /// Bytes of an element.
    width: usize,
    bytes: &'a [u8],
}

impl<'a> PackedTensor<'a> {
    fn new<T: NoUninit>(name: String, dtype: &'static str, elements: &'a [T]) -> Self {
        Self { name, dtype, width: size_of::<T>(), bytes: bytemuck::cast_slice(elements) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        matrix::packed_matrix::PackedMatrix, random_numbers::random, storage::tensor_writer::write_tensors,
    };

    const FORMATS: [Precision; 5] =
        [Precision::F32, Precision::Bf16, Precision::Int16, Precision::Int8, Precision::Q4];

    /// A matrix of each precision, with an odd number of outputs.
    fn matrices(seed: u64) -> [(String, [usize; 2], Precision, PackedMatrix); 5] {
        let shape = [83, 30];
        let weights = random(seed, shape[0] * shape[1]);
        let pack = |precision: Precision| {
            let matrix = PackedMatrix::pack_as(precision, shape, None, |j, i| weights[j * shape[1] + i]);
            (format!("a.{}", precision.name()), shape, precision, matrix)
        };
        FORMATS.map(pack)
    }

    fn write(metadata: &BTreeMap<String, String>) -> tempfile::NamedTempFile {
        let mut packed = PackedMatrices::default();
        for (name, _, _, matrix) in matrices(1) {
            packed.add(name, matrix.weights());
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        packed.write(metadata, &mut file).unwrap();
        assert!(file.as_file().metadata().unwrap().len() > packed.bytes() as u64);
        file
    }

    fn product(matrix: &PackedMatrix) -> Vec<f32> {
        let mut output = vec![0.0; matrix.outputs()];
        matrix.multiply(&random(2, matrix.inputs()), matrix.inputs(), 1, &mut output);
        output
    }

    #[test]
    fn matrices_from_a_file_give_the_same_bits() {
        let written = write(&[("key".to_owned(), "text".to_owned())].into());
        let file = PackedFile::open(written.path()).unwrap();
        assert_eq!(file.metadata("key"), Some("text"));
        for (name, shape, precision, matrix) in matrices(1) {
            let weights = file.find(&name, shape, precision, shape[1]).unwrap();
            let found = PackedMatrix::from_weights(weights, shape, None);
            assert_eq!(product(&found), product(&matrix), "{name}");
        }
    }

    #[test]
    fn small_matrices_outlive_their_file() {
        let written = write(&BTreeMap::new());
        let file = PackedFile::open(written.path()).unwrap();
        let found = matrices(1).map(|(name, shape, precision, matrix)| {
            let weights = file.find(&name, shape, precision, shape[1]).unwrap();
            (PackedMatrix::from_weights(weights, shape, None), matrix)
        });
        // Reading a mapped page behind the end of its file ends the process.
        written.as_file().set_len(0).unwrap();
        for (found, matrix) in found {
            assert_eq!(product(&found), product(&matrix));
        }
    }

    #[test]
    fn a_large_matrix_gives_the_same_bits_in_its_file_and_as_a_copy() {
        let shape = [1_030, 600];
        let weights = random(1, shape[0] * shape[1]);
        let matrix = PackedMatrix::pack_as(Precision::F32, shape, None, |j, i| weights[j * shape[1] + i]);
        let mut packed = PackedMatrices::default();
        packed.add("a".to_owned(), matrix.weights());
        let mut written = tempfile::NamedTempFile::new().unwrap();
        packed.write(&BTreeMap::new(), &mut written).unwrap();
        let file = PackedFile::open(written.path()).unwrap();
        let weights = file.find("a", shape, Precision::F32, shape[1]).unwrap();
        let (mapped, range) = file.file.mapped("a", Dtype::F32).unwrap();
        let len = PackedWeights::packed_len(Precision::F32, shape);
        let copy = WeightBuffer::copied(&mapped[range.clone()], len).unwrap();
        for weights in [weights, PackedWeights::F32(copy)] {
            let found = PackedMatrix::from_weights(weights, shape, None);
            assert_eq!(product(&found), product(&matrix));
        }
        assert!(WeightBuffer::<f32>::copied(&mapped[range], len - 1).is_none());
    }

    #[test]
    fn a_matrix_of_another_name_shape_or_precision_is_not_found() {
        let written = write(&BTreeMap::new());
        let file = PackedFile::open(written.path()).unwrap();
        for (name, [outputs, inputs], precision, _) in matrices(1) {
            assert!(file.find("b", [outputs, inputs], precision, inputs).is_none());
            assert!(file.find(&name, [outputs, inputs + 8], precision, inputs + 8).is_none());
            assert!(file.find(&name, [outputs + 16, inputs], precision, inputs).is_none());
            for other in FORMATS.into_iter().filter(|other| *other != precision) {
                assert!(file.find(&name, [outputs, inputs], other, inputs).is_none(), "{name} as {other:?}");
            }
        }
    }

    #[test]
    fn a_file_with_a_changed_byte_is_refused() {
        let written = write(&[("key".to_owned(), "text".to_owned())].into());
        let bytes = std::fs::read(written.path()).unwrap();
        let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let text = bytes.windows(4).position(|word| word == b"text").unwrap();
        for at in [text, header, bytes.len() / 2, bytes.len() - 5, bytes.len() - 4, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(written.path(), changed).unwrap();
            let error = PackedFile::open(written.path()).unwrap_err().to_string();
            assert!(error.contains("checksum"), "{error}");
        }
        std::fs::write(written.path(), bytes).unwrap();
        PackedFile::open(written.path()).unwrap();
    }

    #[test]
    fn truncated_files_and_other_layouts_are_refused() {
        let written = write(&BTreeMap::new());
        let bytes = std::fs::read(written.path()).unwrap();
        std::fs::write(written.path(), &bytes[..bytes.len() / 2]).unwrap();
        assert!(matches!(PackedFile::open(written.path()), Err(WeightError::Format { .. })));
        std::fs::write(written.path(), write_tensors(&BTreeMap::new(), &BTreeMap::new())).unwrap();
        let error = PackedFile::open(written.path()).unwrap_err().to_string();
        assert!(error.contains("layout is none"), "{error}");
    }
}
