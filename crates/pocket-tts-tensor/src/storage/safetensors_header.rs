//! The header of a SafeTensors file, checked against the size of the file. It must not know what tensors are for.
//!
//! `safetensors` parses it and checks each tensor, but adds up the size of the file without regard to overflow: a header
//! of a few hundred bytes would make it panic here, and let tensors end outside the file where arithmetic wraps. So the
//! last step is done here.

use std::{collections::BTreeMap, ops::Range};

use safetensors::{Dtype, tensor::Metadata};

/// Longest header that the format allows.
const MAX_HEADER_BYTES: usize = 100_000_000;
/// What stands before the header: its length.
const LENGTH_BYTES: usize = size_of::<u64>();

/// What a file says about itself. All ranges lie in the file.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) tensors: BTreeMap<String, TensorInfo>,
    /// Free texts.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Where a tensor lies.
#[derive(Debug, Clone)]
pub(crate) struct TensorInfo {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Its bytes in the file.
    pub(crate) range: Range<usize>,
}

impl Header {
    /// Reads the header of `file`, or says what is wrong with it. Tensors must fill the rest of the file exactly.
    pub(crate) fn read(file: &[u8]) -> Result<Self, String> {
        // A copy, since another process might change a mapped file between a check and what rests on it.
        let length = *file.first_chunk::<LENGTH_BYTES>().ok_or("it ends before the length of its header")?;
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > MAX_HEADER_BYTES {
            return Err(format!("its header would have {length} bytes, {MAX_HEADER_BYTES} are allowed"));
        }
        let start = LENGTH_BYTES + length;
        let header = file.get(LENGTH_BYTES..start).ok_or("it ends within its header")?.to_vec();
        let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| error.to_string())?;
        let (found, needed) = (file.len() - start, metadata.data_len());
        if found != needed {
            return Err(format!("its tensors take {needed} bytes, but {found} follow its header"));
        }
        let free_texts = metadata.metadata().clone().unwrap_or_default();
        let place = |(name, info): (String, &safetensors::tensor::TensorInfo)| {
            // Tensors follow each other without gaps, so none ends behind the last.
            let range = start + info.data_offsets.0..start + info.data_offsets.1;
            (name, TensorInfo { dtype: info.dtype, shape: info.shape.clone(), range })
        };
        let tensors = metadata.tensors().into_iter().map(place).collect();
        Ok(Self { tensors, metadata: free_texts.into_iter().collect() })
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

    /// Bytes of tensors that follow each other.
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
        let header = Header::read(&file(&entries(&[3, 0, 4]), 7)).unwrap();
        let start = LENGTH_BYTES + entries(&[3, 0, 4]).len();
        let ranges: Vec<_> = header.tensors.values().map(|info| info.range.clone()).collect();
        assert_eq!(ranges, [start..start + 3, start + 3..start + 3, start + 3..start + 7]);
    }

    #[test]
    fn sizes_whose_sum_overflows_are_refused() {
        let greatest = (1 << 61) - 1;
        for sizes in [[greatest; 8].as_slice(), &[greatest; 7], &[1 << 60, 1 << 60]] {
            let reason = Header::read(&file(&entries(sizes), 0)).unwrap_err();
            assert!(reason.contains("bytes"), "{reason}");
        }
        let shape = r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#;
        assert!(Header::read(&file(shape, 0)).is_err());
        // More elements than a file can have, times none.
        let empty = r#"{"a":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}}"#;
        assert!(Header::read(&file(empty, 0)).is_ok());
    }

    #[test]
    fn files_that_end_too_early_or_too_late_are_refused() {
        let whole = file(&entries(&[3, 4]), 7);
        for length in 0..whole.len() {
            assert!(Header::read(&whole[..length]).is_err(), "{length} bytes");
        }
        assert!(Header::read(&[whole.as_slice(), &[0]].concat()).is_err());
        for length in [u64::MAX, u64::MAX - 7, 1 << 40] {
            assert!(Header::read(&length.to_le_bytes()).is_err(), "a header of {length} bytes");
        }
    }
}
