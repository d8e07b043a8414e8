//! Tables of which few rows are read, such as embeddings. This module must not know what the numbers are.

use std::sync::Arc;

use half::{bf16, f16};
use safetensors::Dtype;

use super::{file_part::FilePart, weight_error::WeightError, weight_file::WeightFile};

/// A table of numbers, `[rows, width]`. A large one stays in its file, as it is stored, until it migrates to memory: so
/// loading it takes no time.
#[derive(Debug)]
pub struct RowTable {
    width: usize,
    numbers: Numbers,
}

#[derive(Debug)]
enum Numbers {
    Memory(Vec<f32>),
    File(Arc<FilePart>, Dtype),
}

impl RowTable {
    /// A table in memory.
    ///
    /// # Panics
    ///
    /// If there isn't a whole number of rows.
    pub(crate) fn in_memory(values: Vec<f32>, width: usize) -> Self {
        assert!(values.len().is_multiple_of(width.max(1)), "whole rows");
        Self { width, numbers: Numbers::Memory(values) }
    }

    /// The table that `file` calls `tensor`, and its part of the file, which is to migrate, if it stays there.
    ///
    /// # Errors
    ///
    /// If the tensor is absent or its type isn't f32, bf16 or f16.
    pub(crate) fn in_file(
        file: &WeightFile,
        tensor: &str,
        width: usize,
    ) -> Result<(Self, Option<Arc<FilePart>>), WeightError> {
        let dtype = file.raw(tensor)?.0.dtype;
        if let (Dtype::F32 | Dtype::BF16 | Dtype::F16, Some((map, range))) =
            (dtype, file.mapped(tensor, dtype))
            && FilePart::will_migrate(range.len())
            && let Some(part) = FilePart::new(map, range)
        {
            let part = Arc::new(part);
            let table = Self { width, numbers: Numbers::File(Arc::clone(&part), dtype) };
            return Ok((table, Some(part)));
        }
        Ok((Self::in_memory(file.values(tensor)?, width), None))
    }

    /// The elements of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The size of the numbers, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match &self.numbers {
            Numbers::Memory(values) => size_of_val(values.as_slice()),
            Numbers::File(part, _) => part.bytes().len(),
        }
    }

    /// Appends a row to `values`.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn append_row(&self, row: usize, values: &mut Vec<f32>) {
        let range = row * self.width..(row + 1) * self.width;
        match &self.numbers {
            Numbers::Memory(numbers) => values.extend_from_slice(&numbers[range]),
            Numbers::File(part, dtype) => {
                let stored = |width: usize| &part.bytes()[range.start * width..range.end * width];
                match dtype {
                    Dtype::BF16 => {
                        values
                            .extend(stored(2).as_chunks().0.iter().map(|x| bf16::from_le_bytes(*x).to_f32()));
                    }
                    Dtype::F16 => {
                        values
                            .extend(stored(2).as_chunks().0.iter().map(|x| f16::from_le_bytes(*x).to_f32()));
                    }
                    _ => values.extend(stored(4).as_chunks().0.iter().map(|x| f32::from_le_bytes(*x))),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with the tensor `a` of this type and these bytes.
    fn file(dtype: &str, shape: [usize; 2], data: &[u8]) -> tempfile::NamedTempFile {
        let header =
            format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[0,{}]}}}}"#, data.len());
        let written = tempfile::NamedTempFile::new().unwrap();
        let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat();
        std::fs::write(written.path(), bytes).unwrap();
        written
    }

    #[test]
    fn rows_are_those_of_the_tensor_in_the_file_and_in_memory() {
        let [rows, width] = [1_000, 70];
        let values: Vec<f32> = (0..rows * width).map(|index| (index % 97) as f32 - 50.0).collect();
        let data = |number: fn(f32) -> Vec<u8>| values.iter().copied().flat_map(number).collect::<Vec<u8>>();
        let written = [
            file("F32", [rows, width], &data(|x| x.to_le_bytes().to_vec())),
            file("BF16", [rows, width], &data(|x| bf16::from_f32(x).to_le_bytes().to_vec())),
            file("F16", [rows, width], &data(|x| f16::from_f32(x).to_le_bytes().to_vec())),
        ];
        for written in &written {
            let mapped = WeightFile::open(written.path()).unwrap();
            let (table, part) = RowTable::in_file(&mapped, "a", width).unwrap();
            assert_eq!(part.is_some(), FilePart::will_migrate(rows * width * 2));
            let owned = WeightFile::from_bytes("a", std::fs::read(written.path()).unwrap()).unwrap();
            let (copy, part) = RowTable::in_file(&owned, "a", width).unwrap();
            assert!(part.is_none());
            for row in [0, 1, 500, rows - 1] {
                let mut found = vec![7.0];
                table.append_row(row, &mut found);
                copy.append_row(row, &mut found);
                let expected = &values[row * width..][..width];
                assert_eq!(found, [&[7.0], expected, expected].concat(), "row {row}");
            }
        }
    }

    #[test]
    fn other_types_are_refused() {
        let written = file("I64", [1_000, 10], &vec![0; 80_000]);
        let file = WeightFile::open(written.path()).unwrap();
        assert!(matches!(RowTable::in_file(&file, "a", 10), Err(WeightError::Dtype { .. })));
        assert!(matches!(RowTable::in_file(&file, "b", 10), Err(WeightError::Missing { .. })));
    }
}
