//! The golden files, for the unit tests and the tests of the public interface.

/// The bytes of a golden file.
pub(crate) fn golden_bytes(file: &str) -> Vec<u8> {
    let path = pocket_tts_test_support::goldens().join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("the golden file {}: {error}", path.display()))
}
