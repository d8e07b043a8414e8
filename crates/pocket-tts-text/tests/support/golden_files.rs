//! Where the golden files are; the unit tests and the tests of the public interface share it.

use std::path::PathBuf;

/// The bytes of a file of the golden folder: the one named by `POCKET_TTS_GOLDENS`, else the
/// repository's. Fails loudly if it is missing.
pub(crate) fn golden_bytes(file: &str) -> Vec<u8> {
    let folder = std::env::var_os("POCKET_TTS_GOLDENS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens"), PathBuf::from);
    let path = folder.join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("the golden file {}: {error}", path.display()))
}
