//! SHA-256 over a sequence of values, so that different sequences have different hashes.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};

/// The hash of everything that something depends on.
pub(crate) type ContentHash = [u8; 32];

/// A hash that is being computed.
#[derive(Debug, Clone)]
pub(crate) struct Digest(Sha256);

impl Digest {
    /// Begins a hash of something of this kind.
    pub(crate) fn new(kind: &str) -> Self {
        Self(Sha256::new()).add(kind.as_bytes())
    }

    /// Adds bytes and their number, so that no two sequences of additions look alike.
    pub(crate) fn add(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds numbers as their bytes.
    pub(crate) fn add_floats(mut self, values: &[f32]) -> Self {
        self.0.update((values.len() as u64).to_le_bytes());
        let mut block = Vec::with_capacity(1 << 14);
        for values in values.chunks(1 << 12) {
            block.clear();
            block.extend(values.iter().flat_map(|x| x.to_le_bytes()));
            self.0.update(&block);
        }
        self
    }

    /// The hash.
    pub(crate) fn finish(self) -> ContentHash {
        self.0.finalize().into()
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_sequences_of_additions_have_one_hash() {
        let hashes = [
            Digest::new("ab").finish(),
            Digest::new("a").add(b"b").finish(),
            Digest::new("a").add(b"b").add(b"").finish(),
            Digest::new("a").add_floats(&[1.0]).finish(),
        ];
        let different: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(different.len(), hashes.len());
        let long: Vec<f32> = (0..10_000).map(|index| index as f32).collect();
        let bytes: Vec<u8> = long.iter().flat_map(|x| x.to_le_bytes()).collect();
        let mut plain = Sha256::new();
        for part in [&8_u64.to_le_bytes()[..], b"anything", &10_000_u64.to_le_bytes(), &bytes] {
            plain.update(part);
        }
        assert_eq!(Digest::new("anything").add_floats(&long).finish(), ContentHash::from(plain.finalize()));
    }
}
