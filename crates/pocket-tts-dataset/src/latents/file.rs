//! A file of latents: safetensors with the one tensor `latents`, `[frames, width]` of 32-bit floats.

use std::fs;
use std::io::Write;
use std::path::Path;

use pocket_tts_files::AtomicFile;
use serde_json::{Value, json};

use crate::error::DatasetError;
use crate::jobs::of_file;

/// The largest header that is read.
const MAX_HEADER_BYTES: usize = 1 << 20;

/// The latents of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentFile {
    /// Numbers of each latent.
    pub width: usize,
    /// `[frames, width]`.
    pub latents: Vec<f32>,
}

/// Writes a file of latents; it appears complete or not at all.
///
/// # Errors
/// [`DatasetError::Save`].
pub fn write_latents(path: &Path, width: usize, latents: &[f32]) -> Result<(), DatasetError> {
    let bytes = size_of_val(latents);
    let shape = [latents.len().checked_div(width).unwrap_or(0), width];
    let tensor = json!({"dtype": "F32", "shape": shape, "data_offsets": [0, bytes]});
    let mut header = json!({ "latents": tensor }).to_string();
    // The numbers are aligned.
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let mut content = Vec::with_capacity(8 + header.len() + bytes);
    content.extend_from_slice(&(header.len() as u64).to_le_bytes());
    content.extend_from_slice(header.as_bytes());
    content.extend(latents.iter().flat_map(|number| number.to_le_bytes()));
    let mut file = AtomicFile::create(path)?;
    file.write_all(&content).map_err(of_file(path))?;
    Ok(file.commit()?)
}

/// Reads a file of latents.
///
/// # Errors
/// [`DatasetError::Read`] and [`DatasetError::Latents`].
pub fn read_latents(path: &Path) -> Result<LatentFile, DatasetError> {
    // Opening a named pipe would wait for its writer.
    if !fs::metadata(path).map_err(DatasetError::read(path))?.is_file() {
        return Err(DatasetError::read(path)(std::io::Error::other("it is not a regular file")));
    }
    let bytes = fs::read(path).map_err(DatasetError::read(path))?;
    parsed(&bytes).ok_or_else(|| DatasetError::Latents {
        path: path.to_owned(),
        problem: "it is no file of latents (safetensors with a tensor `latents` of two dimensions, F32); encode again"
            .to_owned(),
    })
}

fn parsed(bytes: &[u8]) -> Option<LatentFile> {
    let (length, rest) = bytes.split_at_checked(8)?;
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let (header, data) = rest.split_at_checked(length).filter(|_| length <= MAX_HEADER_BYTES)?;
    let header: Value = serde_json::from_slice(header).ok()?;
    let tensor = header.get("latents").filter(|tensor| tensor["dtype"] == "F32")?;
    let numbers = |key: &str| -> Option<[usize; 2]> {
        let list: Vec<usize> = serde_json::from_value(tensor.get(key)?.clone()).ok()?;
        list.try_into().ok()
    };
    let ([frames, width], [start, end]) = (numbers("shape")?, numbers("data_offsets")?);
    let (values, rest) = data.get(start..end)?.as_chunks();
    let is_whole = rest.is_empty() && frames.checked_mul(width) == Some(values.len());
    let latents = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    is_whole.then_some(LatentFile { width, latents })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latents_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let latents: Vec<f32> = (0..12).map(|number| number as f32 / 7.0).collect();
        write_latents(&path, 4, &latents).unwrap();
        assert_eq!(read_latents(&path).unwrap(), LatentFile { width: 4, latents });
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.len() % 8, 0);
        for cut in [0, 7, 20, bytes.len() - 1] {
            fs::write(&path, &bytes[..cut]).unwrap();
            assert!(matches!(read_latents(&path), Err(DatasetError::Latents { .. })), "{cut}");
        }
        fs::write(&path, [u64::MAX.to_le_bytes().as_slice(), &bytes[8..]].concat()).unwrap();
        assert!(read_latents(&path).is_err());
    }
}
