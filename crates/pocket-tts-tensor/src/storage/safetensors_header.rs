//! The header of a SafeTensors file, checked against the size of the file. This module must not know what tensors are
//! for.
//!
//! The crate `safetensors` parses the header and checks each tensor, but it sums the sizes without a check for
//! overflow. A header of a few hundred bytes could make it panic, or let tensors end outside the file where
//! arithmetic wraps. So the last step is done here.

use std::{collections::BTreeMap, ops::Range};

use safetensors::{Dtype, tensor::Metadata};

/// The longest header that the format allows.
const MAX_HEADER_BYTES: usize = 100_000_000;
/// The length of the header stands before it.
const LENGTH_BYTES: usize = size_of::<u64>();

/// The contents of a header. All ranges lie in the file.
#[derive(Debug)]
pub(crate) struct SafetensorsHeader {
    pub(crate) tensors: BTreeMap<String, TensorInfo>,
    /// The metadata, by key.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// A tensor's entry.
#[derive(Debug, Clone)]
pub(crate) struct TensorInfo {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Its bytes in the file.
    pub(crate) range: Range<usize>,
}

impl SafetensorsHeader {
    /// Reads the header of `file`. The tensors must fill the rest of the file exactly.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, as a clause about it.
    pub(crate) fn read(file: &[u8]) -> Result<Self, String> {
        // A copy, since another process might change a mapped file between the check and the use.
        let length = *file.first_chunk::<LENGTH_BYTES>().ok_or("it ends before the length of its header")?;
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > MAX_HEADER_BYTES {
            return Err(format!("its header has {length} bytes, but {MAX_HEADER_BYTES} are allowed"));
        }
        let start = LENGTH_BYTES + length;
        let header = file.get(LENGTH_BYTES..start).ok_or("it ends within its header")?.to_vec();
        let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| error.to_string())?;
        let (found, needed) = (file.len() - start, metadata.data_len());
        if found != needed {
            return Err(format!("its tensors take {needed} bytes, but {found} follow its header"));
        }
        let texts = metadata.metadata().clone().unwrap_or_default();
        let locate = |(name, info): (String, &safetensors::tensor::TensorInfo)| {
            // The tensors have no gaps between them, so none ends behind the last.
            let range = start + info.data_offsets.0..start + info.data_offsets.1;
            (name, TensorInfo { dtype: info.dtype, shape: info.shape.clone(), range })
        };
        let tensors = metadata.tensors().into_iter().map(locate).collect();
        Ok(Self { tensors, metadata: texts.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with this header and `data` bytes behind it.
    fn file(header: &str, data: usize) -> Vec<u8> {
        let length = (header.len() as u64).to_le_bytes();
        [&length, header.as_bytes(), &vec![7; data]].concat()
    }

    /// A header with consecutive tensors of these sizes in bytes.
    fn entries(sizes: &[usize]) -> String {
        let mut start = 0_usize;
        let entry = |(index, size): (usize, &usize)| {
            let end = start.wrapping_add(*size);
            let text =
                format!(r#""{index}":{{"dtype":"U8","shape":[{size}],"data_offsets":[{start},{end}]}}"#);
            start = end;
            text
        };
        format!("{{{}}}", sizes.iter().enumerate().map(entry).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn tensors_lie_where_the_header_says() {
        let header = SafetensorsHeader::read(&file(&entries(&[3, 0, 4]), 7)).unwrap();
        let start = LENGTH_BYTES + entries(&[3, 0, 4]).len();
        let ranges: Vec<_> = header.tensors.values().map(|info| info.range.clone()).collect();
        assert_eq!(ranges, [start..start + 3, start + 3..start + 3, start + 3..start + 7]);
    }

    #[test]
    fn sizes_whose_sum_overflows_are_refused() {
        let greatest = (1 << 61) - 1;
        for sizes in [[greatest; 8].as_slice(), &[greatest; 7], &[1 << 60, 1 << 60]] {
            let reason = SafetensorsHeader::read(&file(&entries(sizes), 0)).unwrap_err();
            assert!(reason.contains("bytes"), "{reason}");
        }
        let shape = r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#;
        assert!(SafetensorsHeader::read(&file(shape, 0)).is_err());
        // A shape whose product overflows but for the zero.
        let empty = r#"{"a":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}}"#;
        assert!(SafetensorsHeader::read(&file(empty, 0)).is_ok());
    }

    #[test]
    fn files_that_end_too_early_or_too_late_are_refused() {
        let whole = file(&entries(&[3, 4]), 7);
        for length in 0..whole.len() {
            assert!(SafetensorsHeader::read(&whole[..length]).is_err(), "{length} bytes");
        }
        assert!(SafetensorsHeader::read(&[whole.as_slice(), &[0]].concat()).is_err());
        for length in [u64::MAX, u64::MAX - 7, 1 << 40] {
            assert!(SafetensorsHeader::read(&length.to_le_bytes()).is_err(), "a header of {length} bytes");
        }
    }
}
